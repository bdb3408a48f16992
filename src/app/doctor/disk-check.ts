import type { DiskSpace, HealthCheck } from '../../ports/health-checks.ts';

/** In bytes. MongoDB stops on a full disk. */
export const leastFreeBytes = 1_000_000_000;
export const fewFreeBytes = 5_000_000_000;

/** @param folder where cwsync keeps its data; absent where an other MongoDB server keeps them */
export function diskCheck(space: DiskSpace, folder: string | undefined): HealthCheck {
  return {
    name: 'Disk',
    async run() {
      if (folder === undefined) {
        return { ok: 'pass', words: 'cwsync keeps nothing here: watch the disk of the MongoDB server.' };
      }
      const { freeBytes } = await space(folder);
      const words = `${gigabytes(freeBytes)} GB free where CWSYNC_DATA_DIR is.`;
      const next = 'Make room, or set CWSYNC_DATA_DIR to a larger disk.';
      if (freeBytes < leastFreeBytes) return { ok: 'fail', words, next };
      return freeBytes < fewFreeBytes ? { ok: 'warn', words, next } : { ok: 'pass', words };
    },
  };
}

function gigabytes(bytes: number): string {
  return (bytes / 1_000_000_000).toLocaleString('en-US', { maximumFractionDigits: 1 });
}
