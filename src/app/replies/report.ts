/** A report in words: all that the picture shows, for those who cannot see it, and where it does not come through. */
import { cut } from '../../domain/text.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import { buttons, count, note, notice, paragraph, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';
import {
  completedIn,
  daysOf,
  failedIn,
  type ReportDay,
  type ReportView,
  type Totals,
  tookIn,
  totalsOf,
} from './report-days.ts';
import {
  causeWords,
  dayName,
  knownSinceWords,
  reportTitle,
  spanWords,
  tookSentence,
  tookWords,
} from './report-words.ts';

export const reportDays = { most: 30, usual: 7 } as const;

/** What chats show of fields in one block. */
const fieldsAtOnce = 10;
const altAtMost = 1_000;

/** @param picture a PNG; absent where it could not be drawn */
export function reportReply(view: ReportView, picture: Uint8Array | undefined): Reply {
  const totals = totalsOf(view);
  const sentences = sentencesOf(view, totals);
  const title = reportTitle(view);
  const causes = causeWords(view.runs.causes);
  return {
    summary: `${title}: ${syncsSentence(totals)}`,
    blocks: [
      { block: 'heading', text: title },
      ...sentences.map((words) => paragraph(text(words))),
      ...(causes.length > 0 ? [paragraph(text(`Why they failed: ${causes.join('; ')}.`))] : []),
      ...dayBlocks(view),
      ...notesOf(view, picture),
      buttons(...actionsOf(view)),
    ],
    ...(picture
      ? {
          file: {
            name: fileName(view),
            title,
            mediaType: 'image/png',
            content: picture,
            alt: cut(`${title}. ${sentences.join(' ')}`, altAtMost),
          },
        }
      : {}),
  };
}

/** Nothing ended and nothing was asked of ConnectWise. */
export function emptyReportReply(view: ReportView): Reply {
  const known = knownSinceWords(view);
  const when = view.starts.length === 1 ? 'today' : `in the last ${view.starts.length} days`;
  const of = view.task ? ` of ${shownName(view.task)}` : '';
  return notice(
    `There is nothing to report${of}: no sync ended ${when}, and no request was made.`,
    [text(`${known === undefined ? '' : `${known} `}status shows how the syncs stand.`)],
    actionsOf(view),
  );
}

export function isEmptyReport(view: ReportView): boolean {
  const { runs, requests } = totalsOf(view);
  return completedIn(runs) + failedIn(runs) + requests.made === 0;
}

function sentencesOf(view: ReportView, totals: Totals): readonly string[] {
  const took = tookIn(totals.runs.durations);
  return [syncsSentence(totals), ...(took ? [tookSentence(took)] : []), requestsSentence(view, totals)];
}

function syncsSentence({ runs }: Totals): string {
  const { completed, forPerson } = runs;
  const failed = failedIn(runs);
  const all = count(completedIn(runs) + failed, 'sync');
  const ended = `${completed.delta.toLocaleString('en-US')} delta and ${completed.comprehensive.toLocaleString('en-US')} comprehensive completed`;
  if (failed === 0) return `${all}: ${ended}, none failed.`;
  const persons =
    forPerson === 0
      ? 'all tried again by itself'
      : `${forPerson.toLocaleString('en-US')} of them for a person to act on`;
  return `${all}: ${ended}, ${failed.toLocaleString('en-US')} failed (${persons}).`;
}

function requestsSentence({ perMinute, timeZone, task }: ReportView, { requests, busiest }: Totals): string {
  const { made, failed, busiestMinute } = requests;
  if (made === 0) return 'No request was made to ConnectWise.';
  const refused = failed > 0 ? `, ${failed.toLocaleString('en-US')} of them refused or unanswered` : '';
  const when = busiest ? ` (${dayName(busiest, timeZone, 'full')})` : '';
  const whole = task ? 'that the budget allows all projects' : 'that the budget allows';
  const against =
    perMinute === undefined
      ? `, without a budget that limits them`
      : ` of the ${perMinute.toLocaleString('en-US')} ${whole}, ${Math.round((busiestMinute / perMinute) * 100)} %`;
  return `${count(made, 'request')} to ConnectWise${refused}; ${busiestMinute.toLocaleString('en-US')} in the busiest minute${when}${against}.`;
}

/** Without the days of which nothing is known: a note says since when it is. */
function dayBlocks(view: ReportView): readonly Block[] {
  if (view.starts.length === 1) return [];
  const fields = daysOf(view).flatMap((day) => {
    const words = dayWords(day);
    return words === '' ? [] : [{ label: dayName(day.start, view.timeZone, 'full'), value: [text(words)] }];
  });
  return Array.from({ length: Math.ceil(fields.length / fieldsAtOnce) }, (_, n) => ({
    block: 'fields' as const,
    fields: fields.slice(n * fieldsAtOnce, (n + 1) * fieldsAtOnce),
  }));
}

function dayWords({ runs, requests }: ReportDay): string {
  const took = tookIn(runs?.durations ?? []);
  return [
    ...(runs ? [`${count(completedIn(runs) + failedIn(runs), 'sync')}, ${failedIn(runs)} failed`] : []),
    ...(took ? [`half took ${tookWords(took.half)}, most ${tookWords(took.most)}`] : []),
    ...(requests
      ? [`${count(requests.made, 'request')}, ${requests.busiestMinute.toLocaleString('en-US')} in a minute`]
      : []),
  ].join('; ');
}

function notesOf(view: ReportView, picture: Uint8Array | undefined): readonly Block[] {
  const known = knownSinceWords(view);
  const words = [
    spanWords(view),
    ...(known === undefined
      ? []
      : [known, `Logs are kept for ${count(view.retentionDays, 'day')} (settings).`]),
    ...(view.starts.length > 1 ? ['“Most” is 95 of 100; the minute is the busiest of the day.'] : []),
  ];
  const failed =
    '⚠ The picture could not be drawn this time. All its numbers are here; ask again for the picture.';
  return [note(text(words.join(' '))), ...(picture ? [] : [note(text(failed))])];
}

function actionsOf({ task, starts }: ReportView): readonly Action[] {
  const of = task ? ` ${selector(task)}` : '';
  const spans = [1, 7, 30].filter((days) => days !== starts.length);
  return [
    ...spans.map((days) => ({
      label: days === 1 ? 'Today' : `${days} days`,
      command: `report${of} ${days}d`,
    })),
    { label: 'Errors in the log', command: `logs${of} --errors --since ${starts.length}d` },
    ...(task ? [{ label: 'Details', command: `status${of}` }] : []),
  ];
}

function fileName({ task, until, starts }: ReportView): string {
  const of = task ? [selector(task).slice(1)] : [];
  return `${['report', ...of, `${starts.length}d`, until.toISOString().slice(0, 10)].join('-')}.png`;
}
