/**
 * Schedule entries do not know their project: they are asked for by the project's tickets, as many as fit into an
 * address, or, where those are too many, over the whole integration and picked here.
 */
import { eventFields, isUndated } from '../../domain/inbound-fields.ts';
import type { PsaScheduleEntry } from '../../domain/psa-records.ts';
import type { PsaPage } from '../../ports/psa.ts';
import { mergePage } from './merge-page.ts';
import type { PageMerge, PageMerged } from './page-merge.ts';
import {
  eachPage,
  highestId,
  type KindRead,
  mergeOf,
  type ProjectRun,
  pagesOf,
  paired,
  type Tasks,
} from './reading.ts';
import { callOf, type SyncDeps } from './run.ts';

/** More chunks of tickets than this, and the entries of the whole integration are read and filtered here. */
const chunksAtMost = 3;

export async function readEvents(
  deps: SyncDeps,
  project: ProjectRun,
  since: Date | undefined,
): Promise<KindRead> {
  const chunks = await ticketChunks(deps, project, since === undefined);
  if (chunks === 'too many') {
    const pages = pagesOf(deps, project, 'scheduleEntry', {}, since);
    return await eachPage(project, 'event', pages, since, async (page, range) => {
      const tasks = await tasksNamedBy(deps, project, page.items);
      return await mergeEvents(deps, project, page, tasks, range);
    });
  }
  let readAt: Date | null | undefined;
  const missing: number[] = [];
  for (const tasks of chunks) {
    const pages = pagesOf(deps, project, 'scheduleEntry', { tickets: [...tasks.keys()] }, since);
    const parents = [...tasks.values()];
    const read = await eachPage(project, 'event', pages, since, (page, range) =>
      mergeEvents(deps, project, page, tasks, range ? { ...range, parents } : undefined),
    );
    if (readAt === undefined) readAt = read.readAt ?? null;
    missing.push(...read.missing);
  }
  return { ...(readAt ? { readAt } : {}), missing };
}

/** The project's tickets in as many parts as fit into an address, or the word that they are too many. */
async function ticketChunks(
  deps: SyncDeps,
  project: ProjectRun,
  whole: boolean,
): Promise<readonly Tasks[] | 'too many'> {
  const count = await deps.planner.countPaired(project.projectId, 'task');
  const digits = 10;
  const most = deps.psa.ticketsPerRequest(digits) * chunksAtMost;
  if (!whole && count > most) return 'too many';
  if (count > most && !(await cheaperByTickets(deps, project, count))) return 'too many';
  const known = [...(await deps.planner.idsByExternalId(project.projectId, 'task'))].toSorted(
    ([a], [b]) => a - b,
  );
  const longest = String(known.at(-1)?.[0] ?? 0).length;
  const size = deps.psa.ticketsPerRequest(longest);
  const chunks: Tasks[] = [];
  for (let start = 0; start < known.length; start += size)
    chunks.push(new Map(known.slice(start, start + size)));
  return chunks;
}

/** Rows that ConnectWise gives on one page, roughly: only for reckoning which way is cheaper. */
const rowsPerPage = 250;

/**
 * A project of thousands of tickets in an integration with few other entries is read faster without naming them;
 * in one with a hundred thousand entries it is not.
 */
async function cheaperByTickets(deps: SyncDeps, project: ProjectRun, tickets: number): Promise<boolean> {
  const entries = await deps.psa.count('scheduleEntry', {}, callOf(project.run, project.projectId));
  return tickets / deps.psa.ticketsPerRequest(10) < entries / rowsPerPage;
}

export async function mergeEvents(
  deps: SyncDeps,
  project: ProjectRun,
  page: PsaPage<PsaScheduleEntry>,
  tasks: Tasks,
  range: PageMerge<PsaScheduleEntry>['range'] | undefined,
): Promise<PageMerged> {
  const ours = page.items.filter(
    ({ objectId, onTicket }) => onTicket && objectId !== null && tasks.has(objectId),
  );
  const undated = new Set(
    project.settings.importUndatedScheduleEntries ? [] : ours.filter(isUndated).map(({ id }) => id),
  );
  // One that lost its dates stays in step; one that never had any is not imported.
  const known = undated.size > 0 ? await deps.planner.pairedByExternalId('event', [...undated]) : [];
  for (const { externalId } of known) undated.delete(externalId);
  const items = ours.filter(({ id }) => !undated.has(id));
  await noteTeam(deps, project, items);
  return await mergePage(deps, {
    ...mergeOf(project, 'event', eventFields, { ...page, items }, tasks),
    parentId: ({ objectId }) => tasks.get(objectId ?? 0),
    ...(range ? { range } : {}),
  });
}

/** Somebody is planned who is not on the team as it is known: the team is read in this run as well. */
async function noteTeam(
  deps: SyncDeps,
  project: ProjectRun,
  items: readonly PsaScheduleEntry[],
): Promise<void> {
  if (project.teamIncomplete || items.length === 0) return;
  const all = { after: 0, to: highestId };
  const team = await deps.planner.pairedInRange(project.projectId, 'teamMember', all);
  const onTeam = new Set(team.filter(({ deleted }) => !deleted).map(({ fields }) => idIn(fields.member)));
  project.teamIncomplete = items.some(({ member }) => member !== null && !onTeam.has(member.id));
}

function idIn(reference: unknown): unknown {
  return typeof reference === 'object' && reference !== null && 'id' in reference ? reference.id : undefined;
}

/** Plan ids of the tickets that entries of the whole integration name, as far as they are of this project. */
export async function tasksNamedBy(
  deps: SyncDeps,
  project: ProjectRun,
  entries: readonly PsaScheduleEntry[],
): Promise<Tasks> {
  const named = entries.flatMap(({ objectId, onTicket }) => (onTicket ? (objectId ?? []) : []));
  return await paired(deps, project, 'task', named, ({ deleted }) => !deleted);
}
