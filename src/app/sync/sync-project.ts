/**
 * One comprehensive sync of one project, from ConnectWise into the plan (sync.md, section 4).
 *
 * Kind by kind, parents before children, page by page: memory is bounded by the page. ConnectWise's pages come
 * in order of id, so a page is joined with the paired records of the same range of ids in one query.
 */
import { phaseFields, phaseNamedBy, projectFields, taskFields } from '../../domain/inbound-fields.ts';
import type { PsaPhase, PsaTicket } from '../../domain/psa-records.ts';
import type { RunCounts, SyncKind, SyncTask } from '../../domain/sync-task.ts';
import type { Psa, PsaCall, PsaPage } from '../../ports/psa.ts';
import type { LinkFacts } from '../../ports/sync-task-store.ts';
import {
  alreadyPaired,
  createTally,
  type MergeDeps,
  mergePage,
  type PageMerge,
  type Tally,
} from './merge-page.ts';
import type { RunControl } from './run-control.ts';

export type SyncProjectDeps = MergeDeps & { readonly psa: Psa };

export type ProjectRun = {
  readonly runId: string;
  readonly mode: SyncKind;
  readonly task: SyncTask;
  readonly fence: number;
  readonly control: RunControl;
};

export type ProjectSynced = {
  readonly counts: RunCounts;
  readonly link: LinkFacts;
  /** Paired records that ConnectWise did not show any more. */
  readonly unseen: number;
};

const highestId = 2_147_483_647;

export async function syncProject(deps: SyncProjectDeps, run: ProjectRun): Promise<ProjectSynced> {
  const tally = createTally();
  const link = await syncHeader(deps, run, tally);
  const phaseIds = await syncPhases(deps, run, tally);
  await syncTickets(deps, run, tally, phaseIds);
  const { unseen, ...counts } = tally;
  return { counts, link, unseen };
}

function callOf(run: ProjectRun): PsaCall {
  return {
    signal: run.control.signal,
    priority: run.task.claimed?.prio ?? 0,
    runId: run.runId,
    projectId: run.task.projectId,
  };
}

function mergeOf(run: ProjectRun): Pick<PageMerge<never>, 'projectId' | 'fence' | 'runId' | 'mode'> {
  const { task, fence, runId, mode } = run;
  return { projectId: task.projectId, fence, runId, mode };
}

async function syncHeader(deps: SyncProjectDeps, run: ProjectRun, tally: Tally): Promise<LinkFacts> {
  await run.control.checkpoint({ phase: 'project', doneCount: 0, totalCount: 1 });
  const { externalId, projectName } = run.task.link;
  const project = await deps.psa.project(externalId, callOf(run));
  await mergePage(deps, tally, {
    ...mergeOf(run),
    kind: 'project',
    rules: projectFields,
    page: { items: [project], skipped: [] },
    range: { after: externalId - 1, to: externalId },
    // A plan project has the id that its sync task was linked with.
    newId: () => run.task.projectId,
    context: { phaseId: () => undefined },
  });
  return {
    projectName: project.name ?? projectName,
    customer: project.company?.name ?? null,
    board: project.board?.name ?? null,
  };
}

async function syncPhases(
  deps: SyncProjectDeps,
  run: ProjectRun,
  tally: Tally,
): Promise<Map<number, string>> {
  const known = new Map(await deps.planner.idsByExternalId(run.task.projectId, 'phase'));
  const total = await deps.psa.phaseCount(run.task.link.externalId, callOf(run));
  await mergePhases(deps, run, tally, known, total);
  return known;
}

async function mergePhases(
  deps: SyncProjectDeps,
  run: ProjectRun,
  tally: Tally,
  known: Map<number, string>,
  totalCount: number,
): Promise<void> {
  const pages = deps.psa.phases(run.task.link.externalId, callOf(run));
  await eachPage(run, pages, { phase: 'phases', totalCount }, async (page: PsaPage<PsaPhase>, range) => {
    await nameNewPhases(deps, page, known);
    await mergePage(deps, tally, {
      ...mergeOf(run),
      kind: 'phase',
      rules: phaseFields,
      page,
      range,
      newId: (id) => known.get(id) ?? deps.ids.next(),
      context: { phaseId: (id) => known.get(id) },
    });
  });
}

/**
 * Ids are given out before the merge: a phase may name a parent of the same page. One that is still paired in
 * another project gets none, since it is not made here: nothing may point to an id that exists nowhere.
 */
async function nameNewPhases(
  deps: SyncProjectDeps,
  page: PsaPage<PsaPhase>,
  known: Map<number, string>,
): Promise<void> {
  const unknown = page.items.map(({ id }) => id).filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  const taken = await alreadyPaired(deps, 'phase', unknown);
  for (const id of unknown) if (!taken.has(id)) known.set(id, deps.ids.next());
}

async function syncTickets(
  deps: SyncProjectDeps,
  run: ProjectRun,
  tally: Tally,
  phaseIds: Map<number, string>,
): Promise<void> {
  const totalCount = await deps.psa.ticketCount(run.task.link.externalId, callOf(run));
  const pages = deps.psa.tickets(run.task.link.externalId, callOf(run));
  let phasesReadAgain = false;
  await eachPage(run, pages, { phase: 'tickets', totalCount }, async (page: PsaPage<PsaTicket>, range) => {
    // A phase made after the phases were read is brought in first, once a run; beyond that it is dangling.
    if (!phasesReadAgain && page.items.some((ticket) => namesUnknownPhase(ticket, phaseIds))) {
      phasesReadAgain = true;
      const again = createTally();
      await mergePhases(deps, run, again, phaseIds, phaseIds.size);
      // What is skipped or unseen was counted by the first reading.
      tally.created += again.created;
      tally.updated += again.updated;
      tally.conflicts += again.conflicts;
    }
    await mergePage(deps, tally, {
      ...mergeOf(run),
      kind: 'task',
      rules: taskFields,
      page,
      range,
      newId: () => deps.ids.next(),
      context: { phaseId: (id) => phaseIds.get(id) },
    });
  });
}

function namesUnknownPhase(ticket: PsaTicket, phaseIds: ReadonlyMap<number, string>): boolean {
  const named = phaseNamedBy(ticket);
  return named !== undefined && !phaseIds.has(named);
}

type Range = { readonly after: number; readonly to: number };

/**
 * Walks pages with a checkpoint before each. The last call has an empty page whose range reaches the highest
 * id: paired records above the last one shown are unseen as well.
 */
async function eachPage<T extends { readonly id: number }>(
  run: ProjectRun,
  pages: AsyncIterable<PsaPage<T>>,
  progress: { readonly phase: string; readonly totalCount: number },
  merge: (page: PsaPage<T>, range: Range) => Promise<void>,
): Promise<void> {
  let after = 0;
  let doneCount = 0;
  await run.control.checkpoint({ ...progress, doneCount });
  for await (const page of pages) {
    const ids = [
      ...page.items.map(({ id }) => id),
      ...page.skipped.flatMap(({ id }) => (id === null ? [] : [id])),
    ];
    const to = Math.max(after, ...ids);
    await merge(page, { after, to });
    after = to;
    doneCount += page.items.length + page.skipped.length;
    await run.control.checkpoint({ ...progress, doneCount });
  }
  await merge({ items: [], skipped: [] }, { after, to: highestId });
}
