import type { SyncTask } from '../../domain/sync-task.ts';
import { integrationLogReply, logsPerPage, requestLogReply } from '../replies/logs.ts';
import { notice } from '../replies/parts.ts';
import type { Command } from './command.ts';
import { pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const logs: Command = {
  name: 'logs',
  role: 'viewer',
  usage: 'logs [project] [--errors] [--requests] [--since 24h]',
  summary: 'What the sync did, newest first; with --requests the requests made to ConnectWise.',
  examples: ['logs', 'logs #1042 --errors', 'logs --requests --since 2h'],
  options: {
    ...pageOption,
    errors: { type: 'boolean' },
    requests: { type: 'boolean' },
    since: { type: 'string' },
  },
  async run(invocation, _asker, deps) {
    const { errors, requests, since } = invocation.switches;
    const sinceMs = typeof since === 'string' ? spanMs(since) : undefined;
    if (typeof since === 'string' && sinceMs === undefined) {
      return {
        reply: notice('--since takes a span such as 30m, 24h or 7d.', 'For example: logs --since 24h'),
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
    const page = pageOf(invocation);
    const errorsOnly = errors === true;
    const query = {
      errorsOnly,
      offset: (page - 1) * logsPerPage,
      limit: logsPerPage,
      ...(task ? { projectId: task.projectId } : {}),
      ...(sinceMs === undefined ? {} : { since: new Date(deps.clock.now().getTime() - sinceMs) }),
    };
    const view = {
      errorsOnly,
      page,
      links: deps.links,
      ...(task ? { task } : {}),
      ...(typeof since === 'string' ? { since } : {}),
    };
    if (requests === true) return { reply: requestLogReply(view, await deps.log.requests(query)) };
    return { reply: integrationLogReply(view, await deps.log.entries(query)) };
  },
};

/** `30m`, `24h`, `7d` in milliseconds; undefined for anything else. */
function spanMs(typed: string): number | undefined {
  const [, number, unit] = /^(\d{1,4})([mhd])$/u.exec(typed.toLowerCase()) ?? [];
  if (number === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd')) return undefined;
  return Number(number) * unitMs[unit];
}
