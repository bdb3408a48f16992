/** `sync --dry-run`: what would be written to ConnectWise, record by record, field by field. */
import type { Json } from '../../domain/json.ts';
import { type PlanKind, planWords } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { PsaLinks, PsaRecordKind } from '../../ports/psa.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { editsLookedAt, type Preview, type PreviewedRecord } from '../preview.ts';
import { nameOf } from '../sync/log-entries.ts';
import { buttons, count, dateAndTime, link, name, note, pager, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const previewPerPage = 10;

export type PreviewView = {
  readonly task: SyncTask;
  readonly preview: Preview;
  readonly page: number;
  readonly links: PsaLinks;
};

export function syncPreviewReply({ task, preview, page, links }: PreviewView): Reply {
  const { records, planOnly, more } = preview;
  const pages = Math.max(1, Math.ceil(records.length / previewPerPage));
  const shown = records.slice((page - 1) * previewPerPage, page * previewPerPage);
  const fields = records.reduce((sum, { edited }) => sum + edited.length, 0);
  const summary =
    records.length === 0
      ? 'the next sync would write nothing to ConnectWise'
      : `the next sync would change ${count(fields, 'field')} of ${count(records.length, 'record')} in ConnectWise`;
  const turn = pager((to) => `sync ${selector(task)} --dry-run --page ${to}`, page, pages);
  const blocks: Block[] = [
    paragraph(strong(shownName(task)), text(`: ${summary}.`)),
    note(text('Nothing is sent: cwsync only reads from ConnectWise at present.')),
    ...shown.map((one) => row(one, links)),
    buttons(...turn, { label: 'Details', command: `status ${selector(task)}` }),
  ];
  const rest = [
    pages > 1 ? `Page ${page} of ${pages}.` : '',
    planOnly > 0
      ? `${count(planOnly, 'edited record')} in the plan only: ConnectWise has nothing to change there.`
      : '',
    more ? `Only the first ${editsLookedAt} edited records of each kind were looked at.` : '',
  ].filter((words) => words !== '');
  if (rest.length > 0) blocks.push(note(text(rest.join(' '))));
  return { summary: `${shownName(task)}: ${summary}`, blocks };
}

const fieldsAtMost = 10;

function row({ record, edited }: PreviewedRecord, links: PsaLinks): Block {
  const { kind, fields, externalId } = record;
  const page = pages[kind];
  const label = `${planWords[kind].psa} #${externalId}`;
  const lines: Text[] = edited
    .slice(0, fieldsAtMost)
    .map(({ field, was, is }) => [
      text(`${fieldWords(field)}: `),
      name(valueWords(was)),
      text(' → '),
      name(valueWords(is)),
    ]);
  const rest = edited.length - fieldsAtMost;
  return {
    block: 'row',
    lines: [
      [
        name(nameOf(kind, fields, externalId)),
        text(' · '),
        page ? link(label, links.record(page, externalId)) : text(label),
        text(' · edited '),
        dateAndTime(record.changedAt),
        text(' by '),
        name(cut(record.changedBy, 60)),
      ],
      ...lines,
      ...(rest > 0 ? [[text(`and ${count(rest, 'more field', 'more fields')}`)]] : []),
    ],
    menu: [],
  };
}

/** Kinds that have a page of their own in ConnectWise. */
const pages: { readonly [kind in PlanKind]?: PsaRecordKind } = {
  project: 'project',
  task: 'ticket',
  event: 'scheduleEntry',
  timeLog: 'timeEntry',
};

/** `budgetHours` as people say it. */
function fieldWords(field: string): string {
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
