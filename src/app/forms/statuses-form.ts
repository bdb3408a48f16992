/** The form in which an admin says what the statuses of a board mean in the plan. */
import type { Person } from '../../domain/person.ts';
import type { StatusFacts, StatusMapping } from '../../domain/status-mapping.ts';
import { cut } from '../../domain/text.ts';
import type { Field, Form, Option } from '../../ports/form.ts';
import type { Action, Text } from '../../ports/reply.ts';
import type { BoardStatuses } from '../board-statuses.ts';
import { name, pager, strong, text } from '../replies/parts.ts';
import { formContext } from './form-context.ts';
import {
  categoriesFor,
  defaultChoices,
  onPage,
  type StatusValues,
  statusesPerPage,
  statusField,
  statusValues,
} from './statuses-values.ts';

export const statusesTitle = 'What statuses mean';

export type StatusesView = {
  readonly person: Person;
  /** The board's name, or `projects`. */
  readonly board: string;
  readonly statuses: BoardStatuses;
  readonly page: number;
  /** Somebody else saved meanwhile: what one chose oneself stays, and what they changed is said. */
  readonly conflict?: { readonly mine: StatusValues; readonly theirs: readonly Text[] };
};

export function statusesForm({ person, board, statuses, page, conflict }: StatusesView): Form {
  const { mapping, shown } = statuses;
  const marks = statusValues(statuses, page);
  const values = conflict?.mine ?? marks;
  // A platform keeps what stands in a field of the same id: where others’ values are shown, the ids are new.
  const round = conflict ? `~${mapping.revision}` : '';
  const pages = Math.max(1, Math.ceil(shown.length / statusesPerPage));
  const turn = pager((to) => statusesCommand(mapping.of, to), page, pages);
  const fields: Field[] = [
    ...(conflict ? conflictWords(conflict.theirs) : []),
    words([
      ...(mapping.of === 'projects'
        ? [text('The statuses of projects')]
        : [text('The statuses of '), name(cut(board, 120))]),
      text(`: what each means in the plan${pages > 1 ? `, page ${page} of ${pages}` : ''}.`),
    ]),
    ...onPage(shown, page).map((status) => meaningField(mapping, status, values)),
    words([text('Written to ConnectWise where somebody chooses a category in the plan:')]),
    ...defaultFields(statuses, values),
    ...(turn.length > 0 ? [actions(turn)] : []),
  ];
  return {
    form: 'statuses',
    title: statusesTitle,
    submit: 'Save',
    fields: fields.map((field) => ('id' in field ? { ...field, id: `${field.id}${round}` } : field)),
    context: formContext(person, {
      of: mapping.of,
      board: cut(board, 120),
      revision: mapping.revision,
      page,
      round,
      marks,
    }),
  };
}

export function statusesCommand(of: StatusMapping['of'], page = 1): string {
  const which = of === 'projects' ? of : `#${of}`;
  return `settings statuses ${which}${page > 1 ? ` --page ${page}` : ''}`;
}

const words = (parts: Text): Field => ({ field: 'words', text: parts });
const actions = (all: readonly Action[]): Field => ({ field: 'actions', actions: all });

function conflictWords(theirs: readonly Text[]): readonly Field[] {
  const what: Text = [
    strong('Not saved yet. '),
    text(
      'Somebody else saved these statuses after you opened this. Your own choices are below: look at them, then save again.',
    ),
  ];
  return [words(what), ...theirs.map(words)];
}

/** A card has room for so much of each. */
const labelAtMost = 60;
const shownLabel = (id: number, label: string): string =>
  label.trim() === '' ? `Status #${id}` : cut(label, labelAtMost);

function meaningField(
  mapping: StatusMapping,
  { id, name: label, inactive }: StatusFacts,
  values: StatusValues,
): Field {
  const setBy = mapping.statuses.find((status) => status.id === id)?.setBy ?? 'cwsync';
  const by = setBy === 'cwsync' ? 'Proposed by its name' : `Set by ${cut(setBy, labelAtMost)}`;
  const value = values[statusField(id)];
  return {
    field: 'choice',
    id: statusField(id),
    label: shownLabel(id, label),
    hint: inactive ? `${by}; inactive in ConnectWise` : by,
    options: categoriesFor(mapping.of).map((category): Option => ({ value: category, label: category })),
    ...(value ? { value } : {}),
  };
}

function defaultFields(statuses: BoardStatuses, values: StatusValues): readonly Field[] {
  return defaultChoices(statuses).map(({ field, category, usable }): Field => {
    const value = values[field];
    return {
      field: 'choice',
      id: field,
      label: `${category} is written as`,
      options: usable.map(({ id, name: label }) => ({
        value: String(id),
        label: shownLabel(id, label),
      })),
      ...(value ? { value } : {}),
    };
  });
}
