import type { Collection } from 'mongodb';
import {
  closedInWords,
  comprehensiveIntervalMs,
  itself,
  type SyncKind,
  type TaskKind,
} from '../../src/domain/sync-task.ts';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import {
  ageStage,
  comprehensiveTurnStages,
  firstTurnStage,
  ownFirstTurnStage,
  ownTurnStages,
} from './sync-task-clock-pipelines.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';
import type { Expression } from './sync-task-expressions.ts';
import { autoDisableStages } from './sync-task-pipelines.ts';
import type { ServerTime } from './sync-task-server-time.ts';

/** Due for so long, a task goes in line with changes. */
const ageingMs = 10 * 60_000;
/** What a comprehensive sync is reckoned to cost before the first one was counted: a small project's. */
const unknownRequests = 8;

type OwnKind = Exclude<TaskKind, 'project'>;

/** What each of the integration's own tasks is asked for by the clock. */
export const ownTaskKinds: { readonly [kind in OwnKind]: SyncKind } = {
  misc: 'comprehensive',
  scout: 'delta',
  notes: 'delta',
};

/** What the clock does to tasks, from whatever process, however often. */
export function syncTaskClock(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  now: Expression,
  serverTime: ServerTime,
): Pick<SyncTaskStore, 'tick' | 'autoDisable'> {
  const activeProjects = { tenantId, kind: 'project' as const, 'link.state': 'active' as const };

  async function requestsInAll(): Promise<number> {
    const each = { $ifNull: ['$comprehensiveRequests', unknownRequests] };
    const [row] = await tasks
      .aggregate<{ requests: number }>([
        { $match: activeProjects },
        { $group: { _id: null, requests: { $sum: each } } },
      ])
      .toArray();
    return row?.requests ?? 0;
  }

  async function comprehensiveTurns(intervalMs: number): Promise<number> {
    const withoutTurn = { ...activeProjects, clockAt: { $exists: false } };
    await tasks.updateMany(withoutTurn, [firstTurnStage(now, intervalMs)]);
    const due = { ...activeProjects, ...(await serverTime.due('clockAt')) };
    const { modifiedCount } = await tasks.updateMany(due, comprehensiveTurnStages(now, intervalMs));
    return modifiedCount;
  }

  /** All in one request: of each of them this asks every minute, and mostly none is due. */
  async function ownTurns(intervals: { readonly [kind in OwnKind]: number }): Promise<void> {
    const turnDue = await serverTime.due('clockAt');
    const turns = (Object.keys(ownTaskKinds) as OwnKind[]).flatMap((kind) => {
      const task = { _id: `${tenantId}:${kind}`, tenantId };
      // A look-out that has not come to an end needs no second one behind it: the next begins later than both.
      const whenIdle = kind === 'misc' ? {} : { state: 'idle' as const };
      return [
        {
          filter: { ...task, clockAt: { $exists: false } },
          update: [ownFirstTurnStage(now, intervals[kind])],
        },
        {
          filter: { ...task, ...whenIdle, ...turnDue },
          update: ownTurnStages(now, ownTaskKinds[kind], intervals[kind]),
        },
      ];
    });
    await tasks.bulkWrite(turns.map((updateOne) => ({ updateOne })));
  }

  async function age(): Promise<number> {
    const waiting = { tenantId, kind: 'project' as const, state: 'requested' as const, prio: 0 as const };
    const tooLong = { ...waiting, ...(await serverTime.due('wakeAt', ageingMs)) };
    const { modifiedCount } = await tasks.updateMany(tooLong, [ageStage(now)]);
    return modifiedCount;
  }

  async function tick(schedule: Parameters<SyncTaskStore['tick']>[0]) {
    const intervalMs = comprehensiveIntervalMs(schedule, await requestsInAll());
    const comprehensives = await comprehensiveTurns(intervalMs);
    await ownTurns({ misc: schedule.miscMs, scout: schedule.scoutMs, notes: schedule.notesMs });
    return { comprehensives, aged: await age(), intervalMs };
  }

  async function autoDisable(closedForMs: number) {
    const { 'link.closedSince': bound, $expr: longClosed } = await serverTime.due(
      'link.closedSince',
      closedForMs,
    );
    const leftAlone: Expression = { $eq: ['$link.autoDisabledFor', '$link.closedSince'] };
    const toSwitchOff = {
      ...activeProjects,
      'link.closedSince': bound,
      $expr: { $and: [longClosed, { $not: [leftAlone] }] },
    };
    const stages = autoDisableStages(now, itself, closedInWords(closedForMs));
    const candidates = await tasks.find(toSwitchOff, { projection: { _id: 1 } }).toArray();
    const switchedOff = [];
    for (const { _id } of candidates) {
      const filter = { ...toSwitchOff, _id };
      const task = await tasks.findOneAndUpdate(filter, stages, { returnDocument: 'after' });
      if (task) switchedOff.push(toSyncTask(task));
    }
    return switchedOff;
  }

  return { tick, autoDisable };
}
