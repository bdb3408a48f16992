import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { LogEntry, LogPage, Severity } from '../../ports/log-store.ts';
import type { PsaLinks, PsaRecordKind } from '../../ports/psa.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import type { RequestRecord } from '../../ports/request-log.ts';
import { buttons, dateAndTime, link, name, note, pager, paragraph, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

export const logsPerPage = 10;

export type LogsView = {
  /** Absent for the whole integration. */
  readonly task?: SyncTask;
  readonly errorsOnly: boolean;
  /** As typed, e.g. `24h`. */
  readonly since?: string;
  readonly page: number;
  readonly links: PsaLinks;
};

const signs: { readonly [severity in Severity]: string } = {
  info: '',
  warning: '⚠ ',
  error: '✕ ',
};

export function integrationLogReply(view: LogsView, log: LogPage<LogEntry>): Reply {
  return logReply(view, log, false, (entry) => [
    text(signs[entry.severity]),
    dateAndTime(entry.at),
    text(` · ${entry.action} · `),
    name(cut(entry.message, 500)),
    ...recordLink(entry, view.links),
    ...(entry.next === undefined ? [] : [text(` → ${entry.next}`)]),
  ]);
}

export function requestLogReply(view: LogsView, log: LogPage<RequestRecord>): Reply {
  return logReply(view, log, true, (entry) => [
    text(succeeded(entry) ? '' : signs.error),
    dateAndTime(entry.at),
    text(` · ${entry.method} `),
    name(cut(readable(entry.path), 300)),
    text(` · ${entry.status ?? 'no answer'} · ${Math.round(entry.durationMs)} ms`),
    text(entry.attempt > 1 ? ` · attempt ${entry.attempt}` : ''),
    ...(entry.errorMessage === undefined ? [] : [text(' · '), name(cut(entry.errorMessage, 300))]),
    text(` · id ${entry.requestId}`),
  ]);
}

function succeeded({ status }: RequestRecord): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/**
 * As a person would write it: conditions decoded, without the API's common beginning and the list of fields,
 * which is the same for every request of a kind.
 */
function readable(path: string): string {
  const [address = '', query = ''] = path.replace(/^.*\/apis\/3\.0(?=\/)/u, '').split('?', 2);
  const kept = query.split('&').filter((parameter) => parameter !== '' && !parameter.startsWith('fields='));
  return [address, decoded(kept.join('&'))].filter((part) => part !== '').join('?');
}

function decoded(query: string): string {
  try {
    return decodeURIComponent(query.replaceAll('+', ' '));
  } catch {
    return query;
  }
}

function logReply<T>(view: LogsView, log: LogPage<T>, requests: boolean, line: (entry: T) => Text): Reply {
  const title = requests ? 'API Request Details' : 'Integration Log';
  const where = view.task ? `, ${shownName(view.task)}` : '';
  const blocks: Block[] = [{ block: 'heading', text: `${title}${where}` }];
  if (log.entries.length === 0) blocks.push(paragraph(text(emptyWords(view))));
  for (const entry of log.entries) blocks.push(paragraph(...line(entry)));
  const pages = view.page + (log.more ? 1 : 0);
  const turn = pager((page) => `${command(view, requests)} --page ${page}`, view.page, pages, {
    before: '‹ Newer',
    after: 'Older ›',
  });
  const other = {
    label: requests ? 'Integration Log' : 'API Request Details',
    command: command(view, !requests),
  };
  const back = view.task ? [{ label: 'Details', command: `status ${selector(view.task)}` }] : [];
  blocks.push(buttons(...turn, other, ...back));
  blocks.push(note(text('Newest first. Narrow it down: --errors, --since 24h.')));
  return { summary: `${title}${where}: ${log.entries.length} shown`, blocks };
}

function emptyWords(view: LogsView): string {
  if (view.page > 1) return 'Nothing older.';
  const narrowed = view.errorsOnly || view.since !== undefined;
  return narrowed ? 'Nothing like that in the log.' : 'Nothing in the log yet.';
}

/** Kinds that have a page of their own in ConnectWise. */
const pages: { readonly [entity in LogEntry['entity'] & string]?: PsaRecordKind } = {
  project: 'project',
  task: 'ticket',
  event: 'scheduleEntry',
  timeLog: 'timeEntry',
};

function recordLink(entry: LogEntry, links: PsaLinks): Text {
  const { externalId, entity } = entry;
  if (externalId === undefined || entity === undefined) return [];
  const page = pages[entity];
  return page ? [text(' · '), link(`#${externalId}`, links.record(page, externalId))] : [];
}

function command(view: LogsView, requests: boolean): string {
  const words = ['logs'];
  if (view.task) words.push(selector(view.task));
  if (requests) words.push('--requests');
  if (view.errorsOnly) words.push('--errors');
  if (view.since !== undefined) words.push(`--since ${view.since}`);
  return words.join(' ');
}
