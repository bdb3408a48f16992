/**
 * The list of projects with the counts of its summary line. Over ten thousand projects a page must cost no more
 * than about one reading of them: everything that is counted comes from one grouping, and what a page looks for
 * is looked for in the keys of an index.
 */
import type { Collection, Filter } from 'mongodb';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { FirstImport, SyncTaskStore, TaskList, TaskQuery } from '../../src/ports/sync-task-store.ts';
import { type SyncTaskDocument, toSyncTask } from './sync-task-document.ts';
import { and, type Expression, literal, or } from './sync-task-expressions.ts';
import { healthWord, statusWord } from './sync-task-words.ts';

/** Projects that are alike in all that is counted, and how many they are. */
type Alike = {
  readonly _id: {
    readonly state: SyncTask['link']['state'];
    readonly attention: boolean;
    readonly synced: boolean;
    readonly fits: boolean;
  };
  readonly count: number;
  readonly intervalMs: number | null;
};

/** Projects are linked in one go, within minutes. */
const linkedTogetherMs = 600_000;

export function syncTaskList(
  tasks: Collection<SyncTaskDocument>,
  tenantId: string,
  now: Expression,
  serverNow: () => Promise<Date>,
): Pick<SyncTaskStore, 'list' | 'boards'> {
  const projects = { tenantId, kind: 'project' as const };

  async function list(query: TaskQuery): Promise<TaskList> {
    const [page, alike, attention, time] = await Promise.all([
      pageOf(query),
      grouped(query),
      attentionOf(query),
      serverNow(),
    ]);
    const importing = await importingOf(alike);
    return { tasks: page, attention, now: time, importing, ...countsOf(query, alike) };
  }

  async function pageOf(query: TaskQuery): Promise<readonly SyncTask[]> {
    const shown = { ...projects, ...narrowed(query, now), 'link.state': { $in: shownStates(query) } };
    const order = query.byBoard ? byBoardIndex : byNameIndex;
    const found = await tasks
      .find(shown, { hint: order.name })
      .sort(order.sort)
      .skip(query.offset)
      .limit(query.limit)
      .toArray();
    return found.map(toSyncTask);
  }

  async function attentionOf(query: TaskQuery): Promise<readonly SyncTask[]> {
    if (!query.attention) return [];
    const waiting = { 'link.state': 'active' as const, 'needsAttention.since': { $exists: true } };
    const found = await tasks
      .find({ ...projects, ...narrowed(query, now), ...waiting })
      .sort({ 'needsAttention.since': 1, _id: 1 })
      .limit(query.attention)
      .toArray();
    return found.map(toSyncTask);
  }

  /** From the keys of an index alone, unless a state is looked for. */
  function grouped(query: TaskQuery): Promise<readonly Alike[]> {
    const _id = {
      state: '$link.state',
      attention: isKey('$needsAttention.since'),
      synced: isKey('$lastSync.at'),
      fits: fits(query, now),
    };
    const group = { _id, count: { $sum: 1 }, intervalMs: { $max: '$intervalMs' } };
    const pipeline = [{ $match: projects }, { $group: group }];
    return tasks.aggregate<Alike>(pipeline, query.state ? {} : { hint: 'counts' }).toArray();
  }

  async function importingOf(alike: readonly Alike[]): Promise<FirstImport> {
    const active = alike.filter(isActive);
    const never = active.filter(({ _id }) => !_id.synced);
    const left = sum(never);
    const counts = { left, of: sum(active), needAttention: sum(never.filter(needsAttention)) };
    const pace = left > counts.needAttention ? await paceOf() : undefined;
    return { ...counts, ...(pace ? { pace } : {}) };
  }

  async function paceOf(): Promise<FirstImport['pace']> {
    const ofActive = { ...projects, 'link.state': 'active' as const };
    const isGoing = {
      lastSync: { $exists: false },
      needsAttention: { $exists: false },
      failure: { $exists: false },
    };
    const [oldest] = await tasks
      .find({ ...ofActive, ...isGoing }, { projection: { createdAt: 1 } })
      .sort({ createdAt: 1 })
      .limit(1)
      .toArray();
    if (!oldest) return undefined;
    const since = oldest.createdAt;
    const together = { $gte: new Date(since.getTime() - linkedTogetherMs) };
    const done = { ...ofActive, createdAt: together, lastSync: { $exists: true } };
    return { since, imported: await tasks.countDocuments(done) };
  }

  async function boards(): Promise<readonly string[]> {
    const found = await tasks.distinct('link.board', projects);
    return found.filter((board) => board !== null).toSorted((a, b) => a.localeCompare(b));
  }

  return { list, boards };
}

