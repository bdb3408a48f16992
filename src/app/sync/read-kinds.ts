/**
 * How each kind of record of a project is read and merged: in full or since its watermark, page by page, so that
 * memory is bounded by the page. ConnectWise's pages come in order of id; a page of a full reading is joined
 * with the paired records of the same range of ids, and what the plan has there and ConnectWise does not show is
 * missing.
 *
 * Hard cases: parents that are not there yet, and a permission that is taken away in the middle.
 */
import {
  phaseFields,
  projectNoteFields,
  type ReferenceContext,
  taskFields,
  teamMemberFields,
  timeLogFields,
} from '../../domain/inbound-fields.ts';
import { deletedInPlan, type PlanKind, psaKindOf } from '../../domain/plan.ts';
import type { PsaKinds, PsaTicket, PsaTimeEntry } from '../../domain/psa-records.ts';
import type { FieldRule } from '../../domain/reconcile.ts';
import type { PsaPage } from '../../ports/psa.ts';
import { inPhasesElsewhere } from './adopt.ts';
import { mergePage } from './merge-page.ts';
import type { PageMerge, PageMerged, PsaRow } from './page-merge.ts';
import { oursAmong } from './push/moved-meanwhile.ts';
import { mergeEvents, readEvents, tasksNamedBy } from './read-events.ts';
import {
  eachPage,
  highestId,
  type KindRead,
  leaveOut,
  mergeOf,
  type ProjectRun,
  pagesOf,
  paired,
  type Range,
  type ReadKind,
  stamped,
  type Tasks,
} from './reading.ts';
import { callOf, type SyncDeps } from './run.ts';

/** How many tickets have their notes read in the run in which they changed. */
export const ticketsReadInARun = 20;

/** The kinds that a project's run reads one after another, parents before children. */
export const readings = {
  phase: readPhases,
  task: readTasks,
  event: readEvents,
  timeLog: readTimeLogs,
  projectNote: readProjectNotes,
  teamMember: readTeam,
} as const satisfies { readonly [kind in PlanKind]?: ReadKind };
export type ReadableKind = keyof typeof readings;

/** Phases are few: they are merged as one page, so that each can name a parent that comes later. */
async function readPhases(deps: SyncDeps, project: ProjectRun, since: Date | undefined): Promise<KindRead> {
  const scope = { project: project.externalId };
  const items: PsaKinds['phase'][] = [];
  const skipped: PsaPage<never>['skipped'][number][] = [];
  let readAt: Date | null | undefined;
  for await (const page of pagesOf(deps, project, 'phase', scope, since)) {
    items.push(...page.items);
    skipped.push(...page.skipped);
    if (readAt === undefined) readAt = page.readAt;
  }
  const page = { items, skipped, readAt: readAt ?? null };
  const merged = await mergePhases(deps, project, page, since === undefined);
  return { ...stamped(page), missing: merged.missing };
}

async function mergePhases(
  deps: SyncDeps,
  project: ProjectRun,
  page: PsaPage<PsaKinds['phase']>,
  whole: boolean,
): Promise<PageMerged> {
  const { phases } = project;
  return await mergePage(deps, {
    ...mergeOf(project, 'phase', phaseFields, page),
    ...(whole ? { range: { after: 0, to: highestId } } : {}),
    // Before any is merged, since each may name any other. A tombstone keeps its id, for the tickets below it.
    onKnown: (here, keptOut) => {
      for (const { id } of page.items) {
        const known = here.get(id)?.id;
        phases.set(id, known ?? (keptOut.has(id) ? null : (phases.get(id) ?? deps.ids.next())));
      }
    },
    newId: (id) => phases.get(id) ?? deps.ids.next(),
  });
}

function readTasks(deps: SyncDeps, project: ProjectRun, since: Date | undefined): Promise<KindRead> {
  const pages = pagesOf(deps, project, 'ticket', { project: project.externalId }, since);
  return eachPage(project, 'task', pages, since, (page, range) => mergeTasks(deps, project, page, range));
}

