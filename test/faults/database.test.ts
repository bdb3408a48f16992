/** What the database does to the product: gone, restarted, stepped down, slow, standing still, without room. */
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { say } from '../integration/local-slack-rig.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import {
  eventually,
  imported,
  type Surroundings,
  startSurroundings,
  storedTasks,
  uriWithDatabase,
} from '../support/product-rig.ts';
import { Conversation } from '../support/slack-conversation.ts';
import type { Passing } from '../support/wire-proxy.ts';
import { BothSides, smallWorld } from './both-sides.ts';
import { cell } from './cell.ts';
import { isAt } from './checkpoints.ts';
import { type Fleet, leaseMs, type Member, Server, startFleet, twoWayEnv } from './fleet.ts';
import { SmallDisk } from './small-disk.ts';
import { StuckWatch } from './stuck-watch.ts';

const inSync = /in sync\. The (?:delta|comprehensive) sync ended/u;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Whatever has taken its place by then. */
const hasEnded = (pid: number) => eventually(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/u));

describe('with somebody who waits', () => {
  let server: Server;
  let rig: Surroundings;
  let chat: Conversation;
  let product: ProductProcess | undefined;
  beforeAll(async () => {
    server = await Server.start();
    const mongodbUri = uriWithDatabase(server.mongod.uri, 'cwsync');
    rig = await startSurroundings({ projects: 2, tickets: 20, mongodbUri });
    chat = new Conversation(rig.slack);
  });
  afterEach(() => product?.kill());
  afterAll(async () => {
    await rig?.stop();
    await server?.stop();
  });

  cell('database gone', async () => {
    product = startProductProcess(rig.env);
    await product.ready();
    await imported(rig);
    await rig.control('PUT', '/latency', { ms: 1_200 });
    const answer = await chat.until(await chat.ask('/cwsync sync #101'), /Syncing/u);
    await eventually(async () => {
      const told = { told: 'started', owner: { $exists: false } };
      expect(await rig.db.collection('interactions').countDocuments(told)).toBe(1);
    });
    const before = await chat.messages();
    const comesBack = await server.killAndKeepAway();

    const delivered = await say(rig.slack, 'U0ALEX', 'C0PROJECTS', '/cwsync status');
    // The local Slack gives an app the three seconds that Slack does.
    expect(delivered.body).toEqual({ delivered: 'answered' });
    const told = await eventually(async () => {
      const next = (await chat.messages())[before.length];
      if (!next) throw new Error('no answer yet');
      return await chat.until(next, /The database does not answer/u);
    });
    expect(told.words).toMatch(/the operator checks MongoDB\. .*store\.unavailable, on the side of MongoDB/u);

    await rig.control('PUT', '/latency', { ms: 0 });
    comesBack();
    await chat.until(answer, inSync, 60_000);
    const status = await eventually(async () => {
      const list = await chat.ask('/cwsync status');
      if (!/2 projects/u.test(list.words)) throw new Error(list.words);
      return list;
    });
    expect(status.words).not.toMatch(/Retrying|Needs attention/u);
    const tasks = await rig.db.collection('plan_tasks').find().toArray();
    const ids = tasks.map(({ externalId }) => Number(externalId)).sort((a, b) => a - b);
    expect(ids).toEqual(rig.connectWise.world.stores.tickets.ids());
  });
});

