/**
 * Histories of a sync in both directions: people in ConnectWise and in the plan, faults at any request, processes
 * that die between any two calls, and time. Afterwards all faults end and time passes, and the check says whether
 * both sides are equal and nothing was lost on the way.
 */
import * as fc from 'fast-check';
import type { Db } from 'mongodb';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import type { PsaWrites } from '../../src/ports/psa.ts';
import {
  type ConflictWinner,
  conflictWinners,
  type PlanDeletionRule,
  planDeletionRules,
} from '../../src/ports/settings.ts';
import { type Ports, startEngineRig } from '../support/engine-rig.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { type During, HistoryStage, lengths } from './history-stage.ts';
import { SimulatorControl, type TroubleName, troubles } from './inbound-faults.ts';
import { workOnServiceTicket } from './inbound-history.ts';
import { fingerprint, readStored, readTasks, type Stored } from './inbound-oracle.ts';
import { type DeedName, deeds, tryDeed } from './inbound-people.ts';
import { PlanPeople } from './inbound-plan-people.ts';
import { HistoryCallbacks, type Oddity } from './twoway-callbacks.ts';
import { finishedSince, syncedIn, TwoWayCheck } from './twoway-check.ts';
import { type WriteTroubleName, writeTroubles } from './twoway-faults.ts';
import { ann, TwoWayPlanPeople } from './twoway-plan-people.ts';
import { mustHold, TwoWayBroken } from './twoway-rules.ts';
import { Witness } from './twoway-witness.ts';

const second = 1_000;
const minute = 60_000;
/** Nobody here changes a board, a status or a member: reading them more often shows nothing new. */
const miscMs = 24 * 60 * minute;

const psaDeeds = [
  'edit ticket',
  'add ticket',
  'delete ticket',
  'move ticket to other phase',
  'move ticket to other project',
  'schedule',
  'reschedule',
  'unschedule',
  'log time',
  'edit time',
  'delete time',
  'mass deletion',
  'note on ticket',
  'note on project',
  'add phase',
  'rename phase',
  'delete phase',
  'edit project',
] as const satisfies readonly DeedName[];

const planDeeds = [
  'plan: edit',
  'plan: move',
  'plan: reorder',
  'plan: make a task',
  'plan: make a phase',
  'plan: make an entry',
  'plan: delete',
  'plan: restore',
  'plan: answer a mass deletion',
] as const;
const bothDeeds = [
  'both edit the same field',
  'deleted in the plan, edited in ConnectWise',
  'edited in the plan, deleted in ConnectWise',
] as const;
const readTroubles = [
  'fault: 429',
  'fault: 500 time-out',
  'fault: reset',
  'fault: cut in the middle',
  'fault: keys refused',
  'fault: right withdrawn',
  'fault: right withdrawn during a run',
  'rights given back',
] as const satisfies readonly TroubleName[];
const callbackTroubles = ['callbacks are lost', 'callbacks come twice', 'callbacks come late'] as const;
const oddityOf = {
  'callbacks are lost': 'lost',
  'callbacks come twice': 'twice',
  'callbacks come late': 'late',
} as const satisfies { readonly [step in (typeof callbackTroubles)[number]]: Oddity };
const ownSteps = [
  'keys mended',
  'sync now',
  'time passes',
  'time passes and nobody works',
  'another process works',
  'another process takes over and dies',
  'kill',
  'kill after the call',
  'writing is turned off',
  'writing is turned on',
] as const;

export type TwoWayStepName =
  | (typeof psaDeeds)[number]
  | (typeof planDeeds)[number]
  | (typeof bothDeeds)[number]
  | (typeof readTroubles)[number]
  | WriteTroubleName
  | (typeof callbackTroubles)[number]
  | (typeof ownSteps)[number];

export const twoWayStepNames: readonly TwoWayStepName[] = [
  ...psaDeeds,
  ...planDeeds,
  ...bothDeeds,
  ...readTroubles,
  ...(Object.keys(writeTroubles) as WriteTroubleName[]),
  ...callbackTroubles,
  ...ownSteps,
];

type OwnName =
  | (typeof planDeeds)[number]
  | (typeof bothDeeds)[number]
  | (typeof callbackTroubles)[number]
  | (typeof ownSteps)[number];

