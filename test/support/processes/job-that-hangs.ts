/* A background job that notes its start in the file JOB_LOG and hears nothing any more. */
import { appendFileSync } from 'node:fs';

appendFileSync(process.env.JOB_LOG ?? '', 'started\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
