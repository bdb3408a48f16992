import { fingerprintOf } from '../../src/domain/fingerprint.ts';
import { wbsSortKey } from '../../src/domain/inbound-fields.ts';
import {
  deletedInPlan,
  type Fields,
  goneFromPsa,
  isPaired,
  keepsItsPair,
  movedAway,
  type PairedRecord,
  type PlanKind,
  type PlanRecord,
  parentOf,
  planKinds,
} from '../../src/domain/plan.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type {
  Applied,
  FenceLane,
  OpenWork,
  PairGlance,
  PlanCreate,
  PlanDelete,
  PlanEdit,
  PlanEdited,
  PlanMade,
  PlanMark,
  PlanNew,
  Planner,
  PlanPage,
  PlanPair,
  PlanUpdate,
  RunFence,
  WorkSort,
} from '../../src/ports/planner.ts';

type Page = { readonly offset: number; readonly limit: number };
/** The count of edits of a project, and its fences. */
type Counter = { seq: number; readonly fences: { [lane in FenceLane]?: number } };
type Named = Pick<PlanRecord, 'kind' | 'id'>;

const isLive = ({ deleted }: PlanRecord): boolean => deleted === undefined;
const isBuried = (record: PlanRecord): boolean => !isLive(record);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const millis = (date: Date | undefined): number => date?.getTime() ?? 0;

/** The plan in memory, with the port's rules; the contract tests hold it against them beside the real one. */
export class FakePlanner implements Planner {
  readonly records: PlanRecord[] = [];
  /** Pages that were asked to be stored, whether or not anything was refused. */
  readonly applied: PlanPage[] = [];
  /** What the Integration Log says of writes. */
  lines: LogEntry[] = [];
  /** What edits asked of the queue. */
  readonly triggered: ({ readonly projectId: string } & Parameters<Planner['edit']>[1])[] = [];
  /** Called before a page is stored: what somebody else does between our read and our write. */
  beforeApply: (page: PlanPage) => void = () => {};

  readonly #counters = new Map<string, Counter>();
  /** The last notes run that wrote a record: fences of two lanes do not compare. */
  readonly #notesFences = new Map<string, number>();
  /** Tasks that runs took out and whose children nobody has judged. */
  readonly #childrenDue = new Set<string>();
  readonly #notes = new Map<string, { due?: Date; read?: Date }>();

  of(kind: PlanKind): readonly PlanRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  /** A person's edit, without a look at versions and without a trigger. */
  editByPerson(id: string, fields: Fields): void {
    const before = this.records.find((record) => record.id === id);
    if (!before) throw new Error(`no record ${id}`);
    const planSeq = this.#countEdit(before.projectId);
    this.#write(before, { fields: { ...before.fields, ...fields }, planSeq });
  }

  // --- A run

  async beginRun({ projectId, lane, fence }: RunFence) {
    const { seq, fences } = this.#counter(projectId);
    fences[lane] = Math.max(fences[lane] ?? fence, fence);
    return fences[lane] === fence ? { planSeq: seq } : undefined;
  }

