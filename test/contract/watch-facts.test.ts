/** How the integration stands, in numbers: what they are, and that they cost little however many projects there are. */
import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultBudget } from '../../adapters/connectwise/limiter.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoIncidentStore } from '../../adapters/mongodb/incident-store.ts';
import { mongoLiveness } from '../../adapters/mongodb/liveness-store.ts';
import { mongoRequestBudget } from '../../adapters/mongodb/request-budget.ts';
import type { Expression } from '../../adapters/mongodb/sync-task-expressions.ts';
import { mongoWatch } from '../../adapters/mongodb/watch-facts.ts';
import { manyProjects } from '../../bench/support/many-projects.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { Problem } from '../../src/domain/incident.ts';
import type { Destination } from '../../src/ports/chat.ts';
import type { WatchFacts } from '../../src/ports/watch.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';
import { ann, byClock, leaseMs, noRight, Queue } from './sync-task-rig.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const budgetRecoveryMs = defaultBudget.recoveryMs;
const later = (ms: number): Expression => ({ $add: ['$$NOW', ms] });

function factsOf(db: Db, tenantId: string, ms = 0): Promise<WatchFacts> {
  return mongoWatch({ db, tenantId, now: later(ms), leaseMs, budgetRecoveryMs }).facts();
}

const quiet = { requested: 0, in_queue: 0, syncing: 0, lagMs: 0 };

describe('what is told', () => {
  it('of an integration that nobody has used yet: nothing of anything', async () => {
    expect(await factsOf(fresh.db, `tenant-${randomUUID()}`)).toEqual({
      queue: { project: quiet, misc: quiet, scout: quiet, notes: quiet },
      projects: { active: 0, disabled: 0, archived: 0, disconnected: 0 },
      needAttention: 0,
      late: 0,
      slotsUsed: 0,
      enabled: true,
      circuitOpenMs: 0,
      incidents: { open: 0, messages: 0, lagMs: 0, untoldMs: 0, blockedPlaces: 0 },
      silentMs: {},
    });
  });

  it('of the queue: what is asked for, due and running, by kind, and for how long it waits', async () => {
    const queue = new Queue(fresh.db);
    await new Queue(fresh.db).linked();
    await queue.tasks.ensureOwnTasks();
    for (const _project of [1, 2, 3, 4]) await queue.linked();
    const slot = await queue.tasks.takeSlot('w', 'projects', { total: 4, forPeople: 1 });
    if (!slot) throw new Error('no slot');
    const held = await queue.claimed();
    expect((await factsOf(fresh.db, queue.tenantId, 20_000)).queue.project).toEqual({
      requested: 0,
      in_queue: 3,
      syncing: 1,
      lagMs: expect.closeTo(20_000, -4),
    });
    expect((await factsOf(fresh.db, queue.tenantId)).slotsUsed).toBe(1);
    // When its lease has run out the run is nobody's, and its task waits like the others.
    const { queue: after, slotsUsed } = await factsOf(fresh.db, queue.tenantId, leaseMs + 20_000);
    expect(after.project).toMatchObject({ requested: 0, in_queue: 4, syncing: 0 });
    expect(slotsUsed).toBe(0);
    // A failure that waits for a person leaves it idle; one that is tried again is asked for.
    await queue.tasks.failToRetry(held.lease, noRight, { delayMs: 30_000, countsAttempt: true });
    const { queue: retried } = await factsOf(fresh.db, queue.tenantId);
    expect(retried.project).toMatchObject({ requested: 1, in_queue: 3, syncing: 0 });
    expect(retried.scout).toEqual({ ...quiet, in_queue: 1, lagMs: expect.any(Number) });
    expect((await factsOf(fresh.db, queue.tenantId, 60_000)).queue.scout.lagMs).toBeGreaterThanOrEqual(
      60_000,
    );
  });

  it('of projects: by the state of their link, and those in trouble', async () => {
    const queue = new Queue(fresh.db);
    const [failed, stopped] = [await queue.linked(), await queue.linked(), await queue.linked()];
    await queue.tasks.disable(stopped, ann);
    await queue.tasks.trigger(failed, byClock);
    for (;;) {
      const claimed = await queue.tasks.claim('w', 'projects');
      if (claimed.result !== 'claimed') break;
      if (claimed.task.id === failed) await queue.tasks.failToPerson(claimed.lease, noRight);
    }
    const { projects, needAttention } = await factsOf(fresh.db, queue.tenantId);
    expect(projects).toEqual({ active: 2, disabled: 1, archived: 0, disconnected: 0 });
    expect(needAttention).toBe(1);
  });

  it('of the budget: what is on its way, and what is left of the pause and the share', async () => {
    const tenantId = `tenant-${randomUUID()}`;
    const budget = mongoRequestBudget({
      db: fresh.db,
      tenantId,
      settings: defaultBudget,
      clock: systemClock,
      ids: randomIds,
    });
    const { signal } = new AbortController();
    await budget.acquire({ priority: 0, maxPauseMs: 0, signal });
    expect((await factsOf(fresh.db, tenantId)).budget).toEqual({
      inFlight: 1,
      waiting: 0,
      share: 1,
      pausedMs: 0,
    });
    budget.limited(20_000);
    await expect
      .poll(async () => (await factsOf(fresh.db, tenantId)).budget)
      .toMatchObject({ share: 0.5, pausedMs: expect.closeTo(20_000, -4) });
    const half = await factsOf(fresh.db, tenantId, 20_000 + budgetRecoveryMs / 4);
    expect(half.budget).toMatchObject({ share: expect.closeTo(0.75, 1), pausedMs: 0 });
    // A place is given up when its process must be dead.
    expect((await factsOf(fresh.db, tenantId, 61_000)).budget?.inFlight).toBe(0);
  });

  it('of the gate and of who is alive: since when', async () => {
    const { db } = fresh;
    const tenantId = `tenant-${randomUUID()}`;
    const gate = mongoGate({ db, tenantId, now: later(0) });
    await gate.trip({ code: 'cw.unavailable' }, 60_000);
    await gate.setEnabled(false, ann);
    await mongoLiveness(db, tenantId, later(0)).beat('worker', 'w', 300_000);
    const { circuitOpenMs, enabled, silentMs } = await factsOf(db, tenantId, 90_000);
    expect(circuitOpenMs).toBeGreaterThanOrEqual(90_000);
    expect(circuitOpenMs).toBeLessThan(95_000);
    expect(enabled).toBe(false);
    expect(silentMs).toEqual({ worker: expect.closeTo(90_000, -4) });
  });

  it('of alerts: what waits to be told, since when, and where nothing can be', async () => {
    const { db } = fresh;
    const tenantId = `tenant-${randomUUID()}`;
    const incidents = mongoIncidentStore(db, tenantId, later(0));
    const place = (conversation: string): Destination => ({ platform: 'slack', tenant: 'T1', conversation });
    await incidents.raise(problem(tenantId), [place('C1'), place('C2')]);
    const asked = await factsOf(db, tenantId, 45_000);
    expect(asked.incidents).toMatchObject({ open: 1, messages: 2, blockedPlaces: 0 });
    expect(asked.incidents.untoldMs).toBeGreaterThanOrEqual(45_000);
    expect(asked.incidents.lagMs).toBeGreaterThanOrEqual(45_000);
    for (;;) {
      const taken = await incidents.take('bot', 30_000);
      if (!taken) break;
      const { id, to, told } = taken.delivery;
      if ('conversation' in to && to.conversation === 'C2') {
        await incidents.block(to, 'not_in_channel', 900_000);
        await incidents.release(id, 'bot', 900_000, { failed: true });
      } else if (told === 'opened') await incidents.rest(id, 'bot', { revision: 1, done: false });
      else await incidents.told(id, 'bot', { revision: 1, handle: { platform: 'slack' }, updates: 0 });
    }
    const told = await factsOf(db, tenantId, 45_000);
    // What is tried again later is not late, but it has not been told either.
    expect(told.incidents).toMatchObject({ open: 1, messages: 1, lagMs: 0, blockedPlaces: 1 });
    expect(told.incidents.untoldMs).toBeGreaterThanOrEqual(45_000);
  });
});

