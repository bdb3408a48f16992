/**
 * Random histories of people, workers, crashes and time over the queue, against a real MongoDB server, and the same
 * histories over queues with one rule left out: a watch that does not see those would prove nothing.
 */
import * as fc from 'fast-check';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as ClockPipelines from '../../adapters/mongodb/sync-task-clock-pipelines.ts';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import type * as Pipelines from '../../adapters/mongodb/sync-task-pipelines.ts';
import type { Lease, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';
import { Broken, History, histories, type Lean, type Rule, scout } from './sync-task-history.ts';
import { leaseMs } from './sync-task-rig.ts';

type Stage = Pipelines.Stage;
type StageMaker = keyof typeof Pipelines | keyof typeof ClockPipelines;
/** What is changed in the stages that a maker of stages returns. */
type Change = (stages: Stage[]) => Stage[];

const planted = vi.hoisted(() => ({ in: new Map<string, (stages: never[]) => unknown[]>() }));

/** The makers of stages, with what is planted in them. */
const faulty = vi.hoisted(() => (real: Record<string, (...args: unknown[]) => unknown>) => {
  const makers = Object.entries(real).map(([name, make]) => [
    name,
    (...args: unknown[]) => {
      const made = make(...args);
      const change = planted.in.get(name);
      if (!change) return made;
      const changed = change((Array.isArray(made) ? made : [made]) as never[]);
      return Array.isArray(made) ? changed : changed[0];
    },
  ]);
  return Object.fromEntries(makers);
});
vi.mock('../../adapters/mongodb/sync-task-pipelines.ts', async (original) => faulty(await original()));
vi.mock('../../adapters/mongodb/sync-task-clock-pipelines.ts', async (original) => faulty(await original()));

let fresh: FreshDatabase;
let db: Db;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
  db = fresh.db;
});
afterAll(() => fresh.drop());
beforeEach(() => planted.in.clear());

type Wrap = (store: SyncTaskStore, db: Db) => SyncTaskStore;

const seed = 20_260_105;

function property(wrap?: Wrap, lean?: Lean) {
  return fc.asyncProperty(histories(lean), (steps) => new History(db, wrap).play(steps));
}

function set(changed: Stage['$set']): Change {
  return (stages) => stages.map((stage) => ({ $set: { ...stage.$set, ...changed } }));
}

/** Puts another expression wherever this one stands. */
function instead(from: Pipelines.Expression, to: Pipelines.Expression): Change {
  const wanted = JSON.stringify(from);
  const replaced = (value: unknown): unknown => {
    if (JSON.stringify(value) === wanted) return to;
    if (Array.isArray(value)) return value.map(replaced);
    if (value === null || typeof value !== 'object' || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner)]));
  };
  return (stages) => stages.map((stage) => replaced(stage) as Stage);
}

const isProject: Pipelines.Expression = { $eq: ['$kind', 'project'] };
const isActive: Pipelines.Expression = { $eq: ['$link.state', 'active'] };
const moreWanted: Pipelines.Expression = { $gt: ['$want', '$claimed.want'] };

const tasksIn = (inDb: Db) => inDb.collection<SyncTaskDocument>('sync_tasks');

/** The release of a run leaves the external id where it was. */
function holdingOn(): Change {
  return set({ linkKey: { $ifNull: ['$linkKey', '$$REMOVE'] } });
}

/** Writes under whatever fence the task has now. */
function withoutFence(name: 'complete' | 'heartbeat' | 'handBack' | 'failToRetry' | 'failToPerson'): Wrap {
  return (store, db) => {
    const current = async ({ taskId }: Lease): Promise<Lease> => {
      const task = await db.collection<SyncTaskDocument>('sync_tasks').findOne({ _id: taskId });
      return { taskId, fence: task?.fence ?? -1 };
    };
    const write = store[name] as (lease: Lease, ...rest: unknown[]) => Promise<unknown>;
    return {
      ...store,
      [name]: async (lease: Lease, ...rest: unknown[]) => write(await current(lease), ...rest),
    };
  };
}

type Mutant = {
  readonly fault: string;
  readonly stages?: { readonly [maker in StageMaker]?: Change };
  readonly wrap?: Wrap;
  /** Where the fault shows soonest. */
  readonly lean?: Lean;
  /** The rules of which one is seen to break. */
  readonly breaks: readonly Rule[];
};

