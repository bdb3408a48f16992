/**
 * How the integration stands, in numbers, for whoever watches it every few seconds: each question is answered by the
 * keys of an index, or by as many documents as there are runs, problems and untold messages.
 */
import type { Db, Document, Filter } from 'mongodb';
import { smallestShare } from '../../src/domain/request-budget.ts';
import { type TaskKind, taskKinds } from '../../src/domain/sync-task.ts';
import type { LivenessKind } from '../../src/ports/liveness.ts';
import { linkStates, type Watch, type WatchFacts } from '../../src/ports/watch.ts';
import { mongoGate } from './gate-store.ts';
import type { MessageDocument } from './incident-messages.ts';
import type { BudgetDocument } from './request-budget-pipeline.ts';
import type { SyncTaskDocument } from './sync-task-document.ts';
import type { Expression } from './sync-task-expressions.ts';

export type WatchOptions = {
  readonly db: Db;
  readonly tenantId: string;
  /** The server's time: `$$NOW` in production, shifted in tests. */
  readonly now: Expression;
  /** Of runs and their places. */
  readonly leaseMs: number;
  /** From nothing to the whole of the request budget; absent where there is no limit. */
  readonly budgetRecoveryMs?: number;
};

type At = WatchOptions & { readonly at: Date };

/** Says of a date that it is there, which `$exists` cannot do by an index alone. */
const someDate = { $gt: new Date(0) };
/** In milliseconds. */
const quickly = { maxTimeMS: 2_000 } as const;
/** Leases that were renewed while the questions were asked, in milliseconds. */
const slackMs = 5_000;

export function mongoWatch(options: WatchOptions): Watch {
  const gate = mongoGate(options);
  return {
    async facts() {
      const { now: at, enabled, circuit } = await gate.read();
      const given = { ...options, at };
      const [queue, links, needAttention, late, slotsUsed, budget, incidents, silentMs] = await Promise.all([
        queueFacts(given),
        projectsByState(given),
        countNeedingAttention(given),
        countLate(given),
        countSlots(given),
        budgetFacts(given),
        incidentFacts(given),
        silence(given),
      ]);
      return {
        queue,
        projects: links,
        needAttention,
        late,
        slotsUsed,
        ...(budget ? { budget } : {}),
        enabled,
        // One that was opened this very millisecond is open.
        circuitOpenMs: circuit ? Math.max(1, since(circuit.since, at)) : 0,
        incidents,
        silentMs,
      };
    },
  };
}

const since = (from: Date | undefined, at: Date): number =>
  from ? Math.max(0, at.getTime() - from.getTime()) : 0;

const tasksOf = ({ db }: At) => db.collection<SyncTaskDocument>('sync_tasks');

async function queueFacts(given: At): Promise<WatchFacts['queue']> {
  const { tenantId, at, leaseMs } = given;
  const kinds = { tenantId, kind: { $in: [...taskKinds] } };
  const waking = tasksOf(given).aggregate<{ _id: TaskKind; all: number; due: number; first: Date }>(
    [
      { $match: { ...kinds, wakeAt: someDate } },
      {
        $group: {
          _id: '$kind',
          all: { $sum: 1 },
          due: { $sum: { $cond: [{ $lte: ['$wakeAt', at] }, 1, 0] } },
          first: { $min: '$wakeAt' },
        },
      },
    ],
    { hint: 'next_wake_in_lane', ...quickly },
  );
  // What is leased wakes when its lease ends: of those that are asked for, only what is due by then is looked at.
  const leased = { $gt: at, $lte: new Date(at.getTime() + leaseMs + slackMs) };
  const running = tasksOf(given).aggregate<{ _id: TaskKind; count: number }>(
    [
      { $match: { ...kinds, wakeAt: leased, state: 'syncing' } },
      { $group: { _id: '$kind', count: { $sum: 1 } } },
    ],
    { hint: 'next_wake_in_lane', ...quickly },
  );
  const [wake, run] = await Promise.all([waking.toArray(), running.toArray()]);
  const ofKind = (kind: TaskKind) => {
    const { all = 0, due = 0, first } = wake.find(({ _id }) => _id === kind) ?? {};
    const syncing = run.find(({ _id }) => _id === kind)?.count ?? 0;
    return {
      requested: Math.max(0, all - due - syncing),
      in_queue: due,
      syncing,
      lagMs: since(first, at),
    };
  };
  return { project: ofKind('project'), misc: ofKind('misc'), scout: ofKind('scout'), notes: ofKind('notes') };
}

