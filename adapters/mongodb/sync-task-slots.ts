import type { Db } from 'mongodb';
import type { Slot, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { type Expression, literal, plus, remove } from './sync-task-expressions.ts';

type SlotDocument = {
  /** `tenant:number`. */
  readonly _id: string;
  readonly tenantId: string;
  readonly number: number;
  readonly owner?: string;
  /** Counts who took it: an owner that slept past its lease and took it anew holds it once, not twice. */
  readonly fence: number;
  /** When the lease ends; absent where it was given back. */
  readonly until?: Date;
};

/**
 * The places for runs, leased like tasks. They are numbered: the first ones are for any run, those after them are
 * kept for people, and numbers past the total, which an admin may lower at any time, are taken by nobody.
 */
export function syncTaskSlots(
  db: Db,
  tenantId: string,
  now: Expression,
  leaseMs: number,
): Pick<SyncTaskStore, 'takeSlot' | 'renewSlot' | 'releaseSlot'> {
  const slots = db.collection<SlotDocument>('slots');
  const free: Expression = { $not: [{ $gt: ['$until', now] }] };

  async function ensure(total: number): Promise<void> {
    const numbers = Array.from({ length: total }, (_, number) => number);
    const there = await slots.countDocuments({ tenantId, number: { $lt: total } });
    if (there >= total) return;
    const documents = numbers.map((number) => ({ _id: `${tenantId}:${number}`, tenantId, number, fence: 0 }));
    try {
      await slots.insertMany(documents, { ordered: false });
    } catch (error) {
      // Those that were there already.
      if (!isDuplicateKey(error)) throw error;
    }
  }

  const held = ({ id, owner }: Slot) => {
    const [, _id = '', fence] = /^(.*)#(\d+)$/su.exec(id) ?? [];
    return { _id, owner, fence: Number(fence) };
  };

  return {
    async takeSlot(owner, lane, { total, forPeople }) {
      await ensure(total);
      const slot = await slots.findOneAndUpdate(
        { tenantId, number: { $lt: lane === 'people' ? total : total - forPeople }, $expr: free },
        [{ $set: { owner: literal(owner), fence: plus('$fence', 1), until: plus(now, leaseMs) } }],
        // A person's run takes one of those kept for people first, so that the general ones stay free.
        { sort: { number: lane === 'people' ? -1 : 1 }, returnDocument: 'after' },
      );
      return slot ? { id: `${slot._id}#${slot.fence}`, owner } : undefined;
    },

    async renewSlot(slot) {
      const renewed = await slots.updateOne(held(slot), [{ $set: { until: plus(now, leaseMs) } }]);
      return renewed.matchedCount === 1;
    },

    async releaseSlot(slot) {
      await slots.updateOne(held(slot), [{ $set: { owner: remove, until: remove } }]);
    },
  };
}
