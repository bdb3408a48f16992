/**
 * The scout asks ConnectWise once a minute, over all projects, what changed, and triggers the projects concerned
 * (sync.md, section 3): four small requests however many projects there are, and no inbound address.
 *
 * Hard cases: a change stamped in the second that was read already (each reading begins two minutes before the
 * last one did); a change that a sync has read meanwhile (the queue compares it with when that sync began); a
 * kind that may not be read (it keeps its cursor, the others go on).
 */
import type { Failure } from '../../domain/failure.ts';
import { type PsaChange, type ScoutedKind, scoutedKinds } from '../../domain/psa-records.ts';
import { since } from '../../domain/watermark.ts';
import type { ChangeSeen, Finished, SyncTaskStore } from '../../ports/sync-task-store.ts';
import { callOf, type Run, refusalOf, type SyncDeps } from './run.ts';

export type ScoutDeps = Pick<SyncDeps, 'psa' | 'planner' | 'clock'> & {
  readonly tasks: Pick<SyncTaskStore, 'triggerChanged' | 'getMany' | 'troubled' | 'trigger'>;
  /** Links what of these is open, on a chosen board and never was linked. Returns how many were. */
  readonly linkFound: (externalIds: readonly number[], run: Run) => Promise<number>;
  /** Finds out what became of plan projects whose making in ConnectWise was not answered. */
  readonly settlePushes: () => Promise<void>;
};

/** How far ConnectWise's stamps may lag behind its clock, beyond what was seen in answers to our own writes. */
export const stampMarginMs = 5_000;

export async function scout(deps: ScoutDeps, run: Run): Promise<Pick<Finished, 'watermarks' | 'attention'>> {
  const cursors: { [kind in ScoutedKind]?: Date } = {};
  const refused: Failure[] = [];
  const unlinked = new Set<number>();
  for (const [doneCount, kind] of scoutedKinds.entries()) {
    await run.control.checkpoint({ phase: 'changes', doneCount, totalCount: scoutedKinds.length });
    try {
      const cursor = await scoutKind(deps, run, kind, unlinked);
      if (cursor) cursors[kind] = cursor;
    } catch (error) {
      refused.push(refusalOf(error));
    }
  }
  await syncReadableAgain(deps, run, refused);
  await deps.settlePushes();
  // Of an unlinked project only its own row counts: its tickets change all the time and mean nothing.
  if (unlinked.size > 0) await deps.linkFound([...unlinked], run);
  const [attention] = refused;
  return { watermarks: { psa: cursors }, ...(attention ? { attention } : {}) };
}

/**
 * A right that was missing is there again: the projects that stand still for it need nobody to press anything.
 * Looked for only by the first scout that is not refused any more.
 */
async function syncReadableAgain(
  { tasks }: ScoutDeps,
  { task }: Run,
  refused: readonly Failure[],
): Promise<void> {
  if (task.needsAttention?.failure.code !== 'cw.permission') return;
  const refusedKinds = new Set(refused.map(({ entity }) => entity));
  const readable = new Set<string>(scoutedKinds.filter((kind) => !refusedKinds.has(kind)));
  const { tasks: troubled } = await tasks.troubled(failuresInARow);
  for (const { id, kind, needsAttention } of troubled) {
    const { code, entity = '' } = needsAttention?.failure ?? {};
    const waits = kind === 'project' && code === 'cw.permission' && readable.has(entity);
    if (waits) await tasks.trigger(id, { kinds: ['delta'], prio: 1 });
  }
}

/** What is asked of the store beside those that a person must act about; here only the latter count. */
const failuresInARow = 3;

/** @returns the next cursor: ConnectWise's clock at the first answer */
async function scoutKind(
  deps: ScoutDeps,
  run: Run,
  kind: ScoutedKind,
  unlinked: Set<number>,
): Promise<Date | undefined> {
  const from = since(run.task.watermarks.psa?.[kind]) ?? firstSince(deps);
  let cursor: Date | null | undefined;
  for await (const page of deps.psa.changes(kind, from, callOf(run))) {
    if (cursor === undefined) cursor = page.readAt;
    const seen = await changesOf(deps, run, page.items);
    if (seen.length === 0) continue;
    const { unknown } = await deps.tasks.triggerChanged(seen, stampMarginMs);
    if (kind === 'project') for (const id of unknown) unlinked.add(id);
  }
  return cursor ?? undefined;
}

/** The first time: by our clock, roughly. The first import reads everything anyway. */
function firstSince(deps: ScoutDeps): Date {
  return new Date(deps.clock.now().getTime() - 24 * 3_600_000);
}

/** Entries that name only their ticket belong to the project in whose plan the ticket is. */
async function changesOf(
  deps: ScoutDeps,
  run: Run,
  rows: readonly PsaChange[],
): Promise<readonly ChangeSeen[]> {
  const tickets = rows.flatMap(({ projectId, ticketId }) => (projectId === null ? (ticketId ?? []) : []));
  const projects = await projectsOfTickets(deps, run, [...new Set(tickets)]);
  return rows.flatMap(({ projectId, ticketId, lastUpdated }): ChangeSeen[] => {
    const externalId = projectId ?? projects.get(ticketId ?? 0);
    if (lastUpdated === null || externalId === undefined) return [];
    return [{ externalId, lastUpdated: new Date(lastUpdated) }];
  });
}

/** External ids of the projects, by ticket; a ticket that no plan has comes with a row of its own. */
async function projectsOfTickets(
  deps: ScoutDeps,
  run: Run,
  tickets: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (tickets.length === 0) return new Map();
  const tasks = await deps.planner.pairedByExternalId('task', tickets);
  const projectIds = [...new Set(tasks.map(({ projectId }) => projectId))];
  const { tasks: owners } = await deps.tasks.getMany(projectIds.map((id) => `${run.task.tenantId}:${id}`));
  const externalIds = new Map(owners.map(({ projectId, link }) => [projectId, link.externalId]));
  return new Map(
    tasks.flatMap(({ externalId, projectId }) => {
      const project = externalIds.get(projectId);
      return project === undefined ? [] : [[externalId, project] as const];
    }),
  );
}
