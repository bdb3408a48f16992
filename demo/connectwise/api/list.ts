import { candidateIds } from '../query/candidates.ts';
import { compileChildConditions, compileCustomFieldConditions } from '../query/child-conditions.ts';
import { compileCondition } from '../query/compile-condition.ts';
import { parseConditions } from '../query/conditions.ts';
import { sortRows } from '../query/order-by.ts';
import { projector } from '../query/projection.ts';
import type { Switches } from '../switches.ts';
import { positionAfter, type ReadableStore, type Row } from '../world/record-store.ts';
import { ApiError, badParameter, jsonReply, type Reply } from './errors.ts';
import type { Kind } from './kinds.ts';
import { disturbed, renderRow } from './render.ts';

const DEFAULT_PAGE_SIZE = 25;
const MAXIMUM_PAGE_SIZE = 1_000;

/** A list, count or search, with its parameters as texts; `''` for one that was not given. */
export type ListQuery = {
  readonly kind: Kind;
  readonly store: ReadableStore;
  readonly parentId: number | null;
  readonly conditions: string;
  readonly childConditions: string;
  readonly customFieldConditions: string;
  readonly orderBy: string;
  readonly fields: string;
  readonly page: string;
  readonly pageSize: string;
  readonly pageId: string;
  readonly forwardOnly: boolean;
  /** The address asked for; the Link header's addresses differ from it in the page only. */
  readonly url: URL;
  readonly apiRoot: string;
  readonly switches: Switches;
};

type Selection = {
  readonly ids: readonly number[];
  readonly row: (id: number) => Row | null;
  /** Whether every id is a match, so that nobody has to look. */
  readonly all: boolean;
};

/** The ids to look at, and what gives the row of an id if it matches. Throws `ConditionsError`. */
function select(query: ListQuery): Selection {
  const { kind, store, switches } = query;
  const condition = parseConditions(query.conditions);
  const tests = [
    condition && compileCondition(condition, switches),
    compileChildConditions(query.childConditions, switches),
    compileCustomFieldConditions(query.customFieldConditions, switches),
  ].filter((test) => test !== null);
  const scope =
    kind.parent && query.parentId !== null ? { path: kind.parent.index, key: query.parentId } : null;
  return {
    ids: candidateIds(store, condition, scope),
    all: tests.length === 0,
    row: (id) => {
      const stored = store.get(id);
      if (!stored) return null;
      const row = kind.view ? kind.view(stored) : stored;
      return tests.every((test) => test(row)) ? row : null;
    },
  };
}

/** The matches among `ids` from `start` on, at most `limit` of them, in the order of their ids. */
function take(selection: Selection, start: number, limit: number): Row[] {
  const rows: Row[] = [];
  for (let index = start; index < selection.ids.length && rows.length < limit; index += 1) {
    const row = selection.row(selection.ids[index] ?? 0);
    if (row) rows.push(row);
  }
  return rows;
}

function wholeNumber(
  text: string,
  name: string,
  least: number,
  fallback: number,
  switches: Switches,
): number {
  if (text === '') return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value < least) throw new ApiError(badParameter(name, switches));
  return value;
}

function readPageSize(query: ListQuery): number {
  const { switches } = query;
  const size = wholeNumber(query.pageSize, 'pageSize', 1, DEFAULT_PAGE_SIZE, switches);
  if (size > MAXIMUM_PAGE_SIZE && switches.pageSizeOverMaximum === 'error') {
    throw new ApiError(badParameter('pageSize', switches));
  }
  return Math.min(size, MAXIMUM_PAGE_SIZE);
}

function linkTo(url: URL, relation: string, changes: Readonly<Record<string, number>>): string {
  const target = new URL(url);
  for (const [name, value] of Object.entries(changes)) target.searchParams.set(name, String(value));
  return `<${target.href}>; rel="${relation}"`;
}

function listReply(query: ListQuery, rows: readonly Row[], headers: Record<string, string>): Reply {
  return jsonReply(200, rows.map(shower(query)), headers);
}

/** Shows records as the query wants them. */
export function shower(
  query: Pick<ListQuery, 'kind' | 'apiRoot' | 'fields' | 'switches'>,
): (row: Row) => unknown {
  const { kind, apiRoot, fields, switches } = query;
  const project =
    fields.trim() === ''
      ? (row: unknown) => row
      : projector(switches.fieldsKeepInfo ? `${fields},_info` : fields);
  return (row) => disturbed(project(renderRow(kind, row, apiRoot, switches)), switches);
}

/** Keyset paging: the rows after `pageId`, always by id; `page` and `orderBy` count for nothing. */
function forwardOnlyPage(query: ListQuery): Reply {
  const { switches } = query;
  const size = readPageSize(query);
  const after = wholeNumber(query.pageId, 'pageId', 0, 0, switches);
  const selection = select(query);
  const found = take(selection, positionAfter(selection.ids, after), size + 1);
  const rows = found.slice(0, size);
  const last = rows.at(-1);
  const goesOn = found.length > size || (rows.length === size && switches.linkAfterFullLastPage === 'next');
  if (goesOn && last) {
    return listReply(query, rows, { Link: linkTo(query.url, 'next', { pageSize: size, pageId: last.id }) });
  }
  return listReply(query, rows, switches.finalLink === 'empty' ? { Link: '' } : {});
}

function navigableLinks(query: ListQuery, page: number, size: number, total: number): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / size));
  if (last === 1 && page === 1 && !query.switches.linkOnSinglePage) return {};
  const links: string[] = [];
  const add = (relation: string, target: number) =>
    links.push(linkTo(query.url, relation, { pageSize: size, page: target }));
  if (page < last) add('next', page + 1);
  add('last', last);
  if (page > 1) {
    add('first', 1);
    add('prev', page - 1);
  }
  return { Link: links.join(', ') };
}

function navigablePage(query: ListQuery): Reply {
  const size = readPageSize(query);
  const page = wholeNumber(query.page, 'page', 1, 1, query.switches);
  const selection = select(query);
  if (selection.all && query.orderBy.trim() === '') {
    const rows = take(selection, (page - 1) * size, size);
    return listReply(query, rows, navigableLinks(query, page, size, selection.ids.length));
  }
  const all = sortRows(take(selection, 0, Number.POSITIVE_INFINITY), query.orderBy);
  const rows = all.slice((page - 1) * size, page * size);
  return listReply(query, rows, navigableLinks(query, page, size, all.length));
}

/** One page of matches. Throws `ConditionsError` or `ApiError`. */
export function listPage(query: ListQuery): Reply {
  return query.forwardOnly ? forwardOnlyPage(query) : navigablePage(query);
}

export function countMatches(query: ListQuery): Reply {
  const selection = select(query);
  const count = selection.all ? selection.ids.length : take(selection, 0, Number.POSITIVE_INFINITY).length;
  return jsonReply(200, { count });
}
