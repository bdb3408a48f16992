import type { Failure } from '../../src/domain/failure.ts';
import type { Actor, LinkState, Progress, SyncTask } from '../../src/domain/sync-task.ts';
import type { NewInteraction } from '../../src/ports/interactions.ts';
import type {
  Claimed,
  Finished,
  Lease,
  NewLink,
  SyncTaskStore,
  TaskQuery,
  Trigger,
} from '../../src/ports/sync-task-store.ts';
import { testStart } from './make-sync-task.ts';

export type Ended =
  | { readonly how: 'completed'; readonly lease: Lease; readonly finished: Finished }
  | {
      readonly how: 'retried';
      readonly lease: Lease;
      readonly failure: Failure;
      readonly retry: { readonly delayMs: number; readonly countsAttempt: boolean };
    }
  | { readonly how: 'to a person'; readonly lease: Lease; readonly failure: Failure }
  | { readonly how: 'handed back'; readonly lease: Lease };

/**
 * Sync tasks in memory, for tests of the code around them: what a worker claims and what a heartbeat answers is
 * laid out by the test, the rules of the queue are tested with the real store.
 */
export class FakeSyncTasks implements SyncTaskStore {
  readonly tasks = new Map<string, SyncTask>();
  /** Given out one by one, then nothing is due. */
  readonly claims: (Claimed | Error)[] = [];
  nextWakeAt: Date | undefined;
  readonly claimedBy: string[] = [];
  readonly claimedForPeople: boolean[] = [];
  readonly ended: Ended[] = [];
  readonly progress: Progress[] = [];
  readonly triggered: { taskId: string; trigger: Trigger; interaction?: NewInteraction }[] = [];
  readonly created: NewLink[] = [];
  readonly queries: TaskQuery[] = [];
  now = testStart;
  heartbeats = 0;
  /** What the lease is worth: a link state, gone, or a database that does not answer. */
  onHeartbeat: () => Promise<LinkState | 'lost'> = async () => 'active';

  constructor(...tasks: readonly SyncTask[]) {
    for (const task of tasks) this.put(task);
  }

  put(task: SyncTask): void {
    this.tasks.set(task.id, task);
  }

  async create(link: NewLink): Promise<boolean> {
    this.created.push(link);
    return true;
  }

  async trigger(taskId: string, trigger: Trigger, interaction?: NewInteraction) {
    const task = this.tasks.get(taskId);
    if (!task) return { result: 'unknown' } as const;
    if (task.link.state !== 'active') return { result: 'not-active', task } as const;
    this.triggered.push({ taskId, trigger, ...(interaction ? { interaction } : {}) });
    const wanted: SyncTask = { ...task, state: 'requested', want: task.want + 1, wakeAt: this.now };
    this.put(wanted);
    return { result: 'accepted', ticket: wanted.want, task: wanted, now: this.now } as const;
  }

  async claim(owner: string, onlyForPeople = false): Promise<Claimed> {
    this.claimedBy.push(owner);
    this.claimedForPeople.push(onlyForPeople);
    const next = this.claims.shift();
    if (next instanceof Error) throw next;
    if (next) return next;
    const wakeAt = this.nextWakeAt;
    return { result: 'nothing-due', now: this.now, ...(wakeAt ? { nextWakeAt: wakeAt } : {}) };
  }

  async heartbeat(_lease: Lease, progress?: Progress) {
    this.heartbeats += 1;
    if (progress) this.progress.push(progress);
    const linkState = await this.onHeartbeat();
    return linkState === 'lost' ? undefined : { now: this.now, linkState };
  }

  async complete(lease: Lease, finished: Finished): Promise<boolean> {
    this.ended.push({ how: 'completed', lease, finished });
    return true;
  }

  async failToRetry(lease: Lease, failure: Failure, retry: { delayMs: number; countsAttempt: boolean }) {
    this.ended.push({ how: 'retried', lease, failure, retry });
    return true;
  }

  async failToPerson(lease: Lease, failure: Failure): Promise<boolean> {
    this.ended.push({ how: 'to a person', lease, failure });
    return true;
  }

  async handBack(lease: Lease): Promise<boolean> {
    this.ended.push({ how: 'handed back', lease });
    return true;
  }

  async disable(taskId: string, by: Actor, reason?: string) {
    const before = this.tasks.get(taskId);
    if (!before) return undefined;
    if (before.link.state !== 'active') return { changed: false, before };
    this.#relink(before, 'disabled', by, reason);
    return { changed: true, before };
  }

  async enable(taskId: string, by: Actor, interaction?: NewInteraction) {
    const task = this.tasks.get(taskId);
    if (!task) return undefined;
    if (task.link.state !== 'disabled') return { changed: false, task };
    const enabled = this.#relink(task, 'active', by);
    const trigger = { kinds: ['comprehensive'], prio: 2 } as const;
    this.triggered.push({ taskId, trigger, ...(interaction ? { interaction } : {}) });
    return { changed: true, task: enabled };
  }

  #relink(task: SyncTask, state: LinkState, by: Actor, reason?: string): SyncTask {
    const changed = { by, at: this.now, ...(reason === undefined ? {} : { reason }) };
    const relinked = { ...task, link: { ...task.link, state, changed } };
    this.put(relinked);
    return relinked;
  }

  async get(taskId: string) {
    const task = this.tasks.get(taskId);
    return task ? { task, now: this.now } : undefined;
  }

  async getMany(taskIds: readonly string[]) {
    return { tasks: [...this.tasks.values()].filter(({ id }) => taskIds.includes(id)), now: this.now };
  }

  async list(query: TaskQuery) {
    this.queries.push(query);
    const tasks = [...this.tasks.values()];
    const hidden = { disabled: 0, archived: 0 };
    const total = tasks.length;
    return { tasks, total, needAttention: 0, hidden, linked: total, now: this.now };
  }

  async names() {
    return [...this.tasks.values()].map(({ id, link }) => ({
      taskId: id,
      externalId: link.externalId,
      name: link.projectName,
      customer: link.customer,
      state: link.state,
    }));
  }

  async linkedExternalIds(): Promise<ReadonlySet<number>> {
    return new Set([...this.tasks.values()].map(({ link }) => link.externalId));
  }

  async placeInLine(): Promise<number> {
    return 0;
  }
}
