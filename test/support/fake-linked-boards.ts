import type { LinkedBoards } from '../../src/ports/linked-boards.ts';

/** Which boards were linked, in memory. */
export class FakeLinkedBoards implements LinkedBoards {
  boards: readonly number[] | 'all' = [];

  async read() {
    return this.boards;
  }

  async store(boards: readonly number[] | 'all'): Promise<void> {
    this.boards = boards;
  }
}
