import type { PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { LogEntry, LogQuery } from '../../ports/log-store.ts';
import { recordNamed } from '../replies/conflict.ts';
import { logEntryReply, noSuchEntryReply, requestReply } from '../replies/log-detail.ts';
import { entriesExport, exportAtMost, requestsExport } from '../replies/log-export.ts';
import { integrationLogReply, logsPerPage, requestLogReply } from '../replies/logs.ts';
import { askBack } from '../replies/parts.ts';
import type { Command, CommandDeps, CommandResult } from './command.ts';
import { pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';
import { takeOther } from './take-other.ts';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const logs: Command = {
  name: 'logs',
  role: 'viewer',
  roleFor: ({ switches }) => (switches.take === undefined ? 'viewer' : 'operator'),
  usage: 'logs [project] [--errors] [--requests] [--since 24h] [--export]',
  summary:
    'What the sync did, newest first; with --requests the requests made to ConnectWise; --export gives a CSV file.',
  examples: ['logs', 'logs #1042 --errors', 'logs --requests --since 2h', 'logs #1042 --export'],
  options: {
    ...pageOption,
    errors: { type: 'boolean' },
    requests: { type: 'boolean' },
    since: { type: 'string' },
    export: { type: 'boolean' },
    // What the rows of a list mean when they are opened.
    entry: { type: 'string' },
    request: { type: 'string' },
    // What the button of a conflict means.
    take: { type: 'string' },
    seen: { type: 'string' },
  },
  async run(invocation, asker, deps) {
    const { errors, requests, since, entry, request, take, seen } = invocation.switches;
    if (typeof entry === 'string' && typeof take === 'string') {
      const wanted = { entryId: entry, field: take, seen: typeof seen === 'string' ? seen : undefined };
      return await takeOther(wanted, asker, deps);
    }
    if (typeof entry === 'string') return { reply: await oneEntry(deps, entry) };
    if (typeof request === 'string') return { reply: await oneRequest(deps, request) };
    const sinceMs = typeof since === 'string' ? spanMs(since) : undefined;
    if (typeof since === 'string' && sinceMs === undefined) {
      return {
        reply: askBack('--since takes a span such as 30m, 24h or 7d.', 'For example: logs --since 24h'),
      };
    }
    let task: SyncTask | undefined;
    if (invocation.words.length > 0) {
      const selected = await selectProject(deps, invocation.words, (project) => `logs ${project}`, {
        disconnectedToo: true,
      });
      if (selected.found === 'choice') return { reply: selected.reply };
      task = selected.task;
    }
    const wanted: Wanted = {
      errorsOnly: errors === true,
      requests: requests === true,
      ...(task ? { task } : {}),
      ...(typeof since === 'string' && sinceMs !== undefined ? { since, sinceMs } : {}),
    };
    return invocation.switches.export === true
      ? await exported(deps, wanted)
      : await page(deps, wanted, pageOf(invocation));
  },
};

type Wanted = {
  readonly errorsOnly: boolean;
  readonly requests: boolean;
  readonly task?: SyncTask;
  readonly since?: string;
  readonly sinceMs?: number;
};

function queryOf(
  deps: CommandDeps,
  { errorsOnly, task, sinceMs }: Wanted,
): Omit<LogQuery, 'offset' | 'limit'> {
  return {
    errorsOnly,
    ...(task ? { projectId: task.projectId } : {}),
    ...(sinceMs === undefined ? {} : { since: new Date(deps.clock.now().getTime() - sinceMs) }),
  };
}

async function page(deps: CommandDeps, wanted: Wanted, number: number): Promise<CommandResult> {
  const query = { ...queryOf(deps, wanted), offset: (number - 1) * logsPerPage, limit: logsPerPage };
  const { task, since, errorsOnly } = wanted;
  const view = {
    errorsOnly,
    page: number,
    links: deps.links,
    ...(task ? { task } : {}),
    ...(since === undefined ? {} : { since }),
  };
  if (wanted.requests) {
    const log = await deps.log.requests(query);
    return { reply: requestLogReply({ ...view, projects: await projectsIn(deps, log.entries) }, log) };
  }
  const log = await deps.log.entries(query);
  return { reply: integrationLogReply({ ...view, projects: await projectsIn(deps, log.entries) }, log) };
}

async function exported(deps: CommandDeps, wanted: Wanted): Promise<CommandResult> {
  const query = { ...queryOf(deps, wanted), offset: 0, limit: exportAtMost };
  const view = { at: deps.clock.now(), ...(wanted.task ? { task: wanted.task } : {}) };
  if (wanted.requests) {
    const log = await deps.log.requests(query);
    return { reply: requestsExport(log, { ...view, projects: await projectsIn(deps, log.entries) }) };
  }
  const log = await deps.log.entries(query);
  return { reply: entriesExport(log, { ...view, projects: await projectsIn(deps, log.entries) }) };
}

async function oneEntry(deps: CommandDeps, id: string) {
  const entry = await deps.log.entry(id);
  return entry
    ? logEntryReply(entry, {
        links: deps.links,
        ...(await about(deps, entry)),
        ...(await recordIn(deps, entry)),
      })
    : noSuchEntryReply();
}

async function oneRequest(deps: CommandDeps, id: string) {
  const request = await deps.log.request(id);
  return request
    ? requestReply(request, { links: deps.links, ...(await about(deps, request)) })
    : noSuchEntryReply();
}

type Logged = { readonly projectId?: string };

async function about(deps: CommandDeps, { projectId }: Logged): Promise<{ readonly task?: SyncTask }> {
  const task = projectId === undefined ? undefined : (await projectsIn(deps, [{ projectId }])).get(projectId);
  return task ? { task } : {};
}

/** Where there is something to be done about it. */
async function recordIn(
  { planner }: CommandDeps,
  entry: LogEntry,
): Promise<{ readonly record?: PlanRecord }> {
  const named = entry.action === 'conflict' || entry.action === 'rejected' ? recordNamed(entry) : undefined;
  const [record] = named ? await planner.recordsById(named.kind, [named.planId]) : [];
  return record ? { record } : {};
}

/** By plan project: the names beside the ids. */
async function projectsIn(
  deps: CommandDeps,
  logged: readonly Logged[],
): Promise<ReadonlyMap<string, SyncTask>> {
  const ids = new Set(logged.flatMap(({ projectId }) => (projectId === undefined ? [] : [projectId])));
  if (ids.size === 0) return new Map();
  const { tasks } = await deps.tasks.getMany([...ids].map((id) => `${deps.tenantId}:${id}`));
  return new Map(tasks.map((task) => [task.projectId, task]));
}

/** `30m`, `24h`, `7d` in milliseconds; undefined for anything else. */
function spanMs(typed: string): number | undefined {
  const [, number, unit] = /^(\d{1,4})([mhd])$/u.exec(typed.toLowerCase()) ?? [];
  if (number === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd')) return undefined;
  return Number(number) * unitMs[unit];
}
