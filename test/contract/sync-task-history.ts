/**
 * Histories of the queue and the watch over them. The watch knows what people asked, who was given which run and
 * what time it is; from that alone it says what must hold. It shares no code with the store.
 */
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import type { Db } from 'mongodb';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import type { LinkState, Priority, Suspect, SyncKind } from '../../src/domain/sync-task.ts';
import type { Claimed, ClaimLane, Lease, SyncTaskStore, Trigger } from '../../src/ports/sync-task-store.ts';
import { randomIds } from './migrated-database.ts';
import { ann, coolDownMs, finished, leaseMs, noRight, ownFinished, unavailable } from './sync-task-rig.ts';

const minute = 60_000;
const marginMs = 5_000;
const ageingMs = 10 * minute;
const intervalMs = 30 * minute;
const schedule = {
  comprehensiveMs: intervalMs,
  miscMs: 4 * intervalMs,
  scoutMs: minute,
  notesMs: intervalMs,
  comprehensiveRequestsPerSecond: 1_000,
};
/** By the external id that they are linked to, which outlives a task that was disconnected. */
const externalIds = [1, 2] as const;
export const scout = 'scout';
const suspects: readonly Suspect[] = [
  { kind: 'ticket', id: 7 },
  { kind: 'ticket', id: 8 },
  { kind: 'phase', id: 7 },
];
const workers = ['w1', 'w2', 'w3'] as const;
const writes = ['heartbeat', 'complete', 'fail to retry', 'fail to a person', 'hand back'] as const;
const maxDelayMs = 15 * minute;

type Write = (typeof writes)[number];
export type Step =
  | {
      readonly step: 'trigger';
      readonly whom: Whom;
      readonly kinds: readonly SyncKind[];
      readonly prio: Priority;
      readonly forceNow: boolean;
      readonly suspects: readonly Suspect[];
    }
  | { readonly step: 'relink'; readonly how: Relink; readonly whom: Whom }
  /** Links the external id anew, which may only be where its task was disconnected and nothing of it runs. */
  | { readonly step: 'link'; readonly externalId: number }
  | { readonly step: 'claim'; readonly worker: string; readonly lane: ClaimLane }
  /** All workers at the same moment. */
  | { readonly step: 'race' }
  /** By the rightful holder of some run, or by whoever once had one and does not know that it is lost. */
  | ({ readonly step: 'write'; readonly pick: number; readonly stale: boolean } & Written)
  /** The worker of a run never writes again. */
  | { readonly step: 'crash'; readonly pick: number }
  /** The scout saw a change that was made so long ago. */
  | { readonly step: 'change'; readonly externalId: number; readonly agoMs: number }
  | { readonly step: 'tick' }
  | { readonly step: 'pass'; readonly ms: number };

type Whom = number | typeof scout;
type Written = {
  readonly what: Write;
  readonly delayMs: number;
  readonly again: boolean;
  readonly attention: boolean;
  /** How far the run says to have read. */
  readonly mark: number;
};
const relinks = ['disable', 'enable', 'archive', 'unarchive', 'disconnect'] as const;
type Relink = (typeof relinks)[number];

/** From which states each may be done, and what then is. */
const relinkRules: { readonly [how in Relink]: readonly [from: readonly LinkState[], to: LinkState] } = {
  disable: [['active'], 'disabled'],
  enable: [['disabled'], 'active'],
  archive: [['active', 'disabled'], 'archived'],
  unarchive: [['archived'], 'disabled'],
  disconnect: [['active', 'disabled', 'archived'], 'disconnected'],
};

const externalId = fc.constantFrom(...externalIds);
const pick = fc.nat({ max: 99 });
const seldom = fc.integer({ min: 0, max: 3 }).map((one) => one === 0);

/** What histories are mostly about; what is left out is as usual. */
export type Lean = {
  /** How often a step comes, by its weight; none is 0. */
  readonly weights?: Partial<typeof usualWeights>;
  readonly whom?: readonly Whom[];
  readonly lanes?: readonly ClaimLane[];
  readonly writes?: readonly Write[];
  readonly relinks?: readonly Relink[];
  readonly passes?: readonly number[];
  /** Whether a write is by any worker that ever had a run, whatever became of it. */
  readonly stale?: readonly boolean[];
};
const usualWeights = {
  trigger: 6,
  relink: 5,
  link: 2,
  claim: 7,
  race: 1,
  write: 9,
  crash: 1,
  change: 2,
  tick: 2,
  pass: 5,
};
const usual = {
  whom: [1, 1, 2, 2, scout],
  lanes: ['projects', 'projects', 'projects', 'people', scout],
  writes,
  relinks: ['disable', 'disable', 'enable', 'enable', 'enable', ...relinks],
  passes: [1_000, 30_000, leaseMs, 5 * minute, coolDownMs, maxDelayMs],
  stale: [true, false, false, false],
} as const satisfies Lean;

