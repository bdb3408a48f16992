/**
 * Two-way sync with one rule left out, each played through a history that needs it: the same history holds with the
 * rule, and is seen to break without it. A watch that does not see those would prove nothing.
 */
import type { Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_MEMBER } from '../../demo/connectwise/world/setup-tables.ts';
import type * as Guard from '../../src/domain/deletion-guard.ts';
import type * as Plan from '../../src/domain/plan.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import type { Psa, PsaPage } from '../../src/ports/psa.ts';
import type { Ports } from '../support/engine-rig.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import type { VirtualTime } from '../support/virtual-time.ts';
import type { Rule } from './inbound-rules.ts';
import { migratedDatabase } from './migrated-database.ts';
import {
  TwoWayHistory,
  type TwoWayOptions,
  type TwoWaySetting,
  type TwoWayStep,
  type TwoWayStepName,
} from './twoway-history.ts';
import type { TwoWayRule } from './twoway-rules.ts';

type Planted = 'guard off by one' | 'children first';
const planted = vi.hoisted(() => ({ faults: new Set<string>() }));

vi.mock('../../src/domain/deletion-guard.ts', async (original) => {
  const real = await original<typeof Guard>();
  return {
    ...real,
    isMassDeletion: (facts: Guard.DeletionFacts) =>
      real.isMassDeletion(
        planted.faults.has('guard off by one') ? { ...facts, gone: facts.gone - 1 } : facts,
      ),
  };
});
vi.mock('../../src/domain/plan.ts', async (original) => {
  const real = await original<typeof Plan>();
  const childrenFirst = real.planKinds.toReversed();
  const planKinds = new Proxy(real.planKinds, {
    get: (kinds, key): unknown =>
      Reflect.get(planted.faults.has('children first') ? childrenFirst : kinds, key),
  });
  return { ...real, planKinds };
});

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());
beforeEach(() => planted.faults.clear());

type Facts = { readonly db: Db; readonly tenantId: string; readonly time: VirtualTime };
type Wrap = NonNullable<TwoWayOptions['wrap']>;

const setting: TwoWaySetting = {
  seed: 7,
  tickets: 4,
  winner: 'connectwise',
  rule: 'cancel',
  callbacks: false,
};
const at = (name: TwoWayStepName, choice: Partial<TwoWayStep> = {}): TwoWayStep => ({
  pick: 0,
  value: 0,
  after: null,
  ...choice,
  do: name,
});
/** Choices of `value` that stand for a length of time, for what is asked for, and for what is edited. */
const minutes11 = 5;
const whole = 1;
const delta = 4;
const summary = 0;
const budgetHours = 2;
/** What the first import read is out of the sight of later deltas. */
const settled = [at('time passes', { value: minutes11 }), at('sync now', { value: delta })];
const deltasOnly = { comprehensives: false } as const;

function withApply(
  apply: (page: PlanPage, ports: Ports, facts: Facts) => ReturnType<Ports['planner']['apply']>,
): Wrap {
  return (ports, facts) => ({
    ...ports,
    planner: { ...ports.planner, apply: (page) => apply(page, ports, facts) },
  });
}

function withTasks(change: (tasks: Ports['tasks'], facts: Facts) => Partial<Ports['tasks']>): Wrap {
  return (ports, facts) => ({ ...ports, tasks: { ...ports.tasks, ...change(ports.tasks, facts) } });
}

function withPsa(change: (psa: Psa) => Partial<Psa>): Wrap {
  return (ports) => ({ ...ports, psa: { ...ports.psa, ...change(ports.psa) } });
}

type Stored = { _id: string; want: number; fence: number; fields: Record<string, unknown> };
const tasksIn = ({ db }: Facts) => db.collection<Stored>('sync_tasks');

/** Whatever is refused is taken for "there is none". */
function refusalIsAbsence(psa: Psa): Partial<Psa> {
  const none = { items: [], skipped: [], readAt: null };
  return {
    list: async function* (...asked: Parameters<Psa['list']>) {
      try {
        yield* psa.list(...asked);
      } catch {
        // The reading ends here, as if that had been all.
      }
    } as Psa['list'],
    byIds: (async (...asked: Parameters<Psa['byIds']>) =>
      await psa.byIds(...asked).catch(() => none)) as Psa['byIds'],
    isMissing: (...asked) => psa.isMissing(...asked).catch(() => true),
    count: (...asked) => psa.count(...asked).catch(() => 1),
  };
}

