/**
 * The boards whose open projects were linked because somebody chose them: where new projects are not to be linked
 * by themselves, what is opened there later is left alone.
 */
export type LinkedBoards = {
  /** None while nothing was linked. */
  read(): Promise<readonly number[] | 'all'>;
  /** Empty: all that are chosen are linked anew. */
  store(boards: readonly number[] | 'all'): Promise<void>;
};
