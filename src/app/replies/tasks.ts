import type { Fields, PlanKind, PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut, searchForm } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { buttons, count, dateAndTime, link, name, note, pager, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const tasksPerPage = 10;

export type TasksView = {
  readonly task: SyncTask;
  readonly phases: readonly PlanRecord[];
  readonly tasks: readonly PlanRecord[];
  readonly total: number;
  /** How many records of each kind the plan has. */
  readonly counts: { readonly [kind in PlanKind]: number };
  readonly page: number;
  readonly links: PsaLinks;
};

/** The plan's phases and tasks, in plan order, each with when and by whom it last changed. */
export function tasksReply(view: TasksView): Reply {
  const { task, phases, tasks, total, page, counts } = view;
  const summary = `${shownName(task)}: ${count(total, 'task')} in ${count(phases.length, 'phase')}`;
  const blocks: Block[] = [{ block: 'heading', text: shownName(task) }];
  if (total === 0) blocks.push(emptyBlock(task));
  let shownPhase: string | undefined;
  for (const item of tasks) {
    const phase = phaseName(item, phases);
    if (phase !== shownPhase) blocks.push(paragraph(strong(phase)));
    shownPhase = phase;
    blocks.push(taskRow(item, view));
  }
  const pages = Math.max(1, Math.ceil(total / tasksPerPage));
  const turn = pager((to) => `tasks ${selector(task)} --page ${to}`, page, pages);
  const make = phases.length > 0 ? [{ label: 'New task', command: `tasks ${selector(task)} --new` }] : [];
  blocks.push(buttons(...turn, ...make, { label: 'Details', command: `status ${selector(task)}` }));
  const where = pages > 1 ? `, page ${page} of ${pages}` : '';
  blocks.push(
    note(text(`${count(total, 'task')} in ${count(phases.length, 'phase')}${where}. ${besides(counts)}`)),
  );
  return { summary, blocks };
}

function besides(counts: TasksView['counts']): string {
  const notes = counts.projectNote + counts.ticketNote;
  const events = count(counts.event, 'scheduled event');
  return `${events}, ${count(counts.timeLog, 'time log')}, ${count(notes, 'note')}.`;
}

function emptyBlock(task: SyncTask): Block {
  if (task.lastSync) return paragraph(text('This project has no tasks.'));
  return paragraph(text('Nothing imported yet: the tasks appear when the first sync has ended.'));
}

function phaseName(item: PlanRecord, phases: readonly PlanRecord[]): string {
  const phase = phases.find(({ id }) => id === item.fields.phaseId);
  return phase ? cut(stringOr(phase.fields.name, 'Phase'), 120) : 'Without a phase';
}

function taskRow(item: PlanRecord, { task, links }: TasksView): Block {
  const { fields, externalId } = item;
  const wbs = typeof fields.wbsCode === 'string' ? `${fields.wbsCode} ` : '';
  const facts: Text = [
    ...statusWords(fields.status),
    text(' · '),
    name(nameIn(fields.owner) ?? 'nobody'),
    text(dueWords(fields)),
    text(' · '),
    externalId === undefined
      ? text('in the plan only')
      : link(`#${externalId}`, links.record('ticket', externalId)),
  ];
  const changed: Text = [text('changed '), dateAndTime(item.changedAt), text(' by '), name(item.changedBy)];
  const done = fields.closed === true ? '✓ ' : '';
  return {
    block: 'row',
    lines: [[text(done + wbs), name(cut(stringOr(fields.summary, ''), 120))], facts, changed],
    menu: [{ label: 'Edit', command: `tasks ${selector(task)} --edit ${wordOf(item)}` }],
  };
}

/** One word by which the command finds it again. */
function wordOf({ id }: PlanRecord): string {
  return /^[\w-]+$/u.test(id) ? id : quote(id);
}

/** A due date has no time of day: it is shown as the date that ConnectWise has, in every time zone. */
function dueWords(fields: Fields): string {
  const dates = fields.dates;
  const due = dates !== null && typeof dates === 'object' && 'due' in dates ? dates.due : null;
  const hours = typeof fields.budgetHours === 'number' ? ` · ${fields.budgetHours} h` : '';
  return typeof due === 'string' ? ` · due ${due.slice(0, 10)}${hours}` : hours;
}

/** ConnectWise's own name, and beside it what it means here where that is another word. */
function statusWords(status: Fields[string] | undefined): Text {
  const shown = nameIn(status);
  const isObject = status !== null && typeof status === 'object' && 'category' in status;
  const category = isObject && typeof status.category === 'string' ? status.category : undefined;
  if (shown === undefined) return [text(category ?? 'no status')];
  const differs = category !== undefined && searchForm(category) !== searchForm(shown);
  return [name(shown), ...(differs ? [text(` (${category})`)] : [])];
}

function nameIn(reference: Fields[string] | undefined): string | undefined {
  if (reference === null || typeof reference !== 'object' || !('name' in reference)) return undefined;
  return typeof reference.name === 'string' ? cut(reference.name, 60) : undefined;
}

function stringOr(value: Fields[string] | undefined, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}