export function histories({ weights: leaning, ...lean }: Lean = {}): fc.Arbitrary<Step[]> {
  const of: Required<Omit<Lean, 'weights'>> = { ...usual, ...lean };
  const whom = fc.constantFrom(...of.whom);
  const steps: { readonly [step in keyof typeof usualWeights]: fc.Arbitrary<Step> } = {
    trigger: fc.record({
      step: fc.constant('trigger' as const),
      whom,
      kinds: fc.constantFrom<SyncKind[][]>(['delta'], ['comprehensive'], ['delta', 'comprehensive']),
      prio: fc.constantFrom<Priority[]>(0, 1, 2),
      forceNow: fc.boolean(),
      suspects: fc.subarray([...suspects], { maxLength: 2 }),
    }),
    relink: fc.record({ step: fc.constant('relink' as const), how: fc.constantFrom(...of.relinks), whom }),
    link: fc.record({ step: fc.constant('link' as const), externalId }),
    claim: fc.record({
      step: fc.constant('claim' as const),
      worker: fc.constantFrom(...workers),
      lane: fc.constantFrom(...of.lanes),
    }),
    race: fc.record({ step: fc.constant('race' as const) }),
    write: fc.record({
      step: fc.constant('write' as const),
      what: fc.constantFrom(...of.writes),
      pick,
      stale: fc.constantFrom(...of.stale),
      delayMs: fc.constantFrom(0, 5_000, 5 * minute, maxDelayMs),
      again: seldom,
      attention: seldom,
      mark: fc.nat({ max: 9 }),
    }),
    crash: fc.record({ step: fc.constant('crash' as const), pick }),
    change: fc.record({
      step: fc.constant('change' as const),
      externalId,
      agoMs: fc.constantFrom(0, marginMs, marginMs + 1_000, 2 * minute, 5 * minute, coolDownMs),
    }),
    tick: fc.record({ step: fc.constant('tick' as const) }),
    pass: fc.record({ step: fc.constant('pass' as const), ms: fc.constantFrom(...of.passes) }),
  };
  const weights = { ...usualWeights, ...leaning };
  const weighted = Object.entries(steps).map(([name, arbitrary]) => ({
    weight: weights[name as keyof typeof weights],
    arbitrary,
  }));
  return fc.array(fc.oneof(...weighted), { minLength: 10, maxLength: 45, size: 'max' });
}

/** What must hold, by name. */
export type Rule =
  | 'one holder per task'
  | 'a stale worker writes nothing'
  | 'the holder of a run can write'
  | 'no run inside a cool-down or back-off'
  | 'a forced trigger is due at once'
  | 'no task that is not active is claimed or queued'
  | 'a run does all that was asked for'
  | 'every trigger counts'
  | 'done is what the last settled run began with'
  | 'what is asked for is queued, and nothing else'
  | 'what is due is found'
  | 'taking over is told'
  | 'people go first'
  | 'a link changes as it may'
  | 'an external id has one task'
  | 'watermarks move where a run is completed, and only on'
  | 'a need for attention stays until a run without'
  | 'a change triggers until a run began later'
  | 'a turn of the clock asks once'
  | 'ageing moves the place in line and nothing else'
  | 'at rest in the end';

export class Broken extends Error {
  readonly rule: Rule;
  constructor(rule: Rule, detail: string) {
    super(`${rule}: ${detail}`);
    this.name = 'Broken';
    this.rule = rule;
  }
}

function must(rule: Rule, holds: boolean, detail: string): void {
  if (!holds) throw new Broken(rule, detail);
}

type Asked = { readonly kinds: ReadonlySet<SyncKind>; readonly suspects: ReadonlySet<string> };

