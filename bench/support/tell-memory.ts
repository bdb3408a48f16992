/**
 * Loaded into a process that is measured (`NODE_OPTIONS=--import …`): after SIGUSR2 it collects what nobody needs any
 * more and writes how much is left, in bytes, to the file that CWSYNC_BENCH_MEMORY names.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const file = process.env.CWSYNC_BENCH_MEMORY;
if (isMainThread && file !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => {
    for (let times = 0; times < 4; times += 1) collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    writeFileSync(`${file}.new`, JSON.stringify({ rss, used: heapUsed + external }));
    renameSync(`${file}.new`, file);
  });
}
