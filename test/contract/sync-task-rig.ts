import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { mongoInteractionStore } from '../../adapters/mongodb/interaction-store.ts';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { Actor, SyncTask } from '../../src/domain/sync-task.ts';
import type { InteractionStore, NewInteraction } from '../../src/ports/interactions.ts';
import type {
  ClaimLane,
  Finished,
  Lease,
  LinkFacts,
  NewLink,
  SyncTaskStore,
  Trigger,
} from '../../src/ports/sync-task-store.ts';
import { noCounts } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase, randomIds } from './migrated-database.ts';

export const leaseMs = 60_000;
export const coolDownMs = 600_000;

export const ann: Actor = { id: 'slack:T1/U1', name: 'Ann' };
export const byClock: Trigger = { kinds: ['delta'], prio: 0 };
export const byPerson: Trigger = { kinds: ['comprehensive'], prio: 2 };
export const forced: Trigger = { kinds: ['comprehensive'], prio: 2, forceNow: true };
export const unavailable: Failure = { code: 'cw.unavailable', message: 'no answer' };
export const noRight: Failure = { code: 'cw.permission', message: 'no right to read tickets' };
export const finishedLink: LinkFacts = {
  projectName: 'Office move',
  customer: 'Contoso',
  board: 'Projects',
};
export const finished: Finished = {
  runId: 'run-1',
  mode: 'comprehensive',
  counts: { created: 3, updated: 2, deleted: 0, skipped: 1, conflicts: 0, requests: 7 },
  link: finishedLink,
  watermarks: {},
};
/** A run that says nothing of a project: of one of the integration's own tasks. */
export const ownFinished: Finished = {
  runId: 'run-2',
  mode: 'delta',
  counts: { ...noCounts, requests: 4 },
  watermarks: {},
};
export const waiting: NewInteraction = {
  person: { platform: 'slack', tenant: 'T1', userId: 'U1', name: 'Ann' },
  handle: { platform: 'slack', channel: 'C1' },
};

export type Held = { readonly task: SyncTask; readonly lease: Lease; readonly tookOver: boolean };

/** The queue of a tenant of its own, whose time is the server's, moved on by hand. */
export class Queue {
  readonly tenantId = `tenant-${randomUUID()}`;
  readonly db: Db;
  tasks: SyncTaskStore;
  interactions: InteractionStore;
  #offsetMs = 0;
  #externalId = 1_000;

  constructor(db: Db) {
    this.db = db;
    ({ tasks: this.tasks, interactions: this.interactions } = this.#stores());
  }

  #stores() {
    const { db, tenantId } = this;
    const now = { $add: ['$$NOW', this.#offsetMs] };
    const timings = { leaseMs, coolDownMs };
    const tasks = mongoSyncTaskStore({ db, tenantId, timings, ids: randomIds, clock: systemClock, now });
    return { tasks, interactions: mongoInteractionStore(db, tenantId, randomIds, now) };
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
    ({ tasks: this.tasks, interactions: this.interactions } = this.#stores());
  }

  newLink(link: Partial<NewLink> = {}): NewLink {
    this.#externalId += 1;
    return {
      projectId: `p${this.#externalId}`,
      externalId: this.#externalId,
      projectName: `Project ${this.#externalId}`,
      customer: 'Contoso',
      board: 'Projects',
      ...link,
    };
  }

  taskId(projectId: string): string {
    return `${this.tenantId}:${projectId}`;
  }

  /** A linked project that waits for its first sync; its task's id. */
  async linked(link: Partial<NewLink> = {}): Promise<string> {
    const wanted = this.newLink(link);
    if (!(await this.tasks.create(wanted))) throw new Error('not created');
    return this.taskId(wanted.projectId);
  }

  /** A task that was synced and whose cool-down is over, unless `inCoolDown`. */
  async idle(options: { readonly inCoolDown?: boolean } = {}): Promise<string> {
    const id = await this.linked();
    const { lease } = await this.claimed(id);
    await this.tasks.complete(lease, finished);
    if (!options.inCoolDown) this.advance(coolDownMs + 1_000);
    return id;
  }

  /** Completes a run and gives the task as it then is. */
  async completed(lease: Lease, given: Partial<Finished> = {}): Promise<SyncTaskDocument> {
    if (!(await this.tasks.complete(lease, { ...finished, ...given }))) throw new Error('the lease is lost');
    return await this.raw(lease.taskId);
  }

  /** A task in a run. */
  async syncing(link: Partial<NewLink> = {}): Promise<Held> {
    return await this.claimed(await this.linked(link));
  }

  /** Claims, and insists that it is a task, and this one where one is named. */
  async claimed(taskId?: string, owner = 'worker-1', lane: ClaimLane = 'projects'): Promise<Held> {
    const claimed = await this.tasks.claim(owner, lane);
    if (claimed.result !== 'claimed') throw new Error(`claim answered ${claimed.result}`);
    if (taskId !== undefined && claimed.task.id !== taskId) throw new Error(`claimed ${claimed.task.id}`);
    return claimed;
  }

  /** As stored, with what only the database knows. */
  async raw(taskId: string): Promise<SyncTaskDocument> {
    const found = await this.db.collection<SyncTaskDocument>('sync_tasks').findOne({ _id: taskId });
    if (!found) throw new Error(`no task ${taskId}`);
    return found;
  }

  /** The stored task with its times as milliseconds from the server's time of its last write. */
  async spans(taskId: string): Promise<{ readonly wakeIn?: number; readonly coolFor?: number }> {
    const { wakeAt, coolUntil, serverTime } = await this.raw(taskId);
    return {
      ...(wakeAt ? { wakeIn: wakeAt.getTime() - serverTime.getTime() } : {}),
      ...(coolUntil ? { coolFor: coolUntil.getTime() - serverTime.getTime() } : {}),
    };
  }

  async interactionCount(): Promise<number> {
    return await this.db.collection('interactions').countDocuments({ tenantId: this.tenantId });
  }
}

/** A migrated database for the file, and a queue of its own for each test. */
export function eachTestHasAQueue(give: (queue: Queue, database: FreshDatabase) => void): void {
  let fresh: FreshDatabase;
  beforeAll(async () => {
    fresh = await migratedDatabase();
  });
  afterAll(() => fresh.drop());
  beforeEach(() => give(new Queue(fresh.db), fresh));
}