export type TwoWayStep = {
  readonly do: TwoWayStepName;
  readonly pick: number;
  readonly value: number;
  readonly after: number | string | null;
};

export type TwoWaySetting = {
  readonly seed: number;
  readonly tickets: number;
  readonly winner: ConflictWinner;
  readonly rule: PlanDeletionRule;
  /** Whether ConnectWise calls back; without that changes are found by looking. */
  readonly callbacks: boolean;
};
export type TwoWayStory = { readonly setting: TwoWaySetting; readonly steps: readonly TwoWayStep[] };

/** Steps by which a task or a phase changes its place otherwise than by an order. */
const moves: readonly TwoWayStepName[] = [
  'plan: move',
  'move ticket to other phase',
  'move ticket to other project',
];

/** What people do, on either side. */
const people: readonly TwoWayStepName[] = [...psaDeeds, ...planDeeds, ...bothDeeds];
const often: readonly TwoWayStepName[] = [
  'plan: edit',
  'plan: edit',
  'edit ticket',
  'both edit the same field',
];
const running: readonly TwoWayStepName[] = ['time passes', 'sync now', 'sync now', 'another process works'];
const kills: readonly TwoWayStepName[] = [
  'kill',
  'kill after the call',
  'another process takes over and dies',
];
const trouble: readonly TwoWayStepName[] = [
  ...callbackTroubles,
  ...(Object.keys(writeTroubles) as WriteTroubleName[]),
  ...readTroubles,
  'keys mended',
  'time passes and nobody works',
  'writing is turned off',
  'writing is turned on',
];

/** Calls before and after which a run is at its most delicate. */
export const killPoints = {
  'tasks.claim': 'claiming',
  'planner.beginRun': 'beginning',
  'psa.list': 'reading',
  'planner.apply': 'writing the plan',
  'writes.patch': 'changing a record in ConnectWise',
  'writes.create': 'making a record in ConnectWise',
  'writes.remove': 'deleting a record in ConnectWise',
  'tasks.complete': 'completing',
} as const;
const delicate = Object.keys(killPoints);

const cameAs = { lost: 'was lost', twice: 'came twice', late: 'came after a later one' } as const;

/** What a history may have had, besides its steps. */
export const facts: readonly string[] = [
  ...Object.values(cameAs).map((came) => `· a callback that ${came}`),
  '· a conflict',
  '· deleted here and edited there',
  '· a move to another project',
  '· an order written',
  '· a value in another form',
  '· 200 and not taken',
  '· a refusal',
  '· an answer lost, and the record found',
  '· a lost lease',
  '· an ambiguous POST',
  '· made on both sides',
  '· a mass deletion answered by apply',
  '· a mass deletion answered by keep',
  ...Object.values(killPoints).flatMap((what) => [`· killed before ${what}`, `· killed after ${what}`]),
];

const choice = { pick: fc.nat({ max: 97 }), value: fc.nat({ max: 199 }) };
const inRun = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 70 }) },
  { weight: 2, arbitrary: fc.constantFrom(...delicate) },
);
const step: fc.Arbitrary<TwoWayStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom(...people, ...often),
      ...choice,
      after: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: inRun }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(...running),
      ...choice,
      after: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: inRun }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom(...trouble), ...choice, after: fc.constant(null) }),
  },
  // Only a call that is made can be somebody's last.
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom(...kills), ...choice, after: inRun }) },
);

