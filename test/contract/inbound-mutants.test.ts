/**
 * Inbound sync with one rule left out, each played through a history that needs it: the same history holds with the
 * rule, and is seen to break without it. A watch that does not see those would prove nothing.
 */
import type { Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Guard from '../../src/domain/deletion-guard.ts';
import type * as Watermark from '../../src/domain/watermark.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import type { Psa } from '../../src/ports/psa.ts';
import type { Ports } from '../support/engine-rig.ts';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import type { VirtualTime } from '../support/virtual-time.ts';
import { History, type HistoryOptions, type Setting, type Step, type StepName } from './inbound-history.ts';
import { Broken, type Rule } from './inbound-rules.ts';
import { migratedDatabase } from './migrated-database.ts';

type Planted = 'no overlap' | 'guard off by one' | 'children first';
const planted = vi.hoisted(() => ({ faults: new Set<string>() }));

vi.mock('../../src/domain/watermark.ts', async (original) => {
  const real = await original<typeof Watermark>();
  return {
    ...real,
    since: (mark: Date | undefined) => (planted.faults.has('no overlap') ? mark : real.since(mark)),
  };
});
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
vi.mock('../../src/app/sync/read-kinds.ts', async (original) => {
  const real = await original<{ readonly readings: object }>();
  const order = Reflect.ownKeys(real.readings);
  const eventsFirst = ['event', ...order.filter((kind) => kind !== 'event')];
  const readings = new Proxy(real.readings, {
    ownKeys: () => (planted.faults.has('children first') ? eventsFirst : order),
  });
  return { ...real, readings };
});

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());
beforeEach(() => planted.faults.clear());

type Facts = { readonly db: Db; readonly tenantId: string; readonly time: VirtualTime };
type Wrap = NonNullable<HistoryOptions['wrap']>;

const setting: Setting = { seed: 7, projects: 3, tickets: 4, dateAhead: 0, early: 0 };
const at = (name: StepName, choice: Partial<Step> = {}): Step => ({
  pick: 0,
  value: 0,
  after: null,
  ...choice,
  do: name,
});
/** Choices of `value` that stand for a length of time, and for what is asked for. */
const length = { minutes2: 3, minutes11: 5 } as const;
const whole = 1;

const readAtHost = <T extends { readonly readAt: Date | null }>(answer: T, { time }: Facts): T => ({
  ...answer,
  readAt: time.clock.now(),
});

function withPsa(change: (psa: Psa, facts: Facts) => Partial<Psa>): Wrap {
  return (ports, facts) => ({ ...ports, psa: { ...ports.psa, ...change(ports.psa, facts) } });
}

function withApply(
  apply: (page: PlanPage, ports: Ports, facts: Facts) => ReturnType<Ports['planner']['apply']>,
): Wrap {
  return (ports, facts) => ({
    ...ports,
    planner: { ...ports.planner, apply: (page) => apply(page, ports, facts) },
  });
}

const collections = { task: 'plan_tasks', event: 'plan_events', timeLog: 'plan_time_logs' } as const;
function documentsOf({ db }: Facts, { kind, update }: PlanPage) {
  const name = collections[kind as keyof typeof collections] ?? 'plan_tasks';
  const collection = db.collection<{ _id: string; base?: object; deleted?: object }>(name);
  return { collection, found: collection.find({ _id: { $in: update.map(({ id }) => id) } }).toArray() };
}

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

type Mutant = {
  readonly fault: string;
  readonly plant?: Planted;
  readonly wrap?: Wrap;
  readonly setting?: Partial<Setting>;
  readonly options?: Pick<HistoryOptions, 'comprehensives' | 'notesShare'>;
  readonly steps: readonly Step[];
  readonly breaks: readonly Rule[];
};

const deltasOnly = { comprehensives: false } as const;

