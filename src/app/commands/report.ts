import { dayStarts, isTimeZone } from '../../domain/calendar-days.ts';
import type { Person } from '../../domain/person.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Reply } from '../../ports/reply.ts';
import { askBack, notice } from '../replies/parts.ts';
import { emptyReportReply, isEmptyReport, reportDays, reportReply } from '../replies/report.ts';
import { reportChart } from '../replies/report-chart.ts';
import type { ReportView } from '../replies/report-days.ts';
import type { Command, CommandDeps } from './command.ts';
import { selectProject } from './select-project.ts';

export const report: Command = {
  name: 'report',
  role: 'viewer',
  mayBeShared: true,
  needs: () => ['projects'],
  usage: 'report [project] [7d]',
  summary: `A picture of the last days, and the same in words: syncs by result and kind, failures, how long they took, and requests against the budget. From 1d to ${reportDays.most}d; ${reportDays.usual} days without a number.`,
  examples: ['report', 'report 30d', 'report #1042 14d'],
  options: {},
  async run({ words }, asker, deps) {
    const asked = spanIn(words);
    if (asked.span === 'wrong') return { reply: wrongSpan(asked.typed) };
    let task: SyncTask | undefined;
    if (asked.project.length > 0) {
      const command = (project: string) => `report ${project} ${asked.days}d`;
      const selected = await selectProject(deps, asked.project, command, { disconnectedToo: true });
      if (selected.found === 'choice') return { reply: selected.reply };
      task = selected.task;
    }
    return { reply: await reportOf(deps, asker.person, asked.days, task) };
  },
};

type Asked =
  | { readonly span: 'right'; readonly days: number; readonly project: readonly string[] }
  | { readonly span: 'wrong'; readonly typed: string };

/** The last word, where it is a number and a letter; a name that ends so is written in quotes. */
function spanIn(words: readonly string[]): Asked {
  const typed = words.at(-1) ?? '';
  const [, number, unit] = /^(\d{1,9})([a-z])$/iu.exec(typed) ?? [];
  if (number === undefined || unit === undefined) {
    return { span: 'right', days: reportDays.usual, project: words };
  }
  const days = Number(number);
  if (unit.toLowerCase() !== 'd' || days < 1 || days > reportDays.most) return { span: 'wrong', typed };
  return { span: 'right', days, project: words.slice(0, -1) };
}

function wrongSpan(typed: string): Reply {
  return askBack(
    `A report covers 1 to ${reportDays.most} whole days, and ${typed} is not such a span: it counts by the day, and no more than ${reportDays.most} days are drawn.`,
    'For example: report 7d',
    [1, reportDays.usual, reportDays.most].map((days) => ({
      label: days === 1 ? 'Today' : `${days} days`,
      command: `report ${days}d`,
    })),
  );
}

async function reportOf(
  deps: CommandDeps,
  person: Person,
  days: number,
  task: SyncTask | undefined,
): Promise<Reply> {
  const timeZone = await timeZoneOf(deps, person);
  const until = deps.clock.now();
  const starts = dayStarts(until, days, timeZone);
  const query = { starts, until, ...(task ? { projectId: task.projectId } : {}) };
  const [runs, requests, { retentionDays }] = await Promise.all([
    deps.report.runs(query),
    deps.report.requests(query),
    deps.settings.read(),
  ]);
  if (!runs || !requests) return tooMuch(days);
  const { requestsPerSecond: perSecond } = deps.installation;
  const view: ReportView = {
    ...(task ? { task } : {}),
    ...(perSecond === undefined ? {} : { perMinute: perSecond * 60 }),
    ...{ starts, until, timeZone, runs, requests, retentionDays },
  };
  if (isEmptyReport(view)) return emptyReportReply(view);
  return reportReply(view, await deps.pictures.draw(reportChart(view)).catch(() => undefined));
}

function tooMuch(days: number): Reply {
  return notice(
    'There is too much to count for a report: it was given up before it would have held others up.',
    days > 1
      ? 'Ask for fewer days, or for one project: report <project>.'
      : 'Ask for one project: report <project>.',
    days > 1 ? [{ label: 'Today', command: 'report 1d' }] : [],
  );
}

/** Days are the asker's own; where nobody knows their time zone, those of UTC, and the report says so. */
async function timeZoneOf({ directory }: CommandDeps, person: Person): Promise<string> {
  const told = person.timeZone ?? (await directory.person(person).catch(() => undefined))?.timeZone;
  return told !== undefined && isTimeZone(told) ? told : 'UTC';
}
