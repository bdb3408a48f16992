/** What comes in through the plan's doors and names something else: a person, a phase, a status. */
import type { Json } from './json.ts';
import { isId, isObject, type Judged, refuse } from './plan-door-values.ts';
import { orderEditOf } from './sibling-order.ts';
import type { Category, StatusMapping } from './status-mapping.ts';

type Named = { readonly name: string | null };

/** What a door has to know; every look-up is undefined where there is no such thing. */
export type DoorContext = {
  /** The project of the record, or the one in which it is made. */
  readonly projectId: string;
  /** The board whose statuses a task has; null where none is known. */
  readonly board: number | null;
  readonly mapping: (of: number | 'projects') => StatusMapping | undefined;
  /** By ConnectWise's id. */
  readonly member: (id: number) => (Named & { readonly active: boolean }) | undefined;
  readonly phaseStatus: (id: number) => Named | undefined;
  readonly workType: (id: number) => Named | undefined;
  readonly noteType: (id: number) => Named | undefined;
  /** Live phases and tasks, in whatever project, by plan id. */
  readonly phase: (id: string) => PhaseSeen | undefined;
  readonly task: (id: string) => { readonly projectId: string } | undefined;
  /** Plan ids of what stands directly below the record, as ConnectWise showed them last. */
  readonly children: readonly string[];
  /** Whether the project has a ticket or a phase with that id of ConnectWise. */
  readonly linked: (kind: 'ticket' | 'phase', externalId: number) => boolean;
};

type PhaseSeen = { readonly projectId: string; readonly parentId: string | null };

/** Where a value stands: its path, what the field is now, and what is known. */
export type Place = {
  readonly path: string;
  readonly current: Json | undefined;
  /** Plan id of the record; undefined of a new one. */
  readonly recordId: string | undefined;
  readonly context: DoorContext;
};

const idOf = (value: Json | undefined): Json | undefined => (isObject(value) ? value.id : undefined);

/** `{id}`, with or without a name: which name counts is looked up. */
export function namedReference(
  value: Json,
  path: string,
  lookUp: (id: number) => Judged<string | null>,
): Judged {
  if (!isObject(value) || Object.keys(value).some((part) => part !== 'id' && part !== 'name'))
    return refuse(path, 'is an object with an id of ConnectWise, {"id": 12}');
  if (!isId(value.id)) return refuse(`${path}.id`, 'is a whole number, an id of ConnectWise');
  const name = lookUp(value.id);
  return 'refused' in name ? name : { value: { id: value.id, name: name.value } };
}

/** Who it is already may stay, also when inactive. */
export function memberValue(value: Json, { path, current, context }: Place): Judged {
  return namedReference(value, path, (id) => {
    const member = context.member(id);
    if (!member) return refuse(path, `member ${id} is not known; see /members for those that are`);
    if (!member.active && idOf(current) !== id)
      return refuse(path, `${member.name ?? `member ${id}`} is inactive: name somebody who is active`);
    return { value: member.name };
  });
}

export function tableValue(table: 'phaseStatus' | 'workType' | 'noteType', what: string) {
  return (value: Json, { path, context }: Place): Judged =>
    namedReference(value, path, (id) => {
      const row = context[table](id);
      return row ? { value: row.name } : refuse(path, `${what} ${id} is not known in ConnectWise`);
    });
}

/** There is no table of them here: that the id exists is for ConnectWise to say. */
export function priorityValue(value: Json, { path, current }: Place): Judged {
  const name = isObject(value) ? (value.name ?? null) : null;
  if (name !== null && typeof name !== 'string') return refuse(`${path}.name`, 'is a text');
  const known = isObject(current) && typeof current.name === 'string' ? current.name : null;
  return namedReference(value, path, (id) => ({ value: name ?? (idOf(current) === id ? known : null) }));
}

export function phaseValue(value: Json, { path, context }: Place): Judged {
  if (typeof value !== 'string') return refuse(path, 'is the id of a phase of the plan, or null');
  const phase = context.phase(value);
  if (!phase) return refuse(path, 'there is no such phase');
  if (phase.projectId !== context.projectId)
    return refuse(path, 'is a phase of another project: ConnectWise cannot move it there');
  return { value };
}

/** The phase around a phase: never itself, nor one within it. */
export function parentPhaseValue(value: Json, place: Place): Judged {
  const judged = phaseValue(value, place);
  if ('refused' in judged) return judged;
  const { context, recordId, path } = place;
  const seen = new Set<string>();
  for (
    let id = value as string | null;
    id !== null && !seen.has(id);
    id = context.phase(id)?.parentId ?? null
  ) {
    if (id === recordId) return refuse(path, 'a phase cannot stand within itself');
    seen.add(id);
  }
  return judged;
}

