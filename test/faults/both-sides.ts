/**
 * People who edit on both sides while processes come and go, by real time, and the check of histories whether both
 * sides are equal in the end and nothing was lost or made twice on the way.
 */
import type { ChangeStreamDocument, Document, ResumeToken } from 'mongodb';
import { connectMongo, type MongoConnection } from '../../adapters/mongodb/connection.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';
import type { ConflictWinner, PlanDeletionRule } from '../../src/ports/settings.ts';
import { SimulatorControl, type WriteSeen } from '../contract/inbound-faults.ts';
import {
  fingerprint,
  oracleKinds,
  planCollection,
  readStored,
  type Stored,
} from '../contract/inbound-oracle.ts';
import { type DeedName, tryDeed } from '../contract/inbound-people.ts';
import { syncedIn, TwoWayCheck } from '../contract/twoway-check.ts';
import { ann, type PlanDoor, TwoWayPlanPeople } from '../contract/twoway-plan-people.ts';
import { mustHold } from '../contract/twoway-rules.ts';
import { Witness } from '../contract/twoway-witness.ts';
import { eventually, storedTask, uriWithDatabase } from '../support/product-rig.ts';
import { type Fleet, leaseMs } from './fleet.ts';

export type SidesSetting = {
  readonly winner: ConflictWinner;
  readonly rule: PlanDeletionRule;
};

const psaDeeds = [
  'edit ticket',
  'edit ticket',
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
  'note on ticket',
  'note on project',
  'add phase',
  'rename phase',
  'edit project',
] as const satisfies readonly DeedName[];

type Choice = { readonly pick: number; readonly value: number };
type PlanDeed = (people: TwoWayPlanPeople, choice: Choice) => Promise<string | undefined>;
const planDeeds: readonly PlanDeed[] = [
  (people, choice) => people.edit(choice),
  (people, choice) => people.edit(choice),
  (people, choice) => people.edit(choice),
  (people, choice) => people.move(choice),
  (people, choice) => people.createTask(choice),
  (people, choice) => people.createTask(choice),
  (people, choice) => people.createPhase(choice),
  (people, choice) => people.createEntry(choice),
  (people, choice) => people.delete(choice),
  (people, choice) => people.restore(choice),
];

/** ConnectWise looks for what an unanswered request made no sooner than two minutes after it. */
const settledAfterMs = 150_000;

/** A small ConnectWise whose projects are all open. */
export function smallWorld(seed: number, clock: () => Date = () => new Date()): World {
  const size = { seed, projects: 3, tickets: 4, phases: 2, schedule: 3, time: 6, notes: 2 };
  const world = createWorld({ ...size, now: clock(), clock });
  const open = world.stores.projectStatuses.rows().find(({ closedFlag }) => !closedFlag);
  for (const { id } of world.stores.projects.rows())
    world.editProject('areyes', id, { status: open?.id ?? 1 });
  return world;
}

const witnessed = [...oracleKinds.map(planCollection), 'marks'];

/** What a trigger was answered with: the sync that settles it must come. */
export type Ticket = { readonly taskId: string; readonly ticket: number };

export class BothSides {
  readonly #fleet: Fleet;
  readonly #setting: SidesSetting;
  readonly #mongo: MongoConnection;
  readonly #door: PlanDoor;
  readonly #witness: Witness;
  readonly #people: TwoWayPlanPeople;
  readonly #control: SimulatorControl;
  readonly #watching = new AbortController();
  readonly #writes = new Map<string, WriteSeen>();
  #watched: Promise<void> = Promise.resolve();
  #marker = 0;
  #seenMarker = 0;
  readonly tickets: Ticket[] = [];
  /** How many deeds were done on each side. */
  edits = { plan: 0, connectWise: 0 };
  readonly told: string[] = [];
  aheadMs = 0;

