/** Asks the local Slack; undefined when it cannot be reached or refuses. */
export async function ask(address) {
  const response = await fetch(address).catch(() => undefined);
  return response?.ok ? await response.json() : undefined;
}

/**
 * Tells the local Slack what a person does. Failures of the app show in the conversation itself; only a lost or
 * unwilling server is told here. Resolves with the answer, or undefined.
 */
export async function post(address, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) }).catch(
    () => undefined,
  );
  document.getElementById('connection').textContent = await words(response);
  return response?.ok ? await response.json() : undefined;
}

async function words(response) {
  if (!response) return 'The local Slack did not take that. Is it still running?';
  if (response.ok) return '';
  const { error } = await response.clone().json();
  return `The local Slack did not take that: ${error}.`;
}
