import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { DiskSpace } from '../ports/health-checks.ts';

/** Of a folder that is not there yet: where it would be made. */
export const diskSpace: DiskSpace = async (folder) => {
  for (let place = path.resolve(folder); ; place = path.dirname(place)) {
    try {
      // What a user without rights of the administrator may fill.
      const { bavail, bsize } = await statfs(place);
      return { freeBytes: bavail * bsize };
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!missing || place === path.dirname(place)) throw error;
    }
  }
};
