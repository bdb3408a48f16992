/**
 * Histories of inbound sync: people in ConnectWise and in the plan, processes that die and stall, faults and time,
 * each step done at once or between two calls of a run in hand. Afterwards all faults end and time passes, and the
 * check says whether the plan is what ConnectWise has.
 */
import * as fc from 'fast-check';
import type { Db } from 'mongodb';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import { linkOne } from '../../src/app/sync/link-projects.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import { type EngineOptions, type Ports, startEngineRig } from '../support/engine-rig.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { type During, HistoryStage, lengths } from './history-stage.ts';
import { Check } from './inbound-check.ts';
import { SimulatorControl, type TroubleName, troubles } from './inbound-faults.ts';
import { readStored, type Stored } from './inbound-oracle.ts';
import { type DeedName, deeds, tryDeed } from './inbound-people.ts';
import { PlanPeople } from './inbound-plan-people.ts';
import type { ProcessLife } from './inbound-process.ts';
import { Broken } from './inbound-rules.ts';

const second = 1_000;
const minute = 60_000;
const hour = 60 * minute;

const ownSteps = [
  'edit in the plan',
  'take out of its phase',
  'restore',
  'answer a mass deletion',
  'disable or enable',
  'archive or unarchive',
  'disconnect and import',
  'sync now',
  'time passes',
  'time passes and nobody works',
  'another process works',
  'kill',
  'kill after the call',
  'keys mended',
  'host clock steps',
] as const;
export type StepName = DeedName | TroubleName | (typeof ownSteps)[number];

export const stepNames: readonly StepName[] = [
  ...(Object.keys(deeds) as DeedName[]),
  ...(Object.keys(troubles) as TroubleName[]),
  ...ownSteps,
];

export type Step = {
  readonly do: StepName;
  readonly pick: number;
  readonly value: number;
  /** Done when runs have made so many more calls, or before the next call of that name; null: at once. */
  readonly after: number | string | null;
};

export type Setting = {
  readonly seed: number;
  readonly projects: number;
  readonly tickets: number;
  /** Seconds by which the header Date goes ahead of the stamps of records. */
  readonly dateAhead: number;
  /** How many steps come before the first import. */
  readonly early: number;
};
export type Story = { readonly setting: Setting; readonly steps: readonly Step[] };

const often: readonly StepName[] = [
  'time passes',
  'edit ticket',
  'edit in the plan',
  'another process works',
  'kill',
];

const choice = { pick: fc.nat({ max: 97 }), value: fc.nat({ max: 199 }) };
const after = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.nat({ max: 70 }) },
);
/** Only a call that is made can be somebody's last. */
const single: fc.Arbitrary<readonly Step[]> = fc
  .record({
    do: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...stepNames) },
      { weight: 1, arbitrary: fc.constantFrom(...often) },
    ),
    ...choice,
    after,
  })
  .map((step) => [step.do.startsWith('kill') ? { ...step, after: step.after ?? step.value } : step]);

/** What only makes sense one after another. */
const episodes: readonly (readonly StepName[])[] = [
  ['delete ticket', 'sync now', 'restore'],
  ['delete time', 'unschedule', 'sync now', 'restore'],
  ['mass deletion', 'sync now', 'answer a mass deletion'],
  ['mass deletion', 'sync now', 'kill after the call', 'answer a mass deletion', 'sync now'],
  ['move ticket to other project', 'sync now', 'move ticket to other project', 'sync now'],
  ['schedule', 'schedule on other ticket', 'time on other ticket'],
  ['add phase', 'rename phase', 'delete phase'],
  ['fault: records hidden', 'sync now', 'rights given back'],
  ['disconnect and import', 'archive or unarchive', 'disable or enable'],
  ['edit in the plan', 'edit ticket', 'kill after the call', 'sync now'],
];
const episode: fc.Arbitrary<readonly Step[]> = fc
  .record({ which: fc.constantFrom(...episodes), ...choice, after: fc.nat({ max: 60 }) })
  .map(({ which, pick, value, after: last }) =>
    which.map((name): Step => {
      // Somebody asks for a whole reading, at once.
      const wanted = name === 'sync now' ? { value: 1 } : { value };
      return { do: name, pick, ...wanted, after: name.startsWith('kill') ? last : null };
    }),
  );

const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: single }, { weight: 1, arbitrary: episode }), {
    minLength: 14,
    maxLength: 34,
    size: 'max',
  })
  .map((parts) => parts.flat());

export const stories: fc.Arbitrary<Story> = fc.record({
  setting: fc.record({
    seed: fc.nat({ max: 9_999 }),
    projects: fc.integer({ min: 2, max: 4 }),
    tickets: fc.integer({ min: 3, max: 10 }),
    dateAhead: fc.constantFrom(0, 0, 3),
    early: fc.integer({ min: 0, max: 3 }),
  }),
  steps,
});