/** Merges tickets; phases that they name and nobody knows are brought in first. */
async function mergeTasks(
  deps: SyncDeps,
  project: ProjectRun,
  page: PsaPage<PsaTicket>,
  range?: PageMerge<PsaTicket>['range'],
): Promise<PageMerged> {
  await bringInPhases(deps, project, page.items);
  const merged = await mergePage(deps, {
    ...mergeOf(project, 'task', taskFields, page),
    ...(range ? { range } : {}),
    outOfPlace: (here) => inPhasesElsewhere(deps, project, here),
    mayBeOurs: (unknown) => oursAmong(deps, project, unknown),
  });
  await noteChanges(deps, project, range ? merged.touched : page.items.map(({ id }) => id));
  return merged;
}

/** Once a run for each phase: one that is nowhere, or may not be read, leaves its tickets without a phase. */
async function bringInPhases(
  deps: SyncDeps,
  project: ProjectRun,
  tickets: readonly PsaTicket[],
): Promise<void> {
  const { phases, refused } = project;
  for (const { phase } of tickets) if (phase) project.namedPhases.add(phase.id);
  const named = tickets.flatMap(({ phase }) => (phase && !phases.has(phase.id) ? [phase.id] : []));
  if (named.length === 0 || refused.has('phase')) return;
  const call = callOf(project.run, project.projectId);
  try {
    const found = await deps.psa.byIds('phase', [...new Set(named)], { project: project.externalId }, call);
    if (found.items.length > 0) await mergePhases(deps, project, found, false);
  } catch (error) {
    leaveOut(project, error, 'phase');
  }
  for (const id of named) if (!phases.has(id)) phases.set(id, null);
}

/**
 * The notes of tickets that changed are due from the moment that they are stored: a run that ends before it comes
 * to them leaves none behind.
 */
async function noteChanges(deps: SyncDeps, project: ProjectRun, changed: readonly number[]): Promise<void> {
  const { changedTickets } = project;
  const tasks = await paired(deps, project, 'task', changed, ({ deleted }) => !deleted);
  if (tasks.size === 0) return;
  await deps.planner.markNotesDue([...tasks.values()], deps.clock.now());
  // A first import has nothing but changes: hundreds of projects are there sooner when their notes follow.
  if (!project.run.task.lastSync) return;
  for (const id of tasks.keys()) {
    if (changedTickets.size < ticketsReadInARun) changedTickets.add(id);
  }
}

function readTimeLogs(deps: SyncDeps, project: ProjectRun, since: Date | undefined): Promise<KindRead> {
  const pages = pagesOf(deps, project, 'timeEntry', { project: project.externalId }, since);
  return eachPage(project, 'timeLog', pages, since, (page, range) =>
    mergeTimeLogs(deps, project, page, range),
  );
}

async function mergeTimeLogs(
  deps: SyncDeps,
  project: ProjectRun,
  page: PsaPage<PsaTimeEntry>,
  range?: PageMerge<PsaTimeEntry>['range'],
): Promise<PageMerged> {
  const tasks = await ticketsBroughtIn(deps, project, page.items);
  return await mergePage(deps, {
    ...mergeOf(project, 'timeLog', timeLogFields, page, tasks),
    parentId: ({ ticketId }) => (ticketId === null ? undefined : tasks.get(ticketId)),
    ...(range ? { range } : {}),
  });
}

/** Tickets that entries name; those that the plan does not have yet are brought in first. */
async function ticketsBroughtIn(
  deps: SyncDeps,
  project: ProjectRun,
  entries: readonly PsaTimeEntry[],
): Promise<Tasks> {
  const named = [...new Set(entries.flatMap(({ ticketId }) => ticketId ?? []))];
  const known = await tasksWithTime(deps, project, named);
  const absent = named.filter((id) => !known.has(id));
  if (absent.length === 0 || project.refused.has('ticket')) return known;
  const call = callOf(project.run, project.projectId);
  try {
    const { items } = await deps.psa.byIds('ticket', absent, { project: project.externalId }, call);
    const ours = items.filter((ticket) => isIn(project, ticket.project?.id));
    if (ours.length > 0) await mergeTasks(deps, project, { items: ours, skipped: [], readAt: null });
  } catch (error) {
    leaveOut(project, error, 'ticket');
  }
  return await tasksWithTime(deps, project, named);
}

