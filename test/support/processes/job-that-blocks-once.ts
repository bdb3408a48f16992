/* A background job that beats, and at its first start hears nothing any more after a while. */
import { appendFileSync, readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

const log = process.env.JOB_LOG ?? '';
appendFileSync(log, 'started\n');
const first = readFileSync(log, 'utf8') === 'started\n';
let beats = 0;
const timer = setInterval(() => {
  parentPort?.postMessage('beat');
  beats += 1;
  if (beats === 5) appendFileSync(log, 'beats\n');
  if (first && beats === 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}, 50);
// Told to stop, it ends by itself: nothing is listened to any more.
parentPort?.once('message', () => {
  clearInterval(timer);
  appendFileSync(log, 'stopped\n');
  parentPort?.postMessage('cancelled');
});
