import { matchProject } from '../../domain/project-match.ts';
import { type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { TaskList } from '../../ports/sync-task-store.ts';
import { projectCardReply } from '../replies/project-card.ts';
import { rowsPerPage, statusListReply } from '../replies/status-list.ts';
import type { Command, CommandDeps, CommandResult } from './command.ts';
import { countWaiting } from './frozen-records.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';

/** The buttons that turn pages carry the filter, and a button carries only so much. */
const filterAtMost = 300;

export const status: Command = {
  name: 'status',
  role: 'viewer',
  usage: 'status [filter | project] [--disabled] [--archived]',
  summary: 'The projects and how their sync stands, or one project in full.',
  examples: ['status', 'status contoso', 'status #1042', 'status --disabled'],
  options: { ...pageOption, disabled: { type: 'boolean' }, archived: { type: 'boolean' } },
  async run(invocation, _asker, deps) {
    const typed = cut(invocation.words.join(' '), filterAtMost);
    if (typed === '') return await list(deps, invocation);
    const names = await deps.tasks.names();
    // A list is filtered, so a beginning is as good as any part: only what can mean one project gives the card.
    const among = (disconnected: boolean) =>
      matchProject(
        names.filter(({ state }) => (state === 'disconnected') === disconnected),
        typed,
        { byBeginning: false },
      );
    const live = among(false);
    const match = live.found === 'none' ? among(true) : live;
    if (match.found === 'one') return { reply: await card(deps, match.project.taskId) };
    return await list(deps, invocation, typed);
  },
};

async function card(deps: CommandDeps, taskId: string) {
  const seen = await deps.tasks.get(taskId);
  if (!seen) throw new Error('a task vanished while it was shown');
  const { task, now } = seen;
  const [place, gate, waiting] = await Promise.all([
    placeOf(deps, task, now),
    deps.gate.read(),
    countWaiting(deps, task),
  ]);
  return projectCardReply({
    ...seen,
    links: deps.links,
    gate,
    waiting,
    ...(place === undefined ? {} : { place }),
  });
}

async function list(
  deps: CommandDeps,
  invocation: Parameters<Command['run']>[0],
  filter?: string,
): Promise<CommandResult> {
  const query = {
    withDisabled: invocation.switches.disabled === true,
    withArchived: invocation.switches.archived === true,
    ...(filter === undefined ? {} : { filter }),
  };
  const read = (page: number) =>
    deps.tasks.list({ ...query, offset: (page - 1) * rowsPerPage, limit: rowsPerPage });
  const asked = pageOf(invocation);
  const first = await read(asked);
  const page = lastPageAtMost(asked, first.total, rowsPerPage);
  const found = page === asked ? first : await read(page);
  const [places, waiting, gate] = await Promise.all([
    placesOf(deps, found),
    waitingOf(deps, found),
    deps.gate.read(),
  ]);
  const view = { list: found, places, waiting, gate, links: deps.links, page, ...deps.settings, ...query };
  return { reply: statusListReply(view) };
}

async function waitingOf(deps: CommandDeps, { tasks }: TaskList): Promise<ReadonlyMap<string, number>> {
  const counted = tasks.map(async (task) => [task.id, await countWaiting(deps, task)] as const);
  return new Map(await Promise.all(counted));
}

async function placesOf(deps: CommandDeps, found: TaskList): Promise<ReadonlyMap<string, number>> {
  const places = await Promise.all(
    found.tasks.map(async (task) => [task.id, await placeOf(deps, task, found.now)] as const),
  );
  return new Map(places.flatMap(([id, place]) => (place === undefined ? [] : [[id, place] as const])));
}

async function placeOf(deps: CommandDeps, task: SyncTask, now: Date): Promise<number | undefined> {
  return syncStatus(task, now).word === 'In Queue' ? await deps.tasks.placeInLine(task, now) : undefined;
}