const ann: Actor = { id: 'test:T1/ann', name: 'Ann' };
/** Boards whose projects are linked; those on the third are not. */
const linkedBoards = [1, 2];
const unlinkedBoard = 3;

export type HistoryOptions = Pick<EngineOptions, 'notesShare'> & {
  readonly wrap?: (
    ports: Ports,
    facts: { readonly db: Db; readonly tenantId: string; readonly time: VirtualTime },
  ) => Ports;
  /** Comprehensive syncs by the clock; without them what a delta loses stays lost. */
  readonly comprehensives?: boolean;
};

export class History extends HistoryStage<Step> {
  readonly #story: Story;
  readonly #options: HistoryOptions;
  #world!: World;
  #control!: SimulatorControl;
  #planPeople!: PlanPeople;

  constructor(db: Db, story: Story, options: HistoryOptions = {}) {
    super(db, options.comprehensives ?? true);
    this.#story = story;
    this.#options = options;
  }

  async play(): Promise<void> {
    await this.#begin();
    try {
      const { steps, setting } = this.#story;
      for (const one of steps.slice(0, setting.early)) await this.take(one);
      await this.pass(second);
      for (const one of steps.slice(setting.early)) await this.take(one);
      await this.#afterwards();
    } finally {
      await this.rig.stop();
    }
  }

