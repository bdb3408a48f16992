/** Forms as cards. */
import type { Field, Form, FormValues, Option } from '../../src/ports/form.ts';
import {
  buttons,
  type Card,
  type Context,
  cardOf,
  type Element,
  execute,
  heading,
  paragraph,
  small,
  verbs,
} from './elements.ts';
import { limits } from './limits.ts';
import { plain } from './text.ts';

/** Stands in the buttons, so that what is submitted is known again. */
export type FormKey = { readonly form: string; readonly until: number; readonly token: string };

export type FormView = {
  readonly form: Form;
  readonly key: FormKey;
  /** Channels and group chats that can be chosen. */
  readonly conversations: readonly Option[];
  /** By field id, what was refused. */
  readonly errors?: { readonly [field: string]: string };
};

type Input = Exclude<Field, { field: 'words' | 'actions' }>;
type Choosing = Extract<Input, { field: 'choice' | 'choices' | 'switches' | 'conversations' }>;

/** So many bytes of options one field may have, so that the rest of the card has room. */
const optionBytes = 9_000;
const inputPrefix = 'field-';

export function renderForm(view: FormView, context: Context): Card {
  const { form, key, errors = {} } = view;
  // What cannot be undone is marked by a sign; the words for it are the form's own.
  const title = form.danger ? `⚠ ${form.title}` : form.title;
  const known = new Set(form.fields.flatMap((field) => ('id' in field ? [field.id] : [])));
  const others = Object.entries(errors).filter(([id]) => !known.has(id));
  const body = [
    heading(title, context),
    ...others.map(([, words]) => refused(words, context)),
    ...form.fields.flatMap((field) => renderField(field, view, context)),
  ];
  const card = cardOf(body, form.title, context);
  return form.submit === undefined ? card : { ...card, actions: submitAndCancel(form, key) };
}

function submitAndCancel({ submit = '', danger }: Form, key: FormKey): Element[] {
  const style = danger ? 'destructive' : 'positive';
  return [
    execute(verbs.form, submit, key, { style }),
    // An empty field must not keep anybody from leaving.
    execute(verbs.cancel, 'Cancel', key, { associatedInputs: 'none' }),
  ];
}

function refused(words: string, context: Context): Element {
  return paragraph([{ part: 'text', text: `⚠ ${words}` }], context, { color: 'Attention', spacing: 'None' });
}

function renderField(field: Field, view: FormView, context: Context): Element[] {
  if (field.field === 'words') return [paragraph(field.text, context)];
  if (field.field === 'actions') return buttons(field.actions, context);
  const error = view.errors?.[field.id];
  const input = inputOf(field, view, context);
  // Where there is nothing to choose from, the hint stands in the words that say so.
  const isInput = input.some(({ id }) => id !== undefined);
  const hint = field.hint && isInput ? [small([{ part: 'text', text: field.hint }], context)] : [];
  const told = error === undefined ? [] : [refused(error, context)];
  return [...input, ...hint, ...told];
}

function inputOf(field: Input, view: FormView, context: Context): Element[] {
  const common = {
    id: `${inputPrefix}${field.id}`,
    label: plain(field.label, limits.label),
    ...(field.optional || field.field === 'switches'
      ? {}
      : { isRequired: true, errorMessage: neededWords(field) }),
  };
  if (field.field === 'text') {
    const maxLength = Math.min(field.maxLength ?? limits.inputText, limits.inputText);
    const value = field.value ? { value: field.value.slice(0, maxLength).toWellFormed() } : {};
    return [{ type: 'Input.Text', ...common, maxLength, isMultiline: field.multiline ?? false, ...value }];
  }
  if (field.field === 'number') {
    const value = field.value === undefined ? {} : { value: field.value };
    return [{ type: 'Input.Number', ...common, min: field.least, max: field.most, ...value }];
  }
  return choiceSet(field, common, view, context);
}

/** Shown by Teams itself, before anything is submitted. */
function neededWords(field: Input): string {
  if (field.field === 'number') return `A whole number from ${field.least} to ${field.most}.`;
  return `${plain(field.label, limits.label)} is needed.`;
}

