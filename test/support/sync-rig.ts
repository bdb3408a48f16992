import type { Run } from '../../src/app/sync/run.ts';
import { createTally } from '../../src/app/sync/run.ts';
import type { RunControl } from '../../src/app/sync/run-control.ts';
import { type ProjectSynced, syncProject } from '../../src/app/sync/sync-project.ts';
import type { PsaKind, PsaKinds } from '../../src/domain/psa-records.ts';
import type { Progress, RunCounts, Suspect, SyncKind, SyncTask } from '../../src/domain/sync-task.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { FakeLogStore } from './fake-log-store.ts';
import { FakePlanner } from './fake-planner.ts';
import { FakePsa } from './fake-psa.ts';
import { FakeReferenceStore } from './fake-reference-store.ts';
import { FakeSettingsStore } from './fake-settings-store.ts';
import { FakeSyncTasks } from './fake-sync-tasks.ts';
import { HandClock } from './hand-clock.ts';
import { makePsaPhase, makePsaProject, makePsaTicket } from './make-psa-records.ts';
import { makeSyncTask, noCounts, testStart } from './make-sync-task.ts';
import { countingIds } from './recording-logger.ts';

export type SyncAsked = {
  readonly projectId?: string;
  readonly suspects?: readonly Suspect[];
  readonly prio?: 0 | 1 | 2;
};

export type Synced = ProjectSynced & {
  readonly counts: RunCounts;
  /** What this run asked ConnectWise for. */
  readonly asked: readonly string[];
};

/**
 * One project with two phases and three tickets in ConnectWise, and an empty plan. A run that ends well leaves its
 * watermarks, its attention and its end on the task, as the queue does.
 */
export function syncRig(settings: Partial<Settings> = {}) {
  const psa = new FakePsa();
  psa.projects = [makePsaProject()];
  psa.records.phase = [makePsaPhase(), makePsaPhase({ id: 202, name: 'Do', wbsCode: '2' })];
  psa.records.ticket = [
    makePsaTicket({ id: 4711 }),
    makePsaTicket({ id: 4712, summary: 'Move desks', phase: { id: 202, name: 'Do' } }),
    makePsaTicket({ id: 4713, summary: 'Check', phase: null }),
  ];
  const planner = new FakePlanner();
  const log = new FakeLogStore();
  planner.lines = log.all;
  const clock = new HandClock();
  const reference = new FakeReferenceStore();
  const tasks = new FakeSyncTasks(makeSyncTask());
  const deps = {
    psa,
    writes: psa,
    planner,
    log,
    clock,
    reference,
    tasks,
    settings: new FakeSettingsStore(settings),
    ids: countingIds(),
  };
  const checkpoints: Progress[] = [];
  const readStarts: Date[] = [];
  let fence = 0;

  /** Links a second project, in ConnectWise and here. */
  function link(projectId: string, externalId: number, state: SyncTask['link']['state'] = 'active'): void {
    tasks.put(makeSyncTask({ id: `t:${projectId}`, projectId, link: { externalId, state } }));
    if (psa.projects.some(({ id }) => id === externalId)) return;
    psa.projects = [...psa.projects, makePsaProject({ id: externalId, name: `Project ${externalId}` })];
  }

  function taskOf(projectId = 'p1'): SyncTask {
    const task = tasks.tasks.get(`t:${projectId}`);
    if (!task) throw new Error(`no task of ${projectId}`);
    return task;
  }

  function controlOf(signal = new AbortController().signal): RunControl {
    return {
      signal,
      checkpoint: async (progress) => void checkpoints.push(progress),
      beforeWrite: async () => {},
      setReadStart: async (at) => void readStarts.push(at),
      end: () => {},
    };
  }

  /** A run of a project, as it is claimed. */
  function runOf(mode: SyncKind, { projectId = 'p1', suspects = [], prio = 0 }: SyncAsked = {}): Run {
    fence += 1;
    const claimed = { want: 1, kinds: [mode], prio, forceNow: false, suspects };
    const task = { ...taskOf(projectId), claimed };
    return {
      runId: `run-${fence}`,
      mode,
      task,
      fence,
      control: controlOf(),
      startedAt: testStart,
      tally: createTally(),
    };
  }

  async function sync(mode: SyncKind = 'comprehensive', asked: SyncAsked = {}): Promise<Synced> {
    const run = runOf(mode, asked);
    const before = psa.asked.length;
    log.all.length = 0;
    planner.applied.length = 0;
    checkpoints.length = 0;
    readStarts.length = 0;
    tasks.triggered.length = 0;
    const synced = await syncProject(deps, run);
    complete(run.task.projectId, synced);
    const { requests: _, ...counts } = run.tally;
    return { ...synced, counts: { ...counts, requests: 0 }, asked: psa.asked.slice(before) };
  }

  function complete(projectId: string, { watermarks, attention }: ProjectSynced): void {
    const { needsAttention: _, ...task } = taskOf(projectId);
    tasks.put({
      ...task,
      watermarks: { ...task.watermarks, ...watermarks, psa: { ...task.watermarks.psa, ...watermarks.psa } },
      ...(attention ? { needsAttention: { since: clock.now(), failure: attention } } : {}),
    });
  }

  /** Changes one record in ConnectWise, at ConnectWise's time. */
  function change<K extends PsaKind>(kind: K, id: number, given: Partial<PsaKinds[K]>): void {
    const lastUpdated = psa.date?.toISOString() ?? null;
    const records: readonly PsaKinds[K][] = psa.records[kind];
    const changed = records.map((one) => (one.id === id ? { ...one, lastUpdated, ...given } : one));
    Object.assign(psa.records, { [kind]: changed });
  }

  function remove(kind: PsaKind, ...ids: readonly number[]): void {
    const records: readonly PsaKinds[PsaKind][] = psa.records[kind];
    Object.assign(psa.records, { [kind]: records.filter(({ id }) => !ids.includes(id)) });
  }

  /** ConnectWise's clock goes on. */
  function later(minutes: number): void {
    psa.date = new Date((psa.date?.getTime() ?? 0) + minutes * 60_000);
  }

  return {
    psa,
    planner,
    log,
    clock,
    reference,
    tasks,
    deps,
    checkpoints,
    readStarts,
    link,
    taskOf,
    runOf,
    controlOf,
    sync,
    change,
    remove,
    later,
  };
}

export type SyncRig = ReturnType<typeof syncRig>;

/** The one plan record that is paired with this ConnectWise record. */
export function pairedWith({ planner }: SyncRig, kind: Parameters<FakePlanner['of']>[0], externalId: number) {
  const found = planner.of(kind).filter((record) => record.externalId === externalId);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} records of ${kind} #${externalId}`);
  return found[0];
}

export { noCounts as nothing };