const mutants: readonly Mutant[] = [
  {
    fault: 'a run that fails moves the watermarks',
    wrap: (ports, { db, time }) => ({
      ...ports,
      tasks: {
        ...ports.tasks,
        async failToRetry(lease, ...rest) {
          const moved = { 'watermarks.psa.ticket': time.now(), 'watermarks.psa.project': time.now() };
          await db
            .collection<{ _id: string }>('sync_tasks')
            .updateOne({ _id: lease.taskId }, { $set: moved });
          return await ports.tasks.failToRetry(lease, ...rest);
        },
      },
    }),
    options: deltasOnly,
    steps: [
      at('edit ticket'),
      at('fault: 500 time-out', { pick: 4, value: 3 }),
      at('time passes', { value: length.minutes11 }),
    ],
    breaks: ['changes come with the next delta'],
  },
  {
    fault: 'watermarks go by our clock, which is ahead',
    wrap: withPsa((psa, facts) => ({
      list: async function* (...asked: Parameters<Psa['list']>) {
        for await (const page of psa.list(...asked)) yield readAtHost(page, facts);
      } as Psa['list'],
      project: async (...asked) => readAtHost(await psa.project(...asked), facts),
    })),
    options: deltasOnly,
    setting: { early: 1 },
    steps: [
      at('host clock steps', { value: 4 }),
      at('edit ticket'),
      at('time passes', { value: length.minutes11 }),
    ],
    breaks: ['changes come with the next delta', 'watermarks stay behind the clock of ConnectWise'],
  },
  {
    fault: 'the plan watermark is the highest edit seen',
    wrap: (ports, { db, tenantId }) => ({
      ...ports,
      tasks: {
        ...ports.tasks,
        async complete(lease, finished) {
          const edits = db
            .collection<{ planSeq?: number }>('plan_tasks')
            .find({ tenantId, planSeq: { $exists: true } });
          const plan = Math.max(0, ...(await edits.toArray()).map(({ planSeq }) => planSeq ?? 0));
          const watermarks = { ...finished.watermarks, plan };
          return await ports.tasks.complete(lease, { ...finished, watermarks });
        },
      },
    }),
    steps: [
      at('take out of its phase', { after: 'planner.openWork' }),
      at('sync now', { pick: 0, value: 4 }),
    ],
    breaks: ['a task outside its phase is told'],
  },
  {
    fault: 'a refusal is read as deletion',
    wrap: withPsa(refusalIsAbsence),
    steps: [at('fault: right withdrawn', { pick: 1 }), at('sync now', { value: whole })],
    breaks: ['only what is gone is deleted'],
  },
  {
    fault: 'the guard against mass deletion is off by one',
    plant: 'guard off by one',
    steps: [at('mass deletion', { value: 2 }), at('sync now', { value: whole })],
    breaks: ['unusually many deletions wait for a person'],
  },
  {
    fault: 'a reading that was interrupted counts as whole, and nobody asks again',
    wrap: withPsa((psa) => ({
      ...refusalIsAbsence(psa),
      byIds: async () => ({ items: [], skipped: [], readAt: null }),
      isMissing: async () => true,
    })),
    steps: [at('fault: 500 time-out', { pick: 1, value: 3 }), at('sync now', { value: whole })],
    breaks: ['only what is gone is deleted'],
  },
  {
    fault: 'a page is written whatever run has begun since',
    wrap: withApply(async (page, { planner }, { db, tenantId }) => {
      const counters = db.collection<{ _id: string; fences?: Record<string, number> }>('plan_counters');
      const counter = await counters.findOne({ _id: `${tenantId}:${page.projectId}` });
      return await planner.apply({ ...page, fence: counter?.fences?.[page.lane] ?? page.fence });
    }),
    steps: [
      at('edit ticket'),
      at('edit ticket', { value: 6, after: 'planner.pairedInRange' }),
      at('edit ticket', { value: 12, after: 'planner.apply' }),
      at('time passes', { value: length.minutes2, after: 'planner.apply' }),
      at('sync now', { value: whole }),
    ],
    breaks: ['a stale run writes nothing'],
  },
  {
    fault: 'values are written without their bases',
    wrap: withApply(async (page, { planner }, facts) => {
      const { found } = documentsOf(facts, page);
      const bases = new Map((await found).map(({ _id, base }) => [_id, base]));
      const update = page.update.map((one) => ({
        ...one,
        base: (bases.get(one.id) ?? one.base) as typeof one.base,
      }));
      return await planner.apply({ ...page, update });
    }),
    steps: [at('edit ticket'), at('time passes', { value: length.minutes11 })],
    breaks: ['quiet once nothing changes'],
  },
  {
    fault: 'children are read before their parents',
    plant: 'children first',
    options: deltasOnly,
    steps: [
      at('time passes', { value: length.minutes11 }),
      at('time passes', { value: length.minutes11 }),
      at('add ticket'),
      at('schedule', { pick: 12, value: 1 }),
      at('time passes', { value: length.minutes11 }),
    ],
    breaks: ['changes come with the next delta'],
  },
  {
    fault: 'a reading begins where the last one did, to the second',
    plant: 'no overlap',
    setting: { dateAhead: 3 },
    options: deltasOnly,
    steps: [
      at('edit ticket', { after: 'planner.tasksLeavingChildren' }),
      at('sync now', { value: whole }),
      at('time passes', { value: length.minutes11 }),
    ],
    breaks: ['changes come with the next delta'],
  },
  {
    fault: 'a ticket that moved is imported a second time',
    wrap: (ports) => ({
      ...ports,
      planner: {
        ...ports.planner,
        async move(_, { kind, id }) {
          await ports.planner.releasePairs(kind, [id]);
          return true;
        },
      },
    }),
    steps: [at('move ticket to other project'), at('time passes', { value: length.minutes11 })],
    breaks: ['nothing lives that ConnectWise does not have'],
  },
  {
    fault: 'the scout’s cursor moves before its triggers are stored',
    wrap: withPsa((psa, { db, tenantId }) => ({
      async *changes(kind, ...asked) {
        for await (const page of psa.changes(kind, ...asked)) {
          const scout = db.collection<{ _id: string }>('sync_tasks');
          const moved = { [`watermarks.psa.${kind}`]: page.readAt };
          await scout.updateOne({ _id: `${tenantId}:scout` }, { $set: moved });
          yield page;
        }
      },
    })),
    options: deltasOnly,
    steps: [
      at('time passes', { value: length.minutes11 }),
      at('time passes', { value: length.minutes11 }),
      at('edit ticket'),
      at('time passes and nobody works', { value: length.minutes11 }),
      at('kill', { after: 'tasks.triggerChanged' }),
      at('time passes', { value: length.minutes2 }),
    ],
    breaks: ['changes come with the next delta'],
  },
  {
    fault: 'a record that shows up again stays a tombstone',
    wrap: withApply(async (page, { planner }, facts) => {
      const { collection, found } = documentsOf(facts, page);
      const buried = (await found).filter(({ deleted }) => deleted);
      const applied = await planner.apply(page);
      for (const { _id, deleted } of buried)
        await collection.updateOne({ _id }, { $set: { deleted: deleted ?? {} } });
      return applied;
    }),
    steps: [
      at('move ticket to other project', { value: 2 }),
      at('sync now', { value: whole }),
      at('move ticket to other project', { value: 0 }),
      at('time passes', { value: length.minutes2 }),
    ],
    breaks: ['the plan shows what ConnectWise shows'],
  },
  {
    fault: 'records that are hidden are taken for deleted',
    wrap: withPsa(() => ({ count: async () => 1 })),
    steps: [at('fault: records hidden', { pick: 0 }), at('sync now', { value: whole })],
    breaks: ['only what is gone is deleted'],
  },
  {
    fault: 'notes of tickets are never marked due',
    wrap: (ports) => ({ ...ports, planner: { ...ports.planner, markNotesDue: async () => {} } }),
    setting: { early: 1 },
    options: { notesShare: { due: 120, sweep: 0, againAfterMs: null } },
    steps: [
      at('kill', { after: 'planner.tasksLeavingChildren' }),
      at('time passes', { value: length.minutes2 }),
    ],
    breaks: ['the plan shows what ConnectWise shows'],
  },
];

describe('the histories see that', () => {
  it.each(mutants)('$fault', async ({ plant, wrap, setting: special, options, steps, breaks }) => {
    const story = { setting: { ...setting, ...special }, steps };
    const told = new History(fresh.db, story, options);
    await told.play();
    if (plant) planted.faults.add(plant);
    const broken = new History(fresh.db, story, { ...options, ...(wrap ? { wrap } : {}) });
    const error: unknown = await broken.play().catch((thrown: unknown) => thrown);
    expect(error, `${broken.told.join('\n')}`).toBeInstanceOf(Broken);
    expect(breaks).toContain((error as Broken).rule);
  });
});
