/**
 * Records that ConnectWise shows in this project and the plan has in another one. A move between linked projects
 * keeps the plan record, its history and what belongs to it; a project that was disconnected keeps its records
 * but not its ties, so that what is imported again can be paired anew.
 */
import type { PairedRecord } from '../../domain/plan.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import { movedEntry } from './log-entries.ts';
import type { MergeDeps } from './page-merge.ts';
import type { ProjectRun } from './reading.ts';
import type { Writer } from './run.ts';

/**
 * @param written gets the lines that were stored with the moves
 * @returns the records that are part of this project now, as they are stored
 */
export async function adoptFromElsewhere(
  deps: MergeDeps,
  writer: Writer,
  elsewhere: readonly PairedRecord[],
  written: Map<string, LogEntry>,
): Promise<readonly PairedRecord[]> {
  const adopted: number[] = [];
  const bereft = new Set<string>();
  const byProject = Map.groupBy(elsewhere, ({ projectId }) => projectId);
  for (const [projectId, records] of byProject) {
    if (!(await isLinked(deps, writer, projectId))) {
      await release(deps, records);
      continue;
    }
    for (const record of records) {
      const { lane, fence } = writer;
      const run = { projectId: writer.projectId, lane, fence };
      const line = movedEntry(deps.clock.now(), writer, record);
      const moved = await deps.planner.move(run, record, writer.projectId, line);
      if (!moved) continue;
      bereft.add(projectId);
      adopted.push(record.externalId);
      written.set(`moved ${record.externalId}`, line);
    }
  }
  await syncBoth(deps, writer, bereft);
  const [first] = elsewhere;
  if (!first || adopted.length === 0) return [];
  const found = await deps.planner.pairedByExternalId(first.kind, adopted);
  return found.filter(({ projectId }) => projectId === writer.projectId);
}

async function isLinked(deps: MergeDeps, { tenantId }: Writer, projectId: string): Promise<boolean> {
  const owner = await deps.tasks.get(`${tenantId}:${projectId}`);
  return owner !== undefined && owner.task.link.state !== 'disconnected';
}

async function release(deps: MergeDeps, records: readonly PairedRecord[]): Promise<void> {
  const [first] = records;
  if (!first) return;
  await deps.planner.releasePairs(
    first.kind,
    records.map(({ id }) => id),
  );
}

/** What belongs to a moved record may have stayed behind on either side: both look at everything once. */
export async function syncBoth(
  deps: Pick<MergeDeps, 'tasks'>,
  writer: Writer,
  otherProjects: ReadonlySet<string>,
): Promise<void> {
  if (otherProjects.size === 0) return;
  const others = [...otherProjects].map((projectId) => `${writer.tenantId}:${projectId}`);
  const own = writer.mode === 'comprehensive' ? [] : [`${writer.tenantId}:${writer.projectId}`];
  for (const taskId of [...others, ...own]) {
    await deps.tasks.trigger(taskId, { kinds: ['comprehensive'], prio: 1 });
  }
}

const placeOfTask: ReadonlySet<string> = new Set(['phaseId']);

/**
 * Tasks that the plan put into a phase of the project that they have left since. Nobody could write that to
 * ConnectWise: a place in another project is none.
 */
export async function inPhasesElsewhere(
  { planner }: Pick<MergeDeps, 'planner'>,
  { phases, projectId }: Pick<ProjectRun, 'phases' | 'projectId'>,
  tasks: readonly PairedRecord[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = new Set(phases.values());
  const named = tasks.flatMap(({ fields: { phaseId } }) =>
    typeof phaseId === 'string' && !known.has(phaseId) ? [phaseId] : [],
  );
  if (named.length === 0) return new Map();
  const found = await planner.recordsById('phase', [...new Set(named)]);
  const elsewhere = new Set(found.flatMap((phase) => (phase.projectId === projectId ? [] : [phase.id])));
  const gone = tasks.filter(({ fields }) => elsewhere.has(String(fields.phaseId)));
  return new Map(gone.map(({ id }) => [id, placeOfTask]));
}
