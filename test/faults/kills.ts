/**
 * Random kills: the bot, the workers and the database are ended without a chance to clean up, at a random moment or
 * at a random checkpoint, while people edit on both sides. After each history everything must be as if nobody had
 * been killed: no trigger lost, no record made twice, nothing that stays in Syncing, both sides equal.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { conflictWinners, planDeletionRules } from '../../src/ports/settings.ts';
import { TwoWayBroken } from '../contract/twoway-rules.ts';
import { eventually, imported } from '../support/product-rig.ts';
import { Conversation } from '../support/slack-conversation.ts';
import { BothSides, smallWorld } from './both-sides.ts';
import { botPoints, isAt, type Point, workerPoints } from './checkpoints.ts';
import { type Fleet, killNow, type Member, type Server, startFleet, twoWayEnv } from './fleet.ts';
import { StuckWatch } from './stuck-watch.ts';

export type KillsPlan = {
  readonly kills: number;
  readonly histories: number;
  readonly seed: number;
  /** The mean time from one kill to the next, in milliseconds. */
  readonly everyMs: number;
};

export type KillsFigure = {
  readonly kills: number;
  readonly byVictim: { readonly [victim: string]: number };
  readonly atCheckpoints: number;
  readonly histories: number;
  readonly edits: number;
  readonly syncs: number;
  readonly lostTriggers: readonly string[];
  readonly duplicates: readonly string[];
  readonly stuck: readonly string[];
  readonly unequal: readonly string[];
  readonly takenUpWithinMs: number;
  readonly inTheWindow: number;
  readonly ms: number;
};

/** Always the same numbers of the same seed: what is left to chance is only how the processes answer to it. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time between two deeds of people on one side, in milliseconds. */
const deedEveryMs = 700;
/** A checkpoint that nobody comes to within this time is not waited for any longer, in milliseconds. */
const checkpointWithinMs = 2_000;
/** A bot that was killed while it told somebody keeps that from the next one for 20 s. In milliseconds. */
const toldWithinMs = 30_000;
/** In milliseconds. */
const lookEveryMs = 50;
/** So long at most a kill waits until there is something to be killed in the middle of. */
const atWorkWithinMs = 5_000;

export async function playKills(
  server: Server,
  plan: KillsPlan,
  say: (line: string) => void,
): Promise<KillsFigure> {
  const startedAt = performance.now();
  const sums = new Sums();
  for (let n = 0; n < plan.histories; n += 1) {
    const kills =
      Math.floor((plan.kills * (n + 1)) / plan.histories) - Math.floor((plan.kills * n) / plan.histories);
    const history = new KillHistory(server, { kills, seed: plan.seed + n, everyMs: plan.everyMs }, sums);
    await history.play();
    const rate = (performance.now() - startedAt) / 1_000 / sums.kills;
    say(
      `history ${n + 1} of ${plan.histories} (seed ${plan.seed + n}): ${sums.kills} kills so far, ${rate.toFixed(2)} s each; ${sums.inShort()}`,
    );
  }
  return { ...sums.figure(), histories: plan.histories, ms: performance.now() - startedAt };
}

class Sums {
  kills = 0;
  atCheckpoints = 0;
  edits = 0;
  syncs = 0;
  inTheWindow = 0;
  takenUpWithinMs = 0;
  readonly byVictim = new Map<string, number>();
  readonly lostTriggers: string[] = [];
  readonly duplicates: string[] = [];
  readonly stuck: string[] = [];
  readonly unequal: string[] = [];

  killed(victim: string, atCheckpoint: boolean): void {
    this.kills += 1;
    if (atCheckpoint) this.atCheckpoints += 1;
    this.byVictim.set(victim, (this.byVictim.get(victim) ?? 0) + 1);
  }

  inShort(): string {
    const { lostTriggers, duplicates, stuck, unequal } = this;
    return `${lostTriggers.length} lost triggers, ${duplicates.length} duplicate records, ${stuck.length} stuck, ${unequal.length} histories with other faults`;
  }

  figure(): Omit<KillsFigure, 'histories' | 'ms'> {
    return { ...this, byVictim: Object.fromEntries(this.byVictim) };
  }
}

type Spec = { readonly kills: number; readonly seed: number; readonly everyMs: number };

class KillHistory {
  readonly #server: Server;
  readonly #spec: Spec;
  readonly #sums: Sums;
  readonly #random: () => number;
  #fleet!: Fleet;
  #sides!: BothSides;
  #stuck!: StuckWatch;
  #chat!: Conversation;
  #over = false;

  constructor(server: Server, spec: Spec, sums: Sums) {
    this.#server = server;
    this.#spec = spec;
    this.#sums = sums;
    this.#random = chance(spec.seed);
  }

