/**
 * Random histories of people, workers, crashes and time over the queue, against a real MongoDB server, and the same
 * histories over queues with one rule left out: a watch that does not see those would prove nothing.
 */
import * as fc from 'fast-check';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import type * as Pipelines from '../../adapters/mongodb/sync-task-pipelines.ts';
import type { Lease, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';
import { Broken, History, histories, type Rule } from './sync-task-history.ts';

type Stage = Pipelines.Stage;
type StageMaker = keyof typeof Pipelines;
/** What is changed in the stages that a maker of stages returns. */
type Change = (stages: Stage[]) => Stage[];

const planted = vi.hoisted(() => ({ in: new Map<string, (stages: never[]) => unknown[]>() }));

vi.mock('../../adapters/mongodb/sync-task-pipelines.ts', async (original) => {
  const real = await original<Record<string, (...args: unknown[]) => unknown>>();
  const faulty = Object.entries(real).map(([name, make]) => [
    name,
    (...args: unknown[]) => {
      const made = make(...args);
      const change = planted.in.get(name);
      if (!change) return made;
      const changed = change((Array.isArray(made) ? made : [made]) as never[]);
      return Array.isArray(made) ? changed : changed[0];
    },
  ]);
  return Object.fromEntries(faulty);
});

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());
beforeEach(() => planted.in.clear());

type Wrap = (store: SyncTaskStore, db: Db) => SyncTaskStore;

const seed = 20_260_105;

function property(wrap?: Wrap) {
  return fc.asyncProperty(histories, (steps) => new History(fresh.db, wrap).play(steps));
}

it('keeps every rule of the queue over random histories', async () => {
  await fc.assert(property(), { seed, numRuns: 100 });
}, 120_000);

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

const isActive: Pipelines.Expression = { $eq: ['$link.state', 'active'] };
const moreWanted: Pipelines.Expression = { $gt: ['$want', '$claimed.want'] };

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
  /** The rules of which one is seen to break. */
  readonly breaks: readonly Rule[];
};

const mutants: readonly Mutant[] = [
  {
    fault: 'a run settles also what came during it',
    stages: { completeStage: set({ done: '$want' }) },
    breaks: ['done is what the last settled run began with'],
  },
  {
    fault: 'complete looks at no fence',
    wrap: withoutFence('complete'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'heartbeat looks at no fence',
    wrap: withoutFence('heartbeat'),
    breaks: ['a stale worker writes nothing'],
  },
  {
    fault: 'hand back looks at no fence',
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
    stages: { failToRetryStage: set({ coolUntil: { $ifNull: ['$coolUntil', '$$REMOVE'] } }) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a trigger does not look at the cool-down',
    stages: { triggerStage: instead('$coolUntil', null) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a completed run does not cool down',
    stages: { completeStage: set({ coolUntil: { $ifNull: ['$coolUntil', '$$REMOVE'] } }) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a claim keeps the force',
    stages: { claimStage: set({ forceNow: '$forceNow' }) },
    breaks: ['no run inside a cool-down or back-off'],
  },
  {
    fault: 'a forced trigger waits like any other',
    stages: { triggerStage: set({ wakeAt: { $ifNull: ['$coolUntil', '$wakeAt'] } }) },
    breaks: ['a forced trigger is due at once', 'what is due is found', 'one holder per task'],
  },
  {
    fault: 'an expired lease of a disabled task is claimed',
    stages: { claimStage: instead(isActive, true) },
    breaks: ['no task that is not active is claimed or queued'],
  },
  {
    fault: 'a disabled task takes triggers',
    stages: { triggerStage: instead(isActive, true) },
    breaks: ['every trigger counts', 'no task that is not active is claimed or queued'],
  },
  {
    fault: 'a run that lets go of a disabled task queues it',
    // Each alone is a case of the contract; here they would be waited for.
    stages: {
      completeStage: instead(isActive, true),
      failToPersonStage: instead(isActive, true),
      failToRetryStage: instead(isActive, true),
      handBackStage: instead(isActive, true),
    },
    breaks: ['no task that is not active is claimed or queued'],
  },
  {
    fault: 'a disabled task stays in the queue',
    stages: { disableStage: set({ state: '$state', wakeAt: { $ifNull: ['$wakeAt', '$$REMOVE'] } }) },
    breaks: ['no task that is not active is claimed or queued'],
  },
  {
    fault: 'a run that is disabled loses its holder at once',
    stages: { disableStage: set({ state: 'idle', wakeAt: '$$REMOVE' }) },
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
    stages: { completeStage: instead(moreWanted, false) },
    breaks: ['what is asked for is queued, and nothing else'],
  },
];

describe('the histories see that', () => {
  it.each(mutants)('$fault', async ({ stages = {}, wrap, breaks }) => {
    for (const [maker, change] of Object.entries(stages)) {
      planted.in.set(maker, change as (stages: never[]) => unknown[]);
    }
    const { errorInstance } = await fc.check(property(wrap), { seed, numRuns: 300, endOnFailure: true });
    expect(errorInstance).toBeInstanceOf(Broken);
    expect(breaks).toContain((errorInstance as Broken).rule);
  });
});
