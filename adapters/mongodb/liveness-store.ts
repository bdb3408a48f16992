import type { Db } from 'mongodb';
import type { Gap, Liveness, LivenessKind } from '../../src/ports/liveness.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { type Expression, literal, orGone, plus, when } from './sync-task-expressions.ts';

type LivenessDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly kind: LivenessKind;
  readonly at: Date;
  /** Who left the latest beat. */
  readonly by: string;
  readonly gap?: Gap;
};

/** One document for each kind: however many processes come and go, nothing is left of them. */
export function mongoLiveness(db: Db, tenantId: string, now: Expression): Liveness {
  const collection = db.collection<LivenessDocument>('liveness');
  const idOf = (kind: LivenessKind): string => `${tenantId}:${kind}`;

  async function beat(kind: LivenessKind, id: string, gapMs: number) {
    const wasAway: Expression = { $lt: [plus({ $ifNull: ['$at', now] }, gapMs), now] };
    const stage = {
      $set: {
        tenantId: literal(tenantId),
        kind: literal(kind),
        by: literal(id),
        gap: when(wasAway, { from: '$at', to: now }, orGone('$gap')),
        at: now,
      },
    };
    const write = () =>
      collection.findOneAndUpdate({ _id: idOf(kind) }, [stage], { upsert: true, returnDocument: 'after' });
    const written = await write().catch((error: unknown) => {
      // Somebody else made the document at the same moment.
      if (!isDuplicateKey(error)) throw error;
      return write();
    });
    if (!written) throw new Error('a beat was not stored');
    return { now: written.at, ...(written.gap ? { gap: written.gap } : {}) };
  }

  async function lastBeat(kind: LivenessKind) {
    const found = await collection.findOne({ _id: idOf(kind) });
    return found ? { id: found.by, at: found.at } : undefined;
  }

  return { beat, lastBeat };
}