/** What we wrote last is taken for known. */
function withoutEcho<T>(page: PsaPage<T>): PsaPage<T> {
  const isOurs = (item: T) => (item as { updatedBy?: string }).updatedBy === API_MEMBER;
  const ours = page.items
    .filter(isOurs)
    .map((item) => ({ id: (item as { id: number }).id, reason: 'an echo' }));
  const items = page.items.filter((item) => !isOurs(item));
  return { ...page, items, skipped: [...page.skipped, ...ours] };
}

type Mutant = {
  readonly fault: string;
  readonly plant?: Planted;
  readonly wrap?: Wrap;
  readonly setting?: Partial<TwoWaySetting>;
  readonly options?: Pick<TwoWayOptions, 'comprehensives'>;
  readonly steps: readonly TwoWayStep[];
  readonly breaks: readonly (TwoWayRule | Rule)[];
};

const mutants: readonly Mutant[] = [
  {
    fault: 'bases move before the write',
    wrap: withApply(async (page, { planner }, { db }) => {
      const applied = await planner.apply(page);
      for (const { id, mark } of page.mark ?? []) {
        if (!('sent' in mark)) continue;
        const tasks = db.collection<Stored>('plan_tasks');
        const row = await tasks.findOne({ _id: id });
        const moved = Object.entries(mark.sent).flatMap(([field, value]) => [
          [`base.psa.${field}`, value],
          [`base.plan.${field}`, row?.fields[field] ?? null],
        ]);
        await tasks.updateOne({ _id: id }, { $set: Object.fromEntries(moved), $unset: { sent: 1 } });
      }
      return applied;
    }),
    steps: [
      at('plan: edit', { value: summary }),
      at('kill', { after: 'writes.patch' }),
      at('sync now', { value: whole }),
    ],
    breaks: ['an overwritten value is told', 'both sides are equal'],
  },
  {
    fault: 'bases are what was sent, not what came back',
    wrap: (ports) => ({
      ...ports,
      writes: {
        ...ports.writes,
        async patch(kind, id, change, ...rest) {
          const written = await ports.writes.patch(kind, id, change, ...rest);
          return written && { ...written, record: { ...written.record, ...change } };
        },
      },
    }),
    steps: [
      ...[1, 2, 3].map(() => at('plan: edit', { value: budgetHours })),
      at('sync now', { value: whole }),
    ],
    breaks: ['an overwritten value is told'],
  },
  {
    fault: 'a run that fails moves the watermarks',
    wrap: withTasks((tasks, facts) => ({
      async failToRetry(lease, ...rest) {
        await tasksIn(facts).updateOne({ _id: lease.taskId }, { $set: { 'watermarks.plan': 1_000 } });
        return await tasks.failToRetry(lease, ...rest);
      },
    })),
    options: deltasOnly,
    steps: [
      ...settled,
      at('plan: edit', { value: summary }),
      at('fault: 500 time-out', { pick: 4, value: 3 }),
      at('time passes', { value: minutes11 }),
      at('time passes', { value: minutes11 }),
    ],
    breaks: ['both sides are equal'],
  },
  {
    fault: 'a run that completes has done all that was wanted by then',
    wrap: withTasks((tasks, facts) => ({
      async complete(lease, finished) {
        const completed = await tasks.complete(lease, finished);
        const { want } = (await tasksIn(facts).findOne({ _id: lease.taskId })) ?? { want: 0 };
        const idle = { $set: { done: want, state: 'idle' }, $unset: { wakeAt: 1, next: 1 } } as object;
        await tasksIn(facts).updateOne({ _id: lease.taskId }, idle);
        return completed;
      },
    })),
    options: deltasOnly,
    steps: [
      ...settled,
      at('plan: edit', { value: summary, after: 'tasks.complete' }),
      at('sync now', { value: delta }),
    ],
    breaks: ['both sides are equal'],
  },
  {
    fault: 'a run completes whoever holds the task',
    wrap: withTasks((tasks, facts) => ({
      async complete(lease, finished) {
        const { fence } = (await tasksIn(facts).findOne({ _id: lease.taskId })) ?? lease;
        return await tasks.complete({ ...lease, fence }, finished);
      },
    })),
    options: deltasOnly,
    steps: [
      ...settled,
      at('plan: edit', { value: summary, after: 'tasks.complete' }),
      at('another process takes over and dies', { after: 'tasks.complete' }),
      at('sync now', { value: delta }),
    ],
    breaks: ['both sides are equal'],
  },
  {
    fault: 'nobody looks what became of a record whose making was not answered',
    wrap: (ports, { db, tenantId }) => ({
      ...ports,
      planner: {
        ...ports.planner,
        async openIntents() {
          await db.collection('plan_tasks').updateMany({ tenantId }, { $unset: { intent: 1 } });
          return [];
        },
      },
    }),
    steps: [
      at('write fault: reset and done'),
      at('plan: make a task', { value: 1 }),
      at('sync now', { value: whole }),
    ],
    breaks: ['no record is made twice'],
  },
  {
    fault: 'children go out before their parents',
    plant: 'children first',
    options: deltasOnly,
    steps: [
      at('time passes', { value: minutes11 }),
      at('plan: make a phase', { value: 2 }),
      at('time passes', { value: minutes11 }),
    ],
    breaks: ['every record is on both sides'],
  },
  {
    fault: 'a refusal is read as deletion',
    wrap: withPsa(refusalIsAbsence),
    steps: [at('fault: right withdrawn', { pick: 1 }), at('sync now', { value: whole })],
    breaks: [
      'only what is gone is deleted',
      'only what somebody deleted is deleted',
      'every record is on both sides',
    ],
  },
  {
    fault: 'the guard against mass deletion is off by one',
    plant: 'guard off by one',
    steps: [at('mass deletion', { value: 2 }), at('sync now', { value: whole })],
    breaks: ['unusually many deletions wait for a person'],
  },
  {
    fault: 'what we changed last is taken for an echo',
    wrap: withPsa((psa) => ({
      list: async function* (...asked: Parameters<Psa['list']>) {
        for await (const page of psa.list(...asked)) yield withoutEcho(page as PsaPage<object>);
      } as Psa['list'],
      byIds: (async (...asked: Parameters<Psa['byIds']>) =>
        withoutEcho((await psa.byIds(...asked)) as PsaPage<object>)) as Psa['byIds'],
    })),
    steps: [
      at('plan: edit', { value: budgetHours }),
      at('edit ticket', { value: 0, after: 'writes.patch' }),
      at('kill after the call', { after: 'writes.patch' }),
      at('sync now', { value: whole }),
    ],
    breaks: ['both sides are equal'],
  },
  {
    fault: 'both sides are compared with one base',
    wrap: withApply((page, { planner }) => {
      const one = <T extends { readonly base: Plan.Bases }>(rows: readonly T[]) =>
        rows.map((row) => ({ ...row, base: { psa: row.base.plan, plan: row.base.plan } }));
      const { create, update, pair = [] } = page;
      return planner.apply({ ...page, create: one(create), update: one(update), pair: one(pair) });
    }),
    steps: [at('plan: edit', { value: summary }), at('sync now', { value: whole })],
    breaks: ['quiet once nothing changes'],
  },
];

describe('the histories see that', () => {
  it.each(mutants)(
    '$fault',
    { timeout: 120_000 },
    async ({ plant, wrap, setting: special, options, steps, breaks }) => {
      const story = { setting: { ...setting, ...special }, steps };
      const sound = new TwoWayHistory(fresh.db, story, options);
      await sound.play();
      if (plant) planted.faults.add(plant);
      const broken = new TwoWayHistory(fresh.db, story, { ...options, ...(wrap ? { wrap } : {}) });
      const error: unknown = await broken.play().catch((thrown: unknown) => thrown);
      expect(error, `${broken.told.join('\n')}`).toHaveProperty('rule');
      expect(breaks).toContain((error as { readonly rule: TwoWayRule }).rule);
    },
  );
});
