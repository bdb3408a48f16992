/** `sync --dry-run`: what would be written to ConnectWise, record by record, field by field. */
import { type Json, sameJson } from '../../domain/json.ts';
import { type PlanKind, type PlanRecord, planWords } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { PsaLinks, PsaRecordKind } from '../../ports/psa.ts';
import type { Block, Part, Reply, Text } from '../../ports/reply.ts';
import {
  editsLookedAt,
  goesOutNow,
  type Preview,
  type PreviewedField,
  type PreviewedRecord,
} from '../preview.ts';
import { nameOf } from '../sync/log-entries.ts';
import { buttons, count, dateAndTime, link, name, note, pager, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const previewPerPage = 10;

export type PreviewView = {
  readonly task: SyncTask;
  readonly preview: Preview;
  readonly page: number;
  /** Whether anything is written to ConnectWise at all. */
  readonly writing: boolean;
  readonly links: PsaLinks;
};

export function syncPreviewReply({ task, preview, page, writing, links }: PreviewView): Reply {
  const { records, more } = preview;
  const pages = Math.max(1, Math.ceil(records.length / previewPerPage));
  const shown = records.slice((page - 1) * previewPerPage, page * previewPerPage);
  const summary = summaryOf(records, writing);
  const turn = pager((to) => `sync ${selector(task)} --dry-run --page ${to}`, page, pages);
  const off = 'Nothing is sent: Write to ConnectWise is off, an admin turns it on in the settings.';
  const blocks: Block[] = [
    paragraph(strong(shownName(task)), text(`: ${summary}.`)),
    note(text(writing ? 'Nothing was sent by this: it only shows what the next sync does.' : off)),
    ...shown.map((one) => row(one, links)),
    buttons(...turn, { label: 'Details', command: `status ${selector(task)}` }),
  ];
  const rest = [
    pages > 1 ? `Page ${page} of ${pages}.` : '',
    more ? `Only the first ${editsLookedAt} edited records of each kind were looked at.` : '',
  ].filter((words) => words !== '');
  if (rest.length > 0) blocks.push(note(text(rest.join(' '))));
  return { summary: `${shownName(task)}: ${summary}`, blocks };
}

function summaryOf(records: readonly PreviewedRecord[], writing: boolean): string {
  const sync = writing ? 'the next sync would' : 'with writing on, the next sync would';
  const out = records.filter(goesOutNow);
  const changed = out.flatMap((one) => (one.does === 'change' ? [one] : []));
  const fields = changed.reduce((sum, { edited }) => sum + edited.filter(isWritten).length, 0);
  const parts = [
    changed.length > 0 ? `change ${count(fields, 'field')} of ${count(changed.length, 'record')}` : '',
    ...doings.map((does) => numberOf(out, does)),
  ].filter((words) => words !== '');
  const did =
    parts.length === 0 ? `${sync} write nothing to ConnectWise` : `${sync} ${listed(parts)} in ConnectWise`;
  const held = records.filter(isHeldBack).length;
  return held === 0 ? did : `${did}; ${count(held, 'record')} held back`;
}

const doings = ['create', 'cancel', 'delete'] as const;

function numberOf(records: readonly PreviewedRecord[], does: (typeof doings)[number]): string {
  const number = records.filter((one) => one.does === does).length;
  return number === 0 ? '' : `${does} ${count(number, 'record')}`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter((part) => part !== '').join(' and ');
}

const isWritten = ({ held }: PreviewedField): boolean => held === undefined;

function isHeldBack(one: PreviewedRecord): boolean {
  if (one.does === 'change') return !one.edited.every(isWritten);
  return one.does === 'create' && one.held !== undefined;
}

const fieldsAtMost = 10;

function row(one: PreviewedRecord, links: PsaLinks): Block {
  const { record } = one;
  const { kind, fields, externalId } = record;
  const head: Text = [
    name(nameOf(kind, fields, externalId)),
    text(' · '),
    recordPart(record, links),
    text(` · ${one.does === 'change' ? 'edited' : one.does === 'create' ? 'made' : 'deleted'} `),
    dateAndTime(record.deleted?.at ?? record.changedAt),
    text(' by '),
    name(cut(record.deleted?.by ?? record.changedBy, 60)),
  ];
  return { block: 'row', lines: [head, ...linesOf(one)], menu: [] };
}

function recordPart({ kind, externalId }: PlanRecord, links: PsaLinks): Part {
  const { psa } = planWords[kind];
  if (externalId === undefined) return text(`new ${psa}`);
  const page = pages[kind];
  const label = `${psa} #${externalId}`;
  return page ? link(label, links.record(page, externalId)) : text(label);
}

function linesOf(one: PreviewedRecord): readonly Text[] {
  if (one.does === 'create') {
    return [[text(one.held === undefined ? 'is created in ConnectWise' : `held back: ${one.held}`)]];
  }
  if (one.does !== 'change') return [[name(one.words)]];
  const { record, edited } = one;
  const rest = edited.length - fieldsAtMost;
  return [
    ...edited.slice(0, fieldsAtMost).map((field) => fieldLine(field, record)),
    ...(rest > 0 ? [[text(`and ${count(rest, 'more field', 'more fields')}`)]] : []),
  ];
}

function fieldLine({ field, was, is, held }: PreviewedField, { rejected, fields }: PlanRecord): Text {
  const refused = rejected?.fields[field];
  const again = refused && sameJson(refused.value, fields[field] ?? null);
  const words = again
    ? [text(' (ConnectWise refused it before: '), name(cut(refused.words, 150)), text(')')]
    : [];
  return [
    text(`${fieldWords(field)}: `),
    name(valueWords(was)),
    text(' → '),
    name(valueWords(is)),
    ...(held === undefined ? words : [text(` (held back: ${held})`)]),
  ];
}

/** Kinds that have a page of their own in ConnectWise. */
const pages: { readonly [kind in PlanKind]?: PsaRecordKind } = {
  project: 'project',
  task: 'ticket',
  event: 'scheduleEntry',
  timeLog: 'timeEntry',
};

/** `budgetHours` as people say it. */
export function fieldWords(field: string): string {
  return field.replace(/(?<=\p{Ll})\p{Lu}/gu, (letter) => ` ${letter.toLowerCase()}`);
}

const valueAtMost = 150;

export function valueWords(value: Json): string {
  if (value === null || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return cut(dateOrText(value), valueAtMost);
  return cut(
    Array.isArray(value) ? listWords(value) : objectWords(value as { readonly [key: string]: Json }),
    valueAtMost,
  );
}

/** A date has no time of day where it is midnight: it is shown as the date that ConnectWise has. */
function dateOrText(value: string): string {
  return /^\d{4}-\d\d-\d\dT00:00:00Z$/u.test(value) ? value.slice(0, 10) : value;
}

function listWords(values: readonly Json[]): string {
  return values.length === 0 ? 'nothing' : values.map(valueWords).join(', ');
}

/** A reference is its name; of a span what it has. */
function objectWords(value: { readonly [key: string]: Json }): string {
  if (typeof value.name === 'string') return value.name;
  if (typeof value.category === 'string') return value.category;
  if (typeof value.id === 'number') return `#${value.id}`;
  const parts = Object.entries(value).flatMap(([key, part]) =>
    part === null ? [] : [`${fieldWords(key)} ${valueWords(part)}`],
  );
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
