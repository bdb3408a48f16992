/**
 * What the statuses of ConnectWise mean in the plan (sync.md, "Kinds and fields"): each belongs to one category.
 * A project board has its own statuses for tickets; projects share one list.
 */
import type { PsaTableRow } from './psa-records.ts';
import { searchForm } from './text.ts';

export const taskCategories = ['Not Started', 'In Progress', 'Blocked', 'Complete', 'Cancelled'] as const;
export type TaskCategory = (typeof taskCategories)[number];
export const projectCategories = ['Planning', 'In Progress', 'On Hold', 'Cancelled', 'Complete'] as const;
export type ProjectCategory = (typeof projectCategories)[number];
export type Category = TaskCategory | ProjectCategory;

export type StatusMapping = {
  /** The board, or `projects` for the statuses of projects themselves. */
  readonly of: number | 'projects';
  /** Grows with every change; a base that was read under another revision is projected anew. */
  readonly revision: number;
  readonly statuses: readonly {
    readonly id: number;
    readonly name: string;
    readonly category: Category;
    /** `cwsync` while it is a proposal nobody has changed. */
    readonly setBy: string;
  }[];
  /** The status that an edit of the category writes out; absent for a category without usable statuses. */
  readonly defaults: { readonly [category in Category]?: number };
};

type MappedStatus = StatusMapping['statuses'][number];

/** What has statuses: tasks by board, and projects. */
export type StatusKind = 'task' | 'project';
type CategoryOf = { readonly task: TaskCategory; readonly project: ProjectCategory };

export const statusKindOf = (of: StatusMapping['of']): StatusKind => (of === 'projects' ? 'project' : 'task');

/** A status as ConnectWise shows it now. */
export type StatusFacts = {
  readonly id: number;
  readonly name: string;
  readonly closed: boolean;
  readonly inactive: boolean;
  /** ConnectWise's word: `NotResponded`, `Responded`, `ResolutionPlan`, `Resolved`, `NoEscalation`; null for none. */
  readonly escalation: string | null;
  /** Its place on the board; null where ConnectWise has none. */
  readonly sortOrder: number | null;
  /** What ConnectWise gives to a new record. */
  readonly isDefault: boolean;
};

/** Reads the facts out of a row of the tables `boardStatus` and `projectStatus`. */
export function statusFacts({
  id,
  name,
  inactive,
  details,
}: Pick<PsaTableRow, 'id' | 'name' | 'inactive' | 'details'>): StatusFacts {
  const { closed, escalation, sortOrder, isDefault } = details;
  return {
    id,
    name: name ?? `Status #${id}`,
    inactive,
    closed: closed === true,
    escalation: typeof escalation === 'string' ? escalation : null,
    sortOrder: typeof sortOrder === 'number' ? sortOrder : null,
    isDefault: isDefault === true,
  };
}

type NamedStatus = Pick<StatusFacts, 'name' | 'closed' | 'escalation'>;

/** What a status says, before it is put in the words of tasks or of projects. */
type Meaning = 'start' | 'progress' | 'wait' | 'cancelled' | 'complete';

const categoryFor: Record<StatusKind, Record<Meaning, Category>> = {
  task: {
    start: 'Not Started',
    progress: 'In Progress',
    wait: 'Blocked',
    cancelled: 'Cancelled',
    complete: 'Complete',
  },
  project: {
    start: 'Planning',
    progress: 'In Progress',
    wait: 'On Hold',
    cancelled: 'Cancelled',
    complete: 'Complete',
  },
};

const cancelledWords = /\b(cancel\w*|abandoned|withdrawn)\b/;

/** Tried in this order, on names without case, accents and punctuation; the first that fits decides. */
const wordsOf: readonly (readonly [Meaning, RegExp])[] = [
  ['cancelled', cancelledWords],
  ['start', /\b(not (yet )?(started|assigned|scheduled|begun)|un(assigned|scheduled|started))\b/],
  ['wait', /\b(wait(ing)?|awaiting|(on )?hold|blocked|pending|paused|suspended|stalled|deferred)\b/],
  ['progress', /\b(not (yet )?(complete|completed|closed|done|finished)|re ?opened)\b/],
  ['progress', /\bready (for|to) (review|qa|test|testing|close|be closed|invoice)\b/],
  ['progress', /\b(in progress|progress|working|work in|assigned|started|active|ongoing|underway|review)\b/],
  ['progress', /\b(in process|implement(ing|ation)|execut(ing|ion)|testing|responded|enroute|en route)\b/],
  ['complete', /\b(closed|complete|completed|completion|done|finished|resolved)\b/],
  ['start', /\b(new|open|scheduled|plan(ned|ning)?|backlog|to do|todo|ready|queued?|requested|draft)\b/],
];

/** What the support desk's clock says of a status whose name says nothing. */
const escalationMeans: Readonly<Record<string, Meaning>> = {
  Responded: 'progress',
  ResolutionPlan: 'progress',
  Resolved: 'complete',
};

/**
 * The category that a status most likely means. A closed one is Complete or, by its name, Cancelled, whatever
 * else it says; one that says nothing has not begun.
 */
export function proposeCategory<K extends StatusKind>(kind: K, status: NamedStatus): CategoryOf[K];
export function proposeCategory(kind: StatusKind, status: NamedStatus) {
  return categoryFor[kind][meaning(status)];
}

function meaning({ name, closed, escalation }: NamedStatus): Meaning {
  const words = searchForm(name)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  if (closed) return cancelledWords.test(words) ? 'cancelled' : 'complete';
  const said = wordsOf.find(([, pattern]) => pattern.test(words));
  return said?.[0] ?? escalationMeans[escalation ?? ''] ?? 'start';
}

