/** What the command `import` needs of ConnectWise, from the half of the product that talks with people. */
import type { ProjectImport } from '../app/commands/command.ts';
import { type LinkOneDeps, linkOne } from '../app/sync/link-projects.ts';
import { FailureError } from '../domain/failure.ts';
import type { PsaProject } from '../domain/psa-records.ts';
import type { Clock } from '../ports/clock.ts';
import type { Psa, PsaCall } from '../ports/psa.ts';

/** A person waits for the answer: longer than this would be no answer. */
const answerWithinMs = 20_000;

export type ProjectImportDeps = Omit<LinkOneDeps, 'psa' | 'clock'> & {
  readonly psa: Pick<Psa, 'project' | 'openProjects'>;
  readonly clock: Clock;
};

export function projectImport(deps: ProjectImportDeps): ProjectImport {
  async function inTime<T>(ask: (call: PsaCall) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const answered = new AbortController();
    void deps.clock.sleep(answerWithinMs, answered.signal).then(
      () => late.abort(new FailureError({ code: 'cw.unavailable' })),
      () => {},
    );
    try {
      return await ask({ signal: late.signal, priority: 2 });
    } finally {
      answered.abort();
    }
  }

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
