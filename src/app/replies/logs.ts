import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Kept, LogEntry, LogPage } from '../../ports/log-store.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import type { RequestRecord } from '../../ports/request-log.ts';
import { readablePath, recordLink, signs, succeeded } from './log-words.ts';
import { buttons, dateAndTime, name, note, pager, paragraph, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const logsPerPage = 10;

export type LogsView = {
  /** Absent for the whole integration. */
  readonly task?: SyncTask;
  /** By plan project: those that the entries shown are about. */
  readonly projects: ReadonlyMap<string, SyncTask>;
  readonly errorsOnly: boolean;
  /** As typed, e.g. `24h`. */
  readonly since?: string;
  readonly page: number;
  readonly links: PsaLinks;
};

export function integrationLogReply(view: LogsView, log: LogPage<Kept<LogEntry>>): Reply {
  return logReply(view, log, false, (entry) => {
    const record = recordLink(entry, view.links);
    return [
      text(signs[entry.severity]),
      dateAndTime(entry.at),
      ...projectWords(view, entry),
      text(` · ${entry.action} · `),
      name(cut(entry.message, 500)),
      ...(record ? [text(' · '), record] : []),
      ...(entry.next === undefined ? [] : [text(` → ${entry.next}`)]),
    ];
  });
}

export function requestLogReply(view: LogsView, log: LogPage<Kept<RequestRecord>>): Reply {
  return logReply(view, log, true, (entry) => [
    text(succeeded(entry) ? '' : signs.error),
    dateAndTime(entry.at),
    ...projectWords(view, entry),
    text(` · ${entry.method} `),
    name(cut(readablePath(entry.path), 300)),
    text(` · ${entry.status ?? 'no answer'} · ${Math.round(entry.durationMs)} ms`),
    text(entry.attempt > 1 ? ` · attempt ${entry.attempt}` : ''),
    ...(entry.errorMessage === undefined ? [] : [text(' · '), name(cut(entry.errorMessage, 300))]),
    text(` · id ${entry.requestId}`),
  ]);
}

type Logged = { readonly id: string; readonly projectId?: string };

/** In the log of one project it would be the same on every line. */
function projectWords(view: LogsView, { projectId }: Logged): Text {
  const task = projectId === undefined || view.task ? undefined : view.projects.get(projectId);
  return task ? [text(' · '), name(cut(task.link.projectName, 60))] : [];
}

function logReply<T extends Logged>(
  view: LogsView,
  log: LogPage<T>,
  requests: boolean,
  line: (entry: T) => Text,
): Reply {
  const title = requests ? 'API Request Details' : 'Integration Log';
  const where = view.task ? `, ${shownName(view.task)}` : '';
  const blocks: Block[] = [{ block: 'heading', text: `${title}${where}` }];
  if (log.entries.length === 0) blocks.push(paragraph(text(emptyWords(view))));
  for (const entry of log.entries) {
    blocks.push({ block: 'row', lines: [line(entry)], menu: rowMenu(view, entry, requests) });
  }
  const pages = view.page + (log.more ? 1 : 0);
  const turn = pager((page) => `${command(view, requests)} --page ${page}`, view.page, pages, {
    before: '‹ Newer',
    after: 'Older ›',
  });
  const other = {
    label: requests ? 'Integration Log' : 'API Request Details',
    command: command(view, !requests),
  };
  const keep =
    log.entries.length > 0 ? [{ label: 'Export', command: `${command(view, requests)} --export` }] : [];
  const back = view.task ? [{ label: 'Details', command: `status ${selector(view.task)}` }] : [];
  blocks.push(buttons(...turn, other, ...keep, ...back));
  blocks.push(note(text('Newest first. Narrow it down: --errors, --since 24h.')));
  return { summary: `${title}${where}: ${log.entries.length} shown`, blocks };
}

/** A row opens its detail, and where the log is of all projects leads to the one that it is about. */
function rowMenu(view: LogsView, { id, projectId }: Logged, requests: boolean): readonly Action[] {
  const open = { label: 'All about it', command: `logs ${requests ? '--request' : '--entry'}=${id}` };
  const task = projectId === undefined || view.task ? undefined : view.projects.get(projectId);
  if (!task) return [open];
  return [open, { label: 'The project', command: `status ${selector(task)}` }];
}

function emptyWords(view: LogsView): string {
  if (view.page > 1) return 'Nothing older.';
  const narrowed = view.errorsOnly || view.since !== undefined;
  return narrowed ? 'Nothing like that in the log.' : 'Nothing in the log yet.';
}

function command(view: LogsView, requests: boolean): string {
  const words = ['logs'];
  if (view.task) words.push(selector(view.task));
  if (requests) words.push('--requests');
  if (view.errorsOnly) words.push('--errors');
  if (view.since !== undefined) words.push(`--since ${view.since}`);
  return words.join(' ');
}
