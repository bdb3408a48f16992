import type { Db } from 'mongodb';
import type { ClaimStore } from '../../src/ports/people.ts';
import { type Expression, literal, plus, remove, when } from './sync-task-expressions.ts';

type Outcome = Awaited<ReturnType<ClaimStore['take']>>;

type ClaimDocument = {
  readonly _id: string;
  readonly digest: string;
  readonly validUntil: Date;
  readonly misses: number;
  readonly taken: boolean;
  /** Of the last try. */
  readonly outcome?: Outcome;
};

/** @param now the database server's time, as an expression */
export function mongoClaimStore(db: Db, tenantId: string, now: Expression): ClaimStore {
  const codes = db.collection<ClaimDocument>('claim_codes');
  return {
    async issue(digest, validForMs) {
      const fresh = { digest: literal(digest), validUntil: plus(now, validForMs), misses: 0, taken: false };
      await codes.updateOne({ _id: tenantId }, [{ $set: { ...fresh, outcome: remove } }], { upsert: true });
    },
    async take(digest, triesAtMost) {
      const verdict = when({ $eq: ['$digest', literal(digest)] }, 'taken', 'wrong');
      const inTime = when({ $lte: ['$validUntil', now] }, 'expired', verdict);
      const patient = when({ $gte: ['$misses', triesAtMost] }, 'too-many-tries', inTime);
      const outcome = when('$taken', 'none', patient);
      // One write: of many who try at the same moment each is judged after the other.
      const tried = await codes.findOneAndUpdate(
        { _id: tenantId },
        [
          { $set: { outcome } },
          {
            $set: {
              misses: plus('$misses', when({ $eq: ['$outcome', 'wrong'] }, 1, 0)),
              taken: { $or: ['$taken', { $eq: ['$outcome', 'taken'] }] },
            },
          },
        ],
        { returnDocument: 'after' },
      );
      return tried?.outcome ?? 'none';
    },
  };
}