  async play(): Promise<void> {
    let aheadMs = () => 0;
    this.#fleet = await startFleet(this.#server, {
      world: smallWorld(this.#spec.seed),
      connectWiseAheadMs: () => aheadMs(),
      latencyMs: 5,
      env: { ...twoWayEnv, CWSYNC_COMPREHENSIVE_SECONDS: '20' },
    });
    try {
      await imported(this.#fleet, 100_000);
      this.#chat = new Conversation(this.#fleet.slack);
      this.#sides = await BothSides.begin(this.#fleet, {
        winner: this.#oneOf(conflictWinners),
        rule: this.#oneOf(planDeletionRules),
      });
      aheadMs = () => this.#sides.aheadMs;
      this.#stuck = new StuckWatch(this.#fleet);
      await this.#killAndEdit();
      await this.#judge();
    } finally {
      this.#over = true;
      this.#stuck?.stop();
      await this.#sides?.stop();
      await this.#fleet.stop();
    }
  }

  #oneOf<T>(all: readonly [T, ...T[]] | readonly T[]): T {
    const found = all[Math.floor(this.#random() * all.length)];
    if (found === undefined) throw new Error('there is nothing to choose from');
    return found;
  }

  #choice() {
    return { pick: Math.floor(this.#random() * 98), value: Math.floor(this.#random() * 200) };
  }

  async #killAndEdit(): Promise<void> {
    const people = Promise.all([this.#peopleInConnectWise(), this.#peopleInThePlan(), this.#peopleWhoAsk()]);
    try {
      for (let n = 0; n < this.#spec.kills; ) {
        await delay(this.#spec.everyMs * (0.2 + 1.6 * this.#random()));
        if (await this.#kill(n)) n += 1;
      }
    } finally {
      this.#over = true;
      await people;
    }
  }

  async #peopleInConnectWise(): Promise<void> {
    while (!this.#over) {
      this.#sides.inConnectWise(this.#choice());
      await delay(deedEveryMs * (0.5 + this.#random()));
    }
  }

  async #peopleInThePlan(): Promise<void> {
    for (let n = 1; !this.#over; n += 1) {
      await this.#sides.inThePlan(this.#choice());
      // So that what was sent and not answered is also looked for in the middle of all this.
      if (n % 20 === 0) this.#sides.timePasses();
      await delay(deedEveryMs * (0.5 + this.#random()));
    }
  }

  /** By the door and in the chat. */
  async #peopleWhoAsk(): Promise<void> {
    for (let n = 0; !this.#over; n += 1) {
      // Whoever is told that it was not taken knows it: no trigger was lost.
      await this.#sides.ask(this.#choice()).catch(() => {});
      void this.#chat.ask(`/cwsync sync #${101 + (n % 3)} --now`).catch(() => {});
      await delay(3 * deedEveryMs * this.#random());
    }
  }

  /** Each third hits the database, the others one of the processes by chance. False where it was gone already. */
  async #kill(n: number): Promise<boolean> {
    const { members } = this.#fleet;
    // Also what is only just starting, but not as often.
    if (this.#random() < 0.8) await this.#someAreAtWork();
    const ready = members.filter(({ isReady }) => isReady);
    const chosen = this.#oneOf(ready.length > 0 && this.#random() < 0.8 ? ready : members);
    const [victim, member] = [n % 3 === 2 ? 'mongod' : chosen, chosen] as const;
    const atPoint = member.isReady && this.#random() < 0.7 ? this.#pointOf(member) : undefined;
    this.#stuck.down();
    const pid = victim === 'mongod' ? await this.#server.livingPid() : undefined;
    let killed = false;
    const strike = () => {
      killed = pid === undefined ? member.killNow() : killNow(pid);
    };
    const struck = atPoint === undefined ? false : await this.#strikeAt(member, atPoint, strike);
    if (!struck) strike();
    const name = victim === 'mongod' ? 'mongod' : victim.name;
    if (killed) this.#sums.killed(name, struck);
    this.#sides.tell(`${name} is killed${struck ? ` as the ${member.name} ${atPoint}` : ''}`);
    if (victim !== 'mongod') {
      await victim.killed();
      victim.start();
    }
    void this.#upAgain();
    return killed;
  }

  /** A kill of what is only starting interrupts nothing: the database takes writes, and two processes are ready. */
  async #someAreAtWork(): Promise<void> {
    const until = performance.now() + atWorkWithinMs;
    const { members, db } = this.#fleet;
    while (performance.now() < until) {
      const ready = members.filter(({ isReady }) => isReady);
      const isThere = ready.length > 1 && ready.some(({ name }) => name !== 'bot');
      if (isThere && (await db.command({ hello: 1 }).catch(() => undefined))?.isWritablePrimary) return;
      await delay(lookEveryMs);
    }
  }

  #pointOf({ name }: Member): Point {
    return this.#oneOf(Object.keys(name === 'bot' ? botPoints : workerPoints)) as Point;
  }

  /** False where nobody came to that point in time: then it is left to the moment. */
  async #strikeAt(member: Member, point: Point, strike: () => void): Promise<boolean> {
    const moment = this.#random() < 0.5 ? 'before' : 'after';
    const struck = Promise.withResolvers<boolean>();
    member.proxy.watcher = (when, passing) => {
      if (when !== moment || !isAt(point, passing)) return undefined;
      member.proxy.watcher = undefined;
      strike();
      struck.resolve(true);
      return 'cut';
    };
    const waited = delay(Math.min(checkpointWithinMs, 2 * this.#spec.everyMs), false);
    const hit = await Promise.race([struck.promise, waited]);
    member.proxy.watcher = undefined;
    return hit;
  }

  async #upAgain(): Promise<void> {
    const since = this.#stuck.downs;
    await this.#fleet.up().catch(() => {});
    this.#stuck.up(since);
  }

  async #judge(): Promise<void> {
    const { lostTriggers, stuck } = this.#sums;
    await this.#fleet.up();
    this.#stuck.up(this.#stuck.downs);
    try {
      // Whatever is wanted comes by itself, long before anybody asks for more: but for a back-off.
      await this.#stuck.wantedIsDone();
      this.#sums.inTheWindow += await this.#sides.becomeEqual();
    } catch (error) {
      const kind = error instanceof TwoWayBroken && twins.has(error.rule) ? 'duplicates' : 'unequal';
      this.#sums[kind].push(await this.#inWords(error));
    }
    lostTriggers.push(...(await this.#sides.lostTriggers()));
    stuck.push(...this.#stuck.stuck);
    this.#sums.takenUpWithinMs = Math.max(this.#sums.takenUpWithinMs, this.#stuck.longestMs);
    this.#sums.edits += this.#sides.edits.plan + this.#sides.edits.connectWise;
    this.#sums.syncs += (await this.#sides.stored()).log.filter(({ action }) => action === 'finished').length;
    await eventually(async () => {
      const waiting = await this.#fleet.db.collection('interactions').countDocuments();
      if (waiting > 0) throw new Error(`${waiting} people are still waiting to be told`);
    }, toldWithinMs).catch((error: unknown) => lostTriggers.push(String(error)));
  }

  async #inWords(error: unknown): Promise<string> {
    const { tasks, log } = await this.#sides.stored();
    const queue = tasks.map(({ id, document: { state, want, done, attempts, lost, wakeAt, failure } }) =>
      JSON.stringify({ id: id.slice(-40), state, want, done, attempts, lost, wakeAt, failure }),
    );
    const failures = log.filter(({ action }) => action === 'failed' || action === 'taken up again');
    const lines = failures
      .slice(-20)
      .map(({ at, action, message }) => `${at.toISOString()} ${action} ${message}`);
    const story = [...this.#sides.told.slice(-80), ...queue, ...lines].map((line) => `  ${line}`);
    return `seed ${this.#spec.seed}: ${String(error)}\n${story.join('\n')}`;
  }
}

const twins: ReadonlySet<string> = new Set(['no record is made twice', 'each record is paired once']);

export function killsInWords(figure: KillsFigure, { seed, kills }: KillsPlan): readonly string[] {
  const { byVictim, histories, edits, syncs, ms } = figure;
  const each = Object.entries(byVictim).map(([victim, count]) => `${victim} ${count}`);
  const sum = (name: string, found: readonly string[]) => `${found.length} ${name}`;
  return [
    `kills: ${figure.kills} of ${kills} (${each.join(', ')}), ${figure.atCheckpoints} of them at a checkpoint, seed ${seed}, ${(ms / 1_000 / figure.kills).toFixed(2)} s a kill, ${(ms / 60_000).toFixed(1)} min`,
    `${histories} histories of two-way sync with kill -9 of real processes: ${edits} edits on both sides, ${syncs} syncs`,
    [
      sum('lost triggers', figure.lostTriggers),
      sum('duplicate records', figure.duplicates),
      sum('stuck', figure.stuck),
      sum('histories that did not become equal', figure.unequal),
    ].join(', '),
    `taken up again at the latest ${(figure.takenUpWithinMs / 1_000).toFixed(1)} s after it was due while all were up; ${figure.inTheWindow} edits in the one window`,
    ...[...figure.lostTriggers, ...figure.duplicates, ...figure.stuck, ...figure.unequal],
  ];
}
