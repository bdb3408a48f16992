import { keepsItsPair, type PlanRecord, psaKindOf } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { askBack } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { restoredReply, tombstonesPerPage, tombstonesReply } from '../replies/tombstones.ts';
import { nameOf } from '../sync/log-entries.ts';
import {
  type Asker,
  actorOf,
  type Command,
  type CommandDeps,
  type CommandResult,
  type Invocation,
} from './command.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

/** How many are looked through at a time for the one that was named. */
const lookedThrough = 500;

export const restore: Command = {
  name: 'restore',
  needs: () => ['projects'],
  role: 'operator',
  usage: 'restore <project> [record id]',
  summary: 'What left the plan of a project in the last 30 days, each with a button that takes it back.',
  examples: ['restore #1042'],
  options: pageOption,
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('restore') };
    const command = (project: string, rest: readonly string[]) => ['restore', project, ...rest].join(' ');
    const selected = await selectProject(deps, invocation.words, command, {
      restAllowed: true,
      disconnectedToo: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task, rest } = selected;
    const [id, more] = rest;
    if (id === undefined) return await list(task, invocation, deps);
    const record = more === undefined ? await findTombstone(deps, task.projectId, id) : undefined;
    return record ? await takeBack(task, record, asker, deps) : notThere(task);
  },
};

async function list(task: SyncTask, invocation: Invocation, deps: CommandDeps): Promise<CommandResult> {
  const read = (page: number) =>
    deps.planner.tombstones(task.projectId, {
      offset: (page - 1) * tombstonesPerPage,
      limit: tombstonesPerPage,
    });
  const asked = pageOf(invocation);
  const first = await read(asked);
  const page = lastPageAtMost(asked, first.total, tombstonesPerPage);
  const found = page === asked ? first : await read(page);
  return { reply: tombstonesReply({ task, ...found, page }) };
}

async function findTombstone(
  { planner }: CommandDeps,
  projectId: string,
  id: string,
): Promise<PlanRecord | undefined> {
  for (let offset = 0; ; offset += lookedThrough) {
    const { records, total } = await planner.tombstones(projectId, { offset, limit: lookedThrough });
    const found = records.find((record) => record.id === id);
    if (found || offset + lookedThrough >= total) return found;
  }
}

async function takeBack(
  task: SyncTask,
  record: PlanRecord,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const { id, kind, fields, externalId, deleted } = record;
  const actor = actorOf(asker.person);
  const restored = await deps.planner.restore(task.projectId, kind, id, actor, deps.clock.now());
  if (!restored) return notThere(task);
  const paired = keepsItsPair(record);
  const { writeToConnectWise } = await deps.settings.read();
  await syncAgain(task, paired ? record : { kind }, deps);
  const named = nameOf(kind, fields, externalId);
  const logged = {
    action: 'restored',
    message: `${named} restored in the plan by ${actor.name}; ${paired ? 'it is synced again' : 'it is made anew in ConnectWise'}`,
    projectId: task.projectId,
    entity: kind,
    planId: id,
  } as const;
  return {
    reply: restoredReply(task, named, paired ? 'paired' : writeToConnectWise ? 'to be made' : 'here alone'),
    audited: {
      target: `${named} of ${shownName(task)} (${selector(task)})`,
      projectId: task.projectId,
      before: deleted?.reason ?? 'deleted',
      after: 'in the plan',
      outcome: 'restored',
      logged,
    },
  };
}

/** Whatever happened to it in ConnectWise meanwhile: it is looked for by its id. A project that is off does so later. */
async function syncAgain(
  task: SyncTask,
  { kind, externalId }: Pick<PlanRecord, 'kind' | 'externalId'>,
  { tasks }: CommandDeps,
): Promise<void> {
  const psaKind = psaKindOf[kind];
  const suspects =
    psaKind === 'project' || externalId === undefined ? [] : [{ kind: psaKind, id: externalId }];
  await tasks.trigger(task.id, { kinds: ['delta'], prio: 2, suspects });
}

function notThere(task: SyncTask): CommandResult {
  const all = { label: 'Deleted records', command: `restore ${selector(task)}` };
  return {
    reply: askBack(
      `${shownName(task)} has no such deleted record: it was restored already, or its 30 days are over.`,
      undefined,
      [all],
    ),
  };
}