type Run = Asked & {
  readonly watched: Watched;
  readonly lease: Lease;
  /** How many triggers there had been when it began. */
  readonly asked: number;
  readonly prio: number;
  readonly forced: boolean;
  /** Forced after the last failure, so that handed back it need not wait for the retry. */
  readonly forcedSinceFailure: boolean;
  leaseEnds: number;
  readStart: number | undefined;
  crashed: boolean;
};

const suspectKey = ({ kind, id }: Suspect): string => `${kind} ${id}`;

/** What the watch knows of one task. */
class Watched {
  readonly id: string;
  readonly externalId: number;
  /** Milliseconds between the end of a run and the next. */
  readonly coolDownMs: number;
  state: LinkState = 'active';
  /** Triggers so far; the link was the first. */
  asked = 1;
  /** How many of them were settled by a run that began after them. */
  settled = 0;
  /** Asked for and in no run yet. */
  kinds = new Set<SyncKind>();
  suspects = new Set<string>();
  prio = 0;
  forced = false;
  /** A forced trigger came after the last failure: it does not wait for the retry. */
  forcedSinceFailure = false;
  run: Run | undefined;
  coolsUntil = 0;
  backsOffUntil = 0;
  fence = 0;
  mark: number | undefined;
  needsAttention = false;
  /** Of the last completed run. */
  readStart: number | undefined;

  constructor(id: string, externalId: number, first: SyncKind) {
    this.id = id;
    this.externalId = externalId;
    this.coolDownMs = externalId === 0 ? 0 : coolDownMs;
    this.kinds.add(first);
  }

  get active(): boolean {
    return this.state === 'active';
  }

  trigger({ kinds, prio, forceNow = false, suspects: told = [] }: Trigger): void {
    this.asked += 1;
    for (const kind of kinds) this.kinds.add(kind);
    for (const suspect of told) this.suspects.add(suspectKey(suspect));
    this.prio = Math.max(this.prio, prio);
    this.forced ||= forceNow;
    this.forcedSinceFailure ||= forceNow;
  }

  cancel(): void {
    this.kinds.clear();
    this.suspects.clear();
    this.prio = 0;
    this.forced = false;
    this.forcedSinceFailure = false;
  }

  /** When the next run may begin at the earliest. */
  mayBeginAt(): number {
    if (this.forced) return this.forcedSinceFailure ? 0 : this.backsOffUntil;
    return Math.max(this.coolsUntil, this.backsOffUntil);
  }

  /** Surely; a forced one may be due before. */
  isDue(nowMs: number): boolean {
    if (this.run) return nowMs >= this.run.leaseEnds;
    return this.active && this.asked > this.settled && nowMs >= Math.max(this.coolsUntil, this.backsOffUntil);
  }

  /** By which it stands in line: a run that was lost stands by its own. */
  linePrio(): number {
    return this.run ? this.run.prio : this.prio;
  }

  settle(run: Run, nowMs: number): void {
    this.run = undefined;
    this.settled = run.asked;
    this.coolsUntil = nowMs + this.coolDownMs;
    this.backsOffUntil = 0;
    if (!this.active) this.cancel();
  }

  giveBack(run: Run): void {
    this.run = undefined;
    if (!this.active) {
      this.cancel();
      return;
    }
    for (const kind of run.kinds) this.kinds.add(kind);
    for (const suspect of run.suspects) this.suspects.add(suspect);
    this.prio = Math.max(this.prio, run.prio);
    this.forced ||= run.forced;
    this.forcedSinceFailure ||= run.forcedSinceFailure;
  }

  fail(run: Run, endsAt: number): void {
    this.giveBack(run);
    this.backsOffUntil = endsAt;
    this.forcedSinceFailure = false;
  }
}

export class History {
  readonly #db: Db;
  readonly #tenantId = `history-${randomUUID()}`;
  /** The time that the store is given, moved by the steps. */
  readonly #now = new Date(Date.UTC(2026, 0, 5));
  readonly #store: SyncTaskStore;
  readonly #watched: Watched[] = [];
  readonly #runs: Run[] = [];