/** Workers that lose their lease and write all the same. */
const stalls: Lean = {
  weights: { claim: 12, write: 14, pass: 10, relink: 0, link: 0, change: 0, tick: 0, crash: 0 },
  whom: [1, 2],
  lanes: ['projects'],
  passes: [leaseMs],
  stale: [true],
};
/** Projects that are stopped and go on, in runs that are given back or lost. */
const stops: Lean = {
  weights: { relink: 10, link: 0, change: 0, tick: 0 },
  relinks: ['disable', 'enable', 'archive', 'unarchive'],
  whom: [1, 2],
  lanes: ['projects'],
  passes: [1_000, leaseMs],
};
/** Runs one after the other, as fast as they may. */
const haste: Lean = {
  weights: { claim: 12, write: 12, relink: 0, link: 0, change: 0, tick: 0, crash: 0 },
  whom: [1, 2],
  lanes: ['projects'],
  writes: ['complete'],
  passes: [1_000, 30_000],
};
/** Projects that are cut off while they run, and linked again. */
const cuts: Lean = {
  weights: { relink: 6, link: 8, change: 0, tick: 0, crash: 0, race: 0 },
  relinks: ['disconnect'],
  whom: [1, 2],
  lanes: ['projects'],
  passes: [1_000],
};
/** Runs that tell when they began to read, and changes that the scout sees. */
const changes: Lean = {
  weights: { trigger: 4, claim: 9, write: 12, change: 14, pass: 8, relink: 0, link: 0, tick: 0, crash: 0 },
  whom: [1, 2],
  lanes: ['projects'],
  writes: ['heartbeat', 'heartbeat', 'complete'],
  passes: [30_000, leaseMs, 2 * leaseMs],
};
/** Runs that fail and wait. */
const outages: Lean = {
  weights: { write: 12, change: 0, tick: 0, link: 0 },
  whom: [1, 2],
  lanes: ['projects'],
  writes: ['fail to retry', 'fail to retry', 'complete', 'hand back'],
};
const looksOut: Lean = {
  weights: { relink: 0, link: 0, change: 0, tick: 0 },
  whom: [scout],
  lanes: [scout],
  writes: ['complete'],
  passes: [1_000],
};

describe('the queue keeps every rule', () => {
  it('over random histories', { timeout: 120_000 }, async () => {
    await fc.assert(property(), { seed, numRuns: 150 });
  });

  // Else what is seen below might be seen of the queue as it is.
  it.each(Object.entries({ stalls, stops, haste, cuts, changes, outages, looksOut }))(
    'over histories that lean to %s',
    { timeout: 60_000 },
    async (_, lean) => {
      await fc.assert(property(undefined, lean), { seed, numRuns: 20 });
    },
  );
});

