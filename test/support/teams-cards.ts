/**
 * Walks a card as the vendor's renderer reads it, and with a list of what Teams shows, written apart from the
 * adapter's.
 */
import { createRequire } from 'node:module';
import type * as Library from 'adaptivecards';

/** The package's modules are none that Node can import; its bundle is. */
const library = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js') as typeof Library;
/** As many buttons as Teams puts beside each other. */
const hostConfig = new library.HostConfig({ actions: { maxActions: 6 } });

type Json = { readonly [key: string]: unknown };

/** Elements of Adaptive Cards 1.5 that Teams shows on phones as well, with the properties that are used. */
const supported: { readonly [type: string]: readonly string[] } = {
  AdaptiveCard: ['$schema', 'type', 'version', 'fallbackText', 'speak', 'msteams', 'body', 'actions'],
  TextBlock: ['type', 'text', 'wrap', 'size', 'weight', 'style', 'isSubtle', 'spacing', 'color'],
  FactSet: ['type', 'facts'],
  Image: ['type', 'url', 'altText', 'size', 'msTeams'],
  Container: ['type', 'separator', 'items'],
  ActionSet: ['type', 'actions'],
  'Input.Text': ['type', 'id', 'label', 'value', 'maxLength', 'isMultiline', 'isRequired', 'errorMessage'],
  'Input.Number': ['type', 'id', 'label', 'value', 'min', 'max', 'isRequired', 'errorMessage'],
  'Input.Toggle': ['type', 'id', 'title', 'value'],
  'Input.ChoiceSet': [
    'type',
    'id',
    'label',
    'style',
    'isMultiSelect',
    'wrap',
    'choices',
    'value',
    'isRequired',
    'errorMessage',
  ],
  'Action.Execute': ['type', 'title', 'verb', 'data', 'associatedInputs', 'style', 'mode'],
};

const ceilingBytes = 28 * 1024;

/** What the vendor's renderer or Teams would refuse, or show other than it was meant; empty for a card that is fine. */
export function cardProblems(card: object): string[] {
  const problems = [...libraryProblems(card), ...walk(card)];
  const bytes = Buffer.byteLength(JSON.stringify(card));
  if (bytes > ceilingBytes) problems.push(`${bytes} bytes`);
  if (!stringsIn(card).every((text) => text.isWellFormed())) problems.push('half an emoji');
  const ids = idsIn(card);
  if (new Set(ids).size !== ids.length) problems.push(`ids that are there twice: ${ids.join(', ')}`);
  return problems;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(stringsIn);
}

function libraryProblems(card: object): string[] {
  const parsed = new library.AdaptiveCard();
  parsed.hostConfig = hostConfig;
  const context = new library.SerializationContext(library.Versions.v1_5);
  parsed.parse(JSON.parse(JSON.stringify(card)), context);
  const read = Array.from({ length: context.eventCount }, (_, n) => context.getEventAt(n)?.message ?? '');
  const checked = parsed.validateProperties().validationEvents.map(({ message }) => message);
  return [...read, ...checked];
}

function walk(value: unknown, where = 'card'): string[] {
  if (Array.isArray(value)) return value.flatMap((one, n) => walk(one, `${where}[${n}]`));
  if (value === null || typeof value !== 'object') return [];
  const element = value as Json;
  const own = typeof element.type === 'string' ? problemsOf(element, element.type, where) : [];
  const inner = Object.entries(element)
    .filter(([key]) => key !== 'data' && key.toLowerCase() !== 'msteams')
    .flatMap(([key, one]) => walk(one, `${where}.${key}`));
  return [...own, ...inner];
}

function problemsOf(element: Json, type: string, where: string): string[] {
  const known = supported[type];
  if (!known) return [`${where}: Teams does not show ${type}`];
  const foreign = Object.keys(element).filter((key) => !known.includes(key));
  const texts = [element.text, element.title, element.label].filter((text) => text !== undefined);
  const empty = texts.some((text) => typeof text !== 'string' || text.trim() === '');
  return [
    ...foreign.map((key) => `${where}: ${type} has no ${key}`),
    ...(empty ? [`${where}: ${type} says nothing`] : []),
    ...(type === 'ActionSet' && (element.actions as unknown[]).length === 0 ? [`${where}: no buttons`] : []),
    ...(type === 'TextBlock' ? markupProblems(String(element.text), where) : []),
  ];
}

/** The card's functions: only whole ones, without milliseconds, and `TIME` without a format. */
function markupProblems(text: string, where: string): string[] {
  const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
  const functions = new RegExp(String.raw`\{\{(?:DATE\(${stamp}, SHORT\)|TIME\(${stamp}\))\}\}`, 'gu');
  return text.replace(functions, '').includes('{{') ? [`${where}: a function that Teams does not know`] : [];
}

function idsIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  const { id, type } = value as Json;
  const own = typeof id === 'string' && typeof type === 'string' ? [id] : [];
  return [...own, ...Object.entries(value).flatMap(([key, one]) => (key === 'data' ? [] : idsIn(one)))];
}

/** Every text that a card shows, in order, as a reader sees it. */
export function shownIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(shownIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, one]) => {
    if (key === 'data' || key === 'fallbackText' || key === 'speak') return [];
    const shown = ['text', 'title', 'label', 'value'].includes(key) && typeof one === 'string';
    return shown ? [unescaped(one as string)] : shownIn(one);
  });
}

function unescaped(text: string): string {
  return text
    .replace(/\[((?:\\.|[^\]\\])*)\]\([^)]*\)/gu, '$1')
    .replace(/\*\*(.*?)\*\*/gu, '$1')
    .replace(/\\([\p{P}\p{S}])/gu, '$1');
}
