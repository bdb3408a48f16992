/**
 * Histories of the queue and the watch over them. The watch knows what people asked, who was given which run and
 * what time it is; from that alone it says what must hold. It shares no code with the store.
 */
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import type { Db } from 'mongodb';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import type { Priority, SyncKind } from '../../src/domain/sync-task.ts';
import type { Claimed, Lease, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import { randomIds } from './migrated-database.ts';
import { ann, coolDownMs, finished, leaseMs, noRight, unavailable } from './sync-task-rig.ts';

const minute = 60_000;
const projects = ['a', 'b'] as const;
const workers = ['w1', 'w2', 'w3'] as const;
const writes = ['heartbeat', 'complete', 'fail to retry', 'fail to a person', 'hand back'] as const;
const maxDelayMs = 15 * minute;

type Write = (typeof writes)[number];
export type Step =
  | {
      readonly step: 'trigger';
      readonly project: string;
      readonly kinds: readonly SyncKind[];
      readonly prio: Priority;
      readonly forceNow: boolean;
    }
  | { readonly step: 'disable' | 'enable'; readonly project: string }
  | { readonly step: 'claim'; readonly worker: string }
  /** All workers at the same moment. */
  | { readonly step: 'race' }
  /** By the rightful holder of some run, or by whoever once had one and does not know that it is lost. */
  | {
      readonly step: 'write';
      readonly what: Write;
      readonly pick: number;
      readonly stale: boolean;
      readonly delayMs: number;
    }
  /** The worker of a run never writes again. */
  | { readonly step: 'crash'; readonly pick: number }
  | { readonly step: 'pass'; readonly ms: number };

const project = fc.constantFrom(...projects);
const pick = fc.nat({ max: 99 });
export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        step: fc.constant('trigger' as const),
        project,
        kinds: fc.constantFrom<SyncKind[][]>(['delta'], ['comprehensive'], ['delta', 'comprehensive']),
        prio: fc.constantFrom<Priority[]>(0, 1, 2),
        forceNow: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ step: fc.constantFrom('disable' as const, 'enable' as const), project }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ step: fc.constant('claim' as const), worker: fc.constantFrom(...workers) }),
    },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('race' as const) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        step: fc.constant('write' as const),
        what: fc.constantFrom(...writes),
        pick,
        stale: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
        delayMs: fc.constantFrom(0, 5_000, 5 * minute, maxDelayMs),
      }),
    },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('crash' as const), pick }) },
    {
      weight: 4,
      arbitrary: fc.record({
        step: fc.constant('pass' as const),
        ms: fc.constantFrom(1_000, 30_000, leaseMs, 5 * minute, coolDownMs, maxDelayMs),
      }),
    },
  ),
  { minLength: 10, maxLength: 45, size: 'max' },
);

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

type Run = {
  readonly project: Watched;
  readonly lease: Lease;
  /** How many triggers there had been when it began. */
  readonly asked: number;
  readonly kinds: ReadonlySet<SyncKind>;
  readonly forced: boolean;
  /** Forced after the last failure, so that handed back it need not wait for the retry. */
  readonly forcedSinceFailure: boolean;
  leaseEnds: number;
  crashed: boolean;
};

/** What the watch knows of one project. */
class Watched {
  readonly id: string;
  active = true;
  /** Triggers so far; the link was the first. */
  asked = 1;
  /** How many of them were settled by a run that began after them. */
  settled = 0;
  /** Asked for and in no run yet. */
  kinds = new Set<SyncKind>(['comprehensive']);
  forced = false;
  /** A forced trigger came after the last failure: it does not wait for the retry. */
  forcedSinceFailure = false;
  run: Run | undefined;
  coolsUntil = 0;
  backsOffUntil = 0;
  fence = 0;

  constructor(id: string) {
    this.id = id;
  }

  trigger(kinds: readonly SyncKind[], forceNow: boolean): void {
    this.asked += 1;
    for (const kind of kinds) this.kinds.add(kind);
    this.forced ||= forceNow;
    this.forcedSinceFailure ||= forceNow;
  }

  cancel(): void {
    this.kinds.clear();
    this.forced = false;
    this.forcedSinceFailure = false;
  }

  /** When the next run may begin at the earliest. */
  mayBeginAt(): number {
    if (this.forced) return this.forcedSinceFailure ? 0 : this.backsOffUntil;
    return Math.max(this.coolsUntil, this.backsOffUntil);
  }

