/** Names of days and spans of a report, for its picture and its words alike. */
import { failureRules } from '../../domain/failure.ts';
import { cut } from '../../domain/text.ts';
import type { RunFacts } from '../../ports/report.ts';
import { duration } from './parts.ts';
import { selector } from './project-words.ts';
import type { ReportView, Took } from './report-days.ts';

const forms = {
  weekday: { weekday: 'short', day: 'numeric' },
  month: { day: 'numeric', month: 'short' },
  full: { weekday: 'short', day: 'numeric', month: 'short' },
} as const;

export function dayName(start: Date, timeZone: string, form: keyof typeof forms): string {
  return start.toLocaleDateString('en-GB', { timeZone, ...forms[form] }).replace(',', '');
}

/** What the picture's letters can show: others would be boxes there. */
const drawable = /^[\u0020-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff\u2010-\u2026\u20ac]*$/u;

export function reportTitle({ task, starts }: ReportView): string {
  const name = task?.link.projectName.trim();
  const words = task && (name ? cut(name, 80) : `project ${selector(task)}`);
  return `Syncs of ${words ?? 'all projects'}, ${lastDays(starts.length)}`;
}

/** The same for the picture. */
export function drawnTitle(view: ReportView): string {
  const title = reportTitle(view);
  if (!view.task || drawable.test(title)) return title;
  return `Syncs of project ${selector(view.task)}, ${lastDays(view.starts.length)}`;
}

export const lastDays = (days: number): string => (days === 1 ? 'today' : `last ${days} days`);

/** `Thu 19 Nov to Wed 25 Nov 2026, 14:05 (Europe/Berlin)`. */
export function spanWords({ starts, until, timeZone }: ReportView): string {
  const first = starts.length > 1 && starts[0] ? `${dayName(starts[0], timeZone, 'full')} to ` : '';
  const year = until.toLocaleDateString('en-GB', { timeZone, year: 'numeric' });
  const time = until.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  return `${first}${dayName(until, timeZone, 'full')} ${year}, ${time} (${timeZone}).`;
}

/** Undefined where everything is known of all the days. */
export function knownSinceWords({ starts, timeZone, runs, requests }: ReportView): string | undefined {
  const [first] = starts;
  const isLate = (since: Date | undefined) => since === undefined || (first !== undefined && since > first);
  const words = (what: string, since: Date | undefined) =>
    since === undefined ? `No ${what} are known.` : `${what} are known since ${instant(since, timeZone)}.`;
  const told = [
    ...(isLate(runs.since) ? [words('syncs', runs.since)] : []),
    ...(isLate(requests.since) ? [words('requests', requests.since)] : []),
  ];
  return told.length === 0 ? undefined : told.map(capital).join(' ');
}

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

function instant(at: Date, timeZone: string): string {
  const time = at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  return `${dayName(at, timeZone, 'full')}, ${time}`;
}

/** Up to 10 s to a tenth: `0.4 s`, `12 s`, `3 min`. */
export function tookWords(ms: number): string {
  return ms < 10_000 ? `${(Math.max(100, ms) / 1_000).toFixed(1)} s` : duration(ms);
}

export const tookSentence = ({ half, most }: Took): string =>
  `Half of the completed syncs took ${tookWords(half)} at most, 95 of 100 took ${tookWords(most)} at most.`;

const causesAtMost = 3;

/** `7 times: ConnectWise refused a request (cw.rejected)`. */
export function causeWords(causes: RunFacts['causes']): readonly string[] {
  const told = causes.slice(0, causesAtMost).map(({ code, count }) => {
    const times = count === 1 ? 'once' : `${count.toLocaleString('en-US')} times`;
    return `${times}: ${failureRules[code].what.replace(/\.$/u, '')} (${code})`;
  });
  const others = causes.slice(causesAtMost).reduce((sum, { count }) => sum + count, 0);
  return others > 0 ? [...told, `${others.toLocaleString('en-US')} for other causes`] : told;
}