  /** @param wrap puts a faulty store in place of the real one */
  constructor(db: Db, wrap: (store: SyncTaskStore, db: Db) => SyncTaskStore = (store) => store) {
    this.#db = db;
    const now = this.#now;
    const clock = { now: () => now, monotonicMs: () => now.getTime(), sleep: () => Promise.resolve() };
    const timings = { leaseMs, coolDownMs };
    const store = mongoSyncTaskStore({ db, tenantId: this.#tenantId, timings, ids: randomIds, clock, now });
    this.#store = wrap(store, db);
  }

  /** @throws Broken where a rule does not hold after a step, or at the end */
  async play(steps: readonly Step[]): Promise<void> {
    for (const externalId of externalIds) await this.#link(externalId);
    await this.#store.ensureOwnTasks();
    this.#watched.push(new Watched(`${this.#tenantId}:${scout}`, 0, 'delta'));
    for (const step of steps) {
      await this.#take(step);
      if (step.step !== 'pass' && step.step !== 'crash') await this.#inspect();
    }
    await this.#bringToRest();
  }

  get #nowMs(): number {
    return this.#now.getTime();
  }

  async #take(step: Step): Promise<void> {
    switch (step.step) {
      case 'trigger':
        return await this.#trigger(this.#of(step.whom), step);
      case 'relink':
        return await this.#relink(this.#of(step.whom), step.how);
      case 'link':
        return await this.#link(step.externalId);
      case 'claim':
        return await this.#claims([await this.#store.claim(step.worker, step.lane)], step.lane, true);
      case 'race': {
        const all = workers.map((worker) => this.#store.claim(worker, 'projects'));
        return await this.#claims(await Promise.all(all), 'projects', false);
      }
      case 'write':
        return await this.#write(step);
      case 'crash': {
        const run = this.#chosen(step.pick, false);
        if (run) run.crashed = true;
        return;
      }
      case 'change':
        return await this.#change(step.externalId, step.agoMs);
      case 'tick':
        return await this.#tick();
      case 'pass':
        this.#now.setTime(this.#nowMs + step.ms);
    }
  }

  /** The task that an external id is linked to now, or was last. */
  #of(whom: Whom): Watched {
    const externalId = whom === scout ? 0 : whom;
    const watched = this.#watched.findLast((one) => one.externalId === externalId);
    if (!watched) throw new Error(`nothing linked to ${externalId}`);
    return watched;
  }