/** What only makes sense one after another; with the call that it comes before, where that matters. */
type Beat = TwoWayStepName | readonly [TwoWayStepName, keyof typeof killPoints];
const episodes: readonly (readonly Beat[])[] = [
  ['plan: delete', 'sync now', 'plan: restore', 'sync now'],
  ['delete ticket', 'sync now', 'plan: restore', 'sync now'],
  ['mass deletion', 'sync now', 'plan: answer a mass deletion', 'sync now'],
  ['mass deletion', 'sync now', 'edit ticket', 'plan: answer a mass deletion', 'sync now'],
  ['edit ticket', ['kill', 'planner.apply'], 'sync now'],
  ['edit ticket', ['kill after the call', 'planner.apply'], 'sync now'],
  ['write fault: reset and done', 'plan: make a task', 'sync now', 'time passes', 'sync now'],
  ['plan: make a task', 'plan: make an entry', 'kill after the call', 'sync now'],
  ['writing is turned off', 'plan: edit', 'sync now', 'edit ticket', 'writing is turned on', 'sync now'],
  [
    'write fault: 200 and not taken',
    'plan: edit',
    'plan: edit',
    'sync now',
    'write fault: 200 is true again',
  ],
  ['both edit the same field', 'kill after the call', 'sync now'],
  ['plan: make a phase', 'plan: move', 'sync now', 'move ticket to other phase', 'sync now'],
  ['plan: edit', ['kill', 'writes.patch'], 'sync now'],
  ['plan: reorder', ['kill after the call', 'writes.patch'], 'plan: reorder', 'sync now'],
  ['plan: edit', ['kill after the call', 'writes.patch'], 'sync now'],
  ['plan: edit', ['edit ticket', 'writes.patch'], 'sync now'],
  ['plan: make a task', ['kill', 'writes.create'], 'sync now'],
  ['plan: make a task', ['kill after the call', 'writes.create'], 'plan: edit', 'time passes', 'sync now'],
  ['plan: delete', ['kill', 'writes.remove'], 'sync now'],
  ['plan: delete', ['kill after the call', 'writes.remove'], 'sync now'],
  [['plan: edit', 'tasks.complete'], ['kill', 'tasks.complete'], 'sync now'],
];
const episode: fc.Arbitrary<readonly TwoWayStep[]> = fc
  .record({ which: fc.constantFrom(...episodes), ...choice, after: inRun })
  .map(({ which, pick, value, after }) =>
    which.map((beat): TwoWayStep => {
      const [name, call] = typeof beat === 'string' ? [beat] : beat;
      return {
        do: name,
        pick,
        // Somebody asks for a whole reading, at once.
        value: name === 'sync now' ? 1 : value,
        after: call ?? (name.startsWith('kill') ? after : null),
      };
    }),
  );

export const twoWayStories: fc.Arbitrary<TwoWayStory> = fc.record({
  setting: fc.record({
    seed: fc.nat({ max: 9_999 }),
    tickets: fc.integer({ min: 2, max: 6 }),
    winner: fc.constantFrom(...conflictWinners),
    rule: fc.constantFrom(...planDeletionRules),
    callbacks: fc.boolean(),
  }),
  steps: fc
    .array(fc.oneof({ weight: 4, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: episode }), {
      minLength: 18,
      maxLength: 34,
      size: 'max',
    })
    .map((parts) => parts.flat()),
});

/** The edit of a ticket in ConnectWise, by `value`, that changes this field of the plan. */
const ticketFields = ['summary', 'budgetHours', 'dates', 'owner', 'status'] as const;
const editOfField = { summary: 0, budgetHours: 1, dates: 2, owner: 4, status: 5 } as const;
/** So many edits of a ticket there are. */
const ticketEdits = 6;

export type TwoWayOptions = {
  readonly wrap?: (
    ports: Ports,
    facts: { readonly db: Db; readonly tenantId: string; readonly time: VirtualTime },
  ) => Ports;
  readonly comprehensives?: boolean;
};

export class TwoWayHistory extends HistoryStage<TwoWayStep> {
  readonly #story: TwoWayStory;
  readonly #options: TwoWayOptions;
  #world!: World;
  #control!: SimulatorControl;
  #witness!: Witness;
  #planPeople!: TwoWayPlanPeople;
  #answers!: PlanPeople;
  #callbacks: HistoryCallbacks | undefined;
  /** When syncs of a project changed anything in its plan; notes of tickets have their own. */
  readonly #planWrittenAt: { readonly projectId: string; readonly at: Date; readonly what: string }[] = [];
  /** How many requests that could change something were sent before writing was turned off. */
  #writesBeforeOff: number | undefined;
  #onTheWay = 0;
  readonly #killedAt = new Set<string>();
  /** Edits that were overwritten before anybody could see them. */
  inTheWindow = 0;
  /** Syncs until nothing was written any more, of the project that took the most. */
  quietAfter = 0;
  /** What this history had, for the count of them all. */
  readonly had = new Set<string>();

  constructor(db: Db, story: TwoWayStory, options: TwoWayOptions = {}) {
    super(db, options.comprehensives ?? true, miscMs);
    this.#story = story;
    this.#options = options;
  }

