import type { SyncTask } from '../../src/domain/sync-task.ts';

/** The hand clock's first instant. */
export const testStart = new Date(Date.UTC(2026, 0, 5));

export const atMs = (ms: number): Date => new Date(testStart.getTime() + ms);

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
    fence: 1,
    attempts: 0,
    lost: 0,
    lastSync: {
      at: atMs(-60_000),
      startedAt: atMs(-90_000),
      mode: 'comprehensive',
      runId: 'run-0',
      counts: { created: 0, updated: 0, skipped: 0, conflicts: 0 },
    },
    lastComprehensiveAt: atMs(-60_000),
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
