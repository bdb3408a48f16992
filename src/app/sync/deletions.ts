/**
 * Carries deletions and moves out of a project over into the plan (sync.md, "Deletions").
 *
 * ConnectWise leaves no trace of what was deleted: a record is gone when a whole reading did not show it and
 * ConnectWise, asked for it by id, says that there is none. A right that was taken away looks much the same, so
 * every step here doubts: records that merely moved are found by id, a kind of which ConnectWise shows nothing at
 * all is taken for a missing right, and unusually many deletions wait for a person.
 */
import { type Failure, FailureError } from '../../domain/failure.ts';
import {
  goneFromPsa,
  type PairedRecord,
  type PlanKind,
  planKinds,
  planWords,
  psaKindOf,
} from '../../domain/plan.ts';
import type { PsaKind } from '../../domain/psa-records.ts';
import type { PsaScope } from '../../ports/psa.ts';
import { syncBoth } from './adopt.ts';
import {
  approvedRecords,
  carryOut,
  type DeletableKind,
  type Judged,
  judge,
  type Lost,
  ticketOf,
} from './judge-deletions.ts';
import { type Fate, fateOf, fenceOf, followMove, type Shown, type Where } from './moves.ts';
import { highestId, leaveOut, type ProjectRun } from './reading.ts';
import { callOf, type Run, type SyncDeps, type Writer, writerOf } from './run.ts';
import { RunStopped } from './run-control.ts';

/**
 * @param frozen kinds of which some may wait for an answer, or for its being carried out
 * @returns the question where records wait for a person's answer
 */
export async function carryOverDeletions(
  deps: SyncDeps,
  project: ProjectRun,
  candidates: ReadonlyMap<PlanKind, readonly number[]>,
  frozen: ReadonlySet<PlanKind>,
): Promise<Failure | undefined> {
  const where: Where = { ...project, frozen, writer: writerOf(project.run), goneTasks: new Set() };
  const seen = { project: false };
  const judged: Judged[] = [];
  for (const kind of planKinds) {
    if (kind === 'project') continue;
    try {
      judged.push(await carryOverKind(deps, project, where, kind, candidates.get(kind) ?? [], seen));
    } catch (error) {
      leaveOut(project, error, psaKindOf[kind]);
    }
  }
  if (judged.every(({ missed }) => missed === 0)) await settleGoneTasks(deps, project, where);
  return judged.find(({ question }) => question)?.question;
}

/** @param seen whether the project itself was looked for in this run, since something of it is gone */
async function carryOverKind(
  deps: SyncDeps,
  { run, projectId, externalId }: ProjectRun,
  where: Where,
  kind: DeletableKind,
  candidates: readonly number[],
  seen: { project: boolean },
): Promise<Judged> {
  const suspected = [...new Set([...candidates, ...(await childrenOf(deps, where, kind))])];
  const answered = await applyAnswers(deps, where, kind);
  const lost = suspected.length > 0 ? await lookFor(deps, where, kind, suspected) : [];
  if (!seen.project && lost.some(isGone)) {
    // A project that is gone takes its records along: that is another failure, and deletes nothing.
    await deps.psa.project(externalId, callOf(run, projectId));
    seen.project = true;
  }
  const judged = await judge(deps, where, kind, lost);
  const buried = answered + judged.buried;
  if (kind === 'task' && (buried > 0 || run.mode === 'comprehensive')) await noteGoneTasks(deps, where);
  return judged;
}

const isGone = ({ reason }: Lost): boolean => reason === goneFromPsa;

const tasksAtOnce = 500;

/** Those of earlier runs, too: one that ended before it came to what stood on its tickets left that behind. */
async function noteGoneTasks({ planner }: SyncDeps, { projectId, goneTasks }: Where): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = { limit: tasksAtOnce, ...(after === undefined ? {} : { after }) };
    const ids = await planner.tasksLeavingChildren(projectId, page);
    for (const id of ids) goneTasks.add(id);
    after = ids.at(-1);
    if (ids.length < tasksAtOnce) return;
  }
}

