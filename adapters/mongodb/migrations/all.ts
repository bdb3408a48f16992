import { initial } from './0001-initial.ts';
import type { Migration } from './migration.ts';

/** Every step, in order. A step that was released is never edited or removed. */
export const migrations: readonly Migration[] = [initial];