  #byId(id: string): Watched {
    const watched = this.#watched.find((one) => one.id === id);
    if (!watched) throw new Error(`no task ${id}`);
    return watched;
  }

  #projects(): readonly Watched[] {
    return this.#watched.filter(({ externalId }) => externalId !== 0);
  }

  async #link(externalId: number): Promise<void> {
    const projectId = `p${this.#watched.length}`;
    const linked = await this.#store.create({
      projectId,
      externalId,
      projectName: projectId,
      customer: null,
      board: null,
    });
    const isHeld = this.#watched.some(
      (one) => one.externalId === externalId && (one.state !== 'disconnected' || one.run !== undefined),
    );
    must('an external id has one task', linked === !isHeld, `linked ${linked}`);
    if (linked) {
      this.#watched.push(new Watched(`${this.#tenantId}:${projectId}`, externalId, 'comprehensive'));
    }
  }

  async #trigger(watched: Watched, step: Extract<Step, { step: 'trigger' }>): Promise<void> {
    const triggered = await this.#store.trigger(watched.id, step);
    const expected = watched.active ? 'accepted' : 'not-active';
    must('every trigger counts', triggered.result === expected, `answered ${triggered.result}`);
    if (triggered.result !== 'accepted') return;
    watched.trigger(step);
    must('every trigger counts', triggered.ticket === watched.asked, `ticket ${triggered.ticket}`);
    if (!step.forceNow || watched.run) return;
    const { wakeAt } = triggered.task;
    must(
      'a forced trigger is due at once',
      wakeAt !== undefined && wakeAt <= this.#now,
      `${wakeAt?.toISOString()}`,
    );
  }

  async #relink(watched: Watched, how: Relink): Promise<void> {
    const answer = await this.#store[how](watched.id, ann);
    const [from, to] = relinkRules[how];
    const may = watched.externalId !== 0 && from.includes(watched.state);
    must(
      'a link changes as it may',
      answer?.changed === may,
      `${how} of ${watched.state}: ${answer?.changed}`,
    );
    if (!may) return;
    watched.state = to;
    if (to === 'active') watched.trigger({ kinds: ['comprehensive'], prio: 2 });
    else watched.cancel();
  }

  async #change(externalId: number, agoMs: number): Promise<void> {
    const watched = this.#of(externalId);
    const lastUpdated = this.#nowMs - agoMs;
    const readStart = watched.run?.readStart ?? watched.readStart;
    const unread = watched.active && (readStart === undefined || lastUpdated >= readStart - marginMs);
    const changes = [externalId, 99].map((id) => ({ externalId: id, lastUpdated: new Date(lastUpdated) }));
    const { triggered, unknown } = await this.#store.triggerChanged(changes, marginMs);
    const rule = 'a change triggers until a run began later';
    must(
      rule,
      triggered === (unread ? 1 : 0),
      `${triggered} triggered, read from ${readStart}, at ${lastUpdated}`,
    );
    must(rule, unknown.length === 1 && unknown[0] === 99, `unknown: ${unknown.join()}`);
    if (unread) watched.trigger({ kinds: ['delta'], prio: 1 });
  }

  async #tick(): Promise<void> {
    const before = await this.#allStored();
    const told = await this.#store.tick(schedule);
    const after = await this.#allStored();
    let turns = 0;
    let aged = 0;
    for (const watched of this.#watched) {
      const [was, is] = [before.get(watched.id), after.get(watched.id)];
      if (!was || !is) throw new Error(`no task ${watched.id}`);
      if (this.#turnOf(watched, was, is)) turns += 1;
      if (this.#agedIn(watched, was, is)) aged += 1;
    }
    must('a turn of the clock asks once', told.comprehensives === turns, `told of ${told.comprehensives}`);
    must('a turn of the clock asks once', told.intervalMs === intervalMs, `every ${told.intervalMs} ms`);
    must('ageing moves the place in line and nothing else', told.aged === aged, `told of ${told.aged}`);
  }

  /** Whether the tick asked for a comprehensive sync; a turn of the scout is reckoned besides. */
  #turnOf(watched: Watched, was: SyncTaskDocument, is: SyncTaskDocument): boolean {
    const rule = 'a turn of the clock asks once';
    const isScout = watched.externalId === 0;
    const mayNow = isScout ? !watched.run && watched.asked === watched.settled : watched.active;
    const isTurn = mayNow && was.clockAt !== undefined && was.clockAt <= this.#now;
    if (isTurn) watched.trigger({ kinds: [isScout ? 'delta' : 'comprehensive'], prio: 0 });
    must(rule, is.want === watched.asked, `want ${is.want} of ${watched.asked}`);
    if (isTurn || (watched.active && was.clockAt === undefined)) {
      const inMs = (is.clockAt?.getTime() ?? 0) - this.#nowMs;
      const atLeast = was.clockAt === undefined ? 0 : 0.9 * (isScout ? schedule.scoutMs : intervalMs);
      must(rule, inMs >= Math.floor(atLeast) && inMs <= Math.ceil(1.1 * intervalMs), `next in ${inMs} ms`);
    } else {
      must(rule, is.clockAt?.getTime() === was.clockAt?.getTime(), 'moved without a turn');
    }
    return isTurn && !isScout;
  }

  #agedIn(watched: Watched, was: SyncTaskDocument, is: SyncTaskDocument): boolean {
    const waitsMs = was.state === 'requested' && was.wakeAt ? this.#nowMs - was.wakeAt.getTime() : 0;
    const ages = watched.externalId !== 0 && waitsMs >= ageingMs && watched.prio === 0;
    if (ages) watched.prio = 1;
    const rule = 'ageing moves the place in line and nothing else';
    const sameTime = was.state !== 'requested' || is.wakeAt?.getTime() === was.wakeAt?.getTime();
    must(
      rule,
      sameTime && is.coolUntil?.getTime() === was.coolUntil?.getTime(),
      `due at ${is.wakeAt?.toISOString()}`,
    );
    must(
      rule,
      is.state !== 'requested' || is.prio === watched.prio,
      `priority ${is.prio} of ${watched.prio}`,
    );
    return ages;
  }

  /** @param inTurn nobody else claimed meanwhile, so that the answer can be held against what is due */
  async #claims(all: readonly Claimed[], lane: ClaimLane, inTurn: boolean): Promise<void> {
    const inLane = this.#inLane(lane);
    const people = inLane.filter((one) => one.linePrio() === 2);
    const peopleWait = people.some((one) => one.isDue(this.#nowMs));
    for (const one of all) {
      if (one.result !== 'claimed') continue;
      const run = this.#begin(one);
      must('people go first', inLane.includes(run.watched), `${run.watched.id} in lane ${lane}`);
      if (inTurn && peopleWait) must('people go first', people.includes(run.watched), `at ${run.prio}`);
    }
    if (all.some((one) => one.result === 'put-to-rest')) await this.#putToRest();
    if (!inTurn || all.some((one) => one.result !== 'nothing-due')) return;
    for (const watched of inLane) {
      must('what is due is found', !watched.isDue(this.#nowMs), watched.id);
    }
  }

  #inLane(lane: ClaimLane): readonly Watched[] {
    if (lane === scout) return [this.#of(scout)];
    return this.#projects().filter((one) => lane !== 'people' || one.linePrio() === 2);
  }

  #begin({ task, lease, tookOver }: Extract<Claimed, { result: 'claimed' }>): Run {
    const watched = this.#byId(task.id);
    const before = watched.run;
    must('no task that is not active is claimed or queued', watched.active, 'claimed');
    must(
      'one holder per task',
      !before || this.#nowMs >= before.leaseEnds,
      `claimed from ${before?.lease.fence}`,
    );
    must('one holder per task', lease.fence > watched.fence, `fence ${lease.fence} again`);
    must('taking over is told', tookOver === (before !== undefined), String(tookOver));
    if (!before) {
      const early = watched.mayBeginAt() - this.#nowMs;
      must('no run inside a cool-down or back-off', early <= 0, `${early} ms too early`);
    }
    const run: Run = {
      watched,
      lease,
      asked: watched.asked,
      kinds: new Set([...watched.kinds, ...(before?.kinds ?? [])]),
      suspects: new Set([...watched.suspects, ...(before?.suspects ?? [])]),
      prio: Math.max(watched.prio, before?.prio ?? 0),
      forced: watched.forced || (before?.forced ?? false),
      forcedSinceFailure: watched.forcedSinceFailure || (before?.forcedSinceFailure ?? false),
      leaseEnds: this.#nowMs + leaseMs,
      readStart: undefined,
      crashed: false,
    };
    const does = { kinds: task.claimed?.kinds ?? [], suspects: task.claimed?.suspects.map(suspectKey) ?? [] };
    for (const [asked, given] of [
      [run.kinds, does.kinds],
      [run.suspects, does.suspects],
    ] as const) {
      const all = [...asked].sort().join();
      must(
        'a run does all that was asked for',
        all === [...given].sort().join(),
        `asked ${all}, does ${given}`,
      );
    }
    watched.run = run;
    watched.fence = lease.fence;
    watched.cancel();
    this.#runs.push(run);
    return run;
  }

  async #putToRest(): Promise<void> {
    let rested = 0;
    const stored = await this.#allStored();
    for (const watched of this.#watched) {
      const expired = watched.run !== undefined && this.#nowMs >= watched.run.leaseEnds;
      if (watched.active || !expired || stored.get(watched.id)?.state !== 'idle') continue;
      rested += 1;
      watched.run = undefined;
      watched.cancel();
    }
    must('one holder per task', rested > 0, 'a run was put to rest that nobody could have lost');
  }

  /** A run of those whose worker lives: a rightful one, or any that there ever was. */
  #chosen(number: number, stale: boolean): Run | undefined {
    const alive = this.#runs.filter((run) => !run.crashed && (stale || run.watched.run === run));
    return alive[number % Math.max(1, alive.length)];
  }

  async #write(step: Extract<Step, { step: 'write' }>): Promise<void> {
    const run = this.#chosen(step.pick, step.stale);
    if (!run) return;
    if (run.watched.run === run) {
      must('the holder of a run can write', await this.#send(step, run), step.what);
      this.#written(run, step);
      return;
    }
    const before = (await this.#allStored()).get(run.watched.id);
    const written = await this.#send(step, run);
    const after = (await this.#allStored()).get(run.watched.id);
    const same = JSON.stringify(before) === JSON.stringify(after);
    must('a stale worker writes nothing', !written && same, `${step.what} under fence ${run.lease.fence}`);
  }

  async #send(step: Written, { lease, watched, readStart }: Run): Promise<boolean> {
    switch (step.what) {
      case 'heartbeat':
        return (await this.#store.heartbeat(lease, { readStart: new Date(this.#now) })) !== undefined;
      case 'complete':
        return await this.#store.complete(lease, {
          ...(watched.externalId === 0 ? ownFinished : finished),
          watermarks: { plan: step.mark },
          readStart: new Date(readStart ?? this.#nowMs),
          ...(step.again ? { again: true } : {}),
          ...(step.attention ? { attention: noRight } : {}),
        });
      case 'fail to retry':
        return await this.#store.failToRetry(lease, unavailable, {
          delayMs: step.delayMs,
          countsAttempt: true,
        });
      case 'fail to a person':
        return await this.#store.failToPerson(lease, noRight);
      case 'hand back':
        return await this.#store.handBack(lease);
    }
  }

  #written(run: Run, step: Written): void {
    const { watched } = run;
    switch (step.what) {
      case 'heartbeat':
        run.leaseEnds = this.#nowMs + leaseMs;
        run.readStart ??= this.#nowMs;
        break;
      case 'hand back':
        watched.giveBack(run);
        break;
      case 'fail to retry':
        watched.fail(run, this.#nowMs + step.delayMs);
        break;
      case 'fail to a person':
        watched.needsAttention = true;
        watched.settle(run, this.#nowMs);
        break;
      case 'complete':
        if (step.again && watched.active) watched.trigger({ kinds: ['delta'], prio: 1 });
        watched.mark = Math.max(watched.mark ?? 0, step.mark);
        watched.needsAttention = step.attention;
        watched.readStart = run.readStart ?? this.#nowMs;
        watched.settle(run, this.#nowMs);
    }
  }

  async #allStored(): Promise<ReadonlyMap<string, SyncTaskDocument>> {
    const tasks = this.#db.collection<SyncTaskDocument>('sync_tasks');
    const found = await tasks.find({ tenantId: this.#tenantId }).toArray();
    return new Map(found.map((task) => [task._id, task]));
  }

  async #inspect(): Promise<void> {
    const stored = await this.#allStored();
    for (const watched of this.#watched) {
      const task = stored.get(watched.id);
      if (!task) throw new Error(`no task ${watched.id}`);
      this.#inspectOne(watched, task);
    }
  }

  #inspectOne(watched: Watched, task: SyncTaskDocument): void {
    const { state, want, done, fence } = task;
    must('every trigger counts', want === watched.asked, `want ${want} of ${watched.asked}`);
    const settled = done === watched.settled;
    must('done is what the last settled run began with', settled, `done ${done}, settled ${watched.settled}`);
    const inQueue = state === 'requested';
    must('no task that is not active is claimed or queued', watched.active || !inQueue, 'queued');
    must('one holder per task', (state === 'syncing') === (watched.run !== undefined), `stored as ${state}`);
    must('one holder per task', !watched.run || fence === watched.run.lease.fence, `fence ${fence}`);
    const belongs = watched.active && !watched.run && watched.asked > watched.settled;
    must('what is asked for is queued, and nothing else', inQueue === belongs, `stored as ${state}`);
    must('a link changes as it may', task.link.state === watched.state, task.link.state);
    const mark = task.watermarks.plan;
    must(
      'watermarks move where a run is completed, and only on',
      mark === watched.mark,
      `${mark} instead of ${watched.mark}`,
    );
    const attention = task.needsAttention !== undefined;
    must(
      'a need for attention stays until a run without',
      attention === watched.needsAttention,
      `${attention}`,
    );
  }

  /** Everybody goes away, time passes, and one good worker is left. */
  async #bringToRest(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      this.#now.setTime(this.#nowMs + maxDelayMs + coolDownMs);
      for (const lane of ['projects', scout] as const) await this.#workOff(lane);
    }
    await this.#inspect();
    const stored = await this.#allStored();
    for (const watched of this.#watched) {
      const task = stored.get(watched.id);
      const rests = task?.state === 'idle' && task.wakeAt === undefined;
      const answered = !watched.active || task?.want === task?.done;
      must('at rest in the end', rests && answered, `${task?.state}, done ${task?.done} of ${task?.want}`);
    }
  }

  async #workOff(lane: 'projects' | typeof scout): Promise<void> {
    for (let left = 2 * this.#watched.length; left > 0; left -= 1) {
      const claimed = await this.#store.claim('last', lane);
      await this.#claims([claimed], lane, true);
      if (claimed.result === 'nothing-due') return;
      const run = claimed.result === 'claimed' ? this.#byId(claimed.task.id).run : undefined;
      if (!run) continue;
      const last = { what: 'complete', delayMs: 0, again: false, attention: false, mark: 0 } as const;
      must('the holder of a run can write', await this.#send(last, run), 'complete');
      this.#written(run, last);
    }
  }
}
