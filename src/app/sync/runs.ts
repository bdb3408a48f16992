/** What each kind of task does when it is run. */
import { FailureError } from '../../domain/failure.ts';
import { linksByItself } from '../../domain/linking.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { Actor } from '../../domain/sync-task.ts';
import type { LinkedBoards } from '../../ports/linked-boards.ts';
import type { ReferenceStore } from '../../ports/reference-data.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { linkOne, linkProjects } from './link-projects.ts';
import { syncChangedMappings } from './mapping-triggers.ts';
import { pushesUnderWay, settleOpenPushes } from './open-pushes.ts';
import { callOf, type Run, type SyncDeps } from './run.ts';
import type { Outcome, Runs } from './run-task.ts';
import { scout } from './scout.ts';
import { syncMisc } from './sync-misc.ts';
import { syncProject } from './sync-project.ts';
import { type NotesShare, syncNotes } from './ticket-notes.ts';

export type RunsDeps = SyncDeps & {
  readonly reference: ReferenceStore;
  readonly linkedBoards: LinkedBoards;
  readonly tasks: SyncDeps['tasks'] &
    Pick<
      SyncTaskStore,
      'create' | 'names' | 'linkedExternalIds' | 'triggerAll' | 'triggerChanged' | 'getMany' | 'troubled'
    >;
  /** How many tickets one round of the notes run reads. */
  readonly notesShare: NotesShare;
};

export function createRuns(deps: RunsDeps): Runs {
  return {
    project: (run) => syncProject(deps, run),
    misc: (run) => runMisc(deps, run),
    scout: (run) => {
      const settlePushes = () => settleOpenPushes(deps, run);
      return scout({ ...deps, settlePushes, linkFound: (ids) => linkFound(deps, ids, run) }, run);
    },
    notes: (run) => syncNotes(deps, run, deps.notesShare),
  };
}

/** Set-up tables first, then what they decide: what statuses mean, and which projects are linked. */
async function runMisc(deps: RunsDeps, run: Run): Promise<Outcome> {
  const { runId, control, task } = run;
  const synced = await syncMisc(deps, { runId, control, priority: task.claimed?.prio ?? 0 });
  Object.assign(run.tally, synced.counts);
  await syncChangedMappings(deps);
  run.tally.requests += await linkChosen(deps, control.signal);
  const [attention] = synced.refused;
  return { watermarks: {}, refused: synced.refused, ...(attention ? { attention } : {}) };
}

/** What is opened later on a board that was linked before is left alone where that is the setting. */
async function linkChosen(deps: RunsDeps, signal: AbortSignal): Promise<number> {
  const { boards, linkNewProjects } = await deps.settings.read();
  const done = linkNewProjects ? [] : await deps.linkedBoards.read();
  const { requests } = await linkProjects(deps, 'chosen', signal, done);
  await deps.linkedBoards.store(boards);
  return requests;
}

const itself: Actor = { id: 'cwsync', name: 'cwsync' };
/** More than this in one round wait for the next miscellaneous data sync, which looks at all of them. */
const foundAtMost = 20;

/** Projects that changed and that no task knows: those that were opened on a chosen board are linked. */
async function linkFound(deps: RunsDeps, externalIds: readonly number[], run: Run): Promise<number> {
  const { boards, linkNewProjects } = await deps.settings.read();
  if (!linkNewProjects || boards.length === 0) return 0;
  // Until the set-up tables are there nobody knows what statuses mean; their first sync links what is open by itself.
  const misc = await deps.tasks.get(`${run.task.tenantId}:misc`);
  if (!misc?.task.lastSync) return 0;
  const choice = { boards, everLinked: await deps.tasks.linkedExternalIds() };
  const fresh = externalIds.filter((id) => !choice.everLinked.has(id)).slice(0, foundAtMost);
  let linked = 0;
  for (const [doneCount, id] of fresh.entries()) {
    await run.control.checkpoint({ phase: 'new projects', doneCount, totalCount: fresh.length });
    const project = await readable(deps, id, run);
    if (!project || !linksByItself(project, choice) || (await isBeingPushed(deps, project))) continue;
    const { result } = await linkOne(deps, project, itself, callOf(run));
    if (result === 'linked') linked += 1;
  }
  return linked;
}

/** One that was made and linked since is told by the queue, which takes no external id twice. */
async function isBeingPushed({ planner }: RunsDeps, project: PsaProject): Promise<boolean> {
  return (await pushesUnderWay(planner))(project);
}

/** What concerns this one record: it must not hold up the changes of all others. */
const ofOneRecord: ReadonlySet<string> = new Set([
  'cw.unexpected-response',
  'cw.project-missing',
  'cw.permission',
  'cw.rejected',
]);

/** Undefined where ConnectWise shows it in a list and not by itself, or in a way that nobody understands. */
async function readable(deps: RunsDeps, id: number, run: Run): Promise<PsaProject | undefined> {
  try {
    return (await deps.psa.project(id, callOf(run))).project;
  } catch (error) {
    if (error instanceof FailureError && ofOneRecord.has(error.failure.code)) return undefined;
    throw error;
  }
}
