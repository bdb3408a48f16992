import type { Failure } from '../../src/domain/failure.ts';
import type { Actor, LinkState, Progress, SyncTask } from '../../src/domain/sync-task.ts';
import type { NewInteraction } from '../../src/ports/interactions.ts';
import type {
  ChangeSeen,
  Claimed,
  ClaimLane,
  ClockTick,
  Finished,
  Lease,
  NewLink,
  Slot,
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

type OwnLane = Exclude<ClaimLane, 'projects' | 'people'>;

/**
 * Sync tasks in memory, for tests of the code around them: what a worker claims and what a heartbeat answers is
 * laid out by the test, the rules of the queue are tested with the real store.
 */
export class FakeSyncTasks implements SyncTaskStore {
  readonly tasks = new Map<string, SyncTask>();
  /** Given out one by one to the lanes of projects, then nothing is due. */
  readonly claims: (Claimed | Error)[] = [];
  /** The same for each of the integration's own tasks. */
  readonly ownClaims: { readonly [lane in OwnLane]: (Claimed | Error)[] } = {
    misc: [],
    scout: [],
    notes: [],
  };
  nextWakeAt: Date | undefined;
  readonly claimedBy: string[] = [];
  readonly claimedLanes: ClaimLane[] = [];
  readonly ended: Ended[] = [];
  readonly progress: Progress[] = [];
  readonly readStarts: Date[] = [];
  readonly triggered: { taskId: string; trigger: Trigger; interaction?: NewInteraction }[] = [];
  readonly created: NewLink[] = [];
  readonly queries: TaskQuery[] = [];
  readonly changes: { readonly changes: readonly ChangeSeen[]; readonly marginMs: number }[] = [];
  readonly triggeredAll: { readonly trigger: Trigger; readonly board?: string }[] = [];
  readonly ticks: Parameters<SyncTaskStore['tick']>[0][] = [];
  /** What the clock answers. */
  onTick: () => Promise<ClockTick> = async () => ({ comprehensives: 0, aged: 0, intervalMs: 14_400_000 });
  /** What `autoDisable` is asked for, and what it answers. */
  readonly autoDisables: number[] = [];
  readonly switchedOff: SyncTask[] = [];
  ownTasksEnsured = 0;
  /** Slots that are taken, and how many there are at most, whatever the settings say. */
  readonly slots = new Set<string>();
  slotLimit = Number.POSITIVE_INFINITY;
  /** Answered by `renewSlot`. */
  slotsAreKept = true;
  readonly slotCalls: { readonly owner: string; readonly lane: 'projects' | 'people' }[] = [];
  /** Tells those who watch that something may be due. */
  readonly watchers = new Set<() => void>();
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

  async claim(owner: string, lane: ClaimLane): Promise<Claimed> {
    this.claimedBy.push(owner);
    this.claimedLanes.push(lane);
    const claims = lane === 'projects' || lane === 'people' ? this.claims : this.ownClaims[lane];
    const next = claims.shift();
    if (next instanceof Error) throw next;
    if (next) return next;
    const wakeAt = this.nextWakeAt;
    return { result: 'nothing-due', now: this.now, ...(wakeAt ? { nextWakeAt: wakeAt } : {}) };
  }

  async heartbeat(_lease: Lease, facts: { readonly progress?: Progress; readonly readStart?: Date } = {}) {
    this.heartbeats += 1;
    if (facts.progress) this.progress.push(facts.progress);
    if (facts.readStart) this.readStarts.push(facts.readStart);
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
    return this.#stop(taskId, ['active'], 'disabled', by, reason);
  }

  async archive(taskId: string, by: Actor, reason?: string) {
    return this.#stop(taskId, ['active', 'disabled'], 'archived', by, reason);
  }

  async unarchive(taskId: string, by: Actor) {
    return this.#stop(taskId, ['archived'], 'disabled', by);
  }

  async disconnect(taskId: string, by: Actor, reason?: string) {
    return this.#stop(taskId, ['active', 'disabled', 'archived'], 'disconnected', by, reason);
  }

  #stop(taskId: string, from: readonly LinkState[], to: LinkState, by: Actor, reason?: string) {
    const before = this.tasks.get(taskId);
    if (!before) return undefined;
    if (!from.includes(before.link.state)) return { changed: false, before };
    this.#relink(before, to, by, reason);
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

  async triggerChanged(changes: readonly ChangeSeen[], marginMs: number) {
    this.changes.push({ changes, marginMs });
    const known = await this.linkedExternalIds();
    const unknown = changes.map(({ externalId }) => externalId).filter((id) => !known.has(id));
    return { triggered: changes.length - unknown.length, unknown };
  }

  async triggerAll(trigger: Trigger, board?: string): Promise<number> {
    this.triggeredAll.push({ trigger, ...(board === undefined ? {} : { board }) });
    const tasks = [...this.tasks.values()].filter(({ link }) => link.state === 'active');
    return tasks.filter(({ link }) => board === undefined || link.board === board).length;
  }

  async ensureOwnTasks(): Promise<void> {
    this.ownTasksEnsured += 1;
  }

  async tick(schedule: Parameters<SyncTaskStore['tick']>[0]): Promise<ClockTick> {
    this.ticks.push(schedule);
    return await this.onTick();
  }

  async autoDisable(closedForMs: number): Promise<readonly SyncTask[]> {
    this.autoDisables.push(closedForMs);
    return this.switchedOff.splice(0);
  }

  async takeSlot(
    owner: string,
    lane: 'projects' | 'people',
    { total, forPeople }: { readonly total: number; readonly forPeople: number },
  ): Promise<Slot | undefined> {
    this.slotCalls.push({ owner, lane });
    const places = Math.min(this.slotLimit, lane === 'people' ? total : total - forPeople);
    if (this.slots.size >= places) return undefined;
    const id = `slot-${this.slotCalls.length}`;
    this.slots.add(id);
    return { id, owner };
  }

  async renewSlot(slot: Slot): Promise<boolean> {
    return this.slotsAreKept && this.slots.has(slot.id);
  }

  async releaseSlot(slot: Slot): Promise<void> {
    this.slots.delete(slot.id);
  }

  watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    this.watchers.add(onChange);
    return new Promise((resolve) => {
      const end = (): void => {
        this.watchers.delete(onChange);
        resolve();
      };
      signal.addEventListener('abort', end, { once: true });
    });
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
    const tasks = this.#projects();
    const hidden = { disabled: 0, archived: 0 };
    const total = tasks.length;
    const active = tasks.filter(({ link }) => link.state === 'active');
    const importing = { left: active.filter(({ lastSync }) => !lastSync).length, of: active.length };
    return { tasks, total, needAttention: 0, hidden, linked: total, importing, now: this.now };
  }

  #projects(): SyncTask[] {
    return [...this.tasks.values()].filter(({ kind }) => kind === 'project');
  }

  async linked(externalIds: readonly number[]) {
    const found = this.#projects().filter(
      ({ link }) => externalIds.includes(link.externalId) && link.state !== 'disconnected',
    );
    return new Map(
      found.map(({ id, projectId, link }) => [link.externalId, { taskId: id, projectId, state: link.state }]),
    );
  }

  async names() {
    return this.#projects().map(({ id, link }) => ({
      taskId: id,
      externalId: link.externalId,
      name: link.projectName,
      customer: link.customer,
      state: link.state,
    }));
  }

  async linkedExternalIds(): Promise<ReadonlySet<number>> {
    return new Set(this.#projects().map(({ link }) => link.externalId));
  }

  async placeInLine(): Promise<number> {
    return 0;
  }
}
