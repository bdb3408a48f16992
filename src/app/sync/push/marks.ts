/** Marks on records of the plan about what goes out: stored page by page, refused where somebody else was faster. */
import type { PlanKind } from '../../../domain/plan.ts';
import { type Refusal, withRefusals } from '../../../domain/rejections.ts';
import type { PlanMark } from '../../../ports/planner.ts';
import type { ProjectRun } from '../reading.ts';
import { type SyncDeps, writerOf } from '../run.ts';
import { RunStopped } from '../run-control.ts';
import { rejectedEntry } from './written-entries.ts';

/** Said once for each value: a comprehensive sync that is refused the same again says nothing new. */
export async function noteRefusals(
  deps: SyncDeps,
  project: ProjectRun,
  kind: PlanKind,
  refusals: ReadonlyMap<string, readonly Refusal[]>,
): Promise<void> {
  if (refusals.size === 0) return;
  const records = await deps.planner.recordsById(kind, [...refusals.keys()]);
  const at = deps.clock.now();
  const mark = records.flatMap((record): PlanMark[] => {
    const { rejected, news } = withRefusals(record, refusals.get(record.id) ?? [], at);
    if (news.length === 0) return [];
    const { id, version } = record;
    return [
      { id, version, mark: { rejected }, line: rejectedEntry(at, writerOf(project.run), record, news) },
    ];
  });
  await applyMarks(deps, project, kind, mark);
}

/** @returns how many were refused since somebody else wrote the records meanwhile */
export async function applyMarks(
  deps: SyncDeps,
  { run, projectId }: ProjectRun,
  kind: PlanKind,
  mark: readonly PlanMark[],
): Promise<number> {
  if (mark.length === 0) return 0;
  const page = { projectId, lane: 'project', fence: run.fence, kind, create: [], update: [], mark } as const;
  const applied = await deps.planner.apply(page);
  if (applied.result === 'stale') throw new RunStopped('lease-lost');
  return applied.refused;
}

/** @returns ids of the records whose mark is stored: the others were written by somebody else in this moment */
export async function markEach(
  deps: SyncDeps,
  project: ProjectRun,
  kind: PlanKind,
  mark: readonly PlanMark[],
): Promise<ReadonlySet<string>> {
  const ids = mark.map(({ id }) => id);
  const refused = await applyMarks(deps, project, kind, mark);
  if (refused === 0) return new Set(ids);
  const after = await deps.planner.recordsById(kind, ids);
  const versions = new Map(after.map(({ id, version }) => [id, version]));
  return new Set(mark.flatMap(({ id, version }) => (versions.get(id) === version + 1 ? [id] : [])));
}
