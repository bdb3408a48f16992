/**
 * Carries deletions and moves out of a project over into the plan (sync.md, "Deletions").
 *
 * ConnectWise leaves no trace of what was deleted: a record is gone when a whole reading did not show it and
 * ConnectWise, asked for it by id, says that there is none. A right that was taken away looks much the same, so
 * every step here doubts: records that merely moved are found by id, a kind of which ConnectWise shows nothing at
 * all is taken for a missing right, and unusually many deletions wait for a person.
 */
import { isMassDeletion, massDeletion } from '../../domain/deletion-guard.ts';
import { type Failure, FailureError } from '../../domain/failure.ts';
import {
  deletedInPlan,
  goneFromPsa,
  type PairedRecord,
  type PlanKind,
  type PlanRecord,
  planKinds,
  planWords,
  psaKindOf,
  type Tombstone,
} from '../../domain/plan.ts';
import type { PsaKind, PsaKinds, PsaScheduleEntry } from '../../domain/psa-records.ts';
import type { Applied } from '../../ports/planner.ts';
import type { PsaScope } from '../../ports/psa.ts';
import { syncBoth } from './adopt.ts';
import { deletedEntry, entryOf, nameOf, psaPlural } from './log-entries.ts';
import { leaveOut, type ProjectRun } from './reading.ts';
import { callOf, type Run, type SyncDeps, type Writer, writerOf } from './run.ts';
import { RunStopped } from './run-control.ts';

type DeletableKind = Exclude<PlanKind, 'project'>;

/** Whose records are judged, and as whom the judge writes. */
type Where = Pick<ProjectRun, 'run' | 'projectId' | 'externalId'> & {
  readonly writer: Writer;
  /** Plan ids of tickets that are gone or have left: what stands on them goes along. */
  readonly goneTasks: Set<string>;
};
type AnyPsaRecord = PsaKinds[PsaKind];

/** What cwsync deletes by itself, without having been asked. */
const byItself = 'cwsync';

/** @returns the question where records wait for a person's answer */
export async function carryOverDeletions(
  deps: SyncDeps,
  project: ProjectRun,
  candidates: ReadonlyMap<PlanKind, readonly number[]>,
): Promise<Failure | undefined> {
  const where: Where = { ...project, writer: writerOf(project.run), goneTasks: new Set() };
  const questions: Failure[] = [];
  let projectSeen = false;
  for (const kind of planKinds) {
    if (kind === 'project') continue;
    const orphans = await childrenOf(deps, where, kind);
    const suspected = [...new Set([...(candidates.get(kind) ?? []), ...orphans])];
    try {
      const answered = await applyAnswers(deps, where, kind);
      const found = suspected.length > 0 ? await lookFor(deps, where, kind, suspected) : [];
      if (found.length > 0 && !projectSeen) {
        // A project that is gone takes its records along: that is another failure, and deletes nothing.
        await deps.psa.project(project.externalId, callOf(project.run, project.projectId));
        projectSeen = true;
      }
      const { tombstones, question } = await judge(deps, where, kind, found);
      if (question) questions.push(question);
      if (kind === 'task') await noteGoneTasks(deps, where, [...answered, ...tombstones]);
    } catch (error) {
      leaveOut(project, error, psaKindOf[kind]);
    }
  }
  return questions[0];
}

const highestId = 2_147_483_647;

const tombstonesAtOnce = 500;

/** Those of earlier runs, too: one that ended before it came to what stood on its tickets left that behind. */
async function noteGoneTasks(deps: SyncDeps, where: Where, buriedNow: readonly PlanRecord[]): Promise<void> {
  const earlier = where.run.mode === 'comprehensive' ? await buriedTasks(deps, where) : [];
  for (const { id } of [...buriedNow, ...earlier]) where.goneTasks.add(id);
}

async function buriedTasks(deps: SyncDeps, { projectId }: Where): Promise<readonly PlanRecord[]> {
  const tasks: PlanRecord[] = [];
  for (let offset = 0; ; offset += tombstonesAtOnce) {
    const { records, total } = await deps.planner.tombstones(projectId, { offset, limit: tombstonesAtOnce });
    tasks.push(
      ...records.filter(({ kind, deleted }) => kind === 'task' && deleted?.reason !== deletedInPlan),
    );
    if (offset + tombstonesAtOnce >= total) return tasks;
  }
}

/** Events, time logs and notes of tickets that are gone: no reading by ticket would show them missing. */
async function childrenOf(
  deps: SyncDeps,
  { projectId, goneTasks }: Where,
  kind: DeletableKind,
): Promise<readonly number[]> {
  if (goneTasks.size === 0 || !hasTask.has(kind)) return [];
  const range = { after: 0, to: highestId };
  const children = await deps.planner.pairedInRange(projectId, kind, range, [...goneTasks]);
  return children.filter(({ deleted }) => !deleted).map(({ externalId }) => externalId);
}

