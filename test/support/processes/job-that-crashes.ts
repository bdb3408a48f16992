/* A background job that notes each start in the file JOB_LOG and crashes. */
import { appendFileSync } from 'node:fs';

appendFileSync(process.env.JOB_LOG ?? '', 'started\n');
throw new Error('crashed on purpose');
