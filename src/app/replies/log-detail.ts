/** One entry of either log with everything that is known of it. */
import type { PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Kept, LogEntry } from '../../ports/log-store.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import type { RequestRecord } from '../../ports/request-log.ts';
import { conflictBlocks, rejectedBlocks } from './conflict.ts';
import { readablePath, recordLink, signs, succeeded } from './log-words.ts';
import { buttons, dateAndTime, name, note, notice, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

type Field = { readonly label: string; readonly value: Text };
type DetailView = {
  /** The project that it is about, where it is still known. */
  readonly task?: SyncTask;
  /** The record of the plan as it is now, where there is one. */
  readonly record?: PlanRecord;
  readonly links: PsaLinks;
};

const wordsAtMost = 1_500;

export function logEntryReply(entry: Kept<LogEntry>, { task, record, links }: DetailView): Reply {
  const shown = recordLink(entry, links);
  const { externalId } = entry;
  const inPsa = shown ?? (externalId === undefined ? undefined : text(`#${externalId}`));
  const message = cut(entry.message, wordsAtMost);
  const blocks: Block[] = [
    { block: 'heading', text: 'Integration Log entry' },
    paragraph(text(signs[entry.severity]), name(message)),
    {
      block: 'fields',
      fields: present([
        ['When', [dateAndTime(entry.at)]],
        ['Severity', [text(entry.severity)]],
        ['Action', [text(entry.action)]],
        ['Direction', [text(entry.direction)]],
        ['Project', task && [name(shownName(task))]],
        ['Kind of record', entry.entity && [text(entry.entity)]],
        ['ConnectWise record', inPsa && [inPsa]],
        ['Plan record', entry.planId && [name(entry.planId)]],
        ['Sync', entry.mode && [text(entry.mode)]],
        ['Run', entry.runId && [name(entry.runId)]],
      ]),
    },
    ...conflictBlocks(entry, record),
    ...rejectedBlocks(entry, record, task),
    paragraph(strong('What to do: '), name(entry.next ?? nothingToDo(entry))),
    buttons(...backActions('logs', task)),
  ];
  return { summary: message.trim() === '' ? `Integration Log: ${entry.action}` : message, blocks };
}

function nothingToDo({ severity }: LogEntry): string {
  return severity === 'info'
    ? 'nothing.'
    : 'nothing at once; the card of the project says whether it needs attention.';
}

export function requestReply(request: Kept<RequestRecord>, { task }: DetailView): Reply {
  const { method, status, attempt, durationMs, errorCode, errorMessage, errorBody } = request;
  const outcome = status === undefined ? 'no answer' : `HTTP ${status}`;
  const error = [errorCode, errorMessage].filter((part) => part !== undefined).join(': ');
  const blocks: Block[] = [
    { block: 'heading', text: 'API request' },
    paragraph(
      text(succeeded(request) ? '' : signs.error),
      strong(method),
      text(' '),
      name(cut(request.path, wordsAtMost)),
    ),
    {
      block: 'fields',
      fields: present([
        ['When', [dateAndTime(request.at)]],
        ['Outcome', [text(outcome)]],
        ['Duration', [text(`${Math.round(durationMs)} ms`)]],
        ['Attempt', [text(String(attempt))]],
        ['Request id', [name(request.requestId)]],
        ['Project', task && [name(shownName(task))]],
        ['Kind of record', request.entity && [text(request.entity)]],
        ['Run', request.runId && [name(request.runId)]],
      ]),
    },
    ...(error === '' ? [] : [paragraph(text('ConnectWise says: '), name(cut(error, wordsAtMost)))]),
    ...(errorBody === undefined ? [] : [note(text('The answer: '), name(cut(errorBody, wordsAtMost)))]),
    buttons(...backActions('logs --requests', task)),
  ];
  return { summary: `${method} ${cut(readablePath(request.path), 300)}: ${outcome}`, blocks };
}

export function noSuchEntryReply(): Reply {
  return notice(
    'This entry is not in the log any more.',
    'Entries are removed when they are older than is set for logs.',
    [{ label: 'Logs', command: 'logs' }],
  );
}

function present(fields: readonly (readonly [string, Text | '' | undefined])[]): readonly Field[] {
  return fields.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

function backActions(command: string, task: SyncTask | undefined): readonly Action[] {
  const [logs, ...switches] = command.split(' ');
  const all = { label: task ? 'Logs of all projects' : 'Logs', command };
  if (!task) return [all];
  const ofProject = [logs, selector(task), ...switches].join(' ');
  return [
    { label: 'Logs of the project', command: ofProject },
    { label: 'Details', command: `status ${selector(task)}` },
    all,
  ];
}