/** A task that was deleted in the plan keeps its time: it is there in ConnectWise, and may come back. */
function tasksWithTime(deps: SyncDeps, project: ProjectRun, ids: readonly number[]): Promise<Tasks> {
  return paired(deps, project, 'task', ids, ({ deleted }) => !deleted || deleted === deletedInPlan);
}

function isIn({ externalId }: ProjectRun, project: number | null | undefined): boolean {
  return project === externalId;
}

function readProjectNotes(deps: SyncDeps, project: ProjectRun, since: Date | undefined): Promise<KindRead> {
  const pages = pagesOf(deps, project, 'projectNote', { project: project.externalId }, since);
  return eachPage(project, 'projectNote', pages, since, (page, range) =>
    mergeNotes(deps, project, page, range),
  );
}

/** Always in full: a team is short, and ConnectWise tells no times of it that could be relied on. */
function readTeam(deps: SyncDeps, project: ProjectRun): Promise<KindRead> {
  const pages = pagesOf(deps, project, 'teamMember', { project: project.externalId }, undefined);
  return eachPage(project, 'teamMember', pages, undefined, (page, range) =>
    mergeTeam(deps, project, page, range),
  );
}

/** For kinds whose records hang on nothing but the project. */
function mergeAsIs<R extends PsaRow>(
  kind: PlanKind,
  rules: readonly FieldRule<R, ReferenceContext>[],
): (deps: SyncDeps, project: ProjectRun, page: PsaPage<R>, range?: Range) => Promise<PageMerged> {
  return (deps, project, page, range) =>
    mergePage(deps, { ...mergeOf(project, kind, rules, page), ...(range ? { range } : {}) });
}

const mergeNotes = mergeAsIs('projectNote', projectNoteFields);
const mergeTeam = mergeAsIs('teamMember', teamMemberFields);

/**
 * Reads records by id and merges those that are of this project, whatever the watermarks say.
 * @returns the ids that ConnectWise did not show, or shows elsewhere
 */
export async function mergeByKind(
  deps: SyncDeps,
  project: ProjectRun,
  kind: ReadableKind,
  ids: readonly number[],
): Promise<readonly number[]> {
  const page = await shownById(deps, project, kind, ids);
  await mergeShown(deps, project, kind, page);
  const shown = new Set([...page.items, ...page.skipped].map(({ id }) => id));
  return ids.filter((id) => !shown.has(id));
}

/** A record of any kind that a project's run reads by itself. */
export type AnyShown = PsaKinds[(typeof psaKindOf)[ReadableKind]];

/** Those of the records that are of this project. */
export async function shownById(
  deps: SyncDeps,
  project: ProjectRun,
  kind: ReadableKind,
  ids: readonly number[],
): Promise<PsaPage<AnyShown>> {
  const call = callOf(project.run, project.projectId);
  const page = await deps.psa.byIds(psaKindOf[kind], ids, { project: project.externalId }, call);
  return { ...page, items: page.items.filter((record) => belongs(project, record)) };
}

function belongs(project: ProjectRun, record: AnyShown): boolean {
  if ('project' in record) return isIn(project, record.project?.id);
  return 'projectId' in record ? isIn(project, record.projectId) : true;
}

/** @param page records of this kind */
export async function mergeShown(
  deps: SyncDeps,
  project: ProjectRun,
  kind: ReadableKind,
  page: PsaPage<AnyShown>,
): Promise<void> {
  const merge = mergers[kind] as (
    deps: SyncDeps,
    project: ProjectRun,
    page: PsaPage<AnyShown>,
  ) => Promise<unknown>;
  await merge(deps, project, page);
}

type Mergers = {
  readonly [kind in ReadableKind]: (
    deps: SyncDeps,
    project: ProjectRun,
    page: PsaPage<PsaKinds[(typeof psaKindOf)[kind]]>,
  ) => Promise<PageMerged>;
};

const mergers: Mergers = {
  phase: (deps, project, page) => mergePhases(deps, project, page, false),
  task: mergeTasks,
  event: async (deps, project, page) => {
    const tasks = await tasksNamedBy(deps, project, page.items);
    return await mergeEvents(deps, project, page, tasks, undefined);
  },
  timeLog: mergeTimeLogs,
  projectNote: mergeNotes,
  teamMember: mergeTeam,
};
