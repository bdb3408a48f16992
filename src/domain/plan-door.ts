/**
 * What may come into the plan by its doors, chat and the HTTP API (sync.md, "Kinds and fields"): whatever ConnectWise
 * could not hold is refused at once, with the field and the reason, since a sync that finds it out later helps nobody.
 */
import type { Json } from './json.ts';
import type { Fields, PlanKind, PlanRecord } from './plan.ts';
import {
  type DoorContext,
  memberValue,
  orderValue,
  type Place,
  parentPhaseValue,
  phaseValue,
  predecessorValue,
  priorityValue,
  statusValue,
  tableValue,
  taskValue,
} from './plan-door-references.ts';
import { slotValue, span, timeTogether } from './plan-door-spans.ts';
import {
  filledText,
  flagValue,
  hoursValue,
  isId,
  isObject,
  type Judged,
  nameValue,
  orNull,
  type Refusal,
  refuse,
  textValue,
  wordValue,
} from './plan-door-values.ts';
import { projectCategories, taskCategories } from './status-mapping.ts';

export type { DoorContext } from './plan-door-references.ts';
export { namesAtMost, type Refusal } from './plan-door-values.ts';

/** Team members come from ConnectWise only. */
export type DoorKind = Exclude<PlanKind, 'teamMember'>;

export type DoorWish = {
  readonly kind: DoorKind;
  /** Absent: a new one. */
  readonly record?: Pick<PlanRecord, 'id' | 'fields'>;
  /** By field of the plan, only those that change; of `dates`, `slot` and `span` only the parts that change. */
  readonly fields: Fields;
};

export type DoorAnswer =
  | { readonly result: 'refused'; readonly refusals: readonly Refusal[] }
  /** What to store: the wished fields in the plan's own form, with names looked up and statuses whole. */
  | { readonly result: 'accepted'; readonly fields: Fields };

type Rule = (value: Json, place: Place) => Judged;

type KindRules = {
  /** May be changed, and given to a new record. */
  readonly change: { readonly [field: string]: Rule };
  /** May be given to a new record, and never changed. */
  readonly onlyNew?: { readonly [field: string]: Rule };
  readonly required: readonly string[];
  /** ConnectWise alone says them. */
  readonly inOnly: readonly string[];
  /** Records of this kind are made and never changed. */
  readonly readOnly?: string;
};

const plain =
  (judge: (value: Json, path: string) => Judged): Rule =>
  (value, { path }) =>
    judge(value, path);
const optional =
  (rule: Rule): Rule =>
  (value, place) =>
    value === null ? { value } : rule(value, place);

const optionalHours = plain(orNull(hoursValue));
const optionalText = plain(orNull(textValue));

/** ConnectWise's words for whether time is charged. */
export const billableWords = ['Billable', 'DoNotBill', 'NoCharge', 'NoDefault'] as const;
export const noteUses = ['discussion', 'internal', 'resolution'] as const;

const rules: { readonly [kind in DoorKind]: KindRules } = {
  project: {
    change: {
      name: plain(nameValue),
      description: optionalText,
      status: statusValue('projects', projectCategories),
      manager: optional(memberValue),
      dates: span('start', 'end', 'A ConnectWise project always has a start and an end'),
      order: orderValue,
    },
    required: ['name'],
    inOnly: ['closed', 'board', 'company', 'actualHours', 'budgetHours', 'percentComplete'],
  },
  phase: {
    change: {
      name: plain(nameValue),
      parentId: optional(parentPhaseValue),
      status: optional(tableValue('phaseStatus', 'phase status')),
      dates: span('start', 'end'),
      budgetHours: optionalHours,
      order: orderValue,
    },
    required: ['name'],
    inOnly: ['wbsCode'],
  },
  task: {
    change: {
      summary: plain(nameValue),
      status: statusValue('board', taskCategories),
      phaseId: optional(phaseValue),
      owner: optional(memberValue),
      priority: optional(priorityValue),
      dates: span('start', 'due'),
      budgetHours: optionalHours,
      predecessor: optional(predecessorValue),
    },
    required: ['summary'],
    inOnly: ['wbsCode', 'actualHours', 'resources', 'closed', 'board'],
  },
  event: {
    change: { slot: slotValue, done: plain(flagValue) },
    onlyNew: { taskId: taskValue },
    required: ['taskId', 'slot'],
    inOnly: [],
  },
  timeLog: {
    change: {},
    onlyNew: {
      taskId: taskValue,
      member: memberValue,
      span: span('start', 'end'),
      hours: optionalHours,
      workType: optional(tableValue('workType', 'work type')),
      billable: plain(orNull(wordValue(billableWords))),
      notes: optionalText,
    },
    required: ['taskId', 'member', 'span'],
    inOnly: ['phaseId'],
    readOnly: 'time is ConnectWise’s once it is entered: change it there',
  },
  projectNote: {
    change: {},
    onlyNew: {
      text: plain(filledText),
      type: optional(tableValue('noteType', 'note type')),
      flagged: plain(flagValue),
    },
    required: ['text'],
    inOnly: ['author', 'writtenAt'],
    readOnly: 'a note is not changed once it is written',
  },
  ticketNote: {
    change: {},
    onlyNew: { taskId: taskValue, text: plain(filledText), use: plain(wordValue(noteUses)) },
    required: ['taskId', 'text'],
    inOnly: ['author', 'writtenAt'],
    readOnly: 'a note is not changed once it is written',
  },
};