const hasTask: ReadonlySet<PlanKind> = new Set(['event', 'timeLog', 'ticketNote']);

/** The live records among the suspected that ConnectWise, asked by id, does not have; the moved ones are moved. */
async function lookFor(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  suspected: readonly number[],
): Promise<readonly PairedRecord[]> {
  const paired = await deps.planner.pairedByExternalId(kind, suspected);
  const live = paired.filter(
    ({ projectId, deleted, frozen }) => projectId === where.projectId && !deleted && !frozen,
  );
  if (live.length === 0) return [];
  const there = await shownById(deps, where, kind, live);
  const targets = new Set<string>();
  for (const record of live) {
    const shown = there.get(record.externalId);
    const target = shown ? await followMove(deps, where, record, shown) : undefined;
    if (target !== undefined) targets.add(target);
  }
  await syncBoth(deps, where.writer, targets);
  const gone = live.filter(({ externalId }) => !there.has(externalId));
  if (gone.length > 0) await refuseIfAllAreHidden(deps, where, kind);
  return gone;
}

/** Records that could not be read count as shown. */
async function shownById(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  records: readonly PairedRecord[],
): Promise<ReadonlyMap<number, AnyPsaRecord | 'unreadable'>> {
  const there = new Map<number, AnyPsaRecord | 'unreadable'>();
  for (const [scope, ids] of scopesOf(where, kind, records)) {
    const call = callOf(where.run, where.projectId);
    const page = await deps.psa.byIds(psaKindOf[kind] as PsaKind, ids, scope, call);
    for (const item of page.items) there.set(item.id, item);
    for (const { id } of page.skipped) if (id !== null) there.set(id, 'unreadable');
  }
  return there;
}

/** Where records of a kind are asked for by id: notes of a ticket only through their ticket. */
function scopesOf(
  where: Where,
  kind: DeletableKind,
  records: readonly PairedRecord[],
): readonly (readonly [PsaScope, readonly number[]])[] {
  const ids = (of: readonly PairedRecord[]) => of.map(({ externalId }) => externalId);
  if (kind !== 'ticketNote') return [[{ project: where.externalId }, ids(records)]];
  return [...Map.groupBy(records, ticketOf)].map(([ticket, notes]) => [{ ticket }, ids(notes)] as const);
}

/** The ticket that a note was last read from. */
function ticketOf(note: PairedRecord): number {
  const ticket = note.base.psa.taskId;
  return typeof ticket === 'number' ? ticket : 0;
}

/**
 * A role that hides a kind answers "there is none" for each of its records, not 403. That nobody in the whole
 * integration has a single one is far less likely than that.
 */
async function refuseIfAllAreHidden(deps: SyncDeps, where: Where, kind: DeletableKind): Promise<void> {
  const psaKind = psaKindOf[kind] as PsaKind;
  if (!countedOverAll.has(psaKind)) return;
  const count = await deps.psa.count(psaKind, {}, callOf(where.run, where.projectId));
  if (count > 0) return;
  throw new FailureError({
    code: 'cw.permission',
    entity: psaKind,
    message: `ConnectWise shows not a single ${planWords[kind].psa} any more: the security role of the API member has probably lost the right to see them. Nothing was deleted.`,
  });
}

const countedOverAll: ReadonlySet<PsaKind> = new Set(['ticket', 'scheduleEntry', 'timeEntry']);

type Judged = { readonly tombstones: readonly PairedRecord[]; readonly question?: Failure };

async function judge(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  gone: readonly PairedRecord[],
): Promise<Judged> {
  const waiting = await unanswered(deps, where, kind, gone.length > 0);
  const now = deps.clock.now();
  const before = new Date(now.getTime() - massDeletion.withinMs);
  const period =
    gone.length > 0
      ? await deps.planner.deletedSince(where.projectId, kind, before)
      : { deleted: 0, live: 0 };
  const facts = { gone: gone.length + waiting.length, deletedBefore: period.deleted, live: period.live };
  const isMass = gone.length > 0 && isMassDeletion(facts);
  if (isMass) await freeze(deps, where, kind, gone, period.live);
  const frozen = waiting.length + (isMass ? gone.length : 0);
  const question = frozen > 0 ? { question: questionOf(kind, frozen) } : {};
  if (isMass || gone.length === 0) return { tombstones: [], ...question };
  const sure = await confirmed(deps, where, kind, gone);
  const deleted = { at: now, by: byItself, reason: goneFromPsa } as const;
  return { tombstones: await bury(deps, where, kind, sure, deleted), ...question };
}

