import type { RunControl } from '../../src/app/sync/run-control.ts';
import { type ProjectSynced, syncProject } from '../../src/app/sync/sync-project.ts';
import type { Progress } from '../../src/domain/sync-task.ts';
import { FakeLogStore } from './fake-log-store.ts';
import { FakePlanner } from './fake-planner.ts';
import { FakePsa } from './fake-psa.ts';
import { HandClock } from './hand-clock.ts';
import { makePsaPhase, makePsaProject, makePsaTicket } from './make-psa-records.ts';
import { makeSyncTask } from './make-sync-task.ts';
import { countingIds } from './recording-logger.ts';

/** One project with two phases and three tickets in ConnectWise, and an empty plan. */
export function syncRig() {
  const psa = new FakePsa();
  psa.projects = [makePsaProject()];
  psa.phasesShown = [makePsaPhase(), makePsaPhase({ id: 202, name: 'Do', wbsCode: '2' })];
  psa.ticketsShown = [
    makePsaTicket({ id: 4711 }),
    makePsaTicket({ id: 4712, summary: 'Move desks', phase: { id: 202, name: 'Do' } }),
    makePsaTicket({ id: 4713, summary: 'Check', phase: null }),
  ];
  const planner = new FakePlanner();
  const log = new FakeLogStore();
  const clock = new HandClock();
  const deps = { psa, planner, log, clock, ids: countingIds() };
  const checkpoints: Progress[] = [];
  let fence = 0;

  async function sync(projectId = 'p1', externalId = 1042): Promise<ProjectSynced> {
    fence += 1;
    log.all.length = 0;
    planner.applied.length = 0;
    checkpoints.length = 0;
    const control: RunControl = {
      signal: new AbortController().signal,
      checkpoint: async (progress) => void checkpoints.push(progress),
      end: () => {},
    };
    const task = makeSyncTask({ id: `t:${projectId}`, projectId, link: { externalId } });
    return await syncProject(deps, { runId: `run-${fence}`, mode: 'comprehensive', task, fence, control });
  }
  return { psa, planner, log, clock, deps, checkpoints, sync };
}