  async play(): Promise<void> {
    await this.#begin();
    try {
      await this.pass(second);
      for (const one of this.#story.steps) await this.take(one);
      await this.#afterwards();
    } finally {
      this.#callbacks?.stop();
      await this.rig.stop();
    }
  }

  async #begin(): Promise<void> {
    const { seed, tickets, winner, rule } = this.#story.setting;
    const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
    const size = { seed, projects: 3, tickets, phases: 2, schedule: 4, time: 13, notes: 2 };
    const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
    spreadOverBoards(world);
    workOnServiceTicket(world);
    let facts: { db: Db; tenantId: string; time: VirtualTime } | undefined;
    const { wrap } = this.#options;
    this.rig = await startEngineRig(
      { db: this.db },
      {
        world,
        time,
        settings: {
          boards: linkedBoards,
          writeToConnectWise: true,
          conflictWinner: winner,
          planDeletionRule: rule,
        },
        timeoutMs: 600,
        wrap: (ports) => withoutRequestLog(wrap && facts ? wrap(ports, facts) : ports),
      },
    );
    facts = { db: this.db, tenantId: this.rig.tenantId, time };
    this.#world = this.rig.world;
    this.#control = new SimulatorControl(this.rig.simulator);
    this.#witness = new Witness(this.#world, this.db, () => time.now());
    this.#planPeople = new TwoWayPlanPeople(this.rig, this.#world, (id, fields) =>
      this.#witness.planShows(id, fields),
    );
    this.#answers = new PlanPeople(this.rig, this.#world);
    if (this.#story.setting.callbacks) this.#callbacks = new HistoryCallbacks(this.rig);
  }

  protected override watched(ports: Ports): Ports {
    return { ...super.watched(ports), writes: this.#counted(ports.writes) };
  }

  protected override async written(page: PlanPage): Promise<void> {
    await this.#witness.planWritten(page);
    if (page.lane !== 'project' || !changesPlan(page)) return;
    const at = this.rig.time.now();
    this.#planWrittenAt.push({ projectId: page.projectId, at, what: inShort(page) });
  }

  protected staleRunWrote(detail: string): never {
    throw new TwoWayBroken('a stale run writes nothing', detail);
  }

  #counted(writes: PsaWrites): PsaWrites {
    const counting = async <T>(write: Promise<T>): Promise<T> => {
      this.#onTheWay += 1;
      try {
        return await write;
      } finally {
        this.#onTheWay -= 1;
      }
    };
    return {
      ...writes,
      patch: (...asked) => counting(writes.patch(...asked)),
      create: (...asked) => counting(writes.create(...asked)),
      remove: (...asked) => counting(writes.remove(...asked)),
    };
  }

