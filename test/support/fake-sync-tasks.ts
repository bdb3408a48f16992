import type { Failure } from '../../src/domain/failure.ts';
import { isInState } from '../../src/domain/state-words.ts';
import type { Actor, LinkState, Progress, SyncTask, WorkTypeChoice } from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { NewInteraction } from '../../src/ports/interactions.ts';
import type {
  ChangeSeen,
  Claimed,
  ClaimLane,
  ClockTick,
  Finished,
  FirstImport,
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
  readonly triggeredAll: { readonly trigger: Trigger; readonly boardId?: number }[] = [];
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

  async triggerAll(trigger: Trigger, boardId?: number): Promise<number> {
    this.triggeredAll.push({ trigger, ...(boardId === undefined ? {} : { boardId }) });
    const tasks = [...this.tasks.values()].filter(({ link }) => link.state === 'active');
    return tasks.filter(({ link }) => boardId === undefined || (link.boardId ?? boardId) === boardId).length;
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

  watch(onChange: () => void, signal: AbortSignal, onOpen?: (open: boolean) => void): Promise<void> {
    onOpen?.(true);
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

  async waking(which: Parameters<SyncTaskStore['waking']>[0]) {
    const asked = (id: string) => !('taskIds' in which) || which.taskIds.includes(id);
    const tasks = [...this.tasks.values()].flatMap(({ id, kind, prio, wakeAt }) =>
      wakeAt && asked(id) ? [{ id, kind, prio, wakeAt }] : [],
    );
    return { tasks, now: this.now };
  }

  async getMany(taskIds: readonly string[]) {
    return { tasks: [...this.tasks.values()].filter(({ id }) => taskIds.includes(id)), now: this.now };
  }

  async troubled(attempts: number) {
    const now = this.now;
    const isTroubled = (task: SyncTask): boolean =>
      task.needsAttention !== undefined ||
      task.attempts >= attempts ||
      (task.lateAt !== undefined && task.lateAt < now);
    const tasks = [...this.tasks.values()].filter((task) => task.link.state === 'active' && isTroubled(task));
    return { tasks, now };
  }

  async countCatchingUp(): Promise<number> {
    return this.#projects().filter(({ link, state }) => link.state === 'active' && state !== 'idle').length;
  }

  async list(query: TaskQuery) {
    this.queries.push(query);
    const all = this.#projects();
    const fitting = all.filter((task) => this.#fits(task, query)).toSorted(inOrder(query.byBoard === true));
    const shown = fitting.filter(({ link }) => shownStates(query).includes(link.state));
    const hiding = (state: LinkState) =>
      fitting.filter((task) => !shown.includes(task) && task.link.state === state).length;
    const waiting = fitting.filter((task) => isInState(task, 'Needs attention', this.now));
    return {
      tasks: shown.slice(query.offset, query.offset + query.limit),
      total: shown.length,
      needAttention: waiting.length,
      attention: waiting.toSorted(longestWaiting).slice(0, query.attention ?? 0),
      hidden: {
        disabled: hiding('disabled'),
        disconnected: hiding('disconnected'),
        archived: hiding('archived'),
      },
      linked: all.length,
      importing: this.#importing(all),
      now: this.now,
    };
  }

  #fits(task: SyncTask, query: TaskQuery): boolean {
    const { link, projectId } = task;
    const wanted = searchForm(query.filter ?? '').replaceAll('\0', '');
    const id = /^#?(\d{1,10})$/u.exec(wanted)?.[1];
    const found = searchForm(`${link.projectName} ${link.customer ?? ''}`).includes(wanted);
    if (!found && link.externalId !== Number(id)) return false;
    if (query.boards && !query.boards.some((board) => board === link.board)) return false;
    if (query.projectIds && !query.projectIds.includes(projectId)) return false;
    return query.state === undefined || isInState(task, query.state, this.now);
  }

  #importing(all: readonly SyncTask[]): FirstImport {
    const active = all.filter(({ link }) => link.state === 'active');
    const never = active.filter(({ lastSync }) => !lastSync);
    const counts = {
      left: never.length,
      of: active.length,
      needAttention: never.filter((task) => isInState(task, 'Needs attention', this.now)).length,
    };
    const going = never.filter((task) => isInState(task, 'First import', this.now));
    if (going.length === 0) return counts;
    const since = new Date(Math.min(...going.map(({ createdAt }) => createdAt.getTime())));
    const together = ({ createdAt }: SyncTask) => createdAt.getTime() >= since.getTime() - 600_000;
    const imported = active.filter((task) => task.lastSync && together(task)).length;
    return { ...counts, pace: { since, imported } };
  }

  async boards(): Promise<readonly string[]> {
    const named = this.#projects().flatMap(({ link }) => (link.board === null ? [] : [link.board]));
    return [...new Set(named)].toSorted((a, b) => a.localeCompare(b));
  }

  async setWorkType(taskId: string, workType: WorkTypeChoice | null) {
    const before = this.tasks.get(taskId);
    if (!before) return undefined;
    const { workType: _before, ...link } = before.link;
    this.put({ ...before, link: { ...link, ...(workType ? { workType } : {}) } });
    return { before };
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

  async names(whole?: string) {
    const key = searchForm(whole ?? '');
    const isMeant = ({ link }: SyncTask) =>
      whole === undefined ||
      searchForm(link.projectName) === key ||
      key.replace(/^#/u, '') === String(link.externalId);
    const meant = this.#projects().filter(isMeant);
    const found = whole === undefined ? meant : meant.toSorted(inOrder(false));
    return found.map(({ id, link }) => ({
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

function shownStates({ withDisabled, withArchived }: TaskQuery): readonly LinkState[] {
  return [
    'active',
    ...(withDisabled ? (['disabled', 'disconnected'] as const) : []),
    ...(withArchived ? (['archived'] as const) : []),
  ];
}

function inOrder(byBoard: boolean) {
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return (a: SyncTask, b: SyncTask): number =>
    (byBoard ? text(a.link.board ?? '', b.link.board ?? '') : 0) ||
    text(searchForm(a.link.projectName), searchForm(b.link.projectName)) ||
    text(a.id, b.id);
}

function longestWaiting(a: SyncTask, b: SyncTask): number {
  return (a.needsAttention?.since.getTime() ?? 0) - (b.needsAttention?.since.getTime() ?? 0);
}