  async apply(page: PlanPage): Promise<Applied> {
    this.beforeApply(page);
    this.applied.push(page);
    if (isEmpty(page)) return { result: 'stored', refused: 0 };
    if (!this.#mayWrite(page)) return { result: 'stale' };
    this.lines.push(...(page.lines ?? []));
    const stored = [
      ...page.create.map((one) => this.#told(one, this.#create(page, one))),
      ...(page.delete ?? []).map((one) => this.#told(one, this.#delete(page, one))),
      ...page.update.map((one) => this.#told(one, this.#update(page, one))),
      ...(page.mark ?? []).map((one) => this.#told(one, this.#mark(page, one))),
      ...(page.pair ?? []).map((one) => this.#told(one, this.#pair(page, one))),
    ];
    return { result: 'stored', refused: stored.filter((done) => !done).length };
  }

  async move(
    run: RunFence,
    { id, version, projectId }: Pick<PlanRecord, 'id' | 'version' | 'kind' | 'projectId'>,
    toProjectId: string,
    line?: LogEntry,
  ): Promise<boolean> {
    const record = this.records.find((one) => one.id === id);
    if (!this.#mayWrite(run) || record?.version !== version || record.projectId !== projectId) return false;
    const seq = this.#countEdit(toProjectId);
    const children = this.records.filter((one) => one.parentId === id && one.projectId === projectId);
    for (const one of [record, ...children]) {
      this.#write(one, {
        projectId: toProjectId,
        syncFence: 0,
        ...(one.planSeq === undefined ? {} : { planSeq: seq }),
      });
      this.#notesFences.delete(one.id);
    }
    if (line) this.lines.push(line);
    return true;
  }

  async pairedInRange(
    projectId: string,
    kind: PlanKind,
    { after, to }: { readonly after: number; readonly to: number },
    parents?: readonly string[],
  ) {
    return this.#paired(kind, projectId)
      .filter(({ externalId }) => externalId > after && externalId <= to)
      .filter(({ parentId = '' }) => !parents || parents.includes(parentId));
  }

  async glanceInRange(...asked: Parameters<Planner['glanceInRange']>) {
    return (await this.pairedInRange(...asked)).map(atAGlance);
  }

  async glanceAt(kind: PlanKind, externalIds: readonly number[]) {
    return (await this.pairedByExternalId(kind, externalIds)).map(atAGlance);
  }

  async pairedByExternalId(kind: PlanKind, externalIds: readonly number[]) {
    return this.#paired(kind).filter(({ externalId }) => externalIds.includes(externalId));
  }

  async formerlyPaired(projectId: string, kind: PlanKind, externalIds: readonly number[]) {
    const ofProject = this.of(kind).filter((record) => record.projectId === projectId);
    return new Map(
      ofProject.flatMap(({ id, version, formerExternalId: former, formerSaid }) => {
        const said = formerSaid === undefined ? {} : { formerSaid };
        const isAsked = former !== undefined && externalIds.includes(former);
        return isAsked ? [[former, { id, version, ...said }] as const] : [];
      }),
    );
  }

  async idsByExternalId(projectId: string, kind: PlanKind): Promise<ReadonlyMap<number, string>> {
    const found = this.#paired(kind, projectId).filter(isLive);
    return new Map(found.map(({ externalId, id }) => [externalId, id]));
  }

  async countPaired(projectId: string, kind: PlanKind): Promise<number> {
    return this.#paired(kind, projectId).filter(isLive).length;
  }

  async editedSince(
    projectId: string,
    kind: PlanKind,
    seq: number,
    { after = '', limit }: { readonly after?: string; readonly limit: number },
  ) {
    return this.#live(projectId, kind)
      .filter(({ planSeq = 0, id }) => planSeq > seq && id > after)
      .toSorted((a, b) => byText(a.id, b.id))
      .slice(0, limit);
  }

  async recordsById(kind: PlanKind, ids: readonly string[]): Promise<readonly PlanRecord[]> {
    return this.of(kind).filter(({ id }) => ids.includes(id));
  }

  async deletedInPlanSince(
    projectId: string,
    kind: PlanKind,
    seq: number,
    { after = '', limit }: { readonly after?: string; readonly limit: number },
  ) {
    return this.#paired(kind, projectId)
      .filter(({ deleted, carried }) => deleted?.reason === deletedInPlan && carried === undefined)
      .filter(({ planSeq = 0, id }) => planSeq > seq && id > after)
      .toSorted((a, b) => byText(a.id, b.id))
      .slice(0, limit);
  }

  async openIntents(projectId: string | null, kind: PlanKind) {
    return this.of(kind)
      .filter((record) => (projectId === null || record.projectId === projectId) && record.intent)
      .toSorted((a, b) => byText(a.id, b.id));
  }

  async openPushes() {
    return this.of('project').filter(({ intent }) => intent);
  }

  async rejectedIn(projectId: string, limit: number) {
    return planKinds
      .flatMap((kind) => this.#live(projectId, kind).filter(({ rejected }) => rejected))
      .slice(0, limit);
  }

  async openWork<S extends WorkSort>(
    projectId: string,
    seq: number,
    asked: readonly S[],
  ): Promise<Pick<OpenWork, S>> {
    const kindsWith = async (sort: WorkSort, found: (kind: PlanKind) => Promise<readonly unknown[]>) => {
      if (!asked.some((one) => one === sort)) return new Set<PlanKind>();
      const counts = await Promise.all(
        planKinds.map(async (kind) => [kind, (await found(kind)).length] as const),
      );
      return new Set(counts.flatMap(([kind, count]) => (count > 0 ? [kind] : [])));
    };
    const work: OpenWork = {
      unsettled: await kindsWith('unsettled', (kind) => this.unsettled(projectId, kind)),
      intent: await kindsWith('intent', (kind) => this.openIntents(projectId, kind)),
      frozen: await kindsWith('frozen', (kind) => this.frozen(projectId, kind)),
      edited: await kindsWith('edited', (kind) => this.editedSince(projectId, kind, seq, { limit: 1 })),
      buried: await kindsWith('buried', (kind) =>
        this.deletedInPlanSince(projectId, kind, seq, { limit: 1 }),
      ),
    };
    return work;
  }

  async unpairedBelow(projectId: string, kind: PlanKind, parentIds: readonly string[]) {
    return this.#live(projectId, kind)
      .filter((record) => record.externalId === undefined && parentIds.includes(parentOf(record)?.id ?? ''))
      .map(({ id }) => id);
  }

  async unsettled(projectId: string, kind: PlanKind) {
    return this.#paired(kind, projectId).filter((record) => isLive(record) && record.unsettled);
  }

  async frozen(projectId: string, kind: PlanKind) {
    return this.#paired(kind, projectId).filter((record) => isLive(record) && record.frozen);
  }

  async deletedSince(projectId: string, kind: PlanKind, since: Date) {
    const gone = this.of(kind)
      .filter((record) => record.projectId === projectId)
      .filter(({ deleted }) => deleted?.reason === goneFromPsa || deleted?.reason === movedAway)
      .filter(({ deleted }) => millis(deleted?.at) >= since.getTime());
    return { deleted: gone.length, live: this.#live(projectId, kind).length };
  }

  async tasksLeavingChildren(
    projectId: string,
    { after = '', limit }: { readonly after?: string; readonly limit: number },
  ) {
    return this.of('task')
      .filter((task) => task.projectId === projectId && this.#childrenDue.has(task.id) && task.id > after)
      .map(({ id }) => id)
      .toSorted(byText)
      .slice(0, limit);
  }

  async childrenOf(projectId: string, kind: PlanKind, taskIds: readonly string[]) {
    const children = this.#paired(kind, projectId).filter(
      (record) => isLive(record) && taskIds.includes(record.parentId ?? ''),
    );
    return children.map(({ externalId }) => externalId);
  }

  async childrenJudged(run: RunFence, taskIds: readonly string[]): Promise<boolean> {
    if (!this.#mayWrite(run)) return false;
    const mine = this.of('task').filter(({ projectId }) => projectId === run.projectId);
    for (const { id } of mine) if (taskIds.includes(id)) this.#childrenDue.delete(id);
    return true;
  }

  // --- Ticket notes

  async markNotesDue(taskIds: readonly string[], at: Date): Promise<void> {
    for (const { id } of this.of('task').filter((task) => taskIds.includes(task.id))) {
      const marks = this.#notes.get(id) ?? {};
      this.#notes.set(id, { ...marks, due: marks.due && marks.due > at ? marks.due : at });
    }
  }

  async markNotesRead(taskIds: readonly string[], at: Date): Promise<void> {
    for (const { id } of this.of('task').filter((task) => taskIds.includes(task.id))) {
      const { due, read } = this.#notes.get(id) ?? {};
      const stillDue = due && due > at ? { due } : {};
      this.#notes.set(id, { ...stillDue, read: read && read > at ? read : at });
    }
  }

  async tasksToReadNotesOf(limit: number, unreadSince: Date | null) {
    const tasks = this.#paired('task')
      .filter(isLive)
      .toSorted((a, b) => byText(a.id, b.id))
      .map((task) => ({ task, marks: this.#notes.get(task.id) }));
    const due = tasks
      .filter(({ marks }) => marks?.due)
      .toSorted((a, b) => millis(b.marks?.due) - millis(a.marks?.due));
    const open = tasks
      .filter(({ task, marks }) => !marks?.due && task.fields.closed !== true)
      .filter(({ marks }) => unreadSince !== null && millis(marks?.read) < unreadSince.getTime())
      .toSorted((a, b) => millis(a.marks?.read) - millis(b.marks?.read));
    return [...due, ...open]
      .slice(0, limit)
      .map(({ task, marks }) => ({ ...task, notesDue: marks?.due !== undefined }));
  }

  // --- People

  async edit(
    { kind, id, version, change, by, at }: PlanEdit,
    trigger: Parameters<Planner['edit']>[1],
  ): Promise<PlanEdited> {
    const before = this.of(kind).find((record) => record.id === id && isLive(record));
    if (!before) return { result: 'missing' };
    if (before.version !== version) return { result: 'conflict', record: before };
    const edited =
      change === 'delete'
        ? { deleted: { at, by: by.name, reason: deletedInPlan } as const }
        : { fields: { ...before.fields, ...change.fields } };
    const planSeq = this.#countEdit(before.projectId);
    const record = this.#write(before, { ...edited, planSeq, changedAt: at, changedBy: by.name });
    this.triggered.push({ projectId: before.projectId, ...trigger });
    return { result: 'stored', record };
  }

  async create({ by, at, ...made }: PlanNew, trigger: Parameters<Planner['create']>[1]): Promise<PlanMade> {
    if (this.records.some(({ id }) => id === made.id)) return { result: 'taken' };
    const planSeq = this.#countEdit(made.projectId);
    const record = { ...made, version: 1, syncFence: 0, planSeq, changedAt: at, changedBy: by.name };
    this.records.push(record);
    this.triggered.push({ projectId: made.projectId, ...trigger });
    return { result: 'stored', record };
  }

  async list(kind: PlanKind, { projectId, after = '', limit }: Parameters<Planner['list']>[1]) {
    return this.of(kind)
      .filter((record) => isLive(record) && record.id > after)
      .filter((record) => projectId === undefined || record.projectId === projectId)
      .toSorted((a, b) => byText(a.id, b.id))
      .slice(0, limit);
  }

  async restore(projectId: string, kind: PlanKind, id: string, by: Actor, at: Date): Promise<boolean> {
    const buried = this.#withBuriedParents(projectId, kind, id);
    if (buried.length === 0) return false;
    const planSeq = this.#countEdit(projectId);
    for (const record of buried) {
      const part = { planSeq, changedAt: at, changedBy: by.name };
      if (keepsItsPair(record)) this.#revive(record, part);
      else this.#unpair(record, part);
    }
    return true;
  }

  async detachFrozen(projectId: string, by: Actor, at: Date): Promise<number> {
    const frozen = this.#frozen(projectId);
    const part = { keptHere: true, changedAt: at, changedBy: by.name } as const;
    for (const record of frozen) this.#unpair(record, part);
    return frozen.length;
  }

  async approveFrozen(projectId: string, by: Actor): Promise<number> {
    const open = this.#frozen(projectId).filter(({ frozen }) => frozen?.approvedBy === undefined);
    for (const one of open) {
      if (one.frozen) this.#write(one, { frozen: { ...one.frozen, approvedBy: by.name } });
    }
    return open.length;
  }

  async tombstones(projectId: string, { offset, limit }: Page) {
    const all = this.records
      .filter((record) => record.projectId === projectId && isBuried(record))
      .toSorted((a, b) => millis(b.deleted?.at) - millis(a.deleted?.at) || byText(a.id, b.id));
    return { records: all.slice(offset, offset + limit), total: all.length };
  }

  async phases(projectId: string): Promise<readonly PlanRecord[]> {
    return this.#live(projectId, 'phase').toSorted(inPlanOrder);
  }

  async tasks(projectId: string, { offset, limit }: Page) {
    const tasks = this.#live(projectId, 'task').toSorted(inPlanOrder);
    return { tasks: tasks.slice(offset, offset + limit), total: tasks.length };
  }

  async counts(projectId: string) {
    const counted = planKinds.map((kind) => [kind, this.#live(projectId, kind).length]);
    return Object.fromEntries(counted) as { [kind in PlanKind]: number };
  }

  async projectsOfMember(memberId: number): Promise<readonly string[]> {
    const refersTo = (value: unknown) =>
      (value as { readonly id?: unknown } | null | undefined)?.id === memberId;
    const found = this.records.filter(
      (record) =>
        isLive(record) &&
        ((record.kind === 'project' && refersTo(record.fields.manager)) ||
          (record.kind === 'teamMember' && refersTo(record.fields.member))),
    );
    return [...new Set(found.map(({ projectId }) => projectId))].toSorted();
  }

  async purgeTombstones(olderThan: Date): Promise<number> {
    const old = this.records.filter(
      (record) => record.deleted && record.deleted.at < olderThan && !keepsItsPair(record),
    );
    for (const record of old) this.records.splice(this.records.indexOf(record), 1);
    return old.length;
  }

  // --- How it is kept

  #counter(projectId: string): Counter {
    const counter = this.#counters.get(projectId) ?? { seq: 0, fences: {} };
    this.#counters.set(projectId, counter);
    return counter;
  }

  #countEdit(projectId: string): number {
    const counter = this.#counter(projectId);
    counter.seq += 1;
    return counter.seq;
  }

  #mayWrite({ projectId, lane, fence }: RunFence): boolean {
    return this.#counter(projectId).fences[lane] === fence;
  }

  #live(projectId: string, kind: PlanKind): readonly PlanRecord[] {
    return this.of(kind).filter((record) => record.projectId === projectId && isLive(record));
  }

  /** In order of external id, tombstones included. */
  #paired(kind: PlanKind, projectId?: string): readonly PairedRecord[] {
    return this.of(kind)
      .filter(isPaired)
      .filter((record) => projectId === undefined || record.projectId === projectId)
      .toSorted((a, b) => a.externalId - b.externalId);
  }

  async releasePairs(kind: PlanKind, ids: readonly string[]): Promise<void> {
    for (const record of this.of(kind).filter(({ id }) => ids.includes(id))) {
      const {
        externalId: _externalId,
        base: _base,
        unsettled: _unsettled,
        frozen: _frozen,
        sent: _sent,
        rejected: _rejected,
        intent: _intent,
        formerExternalId: _former,
        formerSaid: _said,
        ...rest
      } = record;
      this.#replace(rest);
    }
  }

  #frozen(projectId: string): readonly PlanRecord[] {
    return this.records.filter(
      (record) => record.projectId === projectId && record.frozen && isLive(record) && isPaired(record),
    );
  }

  #told({ line }: { readonly line?: LogEntry }, isStored: boolean): boolean {
    if (line && isStored) this.lines.push(line);
    return isStored;
  }

  #create(page: PlanPage, { line: _line, ...one }: PlanCreate): boolean {
    const taken = this.records.some(
      (record) => record.id === one.id || (record.kind === page.kind && record.externalId === one.externalId),
    );
    if (taken) return false;
    const { projectId, kind } = page;
    this.records.push({ ...one, projectId, kind, version: 1, syncFence: 0, ...this.#fenced(page, one.id) });
    return true;
  }

  #update(
    page: PlanPage,
    { id, version, changed, parentId, rejected, line: _line, ...written }: PlanUpdate,
  ): boolean {
    const before = this.#asRead(page, { id, version });
    if (!before) return false;
    const {
      parentId: hung,
      rejected: was,
      ...rest
    } = without(before, ['unsettled', 'sent', 'deleted', 'carried', 'frozen']);
    this.#childrenDue.delete(id);
    const isRejected = rejected === undefined ? was : (rejected ?? undefined);
    const said = isRejected ? { rejected: isRejected } : {};
    const hangsOn = parentId === undefined ? hung : (parentId ?? undefined);
    const parent = hangsOn === undefined ? {} : { parentId: hangsOn };
    this.#replace({ ...rest, ...parent, ...said, ...written, ...changed, ...this.#fenced(page, id) });
    return true;
  }

  #delete(page: PlanPage, { deleted, ...one }: PlanDelete): boolean {
    const before = this.#asRead(page, one);
    if (!before) return false;
    const { unsettled: _unsettled, frozen: _frozen, ...rest } = before;
    if (page.kind === 'task' && deleted.reason !== deletedInPlan) this.#childrenDue.add(one.id);
    this.#replace({ ...rest, deleted, ...this.#fenced(page, one.id) });
    return true;
  }

  #mark(page: PlanPage, { mark, ...one }: PlanMark): boolean {
    const before = this.#asRead(page, one);
    if (!before) return false;
    const fenced = this.#fenced(page, one.id);
    if ('carried' in mark && mark.carried === 'deleted') {
      const { externalId, ...rest } = without(before, ['base', 'sent', 'wrote', 'formerSaid']);
      const former = externalId === undefined ? {} : { formerExternalId: externalId };
      if (page.kind === 'task') this.#childrenDue.add(one.id);
      this.#replace({ ...rest, ...former, carried: mark.carried, ...fenced });
      return true;
    }
    const given = Object.entries(mark).filter(([, value]) => value !== null);
    const names = Object.keys(mark) as (keyof PlanRecord)[];
    this.#replace({ ...without(before, names), ...Object.fromEntries(given), ...fenced } as PlanRecord);
    return true;
  }

  #pair(page: PlanPage, { id, version, line: _line, ...paired }: PlanPair): boolean {
    const before = this.#asRead(page, { id, version });
    const taken = this.of(page.kind).some(
      (record) => record.externalId === paired.externalId && record.id !== id,
    );
    if (!before || taken) return false;
    const gone = ['intent', 'unsettled', 'rejected', 'keptHere'] as const;
    this.#replace({ ...without(before, gone), ...paired, ...this.#fenced(page, id) });
    return true;
  }

  /** The record at the version that was read, unless somebody or a later run of the lane wrote it since. */
  #asRead(
    { projectId, kind, lane, fence }: PlanPage,
    { id, version }: Pick<PlanRecord, 'id' | 'version'>,
  ): PlanRecord | undefined {
    const found = this.of(kind).find((record) => record.id === id && record.projectId === projectId);
    if (found?.version !== version) return undefined;
    const last = lane === 'project' ? found.syncFence : (this.#notesFences.get(id) ?? 0);
    return last <= fence ? found : undefined;
  }

  #fenced({ lane, fence }: PlanPage, id: string): { readonly syncFence?: number } {
    if (lane === 'project') return { syncFence: fence };
    this.#notesFences.set(id, fence);
    return {};
  }

  #write(before: PlanRecord, part: Partial<PlanRecord>): PlanRecord {
    return this.#replace({ ...before, ...part });
  }

  /** Stores a record anew, with its next version. */
  #replace(record: PlanRecord): PlanRecord {
    const after = { ...record, version: record.version + 1 };
    this.records[this.records.findIndex(({ id }) => id === record.id)] = after;
    return after;
  }