/** In as many at a time, since they stand in one query. */
function inPages(ids: ReadonlySet<string>): readonly (readonly string[])[] {
  const all = [...ids];
  const pages = Math.ceil(all.length / tasksAtOnce);
  return Array.from({ length: pages }, (_, n) => all.slice(n * tasksAtOnce, (n + 1) * tasksAtOnce));
}

/** Events, time logs and notes of tickets that are gone: no reading by ticket would show them missing. */
async function childrenOf(
  { planner }: SyncDeps,
  { projectId, goneTasks }: Where,
  kind: DeletableKind,
): Promise<readonly number[]> {
  if (!hasTask.has(kind)) return [];
  const children: number[] = [];
  for (const page of inPages(goneTasks)) children.push(...(await planner.childrenOf(projectId, kind, page)));
  return children;
}

/**
 * So that the next run does not look for them once more. Not where one of the kinds may not be read, or where
 * somebody edited one in the very moment: then all of it is done again.
 */
async function settleGoneTasks({ planner }: SyncDeps, { refused }: ProjectRun, where: Where): Promise<void> {
  if (where.goneTasks.size === 0 || [...hasTask].some((kind) => refused.has(psaKindOf[kind]))) return;
  for (const page of inPages(where.goneTasks)) {
    if (!(await planner.childrenJudged(fenceOf(where), page))) throw new RunStopped('lease-lost');
  }
}

const hasTask: ReadonlySet<PlanKind> = new Set(['event', 'timeLog', 'ticketNote']);

/** The live records among the suspected that are no part of this plan any more; those that moved to a linked project go there. */
async function lookFor(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  suspected: readonly number[],
): Promise<readonly Lost[]> {
  const paired = await deps.planner.pairedByExternalId(kind, suspected);
  const live = paired.filter(
    ({ projectId, deleted, frozen }) => projectId === where.projectId && !deleted && !frozen,
  );
  const targets = new Set<string>();
  const lost: Lost[] = [];
  for (const [record, fate] of await fatesOf(deps, where, kind, live)) {
    if (fate === 'here') continue;
    if (typeof fate === 'string') lost.push({ record, reason: fate });
    else if (await followMove(deps, where, record, fate)) targets.add(fate.projectId);
  }
  await syncBoth(deps, where.writer, targets);
  if (lost.some(isGone)) await refuseIfAllAreHidden(deps, where, kind);
  return lost;
}

/**
 * What somebody answered "apply" to: each is looked for once more. One that is back, or that went to a project which
 * is linked by now, is only set free: it follows like any other that is not shown here.
 * @returns how many were deleted
 */
async function applyAnswers(deps: SyncDeps, where: Where, kind: DeletableKind): Promise<number> {
  const approved = await approvedRecords(deps, where, kind);
  if (approved.length === 0) return 0;
  const fates = await fatesOf(deps, where, kind, approved);
  const lost = fates.flatMap(([record, fate]): Lost[] =>
    typeof fate === 'string' && fate !== 'here' ? [{ record, reason: fate }] : [],
  );
  return await carryOut(deps, where, kind, approved, lost);
}

async function fatesOf(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  records: readonly PairedRecord[],
): Promise<readonly (readonly [PairedRecord, Fate])[]> {
  if (records.length === 0) return [];
  const there = await shownById(deps, where, kind, records);
  const fates: (readonly [PairedRecord, Fate])[] = [];
  for (const record of records) {
    fates.push([record, await fateOf(deps, where, record, there.get(record.externalId))]);
  }
  return fates;
}

/** Records that could not be read count as shown. */
async function shownById(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  records: readonly PairedRecord[],
): Promise<ReadonlyMap<number, Shown>> {
  const there = new Map<number, Shown>();
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
  const { projectId } = task;
  const none = {
    namedPhases: new Set<number>(),
    goneTasks: new Set<string>(),
    frozen: new Set<PlanKind>(),
  };
  const where: Where = { run, writer, projectId, externalId: 0, ...none };
  const lost = gone.map((record): Lost => ({ record, reason: goneFromPsa }));
  return (await judge(deps, where, 'ticketNote', lost)).question;
}
