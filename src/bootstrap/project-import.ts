/** What the command `import` needs of ConnectWise, from the half of the product that talks with people. */
import type { ProjectImport } from '../app/commands/command.ts';
import { type LinkOneDeps, linkOne } from '../app/sync/link-projects.ts';
import type { PsaProject } from '../domain/psa-records.ts';
import type { Clock } from '../ports/clock.ts';
import type { Psa } from '../ports/psa.ts';
import { answersInTime } from './answers-in-time.ts';

export type ProjectImportDeps = Omit<LinkOneDeps, 'psa' | 'clock'> & {
  readonly psa: Pick<Psa, 'project' | 'openProjects'>;
  readonly clock: Clock;
};

export function projectImport(deps: ProjectImportDeps): ProjectImport {
  const inTime = answersInTime(deps.clock);
  return {
    link: (externalId, by) => inTime((call) => linkOne(deps, externalId, by, call)),
    openProjects: () =>
      inTime(async (call) => {
        const open: PsaProject[] = [];
        for await (const page of deps.psa.openProjects(call)) open.push(...page.items);
        return open;
      }),
  };
}
