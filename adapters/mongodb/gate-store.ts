/**
 * The gate in MongoDB: one document for each tenant, changed only by single updates and by the server's time.
 *
 * Many runs meet the same outage within a second: whoever finds the circuit closed opens it and is told so, all
 * others change nothing. A probe is leased, since its process may die with it; who lost the lease, or was
 * overtaken by `probeNow`, decides nothing any more.
 */
import type { Db, Filter } from 'mongodb';
import type { Failure } from '../../src/domain/failure.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { Gate, GateState } from '../../src/ports/gate.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import {
  type Expression,
  isThere,
  literal,
  not,
  orGone,
  plus,
  remove,
  when,
} from './sync-task-expressions.ts';

type Circuit = GateState['circuit'] & object;

type GateDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly enabled?: boolean;
  readonly changed?: GateState['changed'] & object;
  readonly circuit?: Circuit & { readonly probeOwner?: string; readonly probeUntil?: Date };
};

export type GateOptions = {
  readonly db: Db;
  readonly tenantId: string;
  /** The server's time: `$$NOW` in production, shifted in tests. */
  readonly now: Expression;
};

const later = (now: Expression, ms: number | undefined): Expression =>
  ms === undefined ? remove : plus(now, ms);
const isClosed = not(isThere('$circuit'));
const leaseGone = { 'circuit.probeOwner': remove, 'circuit.probeUntil': remove } as const;

export function mongoGate({ db, tenantId, now }: GateOptions): Gate {
  const collection = db.collection<GateDocument>('integration');
  const _id = `${tenantId}:gate`;

  async function read(): Promise<GateState> {
    const [row] = await db
      .aggregate<{ now: Date; gate: readonly GateDocument[] }>([
        { $documents: [{ now }] },
        { $lookup: { from: 'integration', pipeline: [{ $match: { _id } }], as: 'gate' } },
      ])
      .toArray();
    if (!row) throw new Error('the database did not tell its time');
    return toState(row.now, row.gate[0]);
  }

  /** Writes what may be the first of the document; the one as it was before. */
  async function upsert(set: { [field: string]: Expression }): Promise<GateDocument | null> {
    const stage = { $set: { tenantId: literal(tenantId), ...set } };
    const write = () =>
      collection.findOneAndUpdate({ _id }, [stage], { upsert: true, returnDocument: 'before' });
    try {
      return await write();
    } catch (error) {
      // Somebody else made the document at the same moment.
      if (!isDuplicateKey(error)) throw error;
      return await write();
    }
  }

  /** True where a document matched. */
  async function update(
    filter: Filter<GateDocument>,
    set: { [field: string]: Expression },
  ): Promise<boolean> {
    const written = await collection.updateOne({ _id, ...filter }, [{ $set: set }]);
    return written.matchedCount === 1;
  }

  async function trip(failure: Failure, probeAfterMs: number | undefined) {
    const circuit = {
      failure: literal(failure),
      since: now,
      probeAt: later(now, probeAfterMs),
      probes: 0,
    };
    const before = await upsert({ circuit: when(isClosed, circuit, '$circuit') });
    return { first: before?.circuit === undefined };
  }

  const probing = (owner: string): Filter<GateDocument> => ({ 'circuit.probeOwner': owner });

  async function setEnabled(enabled: boolean, by: Actor, reason?: string): Promise<boolean> {
    const same: Expression = { $eq: [{ $ifNull: ['$enabled', true] }, enabled] };
    const changed = {
      by: literal(by),
      at: now,
      ...(reason === undefined ? {} : { reason: literal(reason) }),
    };
    const before = await upsert({
      enabled: literal(enabled),
      changed: when(same, orGone('$changed'), changed),
    });
    return (before?.enabled ?? true) !== enabled;
  }

  return {
    read,
    trip,
    takeProbe: (owner, leaseMs) =>
      update(
        {
          circuit: { $exists: true },
          $expr: {
            $and: [
              { $lte: [{ $ifNull: ['$circuit.probeAt', plus(now, 1)] }, now] },
              { $lte: [{ $ifNull: ['$circuit.probeUntil', now] }, now] },
            ],
          },
        },
        { 'circuit.probeOwner': literal(owner), 'circuit.probeUntil': later(now, leaseMs) },
      ),
    async probeFailed(owner, failure, nextAfterMs) {
      await update(probing(owner), {
        'circuit.failure': literal(failure),
        'circuit.probeAt': later(now, nextAfterMs),
        'circuit.probes': plus('$circuit.probes', 1),
        ...leaseGone,
      });
    },
    close: (owner) => update(probing(owner), { circuit: remove }),
    async probeNow() {
      // Also from somebody who is at it: a probe with keys that were mended since must not be judged by the old.
      await update({ circuit: { $exists: true } }, { 'circuit.probeAt': now, ...leaseGone });
    },
    setEnabled,
  };
}

function toState(now: Date, gate: GateDocument | undefined): GateState {
  const { enabled = true, changed, circuit } = gate ?? {};
  return {
    now,
    enabled,
    ...(changed ? { changed } : {}),
    ...(circuit ? { circuit: toCircuit(circuit) } : {}),
  };
}

function toCircuit({ failure, since, probeAt, probes }: Circuit): Circuit {
  return { failure, since, probes, ...(probeAt ? { probeAt } : {}) };
}