/** What is missing is null in the keys of an index. */
const isKey = (path: string): Expression => ({ $ne: [{ $ifNull: [path, null] }, null] });

/** Named, since the server keeps the plan that was best for the first of many alike queries. */
const byNameIndex = { name: 'list', sort: { nameKey: 1, _id: 1 } } as const;
const byBoardIndex = { name: 'list_by_board', sort: { 'link.board': 1, nameKey: 1, _id: 1 } } as const;

const sum = (alike: readonly Alike[]): number => alike.reduce((all, { count }) => all + count, 0);
const isActive = ({ _id }: Alike): boolean => _id.state === 'active';
const needsAttention = ({ _id }: Alike): boolean => _id.attention;

function countsOf(query: TaskQuery, alike: readonly Alike[]) {
  const fitting = alike.filter(({ _id }) => _id.fits);
  const countIn = (state: SyncTask['link']['state']) => sum(fitting.filter(({ _id }) => _id.state === state));
  const disabled = countIn('disabled');
  const disconnected = countIn('disconnected');
  const archived = countIn('archived');
  const active = fitting.filter(isActive);
  const intervals = alike
    .filter(isActive)
    .flatMap(({ intervalMs }) => (intervalMs === null ? [] : [intervalMs]));
  return {
    total:
      sum(active) + (query.withDisabled ? disabled + disconnected : 0) + (query.withArchived ? archived : 0),
    needAttention: sum(active.filter(needsAttention)),
    hidden: {
      disabled: query.withDisabled ? 0 : disabled,
      disconnected: query.withDisabled ? 0 : disconnected,
      archived: query.withArchived ? 0 : archived,
    },
    linked: sum(alike),
    ...(intervals.length > 0 ? { comprehensiveMs: Math.max(...intervals) } : {}),
  };
}

function shownStates(query: TaskQuery): SyncTask['link']['state'][] {
  const states: SyncTask['link']['state'][] = ['active'];
  if (query.withDisabled) states.push('disabled', 'disconnected');
  if (query.withArchived) states.push('archived');
  return states;
}

/** What is looked for; names are never read as a pattern, and no index holds a zero byte. */
function wantedIn(query: TaskQuery): { readonly text: string; readonly externalId?: number } | undefined {
  const text = searchForm(query.filter ?? '').replaceAll('\0', '');
  if (text === '') return undefined;
  const externalId = /^#?(\d{1,10})$/u.exec(text)?.[1];
  return { text, ...(externalId === undefined ? {} : { externalId: Number(externalId) }) };
}

/** What a query asks for besides the state of the link, so that the keys of an index can answer it. */
function narrowed(query: TaskQuery, now: Expression): Filter<SyncTaskDocument> {
  const wanted = wantedIn(query);
  const contains = { searchKey: { $regex: wanted?.text.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&') ?? '' } };
  const byId = wanted?.externalId === undefined ? undefined : { 'link.externalId': wanted.externalId };
  return {
    ...(wanted && byId ? { $or: [contains, byId] } : wanted ? contains : {}),
    ...(query.boards ? { 'link.board': { $in: [...query.boards] } } : {}),
    ...(query.projectIds ? { projectId: { $in: [...query.projectIds] } } : {}),
    ...(query.state ? { $expr: isInState(query.state, now) } : {}),
  };
}

/** The same as an expression. */
function fits(query: TaskQuery, now: Expression): Expression {
  const wanted = wantedIn(query);
  const all: Expression[] = [];
  if (wanted) {
    const contains: Expression = { $gte: [{ $indexOfBytes: ['$searchKey', literal(wanted.text)] }, 0] };
    const { externalId } = wanted;
    all.push(externalId === undefined ? contains : or(contains, { $eq: ['$link.externalId', externalId] }));
  }
  if (query.boards) all.push({ $in: ['$link.board', literal(query.boards)] });
  if (query.projectIds) all.push({ $in: ['$projectId', literal(query.projectIds)] });
  if (query.state) all.push(isInState(query.state, now));
  return all.length === 0 ? literal(true) : and(...all);
}

function isInState(word: string, now: Expression): Expression {
  return or({ $eq: [statusWord(now), word] }, { $eq: [healthWord(now), word] });
}
