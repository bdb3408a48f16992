import type { Db } from 'mongodb';
import type { IdentityStore } from '../../src/ports/people.ts';

type IdentityDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly person: string;
  readonly memberId: number;
};

export function mongoIdentityStore(db: Db, tenantId: string): IdentityStore {
  const identities = db.collection<IdentityDocument>('identities');
  return {
    async memberOf(key) {
      return (await identities.findOne({ _id: `${tenantId}:${key}` }))?.memberId;
    },
    async set(key, memberId) {
      const identity = { tenantId, person: key, memberId };
      await identities.updateOne({ _id: `${tenantId}:${key}` }, { $set: identity }, { upsert: true });
    },
  };
}
