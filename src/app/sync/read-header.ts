/** The project itself: read by its id, and merged like any other record. */
import { projectFields } from '../../domain/inbound-fields.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { PsaPage } from '../../ports/psa.ts';
import { mergePage } from './merge-page.ts';
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