const mutants: readonly Mutant[] = [
  {
    fault: 'a run settles also what came during it',
    lean: haste,
    stages: { completeStages: set({ done: '$want' }) },
    breaks: ['done is what the last settled run began with'],
  },
  {
    fault: 'complete looks at no fence',
    lean: { ...stalls, writes: ['complete'] },
    wrap: withoutFence('complete'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'heartbeat looks at no fence',
    lean: { ...stalls, writes: ['heartbeat'] },
    wrap: withoutFence('heartbeat'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'hand back looks at no fence',
    lean: { ...stalls, writes: ['hand back'] },
    wrap: withoutFence('handBack'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'a claim raises no fence',
    stages: { claimStage: set({ fence: '$fence' }) },
    breaks: ['one holder per task'],
  },
  {
    fault: 'a lease never ends',
    stages: { claimStage: set({ wakeAt: '$$REMOVE' }) },
    breaks: ['what is due is found'],
  },
  {
    fault: 'a failure leaves the end of the back-off open to triggers',
    lean: outages,
    stages: { failToRetryStage: set({ coolUntil: { $ifNull: ['$coolUntil', '$$REMOVE'] } }) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a trigger does not look at the cool-down',
    lean: outages,
    stages: { triggerStage: instead('$coolUntil', null) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a completed run does not cool down',
    lean: haste,
    stages: { completeStages: set({ coolUntil: { $ifNull: ['$coolUntil', '$$REMOVE'] } }) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a claim keeps the force',
    lean: outages,
    stages: { claimStage: set({ forceNow: '$forceNow' }) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a forced trigger waits like any other',
    lean: outages,
    stages: { triggerStage: set({ wakeAt: { $ifNull: ['$coolUntil', '$wakeAt'] } }) },
    breaks: ['a forced trigger is due at once', 'what is due is found', 'one holder per task'],
  },
  {
    fault: 'an expired lease of a disabled task is claimed',
    lean: stops,
    stages: { claimStage: instead(isActive, true) },
    breaks: ['no task that is not active is claimed or queued'],
  },
  {
    fault: 'a disabled task takes triggers',
    lean: stops,
    stages: { triggerStage: instead(isActive, true) },
    breaks: ['every trigger counts', 'no task that is not active is claimed or queued'],
  },
  {
    fault: 'a run that lets go of a disabled task queues it',
    lean: stops,
    // Each alone is a case of the contract; here they would be waited for.
    stages: {
      completeStages: instead(isActive, true),
      failToPersonStage: instead(isActive, true),
      failToRetryStage: instead(isActive, true),
      handBackStage: instead(isActive, true),
    },
    breaks: ['no task that is not active is claimed or queued'],
  },
  {
    fault: 'a disabled task stays in the queue',
    stages: { stopStage: set({ state: '$state', wakeAt: { $ifNull: ['$wakeAt', '$$REMOVE'] } }) },
    breaks: ['no task that is not active is claimed or queued'],
  },
  {
    fault: 'a run that is disabled loses its holder at once',
    stages: { stopStage: set({ state: 'idle', wakeAt: '$$REMOVE' }) },
    breaks: ['one holder per task'],
  },
  {
    fault: 'a hand back loses the kinds',
    stages: { handBackStage: set({ kinds: '$kinds' }) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'a failure loses the kinds',
    stages: { failToRetryStage: set({ kinds: '$kinds' }) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'taking over loses what the lost run was asked for',
    stages: { claimStage: instead('$claimed.kinds', null) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'enabling asks for no sync',
    stages: { enableStages: (stages) => stages.slice(0, 1) },
    breaks: ['every trigger counts'],
  },
  {
    fault: 'what came during a run is not queued after it',
    lean: haste,
    stages: { completeStages: instead(moreWanted, false) },
    breaks: ['what is asked for is queued, and nothing else'],
  },
  {
    fault: 'a trigger is not counted',
    stages: { triggerStage: set({ want: '$want' }) },
    breaks: ['every trigger counts'],
  },
  {
    fault: 'a failure to retry looks at no fence',
    lean: { ...stalls, writes: ['fail to retry'] },
    wrap: withoutFence('failToRetry'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'a failure to a person looks at no fence',
    lean: { ...stalls, writes: ['fail to a person'] },
    wrap: withoutFence('failToPerson'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'a hand back loses the suspects',
    lean: outages,
    stages: { handBackStage: set({ suspects: '$suspects' }) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'a failure loses the suspects',
    lean: outages,
    stages: { failToRetryStage: set({ suspects: '$suspects' }) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'taking over loses the suspects of the lost run',
    stages: { claimStage: instead('$claimed.suspects', null) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'a claim leaves the suspects to the next run too',
    stages: { claimStage: set({ suspects: '$suspects' }) },
    breaks: ['a run does all that was asked for'],
  },
  {
    fault: 'what a run left unsettled is lost',
    stages: { completeStages: (stages) => stages.slice(-1) },
    breaks: ['every trigger counts'],
  },
  {
    fault: 'a failure that heals moves a watermark',
    stages: { failToRetryStage: set({ 'watermarks.plan': 10 }) },
    breaks: ['watermarks move where a run is completed, and only on'],
  },
  {
    fault: 'a failure for a person moves a watermark',
    stages: { failToPersonStage: set({ 'watermarks.plan': 10 }) },
    breaks: ['watermarks move where a run is completed, and only on'],
  },
  {
    fault: 'a watermark goes back',
    wrap: (store, inDb) => ({
      ...store,
      async complete(lease, { watermarks, ...finished }) {
        const completed = await store.complete(lease, { ...finished, watermarks });
        const filter = { _id: lease.taskId };
        if (completed) await tasksIn(inDb).updateOne(filter, { $set: { watermarks } });
        return completed;
      },
    }),
    breaks: ['watermarks move where a run is completed, and only on'],
  },
  {
    fault: 'a run without a need for attention leaves that of before',
    stages: { completeStages: set({ needsAttention: { $ifNull: ['$needsAttention', '$$REMOVE'] } }) },
    breaks: ['a need for attention stays until a run without'],
  },
  {
    fault: 'a disconnected id is linked again while it syncs',
    lean: cuts,
    stages: {
      stopStage: (stages) =>
        stages.map(({ $set }) => ({ $set: 'linkKey' in $set ? { ...$set, linkKey: '$$REMOVE' } : $set })),
    },
    breaks: ['an external id has one task'],
  },
  {
    fault: 'the last release of a disconnected task holds on to its id',
    lean: cuts,
    stages: { completeStages: holdingOn(), failToPersonStage: holdingOn(), handBackStage: holdingOn() },
    breaks: ['an external id has one task'],
  },
  {
    fault: 'an archived task may be enabled',
    lean: stops,
    wrap: (store) => ({
      ...store,
      async enable(taskId, by, interaction) {
        await store.unarchive(taskId, by);
        return await store.enable(taskId, by, interaction);
      },
    }),
    breaks: ['a link changes as it may'],
  },
  {
    fault: 'a comprehensive turn does not move on',
    stages: { comprehensiveTurnStages: (stages) => stages.slice(0, 1) },
    breaks: ['a turn of the clock asks once'],
  },
  {
    fault: 'a comprehensive turn asks for nothing',
    stages: { comprehensiveTurnStages: (stages) => stages.slice(1) },
    breaks: ['a turn of the clock asks once'],
  },
  {
    fault: 'a first turn asks for a sync',
    stages: { firstTurnStage: set({ want: { $add: ['$want', 1] } }) },
    breaks: ['a turn of the clock asks once'],
  },
  {
    fault: 'ageing shortens a cool-down',
    wrap: (store, inDb) => ({
      ...store,
      async tick(schedule) {
        const ticked = await store.tick(schedule);
        const waiting = { kind: 'project' as const, state: 'requested' as const, prio: 0 as const };
        await tasksIn(inDb).updateMany(waiting, { $set: { wakeAt: new Date(0) } });
        return ticked;
      },
    }),
    breaks: ['ageing moves the place in line and nothing else', 'no run inside a cool-down or back-off'],
  },
  {
    fault: 'what aged stands in line with people',
    stages: { ageStage: set({ prio: 2 }) },
    breaks: ['ageing moves the place in line and nothing else'],
  },
  {
    fault: 'a change is held against the last completed run alone',
    lean: changes,
    stages: { triggerChangedStage: instead('$readStart', null) },
    breaks: ['a change triggers until a run began later'],
  },
  {
    fault: 'a run that reads begins whenever it says so again',
    lean: changes,
    stages: { heartbeatStage: instead('$readStart', null) },
    breaks: ['a change triggers until a run began later'],
  },
  {
    fault: 'a lost run goes on reading for the next',
    lean: changes,
    stages: { claimStage: set({ readStart: { $ifNull: ['$readStart', '$$REMOVE'] } }) },
    breaks: ['a change triggers until a run began later'],
  },
  {
    fault: 'every change triggers',
    lean: changes,
    stages: { triggerChangedStage: instead('$lastSync.readStart', null) },
    breaks: ['a change triggers until a run began later'],
  },
  {
    fault: "the integration's own tasks cool down",
    lean: looksOut,
    stages: { completeStages: instead(isProject, true) },
    breaks: ['what is due is found'],
  },
  {
    fault: 'the lane of people takes whatever is due',
    wrap: (store) => ({
      ...store,
      claim: (owner, lane) => store.claim(owner, lane === 'people' ? 'projects' : lane),
    }),
    breaks: ['people go first'],
  },
  {
    fault: 'a hand back loses who waits',
    stages: { handBackStage: set({ prio: 0 }) },
    breaks: ['people go first', 'ageing moves the place in line and nothing else'],
  },
];

describe('the histories see that', () => {
  it.each(mutants)('$fault', { timeout: 60_000 }, async ({ stages = {}, wrap, lean, breaks }) => {
    for (const [maker, change] of Object.entries(stages)) {
      planted.in.set(maker, change as (stages: never[]) => unknown[]);
    }
    const { errorInstance } = await fc.check(property(wrap, lean), {
      seed,
      numRuns: 300,
      endOnFailure: true,
    });
    expect(errorInstance).toBeInstanceOf(Broken);
    expect(breaks).toContain((errorInstance as Broken).rule);
  });
});
