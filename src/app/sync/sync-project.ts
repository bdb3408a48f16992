/**
 * One sync of one project, from ConnectWise into the plan (sync.md, section 4): what changed since the last one,
 * or everything and what is gone.
 *
 * Hard cases: a right that is taken away for one kind must neither stop the others nor look like deletion; a
 * watermark may move only for what was really read, by ConnectWise's clock at the beginning of the reading; and
 * plan edits that come while a run reads belong to the next one.
 */
import type { Failure } from '../../domain/failure.ts';
import { type PlanKind, planKinds, psaKindOf } from '../../domain/plan.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { Watermarks } from '../../domain/sync-task.ts';
import { since } from '../../domain/watermark.ts';
import type { Finished, LinkFacts } from '../../ports/sync-task-store.ts';
import { carryOverDeletions } from './deletions.ts';
import { psaPlural } from './log-entries.ts';
import { checkPlanEdits } from './plan-edits.ts';
import { pushEdits } from './push/push-edits.ts';
import { settleIntents } from './push/settle-intents.ts';
import { mergeHeader, pairPushed, readHeader } from './read-header.ts';
import { type ReadableKind, readings } from './read-kinds.ts';
import { type KindRead, leaveOut, type ProjectRun } from './reading.ts';
import { type Run, readMeanings, type SyncDeps } from './run.ts';
import { RunStopped } from './run-control.ts';
import { type Settled, settleUnsettled } from './settle.ts';
import { readNotesOfChangedTickets } from './ticket-notes.ts';

export type ProjectSynced = Pick<Finished, 'link' | 'readStart' | 'watermarks' | 'again' | 'attention'> & {
  /** Kinds that may not be read, each with its failure. */
  readonly refused: readonly Failure[];
  /** Kinds that may not be written. */
  readonly writesRefused: readonly Failure[];
};

export async function syncProject(deps: SyncDeps, run: Run): Promise<ProjectSynced> {
  const { task, fence, control } = run;
  const begun = await deps.planner.beginRun({ projectId: task.projectId, lane: 'project', fence });
  if (!begun) throw new RunStopped('lease-lost');
  const project = await openProject(deps, run);
  await control.checkpoint({ phase: 'project', doneCount: 0, totalCount: 1 });
  const header = await syncHeader(deps, project);
  if (header.readAt) await control.setReadStart(header.readAt);
  const psaNow = clockFrom(deps, header.readAt);
  const open = await settleIntents(deps, project, psaNow);
  const reads = await readAll(deps, project);
  await checkPlanEdits(deps, project, { after: task.watermarks.plan ?? 0, to: begun.planSeq });
  const { unsettled, frozen } = await deps.planner.openWork(project.projectId, begun.planSeq, [
    'unsettled',
    'frozen',
  ]);
  const settled = await settleUnsettled(deps, project, unsettled);
  const candidates = candidatesOf(project, reads.done, settled.absent);
  const gone = await carryOverDeletions(deps, project, candidates, frozen);
  const pushed = await pushEdits({ deps, project, psaNow, planSeq: begun.planSeq });
  const question = (await readNotesOfChangedTickets(deps, project)) ?? gone;
  const attention = attentionOf(project, question, reads.unread) ?? pushed.attention;
  return {
    link: header.link,
    ...(header.readAt ? { readStart: header.readAt } : {}),
    watermarks: watermarksOf(project, begun.planSeq, header.readAt, reads.done),
    ...(settled.left + open + pushed.left > 0 ? { again: true } : {}),
    ...(attention ? { attention } : {}),
    refused: [...project.refused.values()],
    writesRefused: project.writesRefused,
  };
}

async function openProject(deps: SyncDeps, run: Run): Promise<ProjectRun> {
  const { projectId, link } = run.task;
  const [settings, meaning, phases] = await Promise.all([
    deps.settings.read(),
    readMeanings(deps),
    deps.planner.idsByExternalId(projectId, 'phase'),
  ]);
  return {
    run,
    projectId,
    externalId: link.externalId,
    board: link.boardId ?? null,
    settings,
    meaning,
    phases: new Map(phases),
    namedPhases: new Set(),
    changedTickets: new Set(),
    ahead: new Map(),
    intents: new Map(),
    toMake: new Set(),
    joined: new Set(),
    foundBuried: false,
    writesRefused: [],
    refused: new Map(),
    teamIncomplete: run.mode === 'comprehensive',
  };
}

