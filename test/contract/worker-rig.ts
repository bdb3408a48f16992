import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { bullmqDispatcher } from '../../adapters/bullmq/dispatcher.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { pollingDispatcher } from '../../src/app/sync/polling-dispatcher.ts';
import { type RunTask, runWorker } from '../../src/app/sync/worker.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { Gate } from '../../src/ports/gate.ts';
import type { SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { eventually } from '../support/product-rig.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';

const person = { kinds: ['delta'], prio: 2, forceNow: true } as const;

export type By = 'polling' | 'BullMQ';

export type WorkOptions = { readonly atOnce?: boolean; readonly pollMs?: number };

/** Workers over the real queue and gate, whose runs are the test's. */
export class Workers {
  readonly tenantId = `tenant-${randomUUID()}`;
  readonly database: FreshDatabase;
  readonly redis: TestRedis | undefined;
  readonly tasks: SyncTaskStore;
  readonly gate: Gate;
  readonly logger = new RecordingLogger();
  /** When each run began, by task. */
  readonly began = new Map<string, number[]>();
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(database: FreshDatabase, redis: TestRedis | undefined) {
    this.database = database;
    this.redis = redis;
    this.tasks = this.newStore();
    this.gate = mongoGate({ db: database.db, tenantId: this.tenantId, now: '$$NOW' });
  }

  newStore(leaseMs = 60_000): SyncTaskStore {
    const { tenantId, database } = this;
    const timings = { leaseMs, coolDownMs: 0 };
    return mongoSyncTaskStore({ db: database.db, tenantId, timings, ids: randomIds, clock: systemClock });
  }

  async link(n: number): Promise<string> {
    const projectId = `p${n}`;
    const names = { projectName: `Project ${n}`, customer: null, board: null };
    await this.tasks.create({ projectId, externalId: n, ...names });
    return `${this.tenantId}:${projectId}`;
  }

  /** Runs that last until they are let go, or end at once where `atOnce`. */
  start(owner: string, { atOnce = false, pollMs = 2_000 }: WorkOptions = {}, store = this.tasks) {
    const shutdown = new AbortController();
    const held = new Map<string, () => void>();
    const runTask: RunTask = async ({ task, lease }, signal) => {
      this.began.set(task.id, [...(this.began.get(task.id) ?? []), performance.now()]);
      // A claim may be under way when the worker is told to stop.
      if (!atOnce && !signal.aborted) {
        await new Promise<void>((resolve) => {
          held.set(task.id, resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        held.delete(task.id);
      }
      if (signal.aborted) return void (await store.handBack(lease));
      const counts = { created: 0, updated: 0, deleted: 0, skipped: 0, conflicts: 0, requests: 0 };
      await store.complete(lease, { runId: 'r', mode: 'delta', counts, watermarks: {} });
    };
    const deps = { tasks: store, clock: systemClock, ids: randomIds, logger: this.logger };
    const ended = runWorker(
      { ...deps, gate: this.gate, runTask, dispatcher: this.#dispatcher(deps, pollMs) },
      { owner, slots: { total: 4, forPeople: 1 }, pollMs, shutdown: shutdown.signal },
    );
    this.#stops.push(async () => {
      shutdown.abort(new Error('over'));
      await ended;
    });
    return held;
  }

  #dispatcher(
    deps: Pick<Parameters<typeof bullmqDispatcher>[0], 'tasks' | 'clock' | 'ids' | 'logger'>,
    pollMs: number,
  ) {
    const { redis, tenantId } = this;
    if (!redis) return pollingDispatcher(deps, pollMs);
    return bullmqDispatcher({ ...deps, redisUrl: redis.url, tenantId, pollMs, leaseMs: 60_000 });
  }

  /** Asks as a person does, and waits for the run; milliseconds from the one to the other. */
  async askAndWait(taskId: string): Promise<number> {
    const runs = this.began.get(taskId)?.length ?? 0;
    const askedAt = performance.now();
    await this.tasks.trigger(taskId, person);
    return await eventually(() => {
      const at = this.began.get(taskId)?.[runs];
      if (at === undefined) throw new Error('not begun');
      return at - askedAt;
    });
  }

  async hasBegun(...taskIds: readonly string[]): Promise<void> {
    await eventually(() => expect([...this.began.keys()]).toEqual(expect.arrayContaining([...taskIds])));
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }
}

/** A database for the file, a Redis where hints go by it, and workers of its own for each test. */
export function eachTestHasWorkers(by: By, give: (workers: Workers) => void): void {
  let database: FreshDatabase;
  let redis: TestRedis | undefined;
  let workers: Workers;
  beforeAll(async () => {
    database = await migratedDatabase();
    redis = by === 'BullMQ' ? await startRedis() : undefined;
  });
  afterAll(async () => {
    await database.drop();
    await redis?.stop();
  });
  beforeEach(() => {
    workers = new Workers(database, redis);
    give(workers);
  });
  afterEach(() => workers.stop());
}
