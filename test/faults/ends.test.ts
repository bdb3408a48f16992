/**
 * What a sudden end costs: the product killed or stopped in the middle of a sync, and everything killed by chance.
 * Real processes, and the person who asked reads how it ended. So many kills, and others:
 * `npm run faults -- --kills 1000 --seed 7`.
 */
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import { eventually, type Surroundings, startSurroundings, storedTask } from '../support/product-rig.ts';
import { Conversation } from '../support/slack-conversation.ts';
import { cell } from './cell.ts';
import { givesFreeSoon } from './fleet.ts';
import { killsThatMustHold } from './kills-that-must-hold.ts';

const inSync = /in sync\. The (?:delta|comprehensive) sync ended/u;
/** Longer than the lease of a run whose process is gone, and than MongoDB keeps what that had begun and locked. */
const takenUpMs = 90_000;

let product: ProductProcess | undefined;
afterEach(async () => {
  await product?.kill();
  product = undefined;
});

async function start(env: NodeJS.ProcessEnv): Promise<ProductProcess> {
  product = startProductProcess(env);
  await product.ready();
  return product;
}

const latency = (rig: Surroundings, ms: number) => rig.control('PUT', '/latency', { ms });

async function planTasks({ db }: Surroundings): Promise<number[]> {
  const tasks = await db.collection('plan_tasks').find().toArray();
  return tasks.map((task) => Number(task.externalId)).sort((a, b) => a - b);
}

/**
 * Resolves when what the person reads is also recorded as told. A kill between the two costs them a second message
 * instead of an edited one, which is allowed, and not what is looked at here.
 */
async function toldAndRecorded({ db }: Surroundings): Promise<void> {
  await eventually(async () => {
    const told = await db
      .collection('interactions')
      .countDocuments({ told: 'started', owner: { $exists: false } });
    expect(told).toBe(1);
  });
}

async function logged({ db }: Surroundings, action: string): Promise<number> {
  return await db.collection('integration_log').countDocuments({ action });
}

describe('the process', () => {
  let rig: Surroundings;
  let chat: Conversation;
  beforeAll(async () => {
    // So many that their first import takes several pages of ConnectWise.
    rig = await startSurroundings({ projects: 1, tickets: 700, latencyMs: 900 });
    await givesFreeSoon(rig);
    chat = new Conversation(rig.slack);
  });
  afterAll(() => rig?.stop());

  cell('killed in the first import', async () => {
    const first = await start(rig.env);
    await eventually(async () => expect((await planTasks(rig)).length).toBeGreaterThan(0));
    const answer = await chat.until(await chat.ask('/cwsync sync #101'), /Syncing/u);
    await toldAndRecorded(rig);
    await first.kill();
    const wanted = rig.connectWise.world.stores.tickets.idsWhere('project/id', 101) ?? [];
    const before = await planTasks(rig);
    expect(before.length).toBeLessThan(wanted.length);

    await latency(rig, 0);
    await start(rig.env);
    const end = await chat.until(answer, inSync, takenUpMs);
    expect(end.words).toMatch(/created/u);
    expect(await logged(rig, 'taken up again')).toBe(1);
    expect((await chat.ask('/cwsync logs --errors')).words).toMatch(/taken up again/u);
    expect(await planTasks(rig)).toEqual(wanted);
    expect(await rig.db.collection('interactions').countDocuments()).toBe(0);
  });

  cell('stopped in a sync', async () => {
    const first = await start(rig.env);
    await latency(rig, 1_200);
    const answer = await chat.until(await chat.ask('/cwsync sync #101'), /Syncing/u);
    await toldAndRecorded(rig);
    const askedAt = performance.now();
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(10_000);
    expect(await storedTask(rig.db, 101)).toMatchObject({ state: 'requested' });
    const takenUpBefore = await logged(rig, 'taken up again');

    await latency(rig, 0);
    await start(rig.env);
    await chat.until(answer, inSync);
    expect(await logged(rig, 'taken up again')).toBe(takenUpBefore);
  });
});

const kills = Number(process.env.FAULT_KILLS ?? 25);
cell(
  'kills by chance',
  () => killsThatMustHold(kills, Number(process.env.FAULT_SEED ?? 1)),
  180_000 + kills * 15_000,
);
