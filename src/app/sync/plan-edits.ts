import { failureRules } from '../../domain/failure.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import { entryOf, nameOf } from './log-entries.ts';
import type { ProjectRun } from './reading.ts';
import { type SyncDeps, writerOf } from './run.ts';

const rowsAtOnce = 500;

/**
 * Looks at what was edited in the plan since the last sync. ConnectWise cannot hold a ticket without a phase: a
 * task that was taken out of its phase is said so once for each edit, and its other fields go on.
 * @param edits the project's counts of plan edits that the last sync and this one began with: what came later is
 * the next one's
 */
export async function checkPlanEdits(
  deps: SyncDeps,
  project: ProjectRun,
  edits: { readonly after: number; readonly to: number },
): Promise<void> {
  if (edits.to <= edits.after) return;
  let after: string | undefined;
  for (;;) {
    const page = { limit: rowsAtOnce, ...(after === undefined ? {} : { after }) };
    const edited = await deps.planner.editedSince(project.projectId, 'task', edits.after, page);
    const outside = edited.filter((task) => (task.planSeq ?? 0) <= edits.to && isOutsideItsPhase(task));
    await deps.log.append(outside.map((task) => outsideEntry(deps, project, task)));
    after = edited.at(-1)?.id;
    if (edited.length < rowsAtOnce) return;
    await project.run.control.checkpoint({ phase: 'plan edits', doneCount: 0, totalCount: null });
  }
}

/** Also one that never had a phase, since it was made in the plan; not one that has none in ConnectWise either. */
export function isOutsideItsPhase({ kind, fields, base }: PlanRecord): boolean {
  if (kind !== 'task') return false;
  if (fields.phaseId !== null && fields.phaseId !== undefined) return false;
  return base?.plan.phaseId !== null;
}

function outsideEntry(deps: SyncDeps, project: ProjectRun, task: PlanRecord) {
  const { what, next } = failureRules['plan.outside-phase'];
  const externalId = task.externalId === undefined ? {} : { externalId: task.externalId };
  return {
    ...entryOf(deps.clock.now(), writerOf(project.run), 'task', { id: task.id, ...externalId }),
    direction: 'none' as const,
    severity: 'warning' as const,
    action: 'held' as const,
    message: `${nameOf('task', task.fields, task.externalId)}: ${what} (plan.outside-phase)`,
    next,
  };
}