  isDue(nowMs: number): boolean {
    if (this.run) return nowMs >= this.run.leaseEnds;
    return this.active && this.asked > this.settled && nowMs >= Math.max(this.coolsUntil, this.backsOffUntil);
  }

  settle(run: Run, nowMs: number): void {
    this.run = undefined;
    this.settled = run.asked;
    this.coolsUntil = nowMs + coolDownMs;
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
  readonly #watched = new Map<string, Watched>();
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
    for (const [index, name] of projects.entries()) {
      const link = { projectId: name, externalId: index + 1, projectName: name, customer: null, board: null };
      await this.#store.create(link);
      const id = `${this.#tenantId}:${name}`;
      this.#watched.set(name, new Watched(id));
    }
    for (const step of steps) {
      await this.#take(step);
      await this.#inspect();
    }
    await this.#bringToRest();
  }

  get #nowMs(): number {
    return this.#now.getTime();
  }

  async #take(step: Step): Promise<void> {
    switch (step.step) {
      case 'trigger':
        return await this.#trigger(this.#of(step.project), step);
      case 'disable':
        return await this.#disable(this.#of(step.project));
      case 'enable':
        return await this.#enable(this.#of(step.project));
      case 'claim':
        return await this.#claims([await this.#store.claim(step.worker)], true);
      case 'race':
        return await this.#claims(
          await Promise.all(workers.map((worker) => this.#store.claim(worker))),
          false,
        );
      case 'write':
        return await this.#write(step);
      case 'crash': {
        const run = this.#chosen(step.pick, false);
        if (run) run.crashed = true;
        return;
      }
      case 'pass':
        this.#now.setTime(this.#nowMs + step.ms);
    }
  }

  #of(name: string): Watched {
    const watched = this.#watched.get(name);
    if (!watched) throw new Error(`no project ${name}`);
    return watched;
  }

  async #trigger(watched: Watched, step: Extract<Step, { step: 'trigger' }>): Promise<void> {
    const triggered = await this.#store.trigger(watched.id, step);
    const expected = watched.active ? 'accepted' : 'not-active';
    must('every trigger counts', triggered.result === expected, `answered ${triggered.result}`);
    if (triggered.result !== 'accepted') return;
    watched.trigger(step.kinds, step.forceNow);
    must('every trigger counts', triggered.ticket === watched.asked, `ticket ${triggered.ticket}`);
    if (!step.forceNow || watched.run) return;
    const { wakeAt } = triggered.task;
    must(
      'a forced trigger is due at once',
      wakeAt !== undefined && wakeAt <= this.#now,
      `${wakeAt?.toISOString()}`,
    );
  }

  async #disable(watched: Watched): Promise<void> {
    await this.#store.disable(watched.id, ann);
    if (!watched.active) return;
    watched.active = false;
    watched.cancel();
  }

  async #enable(watched: Watched): Promise<void> {
    await this.#store.enable(watched.id, ann);
    if (watched.active) return;
    watched.active = true;
    watched.trigger(['comprehensive'], false);
  }

  /** @param inTurn nobody else claimed meanwhile, so that an answer of nothing can be held against what is due */
  async #claims(all: readonly Claimed[], inTurn: boolean): Promise<void> {
    for (const one of all) if (one.result === 'claimed') this.#begin(one);
    if (all.some((one) => one.result === 'put-to-rest')) await this.#putToRest();
    if (!inTurn || all.some((one) => one.result !== 'nothing-due')) return;
    for (const watched of this.#watched.values()) {
      must('what is due is found', !watched.isDue(this.#nowMs), watched.id);
    }
  }

  #begin({ task, lease, tookOver }: Extract<Claimed, { result: 'claimed' }>): void {
    const watched = this.#of(task.projectId);
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
    const kinds = new Set([...watched.kinds, ...(before?.kinds ?? [])]);
    const claimedKinds = new Set(task.claimed?.kinds);
    must(
      'a run does all that was asked for',
      kinds.size === claimedKinds.size && [...kinds].every((kind) => claimedKinds.has(kind)),
      `asked for ${[...kinds]}, does ${[...claimedKinds]}`,
    );
    const forced = watched.forced || (before?.forced ?? false);
    const run: Run = {
      project: watched,
      lease,
      asked: watched.asked,
      kinds,
      forced,
      forcedSinceFailure: watched.forcedSinceFailure || (before?.forcedSinceFailure ?? false),
      leaseEnds: this.#nowMs + leaseMs,
      crashed: false,
    };
    watched.run = run;
    watched.fence = lease.fence;
    watched.cancel();
    this.#runs.push(run);
  }

  async #putToRest(): Promise<void> {
    let rested = 0;
    for (const watched of this.#watched.values()) {
      const expired = watched.run !== undefined && this.#nowMs >= watched.run.leaseEnds;
      if (watched.active || !expired || (await this.#stored(watched)).state !== 'idle') continue;
      rested += 1;
      watched.run = undefined;
      watched.cancel();
    }
    must('one holder per task', rested > 0, 'a run was put to rest that nobody could have lost');
  }

  /** A run of those whose worker lives: a rightful one, or any that there ever was. */
  #chosen(number: number, stale: boolean): Run | undefined {
    const alive = this.#runs.filter((run) => !run.crashed && (stale || run.project.run === run));
    return alive[number % Math.max(1, alive.length)];
  }

  async #write(step: Extract<Step, { step: 'write' }>): Promise<void> {
    const run = this.#chosen(step.pick, step.stale);
    if (!run) return;
    const before = await this.#stored(run.project);
    const written = await this.#send(step.what, run.lease, step.delayMs);
    if (run.project.run === run) {
      must('the holder of a run can write', written, step.what);
      return this.#written(run, step);
    }
    const after = await this.#stored(run.project);
    const same = JSON.stringify(before) === JSON.stringify(after);
    must('a stale worker writes nothing', !written && same, `${step.what} under fence ${run.lease.fence}`);
  }

  async #send(what: Write, lease: Lease, delayMs: number): Promise<boolean> {
    switch (what) {
      case 'heartbeat':
        return (await this.#store.heartbeat(lease)) !== undefined;
      case 'complete':
        return await this.#store.complete(lease, finished);
      case 'fail to retry':
        return await this.#store.failToRetry(lease, unavailable, { delayMs, countsAttempt: true });
      case 'fail to a person':
        return await this.#store.failToPerson(lease, noRight);
      case 'hand back':
        return await this.#store.handBack(lease);
    }
  }

  #written(run: Run, { what, delayMs }: Extract<Step, { step: 'write' }>): void {
    if (what === 'heartbeat') run.leaseEnds = this.#nowMs + leaseMs;
    else if (what === 'hand back') run.project.giveBack(run);
    else if (what === 'fail to retry') run.project.fail(run, this.#nowMs + delayMs);
    else run.project.settle(run, this.#nowMs);
  }

  async #stored(watched: Watched): Promise<SyncTaskDocument> {
    const found = await this.#db.collection<SyncTaskDocument>('sync_tasks').findOne({ _id: watched.id });
    if (!found) throw new Error(`no task ${watched.id}`);
    return found;
  }

  async #inspect(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const { state, want, done, fence } = await this.#stored(watched);
      must('every trigger counts', want === watched.asked, `want ${want} of ${watched.asked}`);
      const settled = done === watched.settled;
      must(
        'done is what the last settled run began with',
        settled,
        `done ${done}, settled ${watched.settled}`,
      );
      const inQueue = state === 'requested';
      must('no task that is not active is claimed or queued', watched.active || !inQueue, 'queued');
      must(
        'one holder per task',
        (state === 'syncing') === (watched.run !== undefined),
        `stored as ${state}`,
      );
      must('one holder per task', !watched.run || fence === watched.run.lease.fence, `fence ${fence}`);
      const belongs = watched.active && !watched.run && watched.asked > watched.settled;
      must('what is asked for is queued, and nothing else', inQueue === belongs, `stored as ${state}`);
    }
  }

  /** Everybody goes away, time passes, and one good worker is left. */
  async #bringToRest(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      this.#now.setTime(this.#nowMs + maxDelayMs + coolDownMs);
      for (let left = 4; left > 0; left -= 1) {
        await this.#take({ step: 'claim', worker: 'last' });
        for (const { run } of this.#watched.values()) {
          if (!run || run.leaseEnds <= this.#nowMs) continue;
          must('the holder of a run can write', await this.#store.complete(run.lease, finished), 'complete');
          run.project.settle(run, this.#nowMs);
        }
      }
    }
    await this.#inspect();
    for (const watched of this.#watched.values()) {
      const { state, want, done, wakeAt } = await this.#stored(watched);
      const rests = state === 'idle' && wakeAt === undefined && (!watched.active || want === done);
      must('at rest in the end', rests, `${state}, done ${done} of ${want}`);
    }
  }
}
