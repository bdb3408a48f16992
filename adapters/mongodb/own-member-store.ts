import type { Db } from 'mongodb';
import type { OwnMember } from '../../src/ports/own-member.ts';

type OwnMemberDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly identifier: string;
};

export function mongoOwnMember(db: Db, tenantId: string): OwnMember {
  const collection = db.collection<OwnMemberDocument>('integration');
  const _id = `${tenantId}:own-member`;
  return {
    async read() {
      return (await collection.findOne({ _id }))?.identifier ?? null;
    },
    async store(identifier) {
      await collection.replaceOne({ _id }, { tenantId, identifier }, { upsert: true });
    },
  };
}
