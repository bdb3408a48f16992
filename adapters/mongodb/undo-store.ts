import type { Db } from 'mongodb';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { KeptUndo, NewUndo, UndoStore } from '../../src/ports/undo.ts';
import { type Expression, literal, plus } from './sync-task-expressions.ts';

type UndoDocument = NewUndo & {
  readonly _id: string;
  readonly tenantId: string;
  /** Also what the database removes it by, a day later. */
  readonly validUntil: Date;
  readonly takenBy?: Actor;
};

export type UndoStoreOptions = {
  readonly db: Db;
  readonly tenantId: string;
  readonly ids: Pick<Ids, 'next'>;
  /** The server's time: `$$NOW` in production, shifted in tests. */
  readonly now: Expression;
};

export function mongoUndoStore({ db, tenantId, ids, now }: UndoStoreOptions): UndoStore {
  const undos = db.collection<UndoDocument>('undos');

  async function keep({ step, role, what }: NewUndo, validForMs: number): Promise<string> {
    const _id = ids.next();
    const fields = { tenantId, step, role, what };
    const stored = Object.entries(fields).map(([field, value]) => [field, literal(value)] as const);
    await undos.updateOne(
      { _id },
      [{ $set: { ...Object.fromEntries(stored), validUntil: plus(now, validForMs) } }],
      { upsert: true },
    );
    return _id;
  }

  async function find(id: string): Promise<KeptUndo | undefined> {
    const [found] = await undos
      .aggregate<KeptUndo>([
        { $match: { _id: id, tenantId } },
        {
          $project: {
            _id: 0,
            step: 1,
            role: 1,
            what: 1,
            takenBy: 1,
            expired: { $lte: ['$validUntil', now] },
          },
        },
      ])
      .toArray();
    return found;
  }

  async function take(id: string, by: Actor): Promise<boolean> {
    const free = { _id: id, tenantId, takenBy: { $exists: false }, $expr: { $gt: ['$validUntil', now] } };
    return (await undos.updateOne(free, { $set: { takenBy: by } })).modifiedCount === 1;
  }

  return { keep, find, take };
}