  #stored(): Promise<Stored> {
    return readStored(this.db, this.rig.tenantId);
  }

  protected async deed(one: TwoWayStep, during: During | undefined): Promise<string | undefined> {
    const told = await this.#deed(one, during);
    await this.#callbacks?.deliver();
    return told;
  }

  async #deed(one: TwoWayStep, during: During | undefined): Promise<string | undefined> {
    if (one.do in deeds) return tryDeed(this.#world, one.do as DeedName, one);
    if (one.do in writeTroubles) return await writeTroubles[one.do as WriteTroubleName](this.#control, one);
    if (one.do in troubles) return await troubles[one.do as TroubleName](this.#control, one);
    return await this.#own[one.do as OwnName](one, during);
  }

  readonly #own: {
    readonly [name in OwnName]: (step: TwoWayStep, during: During | undefined) => Promise<string | undefined>;
  } = {
    'plan: edit': (one) => this.#planPeople.edit(one),
    'plan: move': (one) => this.#planPeople.move(one),
    'plan: reorder': (one) => this.#planPeople.reorder(one),
    'plan: make a task': (one) => this.#planPeople.createTask(one),
    'plan: make a phase': (one) => this.#planPeople.createPhase(one),
    'plan: make an entry': (one) => this.#planPeople.createEntry(one),
    'plan: delete': (one) => this.#planPeople.delete(one),
    'plan: restore': (one) => this.#planPeople.restore(one),
    'plan: answer a mass deletion': (one) => this.#answers.answer(one),
    'both edit the same field': (one) => this.#bothEdit(one),
    'deleted in the plan, edited in ConnectWise': async (one) => {
      const id = this.#ticket(one);
      const gone = id === undefined ? undefined : await this.#planPeople.deleteThat('task', id);
      return gone && `${gone}; areyes ${this.#editTicket(one, 'summary')}`;
    },
    'edited in the plan, deleted in ConnectWise': async (one) => {
      const id = this.#ticket(one);
      const edited = id === undefined ? undefined : await this.#planPeople.editThat('task', id, 'summary');
      return edited && `${edited}; areyes ${tryDeed(this.#world, 'delete ticket', one)}`;
    },
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
    'another process takes over and dies': async (one) => {
      this.rig.time.advance(2 * minute);
      await this.take({ ...one, do: 'kill', after: 'planner.beginRun' });
      return await this.anotherWorks();
    },
    'keys mended': async () => {
      await this.#control.fault({ id: 'keys', kind: 'status', status: 401, after: 1_000_000 });
      await this.rig.stores.gate.probeNow();
      return 'the keys are mended';
    },
    kill: async (_, during) => {
      during?.process.kill();
      if (during) this.#killedAt.add(`before ${during.call}`);
      return during && `${during.process.name} is killed`;
    },
    'kill after the call': async (_, during) => {
      during?.process.killAfterThisCall();
      if (during) this.#killedAt.add(`after ${during.call}`);
      return during && `${during.process.name} is killed after its call`;
    },
    'callbacks are lost': async (one) => this.#strike(one),
    'callbacks come twice': async (one) => this.#strike(one),
    'callbacks come late': async (one) => this.#strike(one),
    'writing is turned off': () => this.#turnOff(),
    'writing is turned on': () => this.#turnOn(),
  };

  #strike({ do: name, value }: TwoWayStep): string | undefined {
    const times = 1 + (value % 4);
    this.#callbacks?.strike(oddityOf[name as keyof typeof oddityOf], times);
    return this.#callbacks && `of the next, ${times} ${name}`;
  }

  /** Not while a write is on its way: what ConnectWise has been sent nobody takes back. */
  async #turnOff(): Promise<string | undefined> {
    if (this.#onTheWay > 0 || this.#writesBeforeOff !== undefined) return undefined;
    this.#writesBeforeOff = (await this.#control.writes()).length;
    await this.#switchWriting(false);
    return 'writing is turned off';
  }

  async #turnOn(): Promise<string | undefined> {
    if (this.#writesBeforeOff === undefined) return undefined;
    const sent = (await this.#control.writes()).slice(this.#writesBeforeOff);
    const what = sent.map(({ method, path }) => `${method} ${path}`).join(', ');
    mustHold('nothing is written while writing is off', sent.length === 0, what);
    this.#writesBeforeOff = undefined;
    await this.#switchWriting(true);
    return 'writing is turned on';
  }

  async #switchWriting(writeToConnectWise: boolean): Promise<void> {
    const { settings } = this.rig.stores;
    const { revision, changed: _changed, ...read } = await settings.read();
    await settings.save({ ...read, writeToConnectWise }, revision, ann);
    // As the command does: edits that were made meanwhile are found by reading everything.
    if (writeToConnectWise) await this.rig.stores.tasks.triggerAll({ kinds: ['comprehensive'], prio: 1 });
  }

  /** The ticket that a deed in ConnectWise of the same choice is about. */
  #ticket({ pick }: TwoWayStep): number | undefined {
    const rows = this.#world.stores.tickets.rows();
    return rows[pick % Math.max(1, rows.length)]?.id;
  }

  #editTicket(one: TwoWayStep, field: (typeof ticketFields)[number]): string | undefined {
    const value = one.value - (one.value % ticketEdits) + editOfField[field];
    return tryDeed(this.#world, 'edit ticket', { ...one, value });
  }

  async #bothEdit(one: TwoWayStep): Promise<string | undefined> {
    const field = ticketFields[one.value % ticketFields.length] ?? 'summary';
    const id = this.#ticket(one);
    const edited = id === undefined ? undefined : await this.#planPeople.editThat('task', id, field);
    return edited && `${edited}; areyes ${this.#editTicket(one, field)}`;
  }

  async #syncNow({ pick, value }: TwoWayStep): Promise<string | undefined> {
    const tasks = await readTasks(this.db, this.rig.tenantId);
    const found = syncedIn(this.#world, { tasks }).toSorted((a, b) => a.externalId - b.externalId);
    const task = found[pick % Math.max(1, found.length)];
    if (!task) return undefined;
    const kinds = value % 2 === 0 ? (['delta'] as const) : (['comprehensive'] as const);
    await this.rig.stores.tasks.trigger(task.id, {
      kinds,
      prio: value % 5 === 0 ? 0 : 2,
      forceNow: value % 3 !== 0,
    });
    await this.work();
    return `somebody asks for a ${kinds[0]} of project ${task.externalId}`;
  }

  async #afterwards(): Promise<void> {
    this.forgetPending();
    this.#callbacks?.endOddities();
    await this.#callbacks?.deliverAll();
    await this.#control.mendAll();
    await this.#turnOn();
    await this.rig.stores.gate.probeNow();
    let from = this.rig.time.now();
    // Leases of the killed run out, and back-offs: 15 minutes at most; then a cool-down.
    await this.pass(2 * minute);
    await this.pass(36 * minute, 12 * minute);
    if (this.#options.comprehensives === false) {
      (await this.#checkOf(await this.#stored())).bothSidesEqual();
      return;
    }
    // Notes of tickets that nobody changed are read by turns, which takes as long as the clock's whole readings.
    await this.pass(300 * minute, 150 * minute);
    if (await this.#answers.answerAll()) {
      from = this.rig.time.now();
      await this.#readAll();
    }
    // What follows from what was written last is shown by a whole reading alone.
    await this.#readAll();
    const settled = await this.#stored();
    (await this.#checkOf(settled)).bothSidesEqual();
    const stored = await this.#staysQuiet(settled);
    const check = await this.#checkOf(stored);
    this.quietAfter = check.quietWithin(3, from, this.#planWrittenAt);
    check.bothSidesEqual();
    check.nothingTwice();
    check.deletedRightly();
    check.everyValueIsTold();
    check.ordersAreWritten(this.done.some((name) => moves.includes(name)));
    check.atRest(JSON.stringify(this.rig.logger.lines));
    this.inTheWindow = check.inTheWindow;
    if (this.broken) throw this.broken;
    await this.#noteWhatItHad(stored);
  }

  async #noteWhatItHad({ log }: Stored): Promise<void> {
    for (const name of this.done) this.had.add(name);
    for (const oddity of this.#callbacks?.had ?? []) this.had.add(`· a callback that ${cameAs[oddity]}`);
    const said = (fact: string, holds: (line: Stored['log'][number]) => boolean) => {
      if (log.some(holds)) this.had.add(fact);
    };
    said('· a conflict', ({ action }) => action === 'conflict');
    said('· deleted here and edited there', ({ message }) => message.includes('edited in ConnectWise since'));
    said('· a move to another project', ({ action }) => action === 'moved');
    said('· an order written', ({ message }) => /the order within .* written to/u.test(message));
    said('· a value in another form', ({ message }) => message.includes('was sent, ConnectWise keeps'));
    said('· 200 and not taken', ({ message }) => message.includes('accepted but not changed'));
    said('· a refusal', ({ message }) => message.includes('could not be written to ConnectWise'));
    said('· an answer lost, and the record found', ({ message }) => message.includes('did not hear of it'));
    said('· a lost lease', ({ action }) => action === 'taken up again');
    const writes = await this.#control.writes();
    if (writes.some(({ method, status }) => method === 'POST' && (status === 0 || status >= 500)))
      this.had.add('· an ambiguous POST');
    for (const [call, what] of Object.entries(killPoints)) {
      for (const when of ['before', 'after']) {
        if (this.#killedAt.has(`${when} ${call}`)) this.had.add(`· killed ${when} ${what}`);
      }
    }
    const made = this.had.has('plan: make a task') || this.had.has('plan: make a phase');
    if (made && (this.had.has('add ticket') || this.had.has('add phase')))
      this.had.add('· made on both sides');
    for (const answer of ['apply', 'keep']) {
      if (this.told.some((line) => line.includes(`a mass deletion: ${answer}`)))
        this.had.add(`· a mass deletion answered by ${answer}`);
    }
    if (this.inTheWindow > 0) this.had.add('· an edit in the one window');
  }

  /** How often people edited, made, moved or deleted something. */
  get edits(): number {
    const both: readonly string[] = bothDeeds;
    return this.done.reduce(
      (sum, name) => sum + (both.includes(name) ? 2 : people.includes(name) ? 1 : 0),
      0,
    );
  }

  async #checkOf(stored: Stored): Promise<TwoWayCheck> {
    return new TwoWayCheck({
      world: this.#world,
      witness: this.#witness,
      planPeople: this.#planPeople,
      rule: this.#story.setting.rule,
      stored,
      writes: await this.#control.writes(),
    });
  }

  async #readAll(): Promise<void> {
    await this.rig.stores.tasks.triggerAll({ kinds: ['comprehensive'], prio: 1 });
    await this.pass(12 * minute, 12 * minute);
  }

  /**
   * Two whole readings in a row after which neither side was written.
   * @param settled what is stored before them
   * @returns what is stored after them
   */
  async #staysQuiet(settled: Stored): Promise<Stored> {
    const before = {
      plan: fieldsOf(settled),
      writes: this.#witness.written.length,
      at: this.rig.time.now(),
    };
    await this.#readAll();
    await this.#readAll();
    const stored = await this.#stored();
    const written = firstDifference(before.plan, fieldsOf(stored));
    mustHold('quiet once nothing changes', written === undefined, `the plan was written: ${written}`);
    const writes = this.#witness.written.slice(before.writes).map(({ what }) => what);
    mustHold('quiet once nothing changes', writes.length === 0, writes.join('; '));
    for (const task of syncedIn(this.#world, stored)) {
      const runs = finishedSince(stored.log, task.projectId, before.at).length;
      mustHold('quiet once nothing changes', runs >= 2, `project ${task.externalId} had ${runs} syncs`);
    }
    return stored;
  }
}

