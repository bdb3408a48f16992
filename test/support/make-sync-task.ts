import { type PlanKind, planKinds } from '../../src/domain/plan.ts';
import type { RunCounts, SyncTask } from '../../src/domain/sync-task.ts';

/** The hand clock's first instant. */
export const testStart = new Date(Date.UTC(2026, 0, 5));

export const atMs = (ms: number): Date => new Date(testStart.getTime() + ms);

/** The counts of a run that changed nothing. */
export const noCounts: RunCounts = {
  created: 0,
  updated: 0,
  deleted: 0,
  skipped: 0,
  conflicts: 0,
  requests: 0,
};

/** The counts of a plan that is empty. */
export const noRecords = Object.fromEntries(planKinds.map((kind) => [kind, 0])) as {
  [kind in PlanKind]: number;
};

type Overrides = Omit<Partial<SyncTask>, 'link'> & { readonly link?: Partial<SyncTask['link']> };

/** A healthy, idle project; what a test is about is given, the rest is believable. */
export function makeSyncTask({ link, ...given }: Overrides = {}): SyncTask {
  return {
    id: 't:p1',
    tenantId: 't',
    kind: 'project',
    projectId: 'p1',
    state: 'idle',
    want: 1,
    done: 1,
    kinds: [],
    prio: 0,
    forceNow: false,
    suspects: [],
    fence: 1,
    attempts: 0,
    lost: 0,
    lastSync: {
      at: atMs(-60_000),
      startedAt: atMs(-90_000),
      mode: 'comprehensive',
      runId: 'run-0',
      counts: noCounts,
    },
    lastComprehensiveAt: atMs(-60_000),
    watermarks: {},
    createdAt: atMs(-86_400_000),
    ...given,
    link: {
      externalId: 1042,
      projectName: 'Office move',
      customer: 'Contoso',
      board: 'Projects',
      state: 'active',
      ...link,
    },
  };
}
