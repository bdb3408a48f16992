import type { Db } from 'mongodb';
import { personKey } from '../../src/domain/person.ts';
import type { WelcomeStore } from '../../src/ports/welcomes.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { type Expression, literal } from './sync-task-expressions.ts';

type WelcomeDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly person: string;
  readonly at: Date;
};

export function mongoWelcomeStore(db: Db, tenantId: string, now: Expression): WelcomeStore {
  const welcomes = db.collection<WelcomeDocument>('welcomes');
  return {
    async first(person) {
      const key = personKey(person);
      const _id = `${tenantId}:${key}`;
      // Nearly always so, and then nothing is written.
      if (await welcomes.findOne({ _id }, { projection: { _id: 1 } })) return false;
      const set = {
        tenantId: literal(tenantId),
        person: literal(key),
        at: { $ifNull: ['$at', now] } as Expression,
      };
      try {
        const stored = await welcomes.updateOne({ _id }, [{ $set: set }], {
          upsert: true,
        });
        return stored.upsertedCount === 1;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async forget(person) {
      await welcomes.deleteOne({ _id: `${tenantId}:${personKey(person)}` });
    },
  };
}
