/**
 * Pushes of plan projects of which nobody knows yet what became (see `push-project`): nothing that may be one of them
 * is linked by itself, and the scout finds out.
 */
import { FailureError } from '../../domain/failure.ts';
import { intentMarginMs, mayBePushed } from '../../domain/new-project.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { Actor } from '../../domain/sync-task.ts';
import type { Planner } from '../../ports/planner.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { nameOf } from './log-entries.ts';
import { mayWrite } from './push/writing.ts';
import { markProject, type PushDeps, pushProject, settlePush, strikeOut } from './push-project.ts';
import { callOf, type Run, type SyncDeps } from './run.ts';

/**
 * Asked after ConnectWise's projects were read, and before it is asked which of them were ever linked: a project that
 * is made in between is told by the one or the other.
 */
export async function pushesUnderWay(
  planner: Pick<Planner, 'openPushes'>,
): Promise<(project: Pick<PsaProject, 'name' | 'company' | 'entered'>) => boolean> {
  const open = await planner.openPushes();
  return (project) => open.some(({ intent }) => intent && mayBePushed(intent, project));
}

export type OpenPushDeps = PushDeps & {
  readonly planner: Pick<Planner, 'openPushes'>;
  readonly tasks: Pick<SyncTaskStore, 'trigger' | 'linked' | 'get'>;
  readonly settings: SyncDeps['settings'];
};

/** Whoever pushed it is not named any more. */
const itself: Actor = { id: 'cwsync', name: 'cwsync' };

/** Links what was made, makes what was not, and leaves to a person what nobody can tell apart. */
export async function settleOpenPushes(deps: OpenPushDeps, run: Run): Promise<void> {
  for (const record of await deps.planner.openPushes()) {
    const task = await deps.tasks.get(`${run.task.tenantId}:${record.projectId}`);
    // Linked already: its first run closes the intent.
    const age = deps.clock.now().getTime() - (record.intent?.at.getTime() ?? 0);
    if (task || record.rejected || age < intentMarginMs) continue;
    try {
      await settleOne(deps, run, record);
    } catch (error) {
      // It concerns this project alone, and must not hold up the changes of all others.
      if (!(error instanceof FailureError) || error.failure.code !== 'cw.permission') throw error;
      await tell(deps, record, 'the API member may not make it in ConnectWise', pushAgain);
    }
  }
}

async function settleOne(deps: OpenPushDeps, run: Run, record: PlanRecord): Promise<void> {
  const call = callOf(run);
  const became = (await mayWrite(deps))
    ? await pushProject(deps, record, itself, call)
    : await settlePush(deps, record, itself, call);
  switch (became?.result) {
    case 'linked': {
      const wanted = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
      await deps.tasks.trigger(`${run.task.tenantId}:${record.projectId}`, wanted);
      return;
    }
    case 'several':
      return await leaveToPerson(deps, record, became.externalIds);
    case 'refused':
      return await tell(deps, record, `it was not made in ConnectWise: ${became.words}`, pushAgain);
    case undefined:
      await strikeOut(deps, record);
      return await tell(deps, record, 'it was not made in ConnectWise', pushAgain);
    default:
      return;
  }
}

/** Asked for no more by itself: a person decides, and pushes again. */
async function leaveToPerson(
  deps: OpenPushDeps,
  record: PlanRecord,
  externalIds: readonly number[],
): Promise<void> {
  const ids = externalIds.map((id) => `#${id}`).join(', ');
  const words = `ConnectWise has ${externalIds.length} projects that may be the one that was pushed (${ids})`;
  const rejected = { at: deps.clock.now(), fields: { project: { value: null, words } } };
  await markProject(deps, record, { id: record.id, version: record.version, mark: { rejected } });
  await tell(deps, record, words, 'Delete those that are too many in ConnectWise, then push it again.');
}

const pushAgain = 'Push it again once that is mended.';

async function tell(deps: OpenPushDeps, record: PlanRecord, what: string, next: string): Promise<void> {
  await deps.log.append([
    {
      at: deps.clock.now(),
      severity: 'warning',
      action: 'rejected',
      direction: 'to ConnectWise',
      message: `${nameOf('project', record.fields)}: ${what}`,
      next,
      projectId: record.projectId,
      entity: 'project',
      planId: record.id,
    },
  ]);
}
