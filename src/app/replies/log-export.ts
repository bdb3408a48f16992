/** Both logs as a file to keep. */
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Kept, LogEntry, LogPage } from '../../ports/log-store.ts';
import type { Reply } from '../../ports/reply.ts';
import type { RequestRecord } from '../../ports/request-log.ts';
import { csv } from '../csv.ts';
import { count, notice } from './parts.ts';
import { selector, shownName } from './project-words.ts';

/** In one file: what is older is exported by narrowing it down. */
export const exportAtMost = 5_000;

export type ExportView = {
  /** Absent for the whole integration. */
  readonly task?: SyncTask;
  readonly projects: ReadonlyMap<string, SyncTask>;
  readonly at: Date;
};

const entryColumns = [
  'time',
  'severity',
  'action',
  'message',
  'what to do',
  'direction',
  'project',
  'project external id',
  'sync',
  'run',
  'kind of record',
  'ConnectWise record',
  'plan record',
];
const requestColumns = [
  'time',
  'method',
  'path',
  'status',
  'duration ms',
  'attempt',
  'request id',
  'error code',
  'error message',
  'error body',
  'project',
  'project external id',
  'run',
  'kind of record',
];

export function entriesExport(log: LogPage<Kept<LogEntry>>, view: ExportView): Reply {
  const rows = log.entries.map((entry) => [
    entry.at,
    entry.severity,
    entry.action,
    entry.message,
    entry.next,
    entry.direction,
    ...projectCells(entry.projectId, view),
    entry.mode,
    entry.runId,
    entry.entity,
    entry.externalId,
    entry.planId,
  ]);
  return exportReply('Integration Log', csv(entryColumns, rows), rows.length, log.more, view);
}

export function requestsExport(log: LogPage<Kept<RequestRecord>>, view: ExportView): Reply {
  const rows = log.entries.map((request) => [
    request.at,
    request.method,
    request.path,
    request.status,
    Math.round(request.durationMs),
    request.attempt,
    request.requestId,
    request.errorCode,
    request.errorMessage,
    request.errorBody,
    ...projectCells(request.projectId, view),
    request.runId,
    request.entity,
  ]);
  return exportReply('API Request Details', csv(requestColumns, rows), rows.length, log.more, view);
}

function projectCells(projectId: string | undefined, { projects }: ExportView) {
  const link = projectId === undefined ? undefined : projects.get(projectId)?.link;
  return [link?.projectName ?? projectId, link?.externalId] as const;
}

function exportReply(
  title: string,
  content: Uint8Array,
  rows: number,
  more: boolean,
  { task, at }: ExportView,
): Reply {
  const of = task ? ` of ${shownName(task)}` : '';
  if (rows === 0) {
    return notice(
      `There is nothing to export from the ${title}${of}.`,
      'Try it without --errors or --since.',
    );
  }
  const words = `${title}${of}: ${count(rows, 'entry', 'entries')} as a CSV file, newest first.`;
  const bound = `That is the most for one file; older ones are left out. Narrow it down: --errors, --since 24h.`;
  const file = [
    title.toLowerCase().replaceAll(' ', '-'),
    ...(task ? [selector(task).slice(1)] : []),
    at.toISOString().slice(0, 10),
  ];
  return {
    ...notice(words, more ? bound : 'It comes as a direct message.'),
    file: { name: `${file.join('-')}.csv`, title: `${title}${of}`, mediaType: 'text/csv', content },
  };
}
