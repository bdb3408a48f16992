import { distance } from 'fastest-levenshtein';
import { matchProject, nearestProjects } from '../../domain/project-match.ts';
import type { TaskList, TaskName } from '../../ports/sync-task-store.ts';
import { hiddenIn, isNarrowed, type ListWish } from '../list-wish.ts';
import { projectCardReply } from '../replies/project-card.ts';
import { restAtMost, rowsPerPage, statusListReply } from '../replies/status-list.ts';
import { workTypeShown } from '../work-types.ts';
import type { Command, CommandDeps } from './command.ts';
import { countWaiting } from './frozen-records.ts';
import { keepIdentity, listOptions, resolveWish, wishOf, withWholeMember } from './list-switches.ts';
import { pageOf, pageOption } from './page-switch.ts';
import { placeOf, readList } from './project-list.ts';

export const status: Command = {
  name: 'status',
  role: 'viewer',
  usage:
    'status [filter | project] [--mine] [--as <member>] [--board B] [--state S] [--problems] [--by-board] [--disabled] [--archived]',
  summary: 'The projects and how their sync stands, or one project in full.',
  examples: ['status', 'status contoso', 'status #1042', 'status --mine', 'status --state late --by-board'],
  options: { ...pageOption, ...listOptions },
  mayBeShared: true,
  async run(typed, asker, deps) {
    const invocation = await withWholeMember(deps, typed);
    const wished = wishOf(invocation, 'status');
    if (!wished.ok) return { reply: wished.reply };
    const { wish } = wished;
    const { unclear, ...kept } = await keepIdentity(deps, asker, invocation);
    if (unclear) return { reply: unclear };
    const resolved = await resolveWish(deps, asker, wish);
    if (!resolved.ok) return { reply: resolved.reply, ...kept };
    const [named, read] = await Promise.all([
      wish.filter === undefined ? [] : deps.tasks.names(wish.filter),
      readList(deps, resolved.query, pageOf(invocation), {
        perPage: rowsPerPage,
        restAtMost,
        role: asker.role,
      }),
    ]);
    const meant = await onlyProject(deps, wish, named, read.list);
    if (meant !== undefined) return { reply: await card(deps, meant) };
    const view = {
      ...read,
      wish,
      links: deps.links,
      near: await nearTo(deps, wish, read.list),
    };
    return { reply: statusListReply(view), ...kept };
  },
};

const nearAtMost = 3;

/** What a mistyped name may have meant, where nothing at all matches it. */
async function nearTo(deps: CommandDeps, { filter }: ListWish, list: TaskList): Promise<readonly TaskName[]> {
  if (filter === undefined || list.total + hiddenIn(list) > 0) return [];
  const live = (await deps.tasks.names()).filter(({ state }) => state !== 'disconnected');
  return nearestProjects(live, filter, nearAtMost, distance);
}

/** So many hidden matches are looked at one by one. */
const looksAtMost = 20;

/**
 * The project that a filter alone can only mean: by its external id, its name, or as the only match. A list is
 * filtered, so a beginning is as good as any part.
 */
async function onlyProject(
  deps: CommandDeps,
  { filter, ...rest }: ListWish,
  named: readonly TaskName[],
  list: TaskList,
): Promise<string | undefined> {
  if (filter === undefined || isNarrowed(rest)) return undefined;
  const found = new Map(named.map((one) => [one.taskId, one]));
  for (const one of await fewMatches(deps, filter, list)) found.set(one.taskId, one);
  const matching = (disconnected: boolean) =>
    matchProject(
      [...found.values()].filter(({ state }) => (state === 'disconnected') === disconnected),
      filter,
      { byBeginning: false },
    );
  const live = matching(false);
  const match = live.found === 'none' ? matching(true) : live;
  return match.found === 'one' ? match.project.taskId : undefined;
}

/** Hidden ones with them; none where several are shown, so that none of them can be the only one. */
async function fewMatches(deps: CommandDeps, filter: string, list: TaskList): Promise<readonly TaskName[]> {
  const hidden = hiddenIn(list);
  if (list.total > 1 || hidden > looksAtMost) return [];
  const shown = { filter, withDisabled: true, withArchived: true, offset: 0, limit: looksAtMost + 1 };
  const { tasks } = hidden > 0 ? await deps.tasks.list(shown) : list;
  return tasks.map(({ id, link }) => ({
    taskId: id,
    externalId: link.externalId,
    name: link.projectName,
    customer: link.customer,
    state: link.state,
  }));
}

async function card(deps: CommandDeps, taskId: string) {
  const seen = await deps.tasks.get(taskId);
  if (!seen) throw new Error('a task vanished while it was shown');
  const { task, now } = seen;
  const [place, gate, waiting, workType] = await Promise.all([
    placeOf(deps, task, now),
    deps.gate.read(),
    countWaiting(deps, task),
    workTypeShown(deps, task),
  ]);
  return projectCardReply({
    ...seen,
    links: deps.links,
    gate,
    waiting,
    workType,
    ...(place === undefined ? {} : { place }),
  });
}
