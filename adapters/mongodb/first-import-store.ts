import type { Db } from 'mongodb';
import type { Failure } from '../../src/domain/failure.ts';
import { type Person, personKey } from '../../src/domain/person.ts';
import type { MessageHandle } from '../../src/ports/chat.ts';
import type { FirstImportStore, ImportState, ImportWatch } from '../../src/ports/first-import.ts';
import type { SyncTaskDocument } from './sync-task-document.ts';
import { type Expression, literal, plus, remove } from './sync-task-expressions.ts';

type WatchDocument = Omit<ImportWatch, 'id'> & {
  readonly _id: string;
  readonly tenantId: string;
  /** Nobody looks at it before. */
  readonly dueAt: Date;
  /** Who is telling right now, until `dueAt`. */
  readonly owner?: string;
};

type Counted = {
  readonly now: Date;
  readonly of?: number;
  readonly imported?: number;
  readonly needAttention?: number;
  readonly stuck?: number;
};

const examplesAtMost = 5;
const is = (field: string): Expression => ({ $cond: [{ $eq: [{ $type: field }, 'missing'] }, 0, 1] });

export function mongoFirstImportStore(db: Db, tenantId: string, now: Expression): FirstImportStore {
  const watches = db.collection<WatchDocument>('import_watches');
  const tasks = db.collection<SyncTaskDocument>('sync_tasks');
  const active = { tenantId, kind: 'project', 'link.state': 'active' } as const;
  const stuck = { ...active, lastSync: { $exists: false }, needsAttention: { $exists: true } };
  const mine = (id: string, owner: string) => ({ _id: id, owner });

  async function counted(): Promise<Counted> {
    const synced = is('$lastSync');
    const waits = is('$needsAttention');
    const counts = {
      $group: {
        _id: null,
        of: { $sum: 1 },
        imported: { $sum: synced },
        needAttention: { $sum: waits },
        stuck: { $sum: { $multiply: [waits, { $subtract: [1, synced] }] } },
      },
    };
    const [row] = await db
      .aggregate<{ now: Date; counts: readonly Omit<Counted, 'now'>[] }>([
        { $documents: [{ now }] },
        { $lookup: { from: 'sync_tasks', pipeline: [{ $match: active }, counts], as: 'counts' } },
      ])
      .toArray();
    if (!row) throw new Error('the database did not tell its time');
    return { now: row.now, ...row.counts[0] };
  }

  async function examples(): Promise<ImportState['examples']> {
    const found = await tasks
      .find(stuck, { projection: { link: 1, needsAttention: 1 } })
      .sort({ nameKey: 1, _id: 1 })
      .limit(examplesAtMost)
      .toArray();
    return found.flatMap(({ link, needsAttention }) =>
      needsAttention
        ? [
            {
              externalId: link.externalId,
              name: link.projectName,
              failure: needsAttention.failure as Failure,
            },
          ]
        : [],
    );
  }

  async function state(): Promise<ImportState> {
    const [{ now: at, of = 0, imported = 0, needAttention = 0, stuck: waiting = 0 }, some] =
      await Promise.all([counted(), examples()]);
    return { now: at, of, imported, needAttention, stuck: waiting, examples: some };
  }

  async function begin(person: Person, ticket: number): Promise<void> {
    const { imported } = await state();
    const fresh: { [field: string]: Expression } = {
      tenantId: literal(tenantId),
      person: literal(person),
      ticket,
      importedBefore: imported,
      startedAt: now,
      dueAt: now,
      owner: remove,
      handle: remove,
      shown: remove,
    };
    await watches.updateOne({ _id: `${tenantId}:${personKey(person)}` }, [{ $set: fresh }], { upsert: true });
  }

  async function take(owner: string, leaseMs: number) {
    const taken = await watches.findOneAndUpdate(
      { tenantId, $expr: { $lte: ['$dueAt', now] } },
      [{ $set: { owner: literal(owner), dueAt: plus(now, leaseMs) } }],
      { sort: { dueAt: 1 }, returnDocument: 'after' },
    );
    if (!taken) return undefined;
    const { _id: id, person, startedAt, importedBefore, ticket, handle, shown, dueAt } = taken;
    return {
      id,
      person,
      startedAt,
      importedBefore,
      ticket,
      ...(handle ? { handle } : {}),
      ...(shown === undefined ? {} : { shown }),
      now: new Date(dueAt.getTime() - leaseMs),
    };
  }

  async function told(
    id: string,
    owner: string,
    { handle, shown }: { readonly handle: MessageHandle; readonly shown: string },
    againAfterMs: number,
  ): Promise<void> {
    const set = { handle: literal(handle), shown: literal(shown), dueAt: plus(now, againAfterMs) };
    await watches.updateOne(mine(id, owner), [{ $set: { ...set, owner: remove } }]);
  }

  async function release(id: string, owner: string, afterMs: number): Promise<void> {
    await watches.updateOne(mine(id, owner), [{ $set: { dueAt: plus(now, afterMs), owner: remove } }]);
  }

  async function close(id: string, owner: string): Promise<void> {
    await watches.deleteOne(mine(id, owner));
  }

  return { state, begin, take, told, release, close };
}