  async #begin(): Promise<void> {
    const { seed, projects, tickets, dateAhead } = this.#story.setting;
    const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
    const size = { seed, projects, tickets, phases: 2, schedule: 6, time: 13, notes: 4 };
    const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
    spreadOverBoards(world);
    workOnServiceTicket(world);
    let facts: { db: Db; tenantId: string; time: VirtualTime } | undefined;
    const { wrap, notesShare } = this.#options;
    this.rig = await startEngineRig(
      { db: this.db },
      {
        world,
        time,
        simulator: { switches: { clockSkewSeconds: dateAhead } },
        settings: { boards: linkedBoards },
        timeoutMs: 600,
        ...(notesShare ? { notesShare } : {}),
        wrap: (ports) => (wrap && facts ? wrap(ports, facts) : ports),
      },
    );
    facts = { db: this.db, tenantId: this.rig.tenantId, time };
    this.#world = this.rig.world;
    this.#control = new SimulatorControl(this.rig.simulator);
    this.#planPeople = new PlanPeople(this.rig, this.#world);
  }

  protected staleRunWrote(detail: string): never {
    throw new Broken('a stale run writes nothing', detail);
  }

  protected async deed(one: Step, during: During | undefined): Promise<string | undefined> {
    if (one.do in deeds) return tryDeed(this.#world, one.do as DeedName, one);
    if (one.do in troubles) return await troubles[one.do as TroubleName](this.#control, one);
    return await this.#own[one.do as (typeof ownSteps)[number]](one, during?.process);
  }

  readonly #own: {
    readonly [name in (typeof ownSteps)[number]]: (
      step: Step,
      process: ProcessLife | undefined,
    ) => Promise<string | undefined>;
  } = {
    'edit in the plan': (one) => this.#planPeople.edit(one),
    'take out of its phase': (one) => this.#planPeople.takeOutOfPhase(one),
    restore: (one) => this.#planPeople.restore(one),
    'answer a mass deletion': (one) => this.#planPeople.answer(one),
    'disable or enable': (one) => this.#switchProject(one, 'disabled'),
    'archive or unarchive': (one) => this.#switchProject(one, 'archived'),
    'disconnect and import': (one) => this.#disconnect(one),
    'sync now': (one) => this.#syncNow(one),
    'time passes': async ({ value }) => {
      const ms = lengths[value % lengths.length] ?? minute;
      await this.pass(ms);
      return `${ms / second} s pass`;
    },
    'time passes and nobody works': async ({ value }) => {
      const ms = lengths[value % lengths.length] ?? minute;
      this.rig.time.advance(ms);
      return `${ms / second} s pass and nobody works`;
    },
    'another process works': () => this.anotherWorks(),
    kill: async (_, process) => {
      process?.kill();
      return process && `${process.name} is killed`;
    },
    'kill after the call': async (_, process) => {
      process?.killAfterThisCall();
      return process && `${process.name} is killed after its call`;
    },
    'keys mended': async () => {
      await this.#control.fault({ id: 'keys', kind: 'status', status: 401, after: 1_000_000 });
      await this.rig.stores.gate.probeNow();
      return 'the keys are mended';
    },
    'host clock steps': async ({ value }) => {
      const offMs = ((value % 5) - 2) * 5 * minute;
      this.rig.time.hostIsOffMs = offMs;
      return `the clock of the host is ${offMs / second} s off`;
    },
  };

  async #tasks(states: readonly string[]): Promise<Stored['tasks']> {
    const { tasks } = await readStored(this.db, this.rig.tenantId);
    return tasks
      .filter(({ kind, linkState }) => kind === 'project' && states.includes(linkState))
      .toSorted((a, b) => a.externalId - b.externalId);
  }

  async #switchProject({ pick }: Step, to: 'disabled' | 'archived'): Promise<string | undefined> {
    const found = await this.#tasks(['active', 'disabled', 'archived']);
    const task = found[pick % Math.max(1, found.length)];
    if (!task) return undefined;
    const { tasks } = this.rig.stores;
    if (task.linkState === 'active') {
      if (to === 'disabled') await tasks.disable(task.id, ann);
      else await tasks.archive(task.id, ann);
      return `project ${task.externalId} is ${to}`;
    }
    if (task.linkState === 'archived') await tasks.unarchive(task.id, ann);
    await tasks.enable(task.id, ann);
    return `project ${task.externalId} is enabled`;
  }

  async #disconnect({ pick }: Step): Promise<string | undefined> {
    const found = await this.#tasks(['active', 'disabled', 'archived', 'disconnected']);
    const task = found[pick % Math.max(1, found.length)];
    if (!task) return undefined;
    if (task.linkState !== 'disconnected') {
      await this.rig.stores.tasks.disconnect(task.id, ann);
    }
    const call = { signal: new AbortController().signal, priority: 2 } as const;
    const linked = await linkOne(this.rig.runsDeps, task.externalId, ann, call).catch((error: unknown) =>
      String(error),
    );
    const result = typeof linked === 'string' ? linked : linked.result;
    return `project ${task.externalId} is disconnected and imported: ${result}`;
  }

  async #syncNow({ pick, value }: Step): Promise<string | undefined> {
    const found = await this.#tasks(['active']);
    const task = found[pick % Math.max(1, found.length)];
    if (!task) return undefined;
    const kinds = value % 2 === 0 ? (['delta'] as const) : (['comprehensive'] as const);
    await this.rig.stores.tasks.trigger(task.id, { kinds, prio: 2, forceNow: value % 3 !== 0 });
    await this.work();
    return `somebody asks for a ${kinds[0]} of project ${task.externalId}`;
  }

  async #afterwards(): Promise<void> {
    this.forgetPending();
    await this.#control.mendAll();
    await this.rig.stores.gate.probeNow();
    const check = new Check({
      world: this.#world,
      time: this.rig.time,
      dateAheadMs: this.#story.setting.dateAhead * second,
      planEdits: this.#planPeople,
      credentials: this.rig.simulator.credentials,
      stored: () => readStored(this.db, this.rig.tenantId),
      requests: () => this.db.collection('api_requests').find({ tenantId: this.rig.tenantId }).toArray(),
      somebodyDied: () => this.done.some((name) => name.startsWith('kill')),
      spoken: () => JSON.stringify(this.rig.logger.lines),
    });
    // Leases of the killed run out, and back-offs: 15 minutes at most; then a cool-down.
    await this.pass(2 * minute);
    await this.pass(36 * minute, 12 * minute);
    if (this.#deltasSeeEverything()) await check.afterDeltas();
    if (this.#options.comprehensives ?? true) {
      await this.pass(5 * hour, 150 * minute);
      if (await this.#planPeople.answerAll()) await this.pass(5 * hour, 150 * minute);
      await this.pass(12 * minute, 12 * minute);
      const before = await check.quietBegins();
      for (const _ of [1, 2]) {
        await this.rig.stores.tasks.triggerAll({ kinds: ['comprehensive'], prio: 1 });
        await this.pass(12 * minute, 12 * minute);
      }
      await check.quietEnds(before);
    }
    await check.inTheEnd();
    if (this.broken) throw this.broken;
  }

  /** What is hidden or bent looks as if nothing had changed: then only a whole reading finds it. */
  #deltasSeeEverything(): boolean {
    const blinding: readonly StepName[] = [
      'fault: records hidden',
      'fault: dangling references',
      'fault: nulls and unknown fields',
      'move ticket to other project',
      'project to other board',
      'disconnect and import',
      'restore',
      'answer a mass deletion',
    ];
    return !this.done.some((name) => blinding.includes(name));
  }
}

function spreadOverBoards(world: World): void {
  const projects = world.stores.projects.rows();
  const open = world.stores.projectStatuses.rows().find(({ closedFlag }) => !closedFlag);
  for (const [index, { id }] of projects.entries()) {
    const alone = projects.length > 2 && index === projects.length - 1;
    world.moveProject('areyes', id, alone ? unlinkedBoard : (linkedBoards[index % linkedBoards.length] ?? 1));
    world.editProject('areyes', id, { status: open?.id ?? 1 });
  }
}

/** So that there is always one of these in ConnectWise: that there is none at all is taken for a missing right. */
export function workOnServiceTicket(world: World): void {
  const [id] = world.stores.serviceTickets.ids();
  if (id === undefined) throw new Error('the world has no service ticket');
  const timeStart = '2026-03-01T08:00:00Z';
  world.addTimeEntry('areyes', { chargeToId: id, timeStart, actualHours: 1 });
  world.addScheduleEntry('areyes', { objectId: id, dateStart: timeStart });
}
