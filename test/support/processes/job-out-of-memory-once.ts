/* A background job that at its first start needs more and more memory, and from then on waits to be stopped. */
import { appendFileSync, readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

const log = process.env.JOB_LOG ?? '';
appendFileSync(log, 'started\n');
if (readFileSync(log, 'utf8') === 'started\n') {
  const kept: object[] = [];
  for (;;) kept.push(Array.from({ length: 1_000 }, (_, n) => ({ n })));
}
parentPort?.on('message', (message: unknown) => {
  if (message !== 'cancel') return;
  appendFileSync(log, 'stopped\n');
  parentPort?.postMessage('cancelled');
});