describe('under edits on both sides', () => {
  let disk: SmallDisk | undefined;
  let server: Server;
  let fleet: Fleet;
  let sides: BothSides;
  let stuck: StuckWatch;
  let count = 100;
  beforeAll(async () => {
    disk = await SmallDisk.make();
    server = await Server.start(disk);
    fleet = await startFleet(server, {
      world: smallWorld(12),
      connectWiseAheadMs: () => sides?.aheadMs ?? 0,
      env: twoWayEnv,
      members: ['worker', 'second worker'],
    });
    await imported(fleet);
    sides = await BothSides.begin(fleet, { winner: 'connectwise', rule: 'delete' });
    stuck = new StuckWatch(fleet);
  });
  afterAll(async () => {
    stuck?.stop();
    await sides?.stop();
    await fleet?.stop();
    await server?.stop();
    await disk?.remove();
  });

  /** While a sync is in hand; and whatever was on its way then is settled. */
  async function inASync(happen: () => Promise<void>): Promise<void> {
    count += 1;
    await fleet.control('PUT', '/latency', { ms: 150 });
    await sides.editAll(count);
    await eventually(async () => {
      const syncing = { kind: 'project', state: 'syncing' };
      if ((await fleet.db.collection('sync_tasks').countDocuments(syncing)) === 0) throw new Error('idle');
    });
    stuck.down();
    await happen();
    await fleet.control('PUT', '/latency', { ms: 0 });
    await fleet.up();
    stuck.up(stuck.downs);
    sides.timePasses();
    await sides.equalAgain();
    expect(stuck.stuck).toEqual([]);
  }

  cell('database restarted', () => inASync(() => server.restart()));
  cell('database steps down', () =>
    inASync(async () => {
      const admin = fleet.mongo.client.db('admin');
      await admin.command({ replSetStepDown: 4, secondaryCatchUpPeriodSecs: 0, force: true });
      const { isWritablePrimary } = await admin.command({ hello: 1 }, { readPreference: 'nearest' });
      expect(isWritablePrimary).toBe(false);
    }),
  );
  cell('database hangs', () =>
    inASync(async () => {
      const pid = await server.livingPid();
      process.kill(pid, 'SIGSTOP');
      await pause(2 * leaseMs);
      process.kill(pid, 'SIGCONT');
    }),
  );
  cell('disk stalls', () =>
    inASync(async () => {
      const admin = fleet.mongo.client.db('admin');
      await admin.command({ fsync: 1, lock: true });
      await pause(2 * leaseMs);
      await admin.command({ fsyncUnlock: 1 });
    }),
  );
  /** Stops the next worker that completes a project, and holds back what it said; resolves with what that was. */
  async function stoppedAsItCompletes(goes: Promise<void>, onDone: () => void) {
    const rows = await storedTasks(fleet.db).find({ kind: 'project' }).toArray();
    const projects = new Set(rows.map(({ _id }) => _id));
    const stopped = Promise.withResolvers<{ member: Member; taskId: string }>();
    let held: Passing | undefined;
    for (const member of fleet.members) {
      member.proxy.watcher = (moment, passing) => {
        if (passing === held && moment === 'after') onDone();
        if (held || moment === 'after' || !isAt('completes', passing)) return undefined;
        const { _id: taskId } = passing.body.updates[0].q;
        if (!projects.has(taskId)) return undefined;
        held = passing;
        process.kill(member.process.pid, 'SIGSTOP');
        stopped.resolve({ member, taskId });
        return goes;
      };
    }
    return stopped.promise;
  }

  cell('completion late', async () => {
    const [goes, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stopped = stoppedAsItCompletes(goes.promise, done.resolve);
    count += 1;
    await sides.editAll(count);
    const { member, taskId } = await stopped;
    const own = await storedTasks(fleet.db).findOne({ _id: taskId });
    await fleet.control('PUT', '/latency', { ms: 1_000 });
    const held = await eventually(async () => {
      const byAnother = { _id: taskId, state: 'syncing', fence: { $gt: own?.fence ?? 0 } } as const;
      const task = await storedTasks(fleet.db).findOne(byAnother);
      if (!task) throw new Error('nobody has taken it up');
      return task;
    });
    goes.resolve();
    await done.promise;
    const after = await storedTasks(fleet.db).findOne({ _id: taskId });
    expect(after).toMatchObject({ state: 'syncing', fence: held.fence, done: held.done });
    fleet.watch(undefined);
    process.kill(member.process.pid, 'SIGCONT');
    await fleet.control('PUT', '/latency', { ms: 0 });
    sides.timePasses();
    await sides.equalAgain();
    expect(stuck.stuck).toEqual([]);
  });
  cell('database slow', async () => {
    const lost = () => fleet.db.collection('integration_log').countDocuments({ action: 'taken up again' });
    const before = await lost();
    for (const { proxy } of fleet.members) proxy.slowMs = 150;
    count += 1;
    await sides.editAll(count);
    await sides.equalAgain();
    for (const { proxy } of fleet.members) proxy.slowMs = 0;
    expect(await lost()).toBe(before);
  });
  cell('disk full', async () => {
    const small = disk;
    if (!small) return 'cannot be done on this machine: it lets no test mount a disk';
    await inASync(async () => {
      const pid = await server.livingPid();
      await small.fill();
      // It waits for a database that takes it, and so must not be waited for.
      const edited = sides.inThePlan({ pick: count, value: 0 });
      await hasEnded(pid);
      await small.makeRoom();
      await edited;
    });
    return undefined;
  });
});
