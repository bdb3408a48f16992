/** The project itself: read by its id, and merged like any other record. */
import { projectFields } from '../../domain/inbound-fields.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { PsaPage } from '../../ports/psa.ts';
import { mergePage } from './merge-page.ts';
import { pairUp } from './push/make.ts';
import { openOutbound } from './push/outbound.ts';
import { mergeOf, type ProjectRun } from './reading.ts';
import { callOf, type SyncDeps } from './run.ts';

export type Header = { readonly project: PsaProject; readonly readAt: Date | null };

/** Throws `cw.project-missing`. */
export async function readHeader(deps: SyncDeps, project: ProjectRun): Promise<Header> {
  return await deps.psa.project(project.externalId, callOf(project.run, project.projectId));
}

export async function mergeHeader(
  deps: SyncDeps,
  project: ProjectRun,
  page: PsaPage<PsaProject>,
): Promise<void> {
  await mergePage(deps, {
    ...mergeOf(project, 'project', projectFields, page),
    // A plan project has the id that its sync task was linked with.
    newId: () => project.projectId,
  });
}

/**
 * A plan project that was pushed is paired with the ConnectWise project that was made of it by the first run of its
 * task: until then it is known by the intent alone.
 */
export async function pairPushed(deps: SyncDeps, project: ProjectRun, shown: PsaProject): Promise<void> {
  if (project.run.task.lastSync) return;
  const [record] = await deps.planner.recordsById('project', [project.projectId]);
  if (!record || record.externalId !== undefined) return;
  const outbound = await openOutbound(deps, project);
  await pairUp({ deps, project, outbound, kind: 'project' }, record, shown, undefined, 'made');
}
