import type { Db } from 'mongodb';
import type { LinkedBoards } from '../../src/ports/linked-boards.ts';

type LinkedBoardsDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly boards: readonly number[] | 'all';
};

export function mongoLinkedBoards(db: Db, tenantId: string): LinkedBoards {
  const collection = db.collection<LinkedBoardsDocument>('integration');
  const _id = `${tenantId}:linked-boards`;
  return {
    async read() {
      return (await collection.findOne({ _id }))?.boards ?? [];
    },
    async store(boards) {
      await collection.replaceOne({ _id }, { tenantId, boards }, { upsert: true });
    },
  };
}
