/** The words that lists are narrowed by: a Sync Status or a health, as shown. */
import { type Health, health, type SyncStatus, type SyncTask, syncStatus } from './sync-task.ts';
import { searchForm } from './text.ts';

export const stateWords = [
  'Idle',
  'Requested',
  'In Queue',
  'Syncing',
  'Healthy',
  'Needs attention',
  'Retrying',
  'Late',
  'First import',
  'Disabled',
  'Archived',
  'Disconnected',
] as const satisfies readonly (SyncStatus['word'] | Health['word'])[];
export type StateWord = (typeof stateWords)[number];

/** The word itself, or all that begin so; case does not count. Empty where there is none. */
export function stateWordsLike(typed: string): readonly StateWord[] {
  const wanted = searchForm(typed);
  if (wanted === '') return [];
  const whole = stateWords.find((word) => searchForm(word) === wanted);
  return whole ? [whole] : stateWords.filter((word) => searchForm(word).startsWith(wanted));
}

/** @param now the database server's clock */
export function isInState(task: SyncTask, word: StateWord, now: Date): boolean {
  return syncStatus(task, now).word === word || health(task, { now }).word === word;
}
