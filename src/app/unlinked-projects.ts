/** Plan projects that are linked to nothing: made in the plan, by a program. */
import type { PlanRecord } from '../domain/plan.ts';
import { matchProject } from '../domain/project-match.ts';
import type { Planner } from '../ports/planner.ts';
import type { SyncTaskStore, TaskName } from '../ports/sync-task-store.ts';

type FindDeps = {
  readonly planner: Pick<Planner, 'list'>;
  readonly tasks: Pick<SyncTaskStore, 'names'>;
};

export type FoundUnlinked =
  | { readonly found: 'one'; readonly record: PlanRecord }
  /** What was typed fits several, or is too little to act upon. */
  | { readonly found: 'several'; readonly records: readonly PlanRecord[] }
  /** It has a task: linked, or disconnected for good. */
  | { readonly found: 'linked'; readonly task: TaskName }
  /** With all that there are. */
  | { readonly found: 'none'; readonly records: readonly PlanRecord[] };

const pageOfProjects = 500;
/** A letter or two is no name to act upon without asking. */
const lettersAtLeast = 3;

export async function unlinkedProjects({ planner, tasks }: FindDeps): Promise<readonly PlanRecord[]> {
  const withTask = new Set((await tasks.names()).map(projectIdOf));
  const found: PlanRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await planner.list('project', {
      limit: pageOfProjects,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.filter(({ id }) => !withTask.has(id)));
    after = page.at(-1)?.id;
    if (page.length < pageOfProjects) return found;
  }
}

/** @param typed its name or the beginning of it, a part, or its id */
export async function findUnlinked(deps: FindDeps, typed: string): Promise<FoundUnlinked> {
  const records = await unlinkedProjects(deps);
  const byId = records.find(({ id }) => id === typed);
  if (byId) return { found: 'one', record: byId };
  const match = matchProject(records.map(named), typed);
  if (match.found === 'several') return { found: 'several', records: match.projects.map(({ of }) => of) };
  if (match.found === 'one') {
    const sure = match.by === 'name' || typed.trim().length >= lettersAtLeast;
    return sure
      ? { found: 'one', record: match.project.of }
      : { found: 'several', records: [match.project.of] };
  }
  const linked = matchProject(await deps.tasks.names(), typed);
  return linked.found === 'one' ? { found: 'linked', task: linked.project } : { found: 'none', records };
}

/** The part behind the tenant, whatever that is called. */
function projectIdOf({ taskId }: TaskName): string {
  return taskId.slice(taskId.indexOf(':') + 1);
}

/** ConnectWise has no number for it: none that can be typed is like this one. */
const noNumber = -1;

function named(of: PlanRecord) {
  return { taskId: of.id, externalId: noNumber, name: projectName(of), customer: null, of };
}

export function projectName({ fields, id }: Pick<PlanRecord, 'fields' | 'id'>): string {
  return typeof fields.name === 'string' && fields.name.trim() !== '' ? fields.name : `Project ${id}`;
}