  #unpair(record: PlanRecord, part: Partial<PlanRecord>): void {
    const { externalId, ...rest } = without(record, [...decided, 'base', 'sent', 'wrote', 'formerSaid']);
    this.#childrenDue.delete(record.id);
    const former = externalId === undefined ? {} : { formerExternalId: externalId };
    this.#replace({ ...rest, ...former, ...part });
  }

  #revive(record: PlanRecord, part: Partial<PlanRecord>): void {
    this.#childrenDue.delete(record.id);
    this.#replace({ ...without(record, decided), ...part });
  }

  #tombstone(projectId: string, { kind, id }: Named): PlanRecord | undefined {
    return this.of(kind).find((one) => one.id === id && one.projectId === projectId && isBuried(one));
  }

  /** The tombstone and those of the records that it hangs on, outermost first. */
  #withBuriedParents(projectId: string, kind: PlanKind, id: string): readonly PlanRecord[] {
    const found: PlanRecord[] = [];
    let next: Named | undefined = { kind, id };
    while (next) {
      const record = this.#tombstone(projectId, next);
      const isNew = record !== undefined && !found.includes(record);
      if (isNew) found.unshift(record);
      next = isNew ? parentOf(record) : undefined;
    }
    return found;
  }
}

/** Marks that no longer hold once a person has decided about the record. */
const decided = ['deleted', 'carried', 'unsettled', 'frozen', 'rejected', 'keptHere'] as const;

function without<Name extends keyof PlanRecord>(
  record: PlanRecord,
  names: readonly Name[],
): Omit<PlanRecord, Name> {
  const kept = Object.entries(record).filter(([name]) => !(names as readonly string[]).includes(name));
  return Object.fromEntries(kept) as Omit<PlanRecord, Name>;
}

function atAGlance({
  id,
  projectId,
  externalId,
  base,
  deleted,
  frozen,
  unsettled,
}: PairedRecord): PairGlance {
  const settled = (deleted ?? frozen ?? unsettled) ? {} : { fingerprint: fingerprintOf(base) };
  return { id, projectId, externalId, ...(deleted ? { deleted: deleted.reason } : {}), ...settled };
}

function isEmpty(page: PlanPage): boolean {
  return [page.create, page.update, page.delete ?? [], page.mark ?? [], page.pair ?? []].every(
    (list) => list.length === 0,
  );
}

function orderKey({ fields: { wbsCode } }: PlanRecord): string {
  return wbsSortKey(typeof wbsCode === 'string' ? wbsCode : null);
}

function inPlanOrder(a: PlanRecord, b: PlanRecord): number {
  return byText(orderKey(a), orderKey(b)) || byText(a.id, b.id);
}
