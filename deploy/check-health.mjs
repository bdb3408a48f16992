// The container's health check: exit code 0 when the process in it answers, else 1 with a line that says why.
const port = process.env.PORT || '3000';
try {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
} catch (error) {
  console.error(`cwsync does not answer on port ${port}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
