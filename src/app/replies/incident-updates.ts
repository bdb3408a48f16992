/** What happened to an incident, as it is told in the thread of its message, or as a new message where there is none. */
import type { IncidentUpdate } from '../../domain/incident.ts';
import { settleMs } from '../../domain/incident-life.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import {
  endWords,
  headSummary,
  type IncidentView,
  plainSubject,
  projectWords,
  shownId,
  subjectOf,
  whatFailed,
} from './incident-words.ts';
import { duration, joined, moment, name, note, paragraph, strong, text } from './parts.ts';

/** Where there are no threads all but the end is an edit. */
export const toldEverywhere: ReadonlySet<IncidentUpdate['is']> = new Set(['recovered', 'open again']);

/** @param updates oldest first, at least one */
export function updatesReply(view: IncidentView, updates: readonly IncidentUpdate[]): Reply {
  const { incident } = view;
  const lines = updates.map((update): Block => paragraph(...updateWords(view, update)));
  const last = updates.at(-1);
  const blocks = [
    ...lines,
    note(text('It began at '), moment(incident.since), text(` · incident ${shownId(incident)}`)),
  ];
  const summary = `${plainSubject(view)}: ${last ? plainUpdate(view, last) : 'news'}`;
  return updates.some(({ is }) => toldEverywhere.has(is))
    ? { summary, blocks }
    : { summary, blocks, onlyInThread: true };
}

function updateWords(view: IncidentView, update: IncidentUpdate): Text {
  switch (update.is) {
    case 'joined':
      return [text('Also: '), ...projects(view, update)];
    case 'cause':
      return causeWords(view, 'Now: ', update.cause);
    case 'acknowledged':
      return [text('Acknowledged by '), name(update.by.name), text('.')];
    case 'snoozed':
      return [text('Snoozed by '), name(update.by.name), text(' until '), moment(update.until), text('.')];
    case 'still open':
      return causeWords(view, '⚠ The snooze is over, and it is still open: ', update.cause);
    case 'open again':
      return [
        ...causeWords(view, '⚠ It is back: ', update.cause),
        text(` From now on it counts as over once it has been well for ${duration(settleMs)}.`),
      ];
    case 'recovered':
      return [text('✓ '), ...subjectOf(view), text(': '), strong(endWords(view.incident, update.end))];
  }
}

function projects(view: IncidentView, update: Extract<IncidentUpdate, { is: 'joined' }>): Text {
  const named = joined(
    update.projects.map((project) => projectWords(project, view.links)),
    ', ',
  );
  return [...named, text(update.more > 0 ? ` and ${update.more} more` : '')];
}

type Cause = Extract<IncidentUpdate, { is: 'cause' }>['cause'];

function causeWords(view: IncidentView, before: string, cause: Cause): Text {
  if (cause.is === 'away') return [text(before)];
  return [text(before), strong(headSummary(view.incident, cause)), text('. '), ...whatFailed(view, cause)];
}

function plainUpdate({ incident }: IncidentView, update: IncidentUpdate): string {
  switch (update.is) {
    case 'joined': {
      const more = update.projects.length + update.more;
      return more === 1 ? 'one more project' : `${more} more projects`;
    }
    case 'cause':
      return headSummary(incident, update.cause);
    case 'acknowledged':
      return `acknowledged by ${update.by.name}`;
    case 'snoozed':
      return `snoozed by ${update.by.name}`;
    case 'still open':
      return 'still open after the snooze';
    case 'open again':
      return 'it is back';
    case 'recovered':
      return endWords(incident, update.end);
  }
}