async function projectsByState(given: At): Promise<WatchFacts['projects']> {
  const { tenantId } = given;
  const counts = await Promise.all(
    linkStates.map((state) =>
      tasksOf(given).countDocuments(
        { tenantId, kind: 'project', 'link.state': state },
        { hint: 'clock', ...quickly },
      ),
    ),
  );
  const [active = 0, disabled = 0, archived = 0, disconnected = 0] = counts;
  return { active, disabled, archived, disconnected };
}

function countNeedingAttention(given: At): Promise<number> {
  const { tenantId } = given;
  const filter = { tenantId, kind: 'project', 'link.state': 'active', 'needsAttention.since': someDate };
  return tasksOf(given).countDocuments(filter as Filter<SyncTaskDocument>, { hint: 'counts', ...quickly });
}

function countLate(given: At): Promise<number> {
  const { tenantId, at } = given;
  const filter = { tenantId, 'link.state': 'active' as const, lateAt: { $lt: at } };
  return tasksOf(given).countDocuments(filter, { hint: 'late', ...quickly });
}

function countSlots({ db, tenantId, at }: At): Promise<number> {
  return db.collection('slots').countDocuments({ tenantId, until: { $gt: at } }, quickly);
}

async function budgetFacts(given: At): Promise<WatchFacts['budget']> {
  const { db, tenantId, at, budgetRecoveryMs } = given;
  if (budgetRecoveryMs === undefined) return undefined;
  const found = await db
    .collection<BudgetDocument>('request_budgets')
    .findOne({ _id: tenantId }, { ...quickly, readConcern: { level: 'local' } });
  if (!found) return undefined;
  const still = ({ until }: { readonly until: Date }) => until > at;
  return {
    inFlight: found.running.filter(still).length,
    waiting: found.waiting.filter(still).length,
    share: Math.min(1, Math.max(smallestShare, found.share + since(found.shareAt, at) / budgetRecoveryMs)),
    pausedMs: since(at, found.pausedUntil),
  };
}

async function incidentFacts({ db, tenantId, at }: At): Promise<WatchFacts['incidents']> {
  const messages = db.collection<MessageDocument>('incident_messages');
  const telling = { tenantId, dueAt: someDate };
  const [open, count, first, oldest, blockedPlaces] = await Promise.all([
    db.collection('incidents').countDocuments({ tenantId, openKey: { $gt: '' } }, quickly),
    messages.countDocuments(telling, { hint: 'due', ...quickly }),
    messages.findOne(telling, { sort: { dueAt: 1 }, projection: { dueAt: 1 }, ...quickly }),
    messages.aggregate<{ openedAt: Date }>(untold(telling), quickly).next(),
    db.collection('alert_places').countDocuments({ tenantId, blocked: { $exists: true } }, quickly),
  ]);
  return {
    open,
    messages: count,
    lagMs: since(first?.dueAt, at),
    untoldMs: since(oldest?.openedAt, at),
    blockedPlaces,
  };
}

/** The opening of the oldest incident of which something was never posted. */
function untold(telling: Document): Document[] {
  return [
    { $match: { ...telling, told: 'nothing' } },
    { $group: { _id: '$incidentId' } },
    { $lookup: { from: 'incidents', localField: '_id', foreignField: '_id', as: 'incident' } },
    { $group: { _id: null, openedAt: { $min: { $first: '$incident.openedAt' } } } },
  ];
}

async function silence({ db, tenantId, at }: At): Promise<WatchFacts['silentMs']> {
  const beats = await db
    .collection<{ kind: LivenessKind; at: Date }>('liveness')
    .find({ _id: { $in: [`${tenantId}:bot`, `${tenantId}:worker`] } } as Document, quickly)
    .toArray();
  return Object.fromEntries(beats.map((beat) => [beat.kind, since(beat.at, at)]));
}
