import type { Collection } from 'mongodb';

export interface LeaseDocument {
  readonly _id: string;
  readonly owner: string;
  readonly until: Date;
}

/** A lease on one document by the server's clock: those of the processes decide nothing. */
export interface Lease {
  /** True when this owner now holds it: it was free, or its holder let it expire. */
  take(): Promise<boolean>;
  /** True when this owner still holds it, which it then does for another full term. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

const LONG_AGO = new Date(0);

export function createLease(
  documents: Collection<LeaseDocument>,
  id: string,
  owner: string,
  leaseMs: number,
): Lease {
  const end = { $add: ['$$NOW', leaseMs] };
  const isFree = { $lte: [{ $ifNull: ['$until', LONG_AGO] }, '$$NOW'] };
  const mine = { _id: id, owner };
  return {
    async take() {
      // `$expr` may not decide an upsert, so the decision is in the pipeline and the answer tells who holds it.
      const held = await documents.findOneAndUpdate(
        { _id: id },
        [
          {
            $set: {
              owner: { $cond: [isFree, { $literal: owner }, '$owner'] },
              until: { $cond: [isFree, end, '$until'] },
            },
          },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      return held?.owner === owner;
    },
    async renew() {
      const { matchedCount } = await documents.updateOne(mine, [{ $set: { until: end } }]);
      return matchedCount === 1;
    },
    async release() {
      await documents.updateOne(mine, { $set: { until: LONG_AGO } });
    },
  };
}
