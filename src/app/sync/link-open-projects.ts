import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { Psa } from '../../ports/psa.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';

export type LinkDeps = {
  readonly psa: Pick<Psa, 'openProjects'>;
  readonly tasks: Pick<SyncTaskStore, 'create' | 'linkedExternalIds'>;
  readonly log: Pick<LogStore, 'append'>;
  readonly ids: Ids;
  readonly clock: Clock;
};

/**
 * Links every project that is open in ConnectWise and that no sync task has or ever had; each link asks for
 * its first sync. Returns how many were linked.
 */
export async function linkOpenProjects(deps: LinkDeps, signal: AbortSignal): Promise<number> {
  const linked = await deps.tasks.linkedExternalIds();
  let count = 0;
  for await (const page of deps.psa.openProjects({ signal, priority: 0 })) {
    for (const project of page.items) {
      if (linked.has(project.id)) continue;
      const projectId = deps.ids.next();
      const projectName = project.name ?? `Project #${project.id}`;
      const created = await deps.tasks.create({
        projectId,
        externalId: project.id,
        projectName,
        customer: project.company?.name ?? null,
        board: project.board?.name ?? null,
      });
      if (!created) continue;
      count += 1;
      await deps.log.append([
        {
          at: deps.clock.now(),
          severity: 'info',
          action: 'linked',
          direction: 'none',
          message: `Project “${projectName}” linked`,
          projectId,
          entity: 'project',
          planId: projectId,
          externalId: project.id,
        },
      ]);
    }
  }
  return count;
}