/** What it keeps is no part of any rule here, and would be a tenth of all that is written. */
function withoutRequestLog(ports: Ports): Ports {
  return { ...ports, log: { ...ports.log, record: async () => {} } };
}

function inShort({ kind, create, update, delete: gone = [], pair = [] }: PlanPage): string {
  const counts = [
    `${create.length} made`,
    `${update.length} updated`,
    `${gone.length} deleted`,
    `${pair.length} paired`,
  ];
  const told = [...create, ...update, ...gone, ...pair].flatMap(({ line }) => line?.message ?? []);
  return `${kind}: ${counts.join(', ')} (${told.join('; ')})`;
}

/** What follows from other records: ConnectWise stamps no change of it, so that only the next whole reading shows it. */
const silent: ReadonlySet<string> = new Set(['phaseId', 'actualHours', 'predecessor', 'resources']);

function changesPlan({ kind, create, update, delete: gone = [], pair = [] }: PlanPage): boolean {
  const follows = ({ line }: PlanPage['update'][number]) => {
    const fields = / updated: (.+)$/u.exec(line?.message ?? '')?.[1]?.split(', ') ?? [];
    const named = fields.filter((field) => !(silent.has(field) && (kind !== 'task' || field !== 'phaseId')));
    return fields.length > 0 && named.length === 0;
  };
  return create.length + update.filter((one) => !follows(one)).length + gone.length + pair.length > 0;
}

/** What ConnectWise refuses is tried again and marked as tried: versions of those records move, values do not. */
function fieldsOf(stored: Stored): string {
  const refused = new Set(
    [...stored.plan.values()].flat().flatMap(({ id, rejected }) => (rejected ? [id] : [])),
  );
  return fingerprint(stored)
    .split('\n')
    .map((line) => {
      const [kind, id, , ...fields] = line.split(' ');
      return refused.has(id ?? '') ? `${kind} ${id} ${fields.join(' ')}` : line;
    })
    .join('\n');
}

function firstDifference(a: string, b: string): string | undefined {
  const before = new Set(a.split('\n'));
  return b.split('\n').find((line) => !before.has(line)) ?? (a === b ? undefined : 'something is gone');
}

const linkedBoards = [1, 2];
const unlinkedBoard = 3;

function spreadOverBoards(world: World): void {
  const open = world.stores.projectStatuses.rows().find(({ closedFlag }) => !closedFlag);
  for (const [index, { id }] of world.stores.projects.rows().entries()) {
    world.moveProject('areyes', id, linkedBoards[index] ?? unlinkedBoard);
    world.editProject('areyes', id, { status: open?.id ?? 1 });
  }
}