/** Frozen records that nobody has answered yet; looked for where there can be any. */
async function unanswered(
  deps: SyncDeps,
  { run, projectId }: Where,
  kind: DeletableKind,
  look: boolean,
): Promise<readonly PairedRecord[]> {
  if (!look && !perhapsFrozen(run)) return [];
  const frozen = await deps.planner.frozen(projectId, kind);
  return frozen.filter((record) => record.frozen?.approvedBy === undefined);
}

/**
 * Whether some may be frozen already. Not only where that is what a person must act about now: another failure may
 * have taken its place since, and the notes run asks nothing itself.
 */
function perhapsFrozen({ task, mode }: Run): boolean {
  return mode === 'comprehensive' || task.needsAttention !== undefined;
}

function questionOf(kind: DeletableKind, count: number): Failure {
  const { plan } = planWords[kind];
  const message = `${count} ${psaPlural(kind)} are gone from ConnectWise at once. Nothing was deleted yet: the ${plan}s wait for your answer.`;
  return { code: 'plan.mass-deletion', entity: psaKindOf[kind], message };
}

async function freeze(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  gone: readonly PairedRecord[],
  live: number,
): Promise<void> {
  const writer = where.writer;
  const at = deps.clock.now();
  const mark = gone.map(({ id, version }) => ({ id, version, mark: { frozen: { at } } }));
  await stored(deps.planner.apply({ ...fenceOf(where), kind, create: [], update: [], mark }));
  const names = gone.slice(0, 5).map(({ fields, externalId }) => nameOf(kind, fields, externalId));
  await deps.log.append([
    {
      ...entryOf(at, writer, kind, {}),
      severity: 'error',
      action: 'frozen',
      message: `${gone.length} of ${live} ${psaPlural(kind)} are gone from ConnectWise: ${names.join(', ')}${gone.length > 5 ? ' …' : ''}. They are kept as they are until somebody decides`,
      next: 'Apply the deletions, or keep the records in the plan.',
    },
  ]);
}

/** Asked once more, one by one: a batch that leaves a record out is not yet an answer about that record. */
async function confirmed(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  records: readonly PairedRecord[],
): Promise<readonly PairedRecord[]> {
  const sure: PairedRecord[] = [];
  for (const [done, record] of records.entries()) {
    const { run, projectId, externalId } = where;
    await run.control.checkpoint({
      phase: `${psaPlural(kind)} that are gone`,
      doneCount: done,
      totalCount: records.length,
    });
    const scope = kind === 'ticketNote' ? { ticket: ticketOf(record) } : { project: externalId };
    const missing = await deps.psa.isMissing(
      psaKindOf[kind] as PsaKind,
      record.externalId,
      scope,
      callOf(run, projectId),
    );
    if (missing) sure.push(record);
  }
  return sure;
}

async function bury(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  records: readonly PairedRecord[],
  deleted: Tombstone,
): Promise<readonly PairedRecord[]> {
  if (records.length === 0) return [];
  const graves = records.map(({ id, version }) => ({ id, version, deleted }));
  const { refused } = await stored(
    deps.planner.apply({ ...fenceOf(where), kind, create: [], update: [], delete: graves }),
  );
  // One that somebody edited in this moment is met again by the next comprehensive sync.
  const buried = refused === 0 ? records : await thoseBuried(deps, kind, records);
  const writer = where.writer;
  const why = deleted.by === byItself ? 'it is ' : `${deleted.by} decided so, it is `;
  await deps.log.append(
    buried.map((record) => deletedEntry(deleted.at, writer, record, `${why}${deleted.reason}`)),
  );
  where.run.tally.deleted += buried.length;
  return buried;
}

async function thoseBuried(
  deps: SyncDeps,
  kind: DeletableKind,
  records: readonly PairedRecord[],
): Promise<readonly PairedRecord[]> {
  const ids = records.map(({ externalId }) => externalId);
  const after = await deps.planner.pairedByExternalId(kind, ids);
  const dead = new Set(after.filter(({ deleted }) => deleted).map(({ id }) => id));
  return records.filter(({ id }) => dead.has(id));
}

/** What somebody answered "apply" to: each is asked for once more; those that are back live on. */
async function applyAnswers(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
): Promise<readonly PairedRecord[]> {
  if (!perhapsFrozen(where.run)) return [];
  const frozen = await deps.planner.frozen(where.projectId, kind);
  const approved = frozen.filter((record) => record.frozen?.approvedBy !== undefined);
  if (approved.length === 0) return [];
  const there = await shownById(deps, where, kind, approved);
  const absent = approved.filter(({ externalId }) => !there.has(externalId));
  const gone = await confirmed(deps, where, kind, absent);
  const sure = new Set(gone.map(({ id }) => id));
  const back = approved.filter(({ id }) => !sure.has(id));
  const mark = back.map(({ id, version }) => ({ id, version, mark: { frozen: null } }));
  if (mark.length > 0)
    await stored(deps.planner.apply({ ...fenceOf(where), kind, create: [], update: [], mark }));
  const by = gone[0]?.frozen?.approvedBy ?? byItself;
  return await bury(deps, where, kind, gone, { at: deps.clock.now(), by, reason: goneFromPsa });
}