/**
 * The mapping of these statuses: what was there stays as it is, whoever set it, also where ConnectWise no longer
 * shows the status; new statuses get a proposal, and names are taken over. A default that can no longer be
 * written, since its status is gone, inactive or in another category, is picked anew.
 *
 * Where nothing has changed it is the existing mapping itself. The revision is always that of the existing one,
 * 0 where there is none: it grows when the mapping is saved.
 *
 * @param statuses those that ConnectWise shows, in any order
 */
export function proposeMapping(
  existing: StatusMapping | undefined,
  statuses: readonly StatusFacts[],
  of: StatusMapping['of'],
): StatusMapping {
  const inOrder = statuses.toSorted(bySortOrder);
  const mapped = mergeStatuses(existing?.statuses ?? [], inOrder, statusKindOf(of));
  const defaults = pickDefaults(existing?.defaults ?? {}, mapped, inOrder, statusKindOf(of));
  const proposed = { of, revision: existing?.revision ?? 0, statuses: mapped, defaults };
  return existing && sameMeaning(existing, proposed) ? existing : proposed;
}

function bySortOrder(a: StatusFacts, b: StatusFacts): number {
  const place = ({ sortOrder }: StatusFacts) => sortOrder ?? Number.MAX_SAFE_INTEGER;
  return place(a) - place(b) || a.id - b.id;
}

function mergeStatuses(
  before: readonly MappedStatus[],
  shown: readonly StatusFacts[],
  kind: StatusKind,
): readonly MappedStatus[] {
  const names = new Map(shown.map(({ id, name }) => [id, name]));
  const known = new Set(before.map(({ id }) => id));
  const kept = before.map((status) => ({ ...status, name: names.get(status.id) ?? status.name }));
  const added = shown
    .filter(({ id }) => !known.has(id))
    .map((status) => ({
      id: status.id,
      name: status.name,
      category: proposeCategory(kind, status),
      setBy: 'cwsync',
    }));
  return [...kept, ...added];
}

function pickDefaults(
  before: StatusMapping['defaults'],
  mapped: readonly MappedStatus[],
  shown: readonly StatusFacts[],
  kind: StatusKind,
): StatusMapping['defaults'] {
  const categories = new Map(mapped.map(({ id, category }) => [id, category]));
  const picked: { [category in Category]?: number } = {};
  for (const category of categoriesOf(kind)) {
    const usable = shown.filter(({ id, inactive }) => !inactive && categories.get(id) === category);
    const kept = usable.find(({ id }) => id === before[category]);
    // ConnectWise's own default is what a new record gets: of the other categories it says nothing.
    const own = category === categoryFor[kind].start ? usable.find(({ isDefault }) => isDefault) : undefined;
    const status = kept ?? own ?? usable[0];
    if (status) picked[category] = status.id;
  }
  return picked;
}

/** The mapping as somebody wants it; a default that does not mean its category any more is picked anew. */
export function remapped(
  existing: StatusMapping,
  statuses: readonly StatusFacts[],
  wanted: {
    readonly categories: ReadonlyMap<number, Category>;
    readonly defaults: StatusMapping['defaults'];
  },
  setBy: string,
): StatusMapping {
  const mapped = existing.statuses.map((status) => {
    const category = wanted.categories.get(status.id) ?? status.category;
    return category === status.category ? status : { ...status, category, setBy };
  });
  const defaults = { ...existing.defaults, ...wanted.defaults };
  return proposeMapping({ ...existing, statuses: mapped, defaults }, statuses, existing.of);
}

export function categoriesOf(kind: StatusKind): readonly Category[] {
  return kind === 'task' ? taskCategories : projectCategories;
}

function sameMeaning(a: StatusMapping, b: StatusMapping): boolean {
  return (
    a.statuses.length === b.statuses.length &&
    a.statuses.every((status, index) => sameStatus(status, b.statuses[index])) &&
    [...taskCategories, ...projectCategories].every(
      (category) => a.defaults[category] === b.defaults[category],
    )
  );
}

function sameStatus(a: MappedStatus, b: MappedStatus | undefined): boolean {
  return a.id === b?.id && a.name === b.name && a.category === b.category && a.setBy === b.setBy;
}

/**
 * What a record with this status is in the plan, and the revision of the mapping that says so, 0 where there is
 * none. A status that no mapping knows, or none at all, has not begun.
 */
export function categoryOf<K extends StatusKind>(
  mapping: StatusMapping | undefined,
  statusId: number | null,
  kind: K,
): { readonly category: CategoryOf[K]; readonly revision: number };
export function categoryOf(mapping: StatusMapping | undefined, statusId: number | null, kind: StatusKind) {
  const mapped = mapping?.statuses.find(({ id }) => id === statusId)?.category;
  const fits = mapped !== undefined && categoriesOf(kind).includes(mapped);
  return { category: fits ? mapped : categoryFor[kind].start, revision: mapping?.revision ?? 0 };
}

const mandatory = ['Not Started', 'In Progress', 'Complete'] as const satisfies readonly TaskCategory[];

/** The categories of a board that must have a status and have none. Projects have no such. */
export function mandatoryGaps(mapping: Pick<StatusMapping, 'of' | 'statuses'>): readonly TaskCategory[] {
  if (mapping.of === 'projects') return [];
  return mandatory.filter((wanted) => !mapping.statuses.some(({ category }) => category === wanted));
}

/** The status that an edit of a category writes out; undefined where the board has none for it. */
export function statusWrittenFor(
  mappings: readonly StatusMapping[],
  of: StatusMapping['of'],
  category: string,
): { readonly id: number; readonly name: string } | undefined {
  const mapping = mappings.find((one) => one.of === of);
  const id = mapping?.defaults[category as Category];
  const status = mapping?.statuses.find((one) => one.id === id);
  return status && { id: status.id, name: status.name };
}
