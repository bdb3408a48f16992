/** Reads a page of projects with everything that is shown of them. */
import { mayDo, type Role } from '../../domain/roles.ts';
import { type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import type { GateState } from '../../ports/gate.ts';
import type { Text } from '../../ports/reply.ts';
import type { TaskList, TaskQuery } from '../../ports/sync-task-store.ts';
import { deliveryNotices } from '../alerts/delivery-notices.ts';
import { type Readiness, readiness } from '../readiness.ts';
import { pagesOf } from '../replies/parts.ts';
import type { Reader } from '../replies/project-rows.ts';
import type { CommandDeps } from './command.ts';
import { countWaiting } from './frozen-records.ts';

/** How many that need attention are repeated above a list. */
export const attentionAtMost = 5;

export type ReadList = {
  readonly list: TaskList;
  readonly page: number;
  /** By task: how many are in line before it. */
  readonly places: ReadonlyMap<string, number>;
  /** By task: how many records are gone from ConnectWise and wait for an answer. */
  readonly waiting: ReadonlyMap<string, number>;
  readonly gate: GateState;
  readonly readOnly: boolean;
  readonly notices: readonly Text[];
  /** How far set-up is, where nothing is linked. */
  readonly ready?: Readiness;
  readonly reader: Reader;
};

/** Rows of a page; `restAtMost` more where that is the end. */
type PageSize = { readonly perPage: number; readonly restAtMost?: number };

export async function readList(
  deps: CommandDeps,
  query: Omit<TaskQuery, 'offset' | 'limit'>,
  asked: number,
  size: PageSize & { readonly role: Role },
): Promise<ReadList> {
  const { perPage, restAtMost = 0, role } = size;
  const read = (page: number) =>
    deps.tasks.list({
      ...query,
      attention: attentionAtMost,
      offset: (page - 1) * perPage,
      limit: perPage + restAtMost,
    });
  const [first, gate, notices, settings] = await Promise.all([
    read(asked),
    deps.gate.read(),
    deliveryNotices(deps),
    deps.settings.read(),
  ]);
  // A page past the end, of a list that has become shorter since its button was made, is the last one.
  const page = Math.min(asked, pagesOf(first.total, perPage, restAtMost));
  const list = cutToPage(page === asked ? first : await read(page), page, size);
  const shown = new Map([...list.attention, ...list.tasks].map((task) => [task.id, task])).values();
  const facts = await Promise.all([...shown].map((task) => factsOf(deps, task, list.now)));
  return {
    list,
    page,
    gate,
    notices,
    readOnly: !settings.writeToConnectWise,
    reader: { role, helpers: await helpersFor(deps, role, list) },
    ...(list.linked === 0 ? { ready: await readiness(deps, list) } : {}),
    places: new Map(facts.flatMap(({ id, place }) => (place === undefined ? [] : [[id, place] as const]))),
    waiting: new Map(facts.map(({ id, waiting }) => [id, waiting])),
  };
}

const helpersAtMost = 2;

async function helpersFor({ roles }: CommandDeps, role: Role, { needAttention }: TaskList) {
  if (mayDo(role, 'operator') || needAttention === 0) return [];
  return (await roles.holders('operator')).slice(0, helpersAtMost);
}

/** Only the last page may have the few rows more that would be left for one of their own. */
function cutToPage(list: TaskList, page: number, { perPage, restAtMost = 0 }: PageSize): TaskList {
  return page === pagesOf(list.total, perPage, restAtMost)
    ? list
    : { ...list, tasks: list.tasks.slice(0, perPage) };
}

async function factsOf(deps: CommandDeps, task: SyncTask, now: Date) {
  const [place, waiting] = await Promise.all([placeOf(deps, task, now), countWaiting(deps, task)]);
  return { id: task.id, place, waiting };
}

export async function placeOf(deps: CommandDeps, task: SyncTask, now: Date): Promise<number | undefined> {
  return syncStatus(task, now).word === 'In Queue' ? await deps.tasks.placeInLine(task, now) : undefined;
}