/** All that stands directly below, each once: stored with what stood there when it was ordered. */
export function orderValue(value: Json, { path, current, recordId, context: { children } }: Place): Judged {
  if (recordId === undefined) return refuse(path, 'of a new one is none: nothing stands in it yet');
  const ids = Array.isArray(value) ? value : [];
  const all = new Set(children);
  const each = new Set(ids);
  if (each.size !== ids.length || each.size !== all.size || ids.some((id) => !all.has(String(id))))
    return refuse(path, 'is a list of the ids of all phases and tasks directly below it, each once');
  const from = orderEditOf({ order: current ?? null })?.from ?? children;
  return { value: { from: [...from], to: [...ids] } };
}

export function taskValue(value: Json, { path, context }: Place): Judged {
  if (typeof value !== 'string') return refuse(path, 'is the id of a task of the plan');
  const task = context.task(value);
  if (!task) return refuse(path, 'there is no such task');
  return task.projectId === context.projectId ? { value } : refuse(path, 'is a task of another project');
}

/** ConnectWise's id of a ticket or phase of the same project, and how many days lie in between. */
export function predecessorValue(value: Json, { path, context }: Place): Judged {
  if (!isObject(value) || Object.keys(value).some((part) => !['kind', 'id', 'lagDays'].includes(part)))
    return refuse(path, 'is an object of kind, id and lagDays');
  const { kind, id, lagDays = 0 } = value;
  if (kind !== 'ticket' && kind !== 'phase') return refuse(`${path}.kind`, 'is one of ticket, phase');
  if (!isId(id)) return refuse(`${path}.id`, 'is a whole number, an id of ConnectWise');
  if (typeof lagDays !== 'number' || !Number.isInteger(lagDays) || Math.abs(lagDays) > 10_000)
    return refuse(`${path}.lagDays`, 'is a whole number of days');
  if (!context.linked(kind, id)) return refuse(`${path}.id`, `the project has no ${kind} ${id}`);
  return { value: { kind, id, lagDays } };
}

/**
 * A status is a category in the plan, and ConnectWise gets the category's default status: so a category is what can be
 * chosen. An id or a name beside it must be what the record has or gets, as when a value that was read is sent back.
 */
export function statusValue(of: 'projects' | 'board', categories: readonly Category[]) {
  return (value: Json, place: Place): Judged => {
    const { path, current, context } = place;
    const wanted = readStatus(value, path, categories);
    if ('refused' in wanted) return wanted;
    const { category } = wanted.value;
    if (isObject(current) && current.category === category)
      return fits(wanted.value, current) ? { value: current } : mustFit(path, category, current.name);
    const board = of === 'projects' ? of : context.board;
    const mapping = board === null ? undefined : context.mapping(board);
    const status = mapping?.statuses.find(({ id }) => id === mapping.defaults[category]);
    if (!status) return refuse(path, noStatus(of, category));
    const chosen = { id: status.id, name: status.name, category };
    return fits(wanted.value, chosen) ? { value: chosen } : mustFit(path, category, status.name);
  };
}

type WantedStatus = { readonly category: Category; readonly [part: string]: Json };

function readStatus(value: Json, path: string, categories: readonly Category[]): Judged<WantedStatus> {
  const parts = ['id', 'name', 'category'];
  if (!isObject(value) || Object.keys(value).some((part) => !parts.includes(part)))
    return refuse(path, `is an object with a category, {"category": "${categories[1]}"}`);
  const category = categories.find((one) => one === value.category);
  return category
    ? { value: { ...value, category } }
    : refuse(`${path}.category`, `is one of ${categories.join(', ')}`);
}

function fits(wanted: WantedStatus, status: { readonly [part: string]: Json }): boolean {
  return (['id', 'name'] as const).every(
    (part) => wanted[part] === undefined || wanted[part] === status[part],
  );
}

function mustFit(path: string, category: Category, name: Json | undefined) {
  const status = typeof name === 'string' ? `, here “${name}”` : '';
  return refuse(path, `of ${category} it has the category’s own status${status}: give the category alone`);
}

function noStatus(of: 'projects' | 'board', category: Category): string {
  const where = of === 'projects' ? 'ConnectWise’s project statuses have' : 'the board of this task has';
  return `${where} no default status for ${category}: choose another category, or let an admin map one`;
}