/** An option stands for its place in the list: a value may hold a comma, which parts the values of an answer. */
function choiceSet(field: Choosing, common: object, view: FormView, context: Context): Element[] {
  const options = optionsOf(field, view);
  if (options.length === 0) return [nothingToChoose(field, context)];
  const wanted = new Set('values' in field ? field.values : [field.value]);
  const all = options.map((option, n) => ({ option, n, chosen: wanted.has(option.value) }));
  const shown = fitting(all);
  const chosen = shown.filter((one) => one.chosen).map(({ n }) => String(n));
  const many = field.field !== 'choice';
  const left = all.length - shown.length;
  const set = {
    type: 'Input.ChoiceSet',
    ...common,
    style: field.field === 'switches' ? 'expanded' : shown.length > limits.shortList ? 'filtered' : 'compact',
    ...(many ? { isMultiSelect: true } : {}),
    wrap: true,
    choices: shown.map(({ option, n }) => ({ title: titleOf(option), value: String(n) })),
    ...(chosen.length > 0 ? { value: chosen.join(',') } : {}),
  };
  if (left === 0) return [set];
  return [set, small([{ part: 'text', text: `… and ${left} more, which do not fit here.` }], context)];
}

function titleOf({ label, hint }: Option): string {
  return plain(hint ? `${label} – ${hint}` : label, limits.option);
}

function optionsOf(field: Choosing, { conversations }: Pick<FormView, 'conversations'>): readonly Option[] {
  if (field.field !== 'conversations') return field.options;
  // One that is chosen stays, also where it is not known any more.
  const known = new Set(conversations.map(({ value }) => value));
  const others = field.values.filter((value) => !known.has(value));
  return [...conversations, ...others.map((value) => ({ value, label: value }))];
}

type Listed = { readonly option: Option; readonly n: number; readonly chosen: boolean };

/** What is chosen always has room, then as many as fit; in the order of the list. */
function fitting(all: readonly Listed[]): readonly Listed[] {
  let bytes = 0;
  const chosenFirst = all.toSorted((a, b) => Number(b.chosen) - Number(a.chosen) || a.n - b.n);
  const kept = chosenFirst.filter(({ option, chosen }) => {
    bytes += Buffer.byteLength(JSON.stringify(titleOf(option))) + 30;
    return chosen || bytes <= optionBytes;
  });
  return kept.toSorted((a, b) => a.n - b.n);
}

function nothingToChoose({ label, hint }: Input, context: Context): Element {
  const words = `: there is nothing to choose from yet.${hint === undefined ? '' : ` ${hint}`}`;
  const parts = [{ part: 'strong', text: label } as const, { part: 'text', text: words } as const];
  return small(parts, context);
}

/** What stands in the fields of a submitted form, by field id. */
export function valuesOf(view: Pick<FormView, 'form' | 'conversations'>, data: object): FormValues {
  const given = data as { readonly [id: string]: unknown };
  const inputs = view.form.fields.flatMap((field) => ('id' in field ? [field] : []));
  return Object.fromEntries(
    inputs.flatMap((field) => {
      const value = given[`${inputPrefix}${field.id}`];
      const typed = typeof value === 'number' ? String(value) : value;
      if (typeof typed !== 'string') return [];
      return [[field.id, chosenIn(field, view, typed)] as const];
    }),
  );
}

function chosenIn(
  field: Input,
  view: Pick<FormView, 'conversations'>,
  typed: string,
): string | readonly string[] | undefined {
  if (field.field === 'text' || field.field === 'number') return typed;
  const options = optionsOf(field, view);
  const chosen = typed.split(',').flatMap((n) => (/^\d+$/u.test(n) ? (options[Number(n)]?.value ?? []) : []));
  return field.field === 'choice' ? chosen[0] : chosen;
}

/** The form again with what was typed in it. */
export function filledIn(form: Form, values: FormValues): Form {
  return {
    ...form,
    fields: form.fields.map((field) => ('id' in field ? typedInto(field, values[field.id]) : field)),
  };
}

function typedInto(field: Input, value: string | readonly string[] | undefined): Field {
  if (value === undefined) return field;
  const one = typeof value === 'string' ? value : (value[0] ?? '');
  const all = typeof value === 'string' ? [value] : value;
  if (field.field === 'text') return { ...field, value: one };
  if (field.field === 'number') {
    const { value: _before, ...rest } = field;
    return one.trim() === '' || Number.isNaN(Number(one)) ? rest : { ...rest, value: Number(one) };
  }
  if (field.field === 'choice') return { ...field, value: one };
  return { ...field, values: all };
}
