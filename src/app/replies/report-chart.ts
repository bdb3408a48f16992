/** The picture of a report: what is drawn, in no library's terms. */
import type { Chart, Panel, Series, Tone } from '../../ports/pictures.ts';
import { daysOf, failedIn, type ReportDay, type ReportView, tookIn } from './report-days.ts';
import { dayName, drawnTitle, knownSinceWords, spanWords } from './report-words.ts';

/** Of more days there is no room for the names of weekdays. */
const weekdaysAtMost = 10;

export function reportChart(view: ReportView): Chart {
  const days = daysOf(view);
  const form = view.starts.length <= weekdaysAtMost ? 'weekday' : 'month';
  const known = knownSinceWords(view);
  return {
    title: drawnTitle(view),
    subtitle: [spanWords(view), ...(known === undefined ? [] : [known])].join('  '),
    days: view.starts.map((start) => dayName(start, view.timeZone, form)),
    panels: [
      bySyncs(days),
      byFailures(days),
      byDurations(days),
      byRequests(days),
      byMinutes(days, view.perMinute),
    ],
  };
}

type Of = (day: ReportDay) => number | undefined;
const series = (days: readonly ReportDay[], name: string, tone: Tone, of: Of): Series => ({
  name,
  tone,
  values: days.map((day) => of(day) ?? null),
});

function panel(title: string, form: Panel['form'], all: readonly Series[], empty: string): Panel {
  const isEmpty = all.every(({ values }) => values.every((value) => !value));
  return { title, form, series: all, ...(isEmpty ? { empty } : {}) };
}

function bySyncs(days: readonly ReportDay[]): Panel {
  const all = [
    series(days, 'Delta, completed', 'usual', ({ runs }) => runs?.completed.delta),
    series(days, 'Comprehensive, completed', 'other', ({ runs }) => runs?.completed.comprehensive),
    series(days, 'Delta, failed', 'mild', ({ runs }) => runs?.failed.delta),
    series(days, 'Comprehensive, failed', 'grave', ({ runs }) => runs?.failed.comprehensive),
  ];
  return panel('Syncs by result and kind', 'stacked', all, 'No sync ended in these days.');
}

function byFailures(days: readonly ReportDay[]): Panel {
  const all = [
    series(days, 'Tried again by itself', 'mild', ({ runs }) => runs && failedIn(runs) - runs.forPerson),
    series(days, 'A person has to act', 'grave', ({ runs }) => runs?.forPerson),
  ];
  return panel('Failed syncs', 'stacked', all, 'None failed.');
}

function byDurations(days: readonly ReportDay[]): Panel {
  const took = days.map(({ runs }) => tookIn(runs?.durations ?? []));
  const inSeconds = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms / 100) / 10);
  const all: readonly Series[] = [
    { name: 'Half of them at most', tone: 'usual', values: took.map((one) => inSeconds(one?.half)) },
    { name: '95 of 100 at most', tone: 'other', values: took.map((one) => inSeconds(one?.most)) },
  ];
  const isEmpty = took.every((one) => one === undefined);
  const title = 'How long a completed sync took, in seconds';
  return { title, form: 'lines', series: all, ...(isEmpty ? { empty: 'No sync completed.' } : {}) };
}

function byRequests(days: readonly ReportDay[]): Panel {
  const all = [
    series(days, 'Answered', 'usual', ({ requests }) => requests && requests.made - requests.failed),
    series(days, 'Refused or unanswered', 'grave', ({ requests }) => requests?.failed),
  ];
  return panel('Requests to ConnectWise', 'stacked', all, 'No request was made.');
}

function byMinutes(days: readonly ReportDay[], perMinute: number | undefined): Panel {
  const all = [series(days, 'Requests in that minute', 'usual', ({ requests }) => requests?.busiestMinute)];
  const limit =
    perMinute === undefined
      ? {}
      : { limit: { name: `Budget: ${perMinute.toLocaleString('en-US')} a minute`, value: perMinute } };
  return { ...panel('Busiest minute of each day', 'stacked', all, 'No request was made.'), ...limit };
}