/**
 * A record that ConnectWise shows by id and not in this project: goes along where its project is linked.
 * @returns the project that it went to
 */
async function followMove(
  deps: SyncDeps,
  where: Where,
  record: PairedRecord,
  shown: AnyPsaRecord | 'unreadable',
): Promise<string | undefined> {
  if (shown === 'unreadable') return undefined;
  const left = record.kind === 'ticketNote' && where.goneTasks.has(record.parentId ?? '');
  const target = left ? 'nowhere' : await homeOf(deps, where, shown);
  if (target === 'here') return undefined;
  if (target === 'nowhere') {
    if (record.kind === 'task') where.goneTasks.add(record.id);
    const deleted = {
      at: deps.clock.now(),
      by: byItself,
      reason: 'moved to a project that is not linked',
    } as const;
    await bury(deps, where, record.kind as DeletableKind, [record], deleted);
    return undefined;
  }
  const moved = await deps.planner.move(fenceOf(where), record, target.projectId);
  if (!moved) return undefined;
  const writer = where.writer;
  const name = nameOf(record.kind, record.fields, record.externalId);
  await deps.log.append([
    {
      ...entryOf(deps.clock.now(), writer, record.kind, record),
      severity: 'info',
      action: 'moved',
      message: `${name} was moved to another project in ConnectWise`,
    },
  ]);
  where.run.tally.updated += 1;
  return target.projectId;
}

type Home = 'here' | 'nowhere' | { readonly projectId: string };

async function homeOf(deps: SyncDeps, where: Where, shown: AnyPsaRecord): Promise<Home> {
  if ('objectId' in shown) return await homeOfEvent(deps, where, shown);
  const externalId = projectIn(shown);
  if (externalId === undefined || externalId === where.externalId) return 'here';
  const linked = externalId === null ? undefined : (await deps.tasks.linked([externalId])).get(externalId);
  return linked ?? 'nowhere';
}

/** The project that a record names; undefined for kinds that cannot leave theirs. */
function projectIn(shown: AnyPsaRecord): number | null | undefined {
  if ('project' in shown) return shown.project?.id ?? null;
  if ('projectId' in shown && 'workType' in shown) return shown.projectId;
  return undefined;
}

/** A schedule entry is wherever its ticket is; one that the plan does not know yet is asked for. */
async function homeOfEvent(
  deps: SyncDeps,
  where: Where,
  { objectId, onTicket }: PsaScheduleEntry,
): Promise<Home> {
  if (objectId === null || !onTicket) return 'nowhere';
  const [task] = await deps.planner.pairedByExternalId('task', [objectId]);
  const isThere = !task?.deleted || task.deleted.reason === deletedInPlan;
  const stays = task?.projectId === where.projectId && isThere;
  if (stays) return 'here';
  const call = callOf(where.run, where.projectId);
  const { items } = await deps.psa.byIds('ticket', [objectId], {}, call);
  return items[0] ? await homeOf(deps, where, items[0]) : 'nowhere';
}

function fenceOf({ writer: { projectId, lane, fence } }: Where) {
  return { projectId, lane, fence };
}

async function stored(applying: Promise<Applied>): Promise<{ readonly refused: number }> {
  const applied = await applying;
  if (applied.result === 'stale') throw new RunStopped('lease-lost');
  return applied;
}

/**
 * Notes of one ticket that a whole reading of them did not show. A ticket that is gone has none to show: that is
 * for its project's own sync to judge.
 * @returns the question where unusually many are gone
 */
export async function buryMissingNotes(
  deps: SyncDeps,
  run: Run,
  writer: Writer,
  task: PairedRecord,
  shown: ReadonlySet<number>,
): Promise<Failure | undefined> {
  const range = { after: 0, to: highestId };
  const paired = await deps.planner.pairedInRange(task.projectId, 'ticketNote', range, [task.id]);
  const gone = paired.filter(
    ({ externalId, deleted, frozen }) => !deleted && !frozen && !shown.has(externalId),
  );
  if (gone.length === 0) return undefined;
  const call = callOf(run, task.projectId);
  if (await deps.psa.isMissing('ticket', task.externalId, {}, call)) return undefined;
  const where = { run, writer, projectId: task.projectId, externalId: 0, goneTasks: new Set<string>() };
  return (await judge(deps, where, 'ticketNote', gone)).question;
}