/** The project's own record, merged, and what the list of projects shows of it. */
async function syncHeader(
  deps: SyncDeps,
  projectRun: ProjectRun,
): Promise<{ readonly link: LinkFacts; readonly readAt: Date | null }> {
  const { run, meaning } = projectRun;
  const { project, readAt } = await readHeader(deps, projectRun);
  projectRun.board = project.board?.id ?? null;
  await pairPushed(deps, projectRun, project);
  await mergeHeader(deps, projectRun, { items: [project], skipped: [], readAt });
  const link = {
    projectName: project.name ?? run.task.link.projectName,
    customer: project.company?.name ?? null,
    board: project.board?.name ?? null,
    boardId: project.board?.id ?? null,
    ...closing(project, meaning),
  };
  return { link, readAt };
}

/** ConnectWise's clock, from its last word about it on. */
function clockFrom({ clock }: SyncDeps, readAt: Date | null): () => Date {
  const [at, then] = [readAt?.getTime() ?? clock.now().getTime(), clock.monotonicMs()];
  return () => new Date(at + clock.monotonicMs() - then);
}

function closing(project: PsaProject, meaning: ProjectRun['meaning']): Pick<LinkFacts, 'closed'> {
  const category = project.status ? meaning('projects', project.status.id).category : undefined;
  const closed = project.closed || category === 'Complete' || category === 'Cancelled';
  return closed ? { closed: { at: project.actualEnd === null ? null : new Date(project.actualEnd) } } : {};
}

type Reads = {
  readonly done: ReadonlyMap<ReadableKind, KindRead & { readonly whole: boolean }>;
  /** Kinds that this run had no reason to look at. */
  readonly unread: readonly ReadableKind[];
};

async function readAll(deps: SyncDeps, project: ProjectRun): Promise<Reads> {
  const { run } = project;
  const done = new Map<ReadableKind, KindRead & { readonly whole: boolean }>();
  const unread: ReadableKind[] = [];
  for (const kind of Object.keys(readings) as ReadableKind[]) {
    if (kind === 'teamMember' && !project.teamIncomplete) {
      unread.push(kind);
      continue;
    }
    const from = run.mode === 'comprehensive' ? undefined : since(run.task.watermarks.psa?.[psaKindOf[kind]]);
    await run.control.checkpoint({ phase: psaPlural(kind), doneCount: 0, totalCount: null });
    try {
      const read = await readings[kind](deps, project, from);
      done.set(kind, { ...read, whole: from === undefined || kind === 'teamMember' });
    } catch (error) {
      leaveOut(project, error, psaKindOf[kind]);
    }
  }
  return { done, unread };
}

/** What may be gone: not shown by a whole reading that ended properly, or said to be gone by somebody. */
function candidatesOf(
  project: ProjectRun,
  done: Reads['done'],
  absent: Settled['absent'],
): ReadonlyMap<PlanKind, readonly number[]> {
  const suspects = project.run.task.claimed?.suspects ?? [];
  return new Map(
    planKinds.map((kind) => {
      const read = done.get(kind as ReadableKind);
      const missing = read?.whole ? read.missing : [];
      const said = suspects.flatMap((suspect) => (suspect.kind === psaKindOf[kind] ? suspect.id : []));
      return [kind, [...missing, ...(absent.get(kind) ?? []), ...said]] as const;
    }),
  );
}

function watermarksOf(
  { refused }: ProjectRun,
  planSeq: number,
  headerAt: Date | null,
  done: Reads['done'],
): Watermarks {
  const psa: { [kind: string]: Date } = {};
  if (headerAt) psa.project = headerAt;
  for (const [kind, { readAt }] of done) {
    const name = psaKindOf[kind];
    // Refused after it was read, while a deletion was checked: what it showed may not have been everything.
    if (readAt && !refused.has(name)) psa[name] = readAt;
  }
  return { plan: planSeq, psa };
}

/** What a person must act about, though the run did its work; a question is more urgent than a missing right. */
function attentionOf(
  { run, refused }: ProjectRun,
  question: Failure | undefined,
  unread: readonly ReadableKind[],
): Failure | undefined {
  const before = run.task.needsAttention?.failure;
  const [firstRefused] = refused.values();
  const stillUnread =
    before?.code === 'cw.permission' && unread.some((kind) => psaKindOf[kind] === before.entity);
  return question ?? firstRefused ?? (stillUnread ? before : undefined);
}