  private constructor(fleet: Fleet, setting: SidesSetting, mongo: MongoConnection, tenantId: string) {
    this.#fleet = fleet;
    this.#setting = setting;
    this.#mongo = mongo;
    const db = mongo.db();
    const timings = { leaseMs, coolDownMs: 0 };
    const stores = {
      tasks: mongoSyncTaskStore({ db, tenantId, timings, ids: systemIds, clock: systemClock }),
      planner: mongoPlanner(db, tenantId, '$$NOW'),
    };
    this.#door = { db, tenantId, stores, time: { now: () => new Date() } };
    const { world } = fleet.connectWise;
    this.#witness = new Witness(world, db, () => new Date());
    this.#people = new TwoWayPlanPeople(this.#door, world, (id, fields) =>
      this.#witness.planShows(id, fields),
    );
    this.#control = new SimulatorControl(fleet.connectWise);
  }

  /** After the first import: everything that is there is on both sides. */
  static async begin(fleet: Fleet, setting: SidesSetting): Promise<BothSides> {
    const [first] = fleet.connectWise.world.stores.projects.ids();
    const { tenantId } = await storedTask(fleet.db, first ?? 0);
    // With patience of its own: what people do while the database restarts waits for it.
    const uri = uriWithDatabase(fleet.server.mongod.uri, fleet.db.databaseName);
    const mongo = await connectMongo(`${uri}&serverSelectionTimeoutMS=30000`, { appName: 'people' });
    const sides = new BothSides(fleet, setting, mongo, tenantId);
    const settings = mongoSettingsStore(mongo.db(), tenantId, { boards: 'all' }, '$$NOW');
    const { revision, changed: _changed, ...read } = await settings.read();
    const { winner: conflictWinner, rule: planDeletionRule } = setting;
    const chosen = { ...read, conflictWinner, planDeletionRule, writeToConnectWise: true };
    await settings.save(chosen, revision, ann);
    await sides.#witnessPlan();
    return sides;
  }

  // --- What the plan shows, one state after the other -----------------------------------------------------------------

  async #witnessPlan(): Promise<void> {
    const db = this.#mongo.db();
    for (const kind of oracleKinds) {
      await db.command({ collMod: planCollection(kind), changeStreamPreAndPostImages: { enabled: true } });
    }
    const opened = Promise.withResolvers<void>();
    this.#watched = this.#follow(opened.resolve);
    await opened.promise;
    for (const kind of oracleKinds) {
      const collection = planCollection(kind);
      for (const row of await db.collection(collection).find().toArray()) this.#shows(collection, row);
    }
  }

  async #follow(onOpen: () => void): Promise<void> {
    let resumeAfter: ResumeToken | undefined;
    while (!this.#watching.signal.aborted) {
      const options = { fullDocument: 'required', ...(resumeAfter ? { resumeAfter } : {}) } as const;
      const stream = this.#mongo.db().watch([{ $match: { 'ns.coll': { $in: witnessed } } }], options);
      const end = () => void stream.close();
      this.#watching.signal.addEventListener('abort', end, { once: true });
      try {
        while (!this.#watching.signal.aborted) {
          const change = await stream.tryNext();
          onOpen();
          resumeAfter = stream.resumeToken;
          if (change) this.#see(change);
        }
      } catch {
        // The database is on its way back: on from where this ended.
      } finally {
        this.#watching.signal.removeEventListener('abort', end);
        await stream.close().catch(() => {});
      }
    }
  }

  #see(change: ChangeStreamDocument): void {
    if (!('fullDocument' in change) || !change.fullDocument || !('coll' in change.ns)) return;
    if (change.ns.coll === 'marks') this.#seenMarker = Number(change.fullDocument.n);
    else this.#shows(change.ns.coll, change.fullDocument);
  }

  #shows(collection: string, document: Document): void {
    const kind = oracleKinds.find((one) => planCollection(one) === collection);
    if (!kind) return;
    this.#witness.shows(kind, String(document._id), document.fields, document.externalId);
  }

  async #planSeen(): Promise<void> {
    this.#marker += 1;
    await this.#mongo.db().collection('marks').insertOne({ n: this.#marker });
    await eventually(() => {
      if (this.#seenMarker < this.#marker) throw new Error('the plan has not been seen to its end');
    });
  }

  // --- What people do --------------------------------------------------------------------------------------------------

  inConnectWise(choice: Choice): void {
    const name = psaDeeds[choice.value % psaDeeds.length] ?? 'edit ticket';
    const done = tryDeed(this.#fleet.connectWise.world, name, choice);
    if (done === undefined) return;
    this.edits.connectWise += 1;
    this.#tell(done);
  }

  async inThePlan(choice: Choice): Promise<void> {
    const deed = planDeeds[choice.value % planDeeds.length];
    await this.#tried(async () => await deed?.(this.#people, choice));
  }

  async #tried(deed: () => Promise<string | undefined>): Promise<void> {
    try {
      const done = await deed();
      if (done === undefined) return;
      this.edits.plan += 1;
      this.#tell(done);
    } catch (error) {
      // Whether the database did it before it went, nobody was told: what is there now says it.
      this.#tell(`not known whether it was done: ${String(error)}`);
      await this.#lookWhatWasDone();
    }
  }

  async #lookWhatWasDone(): Promise<void> {
    const { plan, log } = await eventually(() => this.stored());
    for (const { id, deleted } of [...plan.values()].flat()) {
      if (id.startsWith('made-')) this.#people.theirs.add(id);
      if (deleted?.reason === 'deleted in the plan' && !this.#people.deleted.has(id))
        this.#people.deleted.set(id, deleted.at);
    }
    for (const { action, planId, at } of log) {
      if (action !== 'restored' || planId === undefined) continue;
      this.#people.theirs.add(planId);
      this.#people.restored.set(planId, at);
    }
  }

  /**
   * One change of each kind on each side, so that a sync has something to make, to change and to delete in both
   * directions.
   */
  async editAll(n: number): Promise<void> {
    const { world } = this.#fleet.connectWise;
    const mine = this.#witness.made.findLast(
      ({ kind, id }) => kind === 'task' && world.stores.tickets.get(id) !== undefined,
    );
    const [ticket] = world.stores.tickets.ids();
    await this.#tried(async () => mine && (await this.#people.deleteThat('task', mine.id)));
    await this.#tried(() => this.#people.editThat('task', ticket ?? 0, 'summary'));
    await this.#tried(() => this.#people.createTask({ pick: n, value: 2 * n + 1 }));
    tryDeed(world, 'add ticket', { pick: n, value: n });
    tryDeed(world, 'edit ticket', { pick: n + 1, value: 1 + 6 * n });
    this.edits.connectWise += 2;
  }

  /**
   * Nothing is wanted any more; and after a whole reading, which alone shows what ConnectWise stamps no change of,
   * both sides are equal and no record is there twice.
   */
  async equalAgain(): Promise<void> {
    await this.atRest();
    const lost = await this.lostTriggers();
    if (lost.length > 0) throw new Error(`lost triggers: ${lost.join('; ')}`);
    await this.readAll();
    await eventually(async () => {
      const check = await this.#check();
      check.bothSidesEqual();
      check.nothingTwice();
    }, 60_000);
  }

  /** Somebody asks for a sync; undefined where the database did not take it. */
  async ask({ pick, value }: Choice): Promise<void> {
    const { tasks } = this.#door.stores;
    const found = await this.#mongo.db().collection('sync_tasks').find({ kind: 'project' }).toArray();
    const task = found[pick % Math.max(1, found.length)];
    if (!task) return;
    const kinds = value % 4 === 0 ? (['comprehensive'] as const) : (['delta'] as const);
    const asked = await tasks.trigger(String(task._id), { kinds, prio: 2, forceNow: value % 3 === 0 });
    if (asked.result !== 'accepted') return;
    this.tickets.push({ taskId: String(task._id), ticket: asked.ticket });
    this.#tell(`somebody asks for a ${kinds[0]} of project ${task.link.externalId}: ticket ${asked.ticket}`);
  }

  tell(text: string): void {
    this.#tell(text);
  }

  #tell(text: string): void {
    this.told.push(`${new Date().toISOString().slice(11, 23)} ${text}`);
  }

  /** ConnectWise's clock goes on, so that what was sent and not answered can be looked for. */
  timePasses(): void {
    this.aheadMs += settledAfterMs;
  }

  // --- What must hold --------------------------------------------------------------------------------------------------

  stored(): Promise<Stored> {
    return readStored(this.#mongo.db(), this.#door.tenantId);
  }

  /** What ConnectWise did not take, record by record. */
  async refused(): Promise<readonly string[]> {
    const rows = [...(await this.stored()).plan.values()].flat();
    return rows.flatMap(({ id, rejected }) => (rejected ? [`${id}: ${JSON.stringify(rejected)}`] : []));
  }

  /** Triggers that no sync settled: of tickets, and of tasks that rest with something wanted. */
  async lostTriggers(): Promise<readonly string[]> {
    const { tasks } = await this.stored();
    return [
      ...(await this.#unanswered()),
      ...tasks
        .filter(({ document: { state, want, done } }) => state === 'idle' && want !== done)
        .map(({ id, document }) => `${id}: want ${document.want}, done ${document.done}`),
    ];
  }

  /** Whole readings of all projects, each to its end, at once. */
  async readAll(): Promise<void> {
    const { tasks } = this.#door.stores;
    for (const { id } of await this.#projects()) {
      const asked = await tasks.trigger(id, { kinds: ['comprehensive'], prio: 2, forceNow: true });
      if (asked.result === 'accepted') this.tickets.push({ taskId: id, ticket: asked.ticket });
    }
    // Each is answered; at rest they may never be on a busy machine, where the clock asks again meanwhile.
    await eventually(async () => {
      await this.#askAgain();
      const unanswered = await this.#unanswered();
      if (unanswered.length > 0) throw new Error(`not yet synced: ${unanswered.join('; ')}`);
    }, 120_000);
  }

  /**
   * What lost its process again and again waits for up to 15 minutes before it is tried once more, the notes of tickets
   * as well as a project. A person who does not want to wait for that asks again.
   */
  async #askAgain(): Promise<void> {
    const waiting = { state: 'requested', attempts: { $gt: 0 }, $expr: { $gt: ['$wakeAt', '$$NOW'] } };
    const { tasks } = this.#door.stores;
    for (const { _id } of await this.#mongo.db().collection('sync_tasks').find(waiting).toArray()) {
      await tasks.trigger(String(_id), { kinds: ['delta'], prio: 2, forceNow: true });
    }
  }

  async #unanswered(): Promise<readonly string[]> {
    const { tasks } = await this.stored();
    const done = new Map(tasks.map(({ id, document }) => [id, Number(document.done)]));
    const open = this.tickets.filter(({ taskId, ticket }) => (done.get(taskId) ?? 0) < ticket);
    return open.map(({ taskId, ticket }) => `${taskId}: ticket ${ticket}, done ${done.get(taskId)}`);
  }

  async #projects() {
    return (await this.stored()).tasks.filter(
      ({ kind, linkState }) => kind === 'project' && linkState === 'active',
    );
  }

  /** Resolves when nothing is wanted of any project any more; the integration's own tasks never rest for long. */
  async atRest(): Promise<void> {
    await eventually(async () => {
      const busy = (await this.#projects()).filter(
        ({ document: { state, want, done } }) => state !== 'idle' || want !== done,
      );
      if (busy.length === 0) return;
      const which = busy.map(({ id, document: { state, want, done, attempts, wakeAt } }) => {
        const facts = [state, `want ${want}`, `done ${done}`, `attempts ${attempts}`, wakeAt?.toISOString()];
        return `${id.slice(-40)}: ${facts.join(', ')}`;
      });
      throw new Error(`not at rest: ${which.join('; ')}`);
    }, 120_000);
  }

  /**
   * Everybody has stopped: both sides become equal and stay so, no record was made twice, no value was lost without
   * a word. Rejects with the rule that is broken. Returns how many edits fell into the one window.
   */
  async becomeEqual(): Promise<number> {
    this.timePasses();
    await this.readAll();
    // What could not be settled then is looked at again, and what was found follows.
    this.timePasses();
    await this.readAll();
    await this.#notesAreRead();
    await this.#staysQuiet();
    await this.#planSeen();
    const check = await this.#check();
    check.bothSidesEqual();
    check.nothingTwice();
    check.deletedRightly();
    check.everyValueIsTold();
    const spoken = this.#fleet.members.map(({ said }) => said).join('\n');
    await eventually(async () => (await this.#check()).atRest(spoken), 120_000);
    return check.inTheWindow;
  }

  /** Notes of tickets that nobody changed come by turns, which have their own clock. */
  async #notesAreRead(): Promise<void> {
    await eventually(async () => {
      await this.#askAgain();
      const check = await this.#check();
      check.bothSidesEqual();
    }, 40_000);
  }

  async #staysQuiet(): Promise<void> {
    const before = { plan: fingerprint(await this.stored()), written: this.#witness.written.length };
    await this.readAll();
    await this.readAll();
    const changed = before.plan !== fingerprint(await this.stored());
    const count = this.#witness.written.length - before.written;
    const refused = [...(await this.stored()).plan.values()].flat().some(({ rejected }) => rejected);
    // What ConnectWise refuses is tried again by whole readings, and marked as tried.
    mustHold('quiet once nothing changes', !changed || refused, 'the plan was written');
    mustHold('quiet once nothing changes', count === 0, `ConnectWise was written ${count} times`);
  }

  async #check(): Promise<TwoWayCheck> {
    return new TwoWayCheck({
      world: this.#fleet.connectWise.world,
      witness: this.#witness,
      planPeople: this.#people,
      rule: this.#setting.rule,
      stored: { ...(await this.stored()), tasks: await this.#projects() },
      writes: await this.#allWrites(),
    });
  }

  /** The simulator remembers only the last of them. */
  async #allWrites(): Promise<readonly WriteSeen[]> {
    for (const one of await this.#control.writes()) this.#writes.set(JSON.stringify(one), one);
    return [...this.#writes.values()];
  }

  /** How many projects are synced. */
  async synced(): Promise<number> {
    return syncedIn(this.#fleet.connectWise.world, await this.stored()).length;
  }

  async stop(): Promise<void> {
    this.#watching.abort();
    await this.#watched;
    await this.#mongo.close();
  }
}