export type DoorFields = {
  readonly create: readonly string[];
  readonly required: readonly string[];
  readonly change: readonly string[];
};

/** The fields of a kind by what a door may do with them. */
export function doorFields(kind: DoorKind): DoorFields {
  const { change, onlyNew = {}, required } = rules[kind];
  return {
    create: [...Object.keys(onlyNew), ...Object.keys(change)],
    required,
    change: Object.keys(change),
  };
}

/** The board whose statuses a task has: the one on which ConnectWise last showed it, else its project’s. */
export function boardOf(
  task: Pick<PlanRecord, 'base'> | undefined,
  project: Pick<PlanRecord, 'fields'> | undefined,
): number | null {
  const shown = task?.base?.psa.status;
  const board = isObject(shown) && isId(shown.board) ? shown.board : undefined;
  const ofProject = project?.fields.board;
  return board ?? (isObject(ofProject) && isId(ofProject.id) ? ofProject.id : null);
}

/**
 * Judges what somebody wants to write: everything that is wrong with it at once, or the fields to store.
 * `projectId` may stand among the fields of a change; it must be the project that the record is in.
 */
export function refusals(wish: DoorWish, context: DoorContext): DoorAnswer {
  const { kind, record } = wish;
  const stored: Record<string, Json> = {};
  const refused: Refusal[] = [];
  for (const [field, value] of Object.entries(wish.fields)) {
    const place = { path: field, current: record?.fields[field], recordId: record?.id, context };
    const isPlace = field === 'projectId' && kind !== 'project';
    const judged = isPlace ? sameProject(value, place) : judgeField(wish, field, value, place);
    if ('refused' in judged) refused.push(...judged.refused);
    else if (!isPlace) stored[field] = judged.value;
  }
  if (!record) refused.push(...missing(kind, wish.fields));
  if (refused.length === 0) refused.push(...(kind === 'timeLog' ? timeTogether(stored) : []));
  return refused.length > 0
    ? { result: 'refused', refusals: refused }
    : { result: 'accepted', fields: stored };
}

function judgeField({ kind, record }: DoorWish, field: string, value: Json, place: Place): Judged {
  const { change, onlyNew = {}, inOnly, readOnly } = rules[kind];
  if (inOnly.includes(field)) return refuse(field, 'comes from ConnectWise only: change it there');
  const known = Object.hasOwn(change, field) || Object.hasOwn(onlyNew, field);
  if (!known) return refuse(field, 'is not a field that can be written here');
  if (record && readOnly) return refuse(field, readOnly);
  const rule = Object.hasOwn(change, field) ? change[field] : onlyNew[field];
  if (!rule || (record && !Object.hasOwn(change, field)))
    return refuse(field, 'cannot be changed any more: delete this one and make another');
  return rule(value, place);
}

function sameProject(value: Json, { path, context }: Place): Judged {
  return value === context.projectId
    ? { value }
    : refuse(path, 'cannot be moved to another project: ConnectWise has no such move. Make it there anew');
}

function missing(kind: DoorKind, fields: Fields): readonly Refusal[] {
  return rules[kind].required
    .filter((field) => !Object.hasOwn(fields, field))
    .map((field) => ({ path: field, reason: 'is needed' }));
}
