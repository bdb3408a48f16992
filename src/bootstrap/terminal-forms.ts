/** A form where none can be opened: what it says and shows, and how the same is written. */
import type { Invocation } from '../app/commands/command.ts';
import { note, paragraph, text } from '../app/replies/parts.ts';
import { quote } from '../domain/typed-text.ts';
import type { Field, Form, FormName } from '../ports/form.ts';
import type { Action, Block, Reply, Text } from '../ports/reply.ts';

type Asked = { readonly name: string; readonly invocation: Invocation };

/** What they show is worth seeing where nothing can be filled in. */
const shownForms: ReadonlySet<FormName> = new Set([
  'settings',
  'setup',
  'plan-task',
  'push-project',
  'statuses',
]);

/** Nothing was done. */
export function formReply({ form, title, fields }: Form, asked: Asked): Reply {
  const { words, actions } = waysOn(form, asked);
  const isShown = shownForms.has(form);
  // What is only to be filled in tells nothing.
  const told = fields.filter(({ field }) => isShown || field === 'words');
  return {
    summary: `${title}: ${words}`,
    blocks: [
      { block: 'heading', text: title },
      ...told.flatMap(fieldBlocks),
      note(text(words)),
      ...(actions.length > 0 ? [{ block: 'actions', actions } as const] : []),
    ],
    // Settings and the like have been shown; what asks for a confirmation has not been done.
    ...(isShown && form !== 'push-project' ? {} : { unclear: true }),
  };
}

type WaysOn = { readonly words: string; readonly actions: readonly Action[] };

function waysOn(form: FormName, { name, invocation }: Asked): WaysOn {
  const written = [name, ...invocation.words.map(quote)].join(' ');
  switch (form) {
    case 'settings':
    case 'statuses':
      return {
        words: 'Changed in chat, with settings. Here: what is written below.',
        actions: [{ label: 'How it is written', command: 'help settings' }],
      };
    case 'setup':
      return {
        words: 'Set-up chooses and saves in chat, with setup. Here you see how far it is.',
        actions: [{ label: 'How it stands', command: 'status' }],
      };
    case 'plan-task':
    case 'new-task':
      return {
        words: 'The plan is edited in chat, with tasks. Nothing was changed here.',
        actions: [{ label: 'How it is written', command: 'help tasks' }],
      };
    case 'push-project':
      return {
        words:
          'Nothing was made. To make it, write it with --confirm, and name what is missing above by --board, --company, --start and --end.',
        actions: [{ label: 'Written', command: `${written} --confirm`, style: 'danger' }],
      };
    case 'disconnect':
      return {
        words: 'Nothing was done. To confirm, write the exact name behind --confirm.',
        actions: [{ label: 'Written', command: `${written} --confirm "<its exact name>"`, style: 'danger' }],
      };
    case 'disable-integration':
    case 'mass-deletion':
    case 'write-switch':
      return {
        words: 'Nothing was done. To confirm, write it with --confirm.',
        actions: [{ label: 'Written', command: `${written} --confirm`, style: 'danger' }],
      };
  }
}

function fieldBlocks(field: Field): readonly Block[] {
  switch (field.field) {
    case 'words':
      return [paragraph(...field.text)];
    // They change the form, or lead on in it.
    case 'actions':
      return [];
    default:
      return [{ block: 'fields', fields: [{ label: field.label, value: filledIn(field) }] }];
  }
}

type Filled = Exclude<Field, { readonly field: 'words' | 'actions' }>;

function filledIn(field: Filled): Text {
  const nothing = [text('–')];
  switch (field.field) {
    case 'text':
      return field.value ? [{ part: 'name', text: field.value }] : nothing;
    case 'number':
      return field.value === undefined ? nothing : [text(String(field.value))];
    case 'conversations':
      return field.values.length > 0 ? [{ part: 'name', text: field.values.join(', ') }] : nothing;
    case 'choice':
      return labelsOf(field, field.value === undefined ? [] : [field.value]);
    case 'choices':
    case 'switches':
      return labelsOf(field, field.values);
  }
}

function labelsOf({ options }: Extract<Filled, { options: unknown }>, values: readonly string[]): Text {
  const labels = values.map((value) => options.find((option) => option.value === value)?.label ?? value);
  return labels.length > 0 ? [{ part: 'name', text: labels.join(', ') }] : [text('–')];
}
