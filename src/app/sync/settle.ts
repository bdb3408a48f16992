import { type PairedRecord, type PlanKind, psaKindOf, unsettledRunsAtMost } from '../../domain/plan.ts';
import type { PlanMark } from '../../ports/planner.ts';
import { entryOf, nameOf } from './log-entries.ts';
import { mergeByKind, type ReadableKind, readings } from './read-kinds.ts';
import { leaveOut, type ProjectRun } from './reading.ts';
import { type SyncDeps, unsettledRuns, writerOf } from './run.ts';
import { RunStopped } from './run-control.ts';

export type Settled = {
  /** How many are left for the next run. */
  readonly left: number;
  /** External ids of records that ConnectWise does not show in this project any more. */
  readonly absent: ReadonlyMap<PlanKind, readonly number[]>;
};

/**
 * Reads by id what earlier runs could not settle, whatever the watermarks say, and merges it. What stays unsettled
 * asks for another run; after five in a row it is left to whoever changes it next, or to the next whole reading.
 * @param kinds of which something may be unsettled
 */
export async function settleUnsettled(
  deps: SyncDeps,
  project: ProjectRun,
  kinds: ReadonlySet<PlanKind>,
): Promise<Settled> {
  let left = 0;
  const absent = new Map<PlanKind, readonly number[]>();
  for (const kind of Object.keys(readings) as ReadableKind[]) {
    if (!kinds.has(kind)) continue;
    const open = await deps.planner.unsettled(project.projectId, kind);
    // What this run itself could not settle a moment ago is the next one's.
    const earlier = open.filter(({ syncFence }) => syncFence !== project.run.fence);
    if (earlier.length > 0) absent.set(kind, await readAgain(deps, project, kind, earlier));
    left += await countTheRest(deps, project, kind);
  }
  return { left, absent };
}

async function readAgain(
  deps: SyncDeps,
  project: ProjectRun,
  kind: ReadableKind,
  records: readonly PairedRecord[],
): Promise<readonly number[]> {
  if (project.refused.has(psaKindOf[kind])) return [];
  const ids = records.map(({ externalId }) => externalId);
  try {
    return await mergeByKind(deps, project, kind, ids);
  } catch (error) {
    leaveOut(project, error, psaKindOf[kind]);
    return [];
  }
}

/** Counts this run for what is still unsettled, and gives up what has been so for too long. */
async function countTheRest(deps: SyncDeps, project: ProjectRun, kind: PlanKind): Promise<number> {
  const { fence } = project.run;
  const still = await deps.planner.unsettled(project.projectId, kind);
  const hopeless = still.filter((record) => unsettledRuns(record, fence) >= unsettledRunsAtMost);
  const mark = still.flatMap((record): PlanMark[] => {
    const { id, version, unsettled } = record;
    const runs = unsettledRuns(record, fence);
    if (hopeless.includes(record)) {
      return [{ id, version, mark: { unsettled: null }, line: givenUpEntry(deps, project, record) }];
    }
    if (!unsettled || runs === unsettled.runs) return [];
    return [{ id, version, mark: { unsettled: { ...unsettled, runs } } }];
  });
  if (mark.length === 0) return still.length;
  const { projectId } = project;
  const page = { projectId, lane: 'project', fence, kind, create: [], update: [], mark } as const;
  const applied = await deps.planner.apply(page);
  if (applied.result === 'stale') throw new RunStopped('lease-lost');
  return still.length - hopeless.length;
}

function givenUpEntry(deps: SyncDeps, project: ProjectRun, record: PairedRecord) {
  return {
    ...entryOf(deps.clock.now(), writerOf(project.run), record.kind, record),
    severity: 'warning',
    action: 'unsettled',
    message: `${nameOf(record.kind, record.fields, record.externalId)} could not be synced ${unsettledRunsAtMost} times in a row`,
    next: 'Leave it alone for a moment and sync again.',
  } as const;
}
