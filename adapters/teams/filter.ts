/** What a list is narrowed by, and the command that it means. */
import { z } from 'zod';
import { normaliseTyped, quote } from '../../src/domain/typed-text.ts';
import type { Block } from '../../src/ports/reply.ts';
import { type Context, type Element, execute, verbs } from './elements.ts';
import { limits } from './limits.ts';
import { plain } from './text.ts';

type Filter = Extract<Block, { block: 'filter' }>;

const textInput = 'filter-text';
const switchInput = 'filter-switch-';

export function filterElements({ command, text, switches }: Filter, { home }: Context): Element[] {
  const shown = switches.slice(0, limits.switches);
  const names = shown.map(({ name }) => name);
  const data = { command, switches: names, ...(home ? { home } : {}) };
  return [
    {
      type: 'Input.Text',
      id: textInput,
      label: plain(text.label, limits.label),
      value: text.value.slice(0, limits.inputText).toWellFormed(),
      maxLength: limits.inputText,
    },
    ...shown.map(({ name, label, on }) => ({
      type: 'Input.Toggle',
      id: `${switchInput}${name}`,
      title: plain(label, limits.option),
      value: String(on),
    })),
    { type: 'ActionSet', actions: [execute(verbs.filter, 'Apply', data)] },
  ];
}

const filterData = z.object({ command: z.string(), switches: z.array(z.string()).max(limits.switches) });

/** The command with the switches that are on and the text, quoted, behind it; undefined for what is no filter. */
export function filterCommand(data: unknown): string | undefined {
  const parsed = filterData.safeParse(data);
  if (!parsed.success) return undefined;
  const inputs = data as { readonly [id: string]: unknown };
  const on = parsed.data.switches.filter((name) => inputs[`${switchInput}${name}`] === 'true');
  const typed = inputs[textInput];
  const words = normaliseTyped(typeof typed === 'string' ? typed : '');
  return [
    parsed.data.command,
    ...on.map((name) => `--${name}`),
    ...(words === '' ? [] : [quote(words)]),
  ].join(' ');
}
