/* A background job that notes each start in the file JOB_LOG, crashes at its first, and from then on waits to be stopped. */
import { appendFileSync, readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

const log = process.env.JOB_LOG ?? '';
appendFileSync(log, 'started\n');
if (readFileSync(log, 'utf8') === 'started\n') throw new Error('crashed on purpose');
parentPort?.on('message', (message: unknown) => {
  if (message !== 'cancel') return;
  appendFileSync(log, 'stopped\n');
  parentPort?.postMessage('cancelled');
});
