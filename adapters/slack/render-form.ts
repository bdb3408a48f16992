/** Forms as modals. */
import type { KnownBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { type Field, type Form, formNames, type Option } from '../../src/ports/form.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { buttons, choice, plain, section, small } from './elements.ts';
import { type Address, askedAt } from './handle.ts';
import { limits } from './limits.ts';
import { renderBlocks, viewBlocks } from './render.ts';
import { fitting } from './text.ts';

/** The `callback_id` of every form. */
export const formCallback = /^form:/u;
/** The `block_id` and `action_id` of a field: they stay the same, so that what was typed is kept. */
export const fieldAction = /^field:/u;
const fieldPrefix = 'field:';

const metadata = z.object({
  form: z.enum(formNames),
  context: z.string(),
  /** By which the answer to what is submitted goes where the form was asked for. */
  ...askedAt,
});
export type FormMetadata = z.infer<typeof metadata>;

export function renderForm(form: Form, at: Partial<Address> = {}): ModalView {
  // What cannot be undone is marked by a sign; the words for it are the form's own.
  const title = form.danger ? `⚠ ${form.title}` : form.title;
  const blocks = form.fields.flatMap((field, at) => renderField(field, at));
  const wholeTitle = Array.from(title).length > limits.modalTitle ? [heading(title)] : [];
  return {
    type: 'modal',
    callback_id: `form:${form.form}`,
    private_metadata: metadataOf(form, at),
    title: plain(title, limits.modalTitle),
    close: plain(form.submit === undefined ? 'Close' : 'Cancel', limits.modalSubmit),
    ...(form.submit === undefined ? {} : { submit: plain(form.submit, limits.modalSubmit) }),
    blocks: viewBlocks(atLeastOne([...wholeTitle, ...blocks])),
  };
}

/** An answer where a modal is open, or is the only thing that a press can open. */
export function renderReplyModal(reply: Reply): ModalView {
  const title = 'cwsync';
  const blocks = renderBlocks(reply.blocks);
  const words = blocks.length > 0 ? blocks : [section([{ part: 'text', text: reply.summary }])];
  return {
    type: 'modal',
    callback_id: 'reply',
    title: plain(title, limits.modalTitle),
    close: plain('Close', limits.modalSubmit),
    blocks: viewBlocks(words),
  };
}

export function formOf(privateMetadata: unknown): FormMetadata | undefined {
  try {
    const parsed = metadata.safeParse(JSON.parse(String(privateMetadata)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export const fieldId = (id: string): string => id.slice(fieldPrefix.length);
export const fieldBlock = (id: string): string => `${fieldPrefix}${id}`;

/** @throws RangeError where form and context do not fit: cut, they would be worth nothing */
function metadataOf({ form, context }: Form, at: Partial<Address>): string {
  const whole = JSON.stringify({ form, context, ...at });
  if (whole.length <= limits.privateMetadata) return whole;
  const bare = JSON.stringify({ form, context });
  if (bare.length > limits.privateMetadata) throw new RangeError(`a form's context of ${bare.length}`);
  return bare;
}

const heading = (text: string): KnownBlock => ({ type: 'header', text: plain(text, limits.headerText) });

function atLeastOne(blocks: KnownBlock[]): KnownBlock[] {
  return blocks.length > 0 ? blocks : [section([])];
}

function renderField(field: Field, at: number): KnownBlock[] {
  if (field.field === 'words') return [section(field.text)];
  if (field.field === 'actions') return buttons(field.actions, at);
  if (isChoice(field) && field.options.length === 0) return [nothingToChoose(field)];
  return [
    {
      type: 'input',
      block_id: fieldBlock(field.id),
      label: plain(field.label, limits.label),
      optional: field.optional ?? false,
      ...(field.hint ? { hint: plain(field.hint, limits.hint) } : {}),
      element: elementOf(field, fieldBlock(field.id)),
    },
  ];
}

type Input = Exclude<Field, { field: 'words' | 'actions' }>;
type InputElement = Extract<KnownBlock, { type: 'input' }>['element'];

function isChoice(field: Input): field is Extract<Input, { options: readonly Option[] }> {
  return 'options' in field;
}

/** Slack takes no list without an entry. */
function nothingToChoose({ label, hint }: Input): KnownBlock {
  const words = `: there is nothing to choose from yet.${hint === undefined ? '' : ` ${hint}`}`;
  return small([
    { part: 'strong', text: label },
    { part: 'text', text: words },
  ]);
}

function elementOf(field: Input, action_id: string): InputElement {
  switch (field.field) {
    case 'text':
      return textElement(field, action_id);
    case 'number':
      return {
        type: 'number_input',
        action_id,
        is_decimal_allowed: false,
        min_value: String(field.least),
        max_value: String(field.most),
        ...(field.value === undefined ? {} : { initial_value: String(field.value) }),
      };
    case 'choice': {
      const options = field.options.slice(0, limits.selectOptions).map(choice);
      const initial = options.find(({ value }) => value === field.value);
      return {
        type: 'static_select',
        action_id,
        options,
        ...(initial ? { initial_option: initial } : {}),
      };
    }
    case 'choices':
      return choicesElement(field, action_id);
    case 'switches': {
      const options = field.options.slice(0, limits.checkboxes).map(choice);
      return { type: 'checkboxes', action_id, options, ...initially(options, field.values) };
    }
    case 'conversations':
      return {
        type: 'multi_conversations_select',
        action_id,
        // Neither direct messages nor bots: nobody else would read along there.
        filter: { include: ['public', 'private'], exclude_bot_users: true },
        ...(field.values.length > 0 ? { initial_conversations: [...field.values] } : {}),
      };
  }
}

function textElement(field: Extract<Field, { field: 'text' }>, action_id: string): InputElement {
  const most = Math.min(field.maxLength ?? limits.inputText, limits.inputText);
  return {
    type: 'plain_text_input',
    action_id,
    multiline: field.multiline ?? false,
    max_length: most,
    ...(field.value?.trim() ? { initial_value: fitting(field.value, most) } : {}),
  };
}

/** More than a list can hold is looked for as one types. */
function choicesElement(field: Extract<Field, { field: 'choices' }>, action_id: string): InputElement {
  const options = field.options.map(choice);
  const chosen = initially(options, field.values);
  if (options.length <= limits.selectOptions) {
    return { type: 'multi_static_select', action_id, options, ...chosen };
  }
  return { type: 'multi_external_select', action_id, min_query_length: 0, ...chosen };
}

function initially<T extends { value?: string }>(options: readonly T[], values: readonly string[]) {
  const chosen = options.filter(({ value }) => value !== undefined && values.includes(value));
  return chosen.length > 0 ? { initial_options: chosen.slice(0, limits.selectOptions) } : {};
}