function problem(tenantId: string): Problem {
  return {
    id: `${tenantId}:one`,
    key: `${tenantId}:key`,
    scope: 'project',
    cause: { code: 'cw.rejected' },
    projects: [],
    since: new Date(),
  } as unknown as Problem;
}

describe('what it costs', () => {
  it('among 5,000 projects the keys of indexes answer all of it, and not one task is read', async () => {
    await using many = await migratedDatabase();
    const { tenantId } = await manyProjects(many.db, 5_000);
    const waits = { $set: { state: 'requested', wakeAt: new Date(Date.now() + 300_000) } };
    await many.db.collection('sync_tasks').updateMany({ tenantId, 'link.externalId': { $gt: 2_000 } }, waits);
    await many.db.command({ profile: 2 });
    const { projects, needAttention, late, queue } = await factsOf(many.db, tenantId);
    await many.db.command({ profile: 0 });
    const asked = await many.db
      .collection('system.profile')
      .find({ ns: /sync_tasks$/u })
      .toArray();
    expect({ projects, needAttention, late, queue: queue.project }).toMatchObject({
      projects: { active: expect.any(Number), disabled: 100 },
      queue: { requested: 3_000, in_queue: 0 },
    });
    expect(projects.active).toBeGreaterThan(4_000);
    expect(needAttention).toBeGreaterThan(30);
    expect(late).toBeGreaterThan(30);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.map(({ planSummary, docsExamined }) => [planSummary, docsExamined])).toEqual(
      asked.map(({ planSummary }) => [planSummary, 0]),
    );
  });
});
