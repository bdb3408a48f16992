import { linksByItself, nearestDueFirst } from '../../domain/linking.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { Actor } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { Planner } from '../../ports/planner.ts';
import type { Psa, PsaCall } from '../../ports/psa.ts';
import type { SettingsStore } from '../../ports/settings.ts';
import type { SyncTaskStore, TaskName } from '../../ports/sync-task-store.ts';
import { pushesUnderWay } from './open-pushes.ts';

type CreateDeps = {
  readonly tasks: Pick<SyncTaskStore, 'create'>;
  readonly log: Pick<LogStore, 'append'>;
  readonly ids: Pick<Ids, 'next'>;
  readonly clock: Pick<Clock, 'now'>;
};

export type LinkProjectsDeps = CreateDeps & {
  readonly psa: Pick<Psa, 'openProjects'>;
  readonly planner: Pick<Planner, 'openPushes'>;
  readonly tasks: Pick<SyncTaskStore, 'create' | 'linkedExternalIds'>;
  readonly settings: Pick<SettingsStore, 'read'>;
};

/** Why projects are linked: somebody chose their boards, or the scout saw one that no task knows. */
export type LinkCause = 'chosen' | 'found by the scout';

export type ProjectsLinked = {
  readonly linked: number;
  /** Open projects that could not be read. */
  readonly skipped: number;
  readonly requests: number;
};

/**
 * Links the projects that are open in ConnectWise, on a chosen board, and that no task has or ever had. Each asks
 * for its first sync, one after another, so that the nearest due date is synced first. What the scout found is
 * left alone where new projects are not to be linked by themselves.
 *
 * @param done boards whose projects were linked before, and are left alone
 */
export async function linkProjects(
  deps: LinkProjectsDeps,
  cause: LinkCause,
  signal: AbortSignal,
  done: readonly number[] | 'all' = [],
): Promise<ProjectsLinked> {
  const { boards: chosenBoards, linkNewProjects } = await deps.settings.read();
  const boards = withoutDone(chosenBoards, done);
  const off = boards.length === 0 || (cause === 'found by the scout' && !linkNewProjects);
  if (off) return { linked: 0, skipped: 0, requests: 0 };
  const open = await openProjects(deps, signal);
  const isBeingPushed = await pushesUnderWay(deps.planner);
  const choice = { boards, everLinked: await deps.tasks.linkedExternalIds() };
  const chosen = open.projects.filter((one) => linksByItself(one, choice) && !isBeingPushed(one));
  let linked = 0;
  for (const project of nearestDueFirst(chosen, deps.clock.now())) {
    signal.throwIfAborted();
    if (await link(deps, project)) linked += 1;
  }
  return { linked, skipped: open.skipped, requests: open.requests };
}

function withoutDone(
  boards: readonly number[] | 'all',
  done: readonly number[] | 'all',
): readonly number[] | 'all' {
  if (done === 'all') return [];
  return boards === 'all' ? boards : boards.filter((id) => !done.includes(id));
}

async function openProjects({ psa }: Pick<LinkProjectsDeps, 'psa'>, signal: AbortSignal) {
  const projects: PsaProject[] = [];
  let skipped = 0;
  let requests = 0;
  const onRequest = () => {
    requests += 1;
  };
  for await (const page of psa.openProjects({ signal, priority: 0, onRequest })) {
    projects.push(...page.items);
    skipped += page.skipped.length;
  }
  return { projects, skipped, requests };
}

export type LinkOneDeps = CreateDeps & {
  readonly psa: Pick<Psa, 'project'>;
  readonly tasks: Pick<SyncTaskStore, 'create' | 'names'>;
};

export type LinkedOne =
  | {
      readonly result: 'linked';
      readonly projectId: string;
      readonly projectName: string;
      /** It was disconnected before: this is a new plan project, and the old one stays as it is. */
      readonly again: boolean;
    }
  | { readonly result: 'linked-already'; readonly task: TaskName }
  /** The disconnected task is still syncing: in a minute it has let go. */
  | { readonly result: 'still-syncing' };

/**
 * Links one project because a person asks: any that ConnectWise shows, closed or on any board, also one that was
 * disconnected. Throws `cw.project-missing` where ConnectWise shows none with this id.
 *
 * @param which the project as just read, or its external id
 */
export async function linkOne(
  deps: LinkOneDeps,
  which: PsaProject | number,
  by: Actor,
  call: PsaCall,
): Promise<LinkedOne> {
  const externalId = typeof which === 'number' ? which : which.id;
  const { task, disconnected } = await tasksOf(deps, externalId);
  if (task) return { result: 'linked-already', task };
  const project = typeof which === 'number' ? (await deps.psa.project(which, call)).project : which;
  const made = await link(deps, project, by);
  if (made) return { result: 'linked', ...made, again: disconnected };
  // Refused by the queue, which alone decides: somebody else linked it meanwhile, or the old run is still at it.
  const meanwhile = (await tasksOf(deps, externalId)).task;
  return meanwhile ? { result: 'linked-already', task: meanwhile } : { result: 'still-syncing' };
}

async function tasksOf({ tasks }: Pick<LinkOneDeps, 'tasks'>, externalId: number) {
  const ofProject = (await tasks.names()).filter((name) => name.externalId === externalId);
  return {
    task: ofProject.find(({ state }) => state !== 'disconnected'),
    disconnected: ofProject.some(({ state }) => state === 'disconnected'),
  };
}

/** Undefined where the queue refuses the external id. */
async function link(deps: CreateDeps, project: PsaProject, by?: Actor) {
  const projectId = deps.ids.next();
  const projectName = project.name ?? `Project #${project.id}`;
  const created = await deps.tasks.create({
    projectId,
    externalId: project.id,
    projectName,
    customer: project.company?.name ?? null,
    board: project.board?.name ?? null,
    boardId: project.board?.id ?? null,
  });
  if (!created) return undefined;
  const entry: LogEntry = {
    at: deps.clock.now(),
    severity: 'info',
    action: 'linked',
    direction: 'none',
    message: `Project “${projectName}” linked${by ? ` by ${by.name}` : ''}`,
    projectId,
    entity: 'project',
    planId: projectId,
    externalId: project.id,
  };
  await deps.log.append([entry]);
  return { projectId, projectName };
}
