import type { Db } from 'mongodb';
import { type Person, personKey } from '../../src/domain/person.ts';
import type { MessageHandle } from '../../src/ports/chat.ts';
import type { HomeStore } from '../../src/ports/homes.ts';
import { type Expression, literal, plus } from './sync-task-expressions.ts';

type HomeDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly key: string;
  readonly filter?: string;
  readonly person?: Person;
  readonly handle?: MessageHandle;
  readonly lookedAt?: Date;
  readonly dueAt?: Date;
};

/** @param now the database server's time, as an expression */
export function mongoHomeStore(db: Db, tenantId: string, now: Expression): HomeStore {
  const homes = db.collection<HomeDocument>('homes');
  const idOf = (key: string) => `${tenantId}:${key}`;
  return {
    async filterOf(key) {
      return (await homes.findOne({ _id: idOf(key) }, { projection: { filter: 1 } }))?.filter;
    },
    async keepFilter(key, filter) {
      await homes.updateOne({ _id: idOf(key) }, { $set: { tenantId, key, filter } }, { upsert: true });
    },
    async looked({ person, handle }, dueInMs) {
      const key = personKey(person);
      const fields = {
        tenantId: literal(tenantId),
        key: literal(key),
        person: literal(person),
        handle: literal(handle),
        lookedAt: now,
        dueAt: plus(now, dueInMs),
      };
      await homes.updateOne({ _id: idOf(key) }, [{ $set: fields }], { upsert: true });
    },
    async takeDue(lookedWithinMs, againInMs) {
      const due = { $lte: ['$dueAt', now] };
      const looks = { $gte: ['$lookedAt', { $subtract: [now, lookedWithinMs] }] };
      const taken = await homes.findOneAndUpdate(
        { tenantId, dueAt: { $exists: true }, $expr: { $and: [due, looks] } },
        [{ $set: { dueAt: plus(now, againInMs) } }],
        { sort: { dueAt: 1 } },
      );
      return taken?.person && taken.handle ? { person: taken.person, handle: taken.handle } : undefined;
    },
  };
}
