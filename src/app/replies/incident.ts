/**
 * One incident as it is told in an alert channel and to followers: what failed, which project, since when, whose
 * side, what to do, and who sees to it. The message is edited as things change; `incident-updates.ts` tells beside it.
 */
import { failureRules } from '../../domain/failure.ts';
import {
  blockedRetryMs,
  type Incident,
  type IncidentCause,
  type IncidentEnd,
  type IncidentProject,
  type LeftProject,
} from '../../domain/incident.ts';
import { settleMs } from '../../domain/incident-life.ts';
import { cut } from '../../domain/text.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import {
  endWords,
  headSummary,
  type IncidentView,
  namedAtMost,
  onlyProject,
  plainSubject,
  projectWords,
  shownId,
  subjectOf,
  whatFailed,
  wordsAtMost,
} from './incident-words.ts';
import {
  buttons,
  count,
  dateAndTime,
  duration,
  joined,
  moment,
  name,
  note,
  paragraph,
  strong,
  text,
  timeOfDay,
} from './parts.ts';
import { failureNote } from './project-words.ts';

/** The message of an incident as it stands: open, or over. */
export function incidentReply(view: IncidentView): Reply {
  const { incident } = view;
  if (incident.cause.is === 'away') return awayReply(incident.cause);
  return incident.end ? endedReply(view, incident.end) : openReply(view, incident.cause);
}

function awayReply({ from, to, catchingUp }: Extract<IncidentCause, { is: 'away' }>): Reply {
  const then =
    catchingUp === 0
      ? 'nothing had to be caught up.'
      : `${count(catchingUp, 'project')} ${catchingUp === 1 ? 'is' : 'are'} catching up.`;
  const span = [text('cwsync was away from '), moment(from), text(' to '), timeOfDay(to), text('; ')];
  return {
    summary: `cwsync was away for ${duration(to.getTime() - from.getTime())}; ${then}`,
    blocks: [paragraph(...span, text(then))],
  };
}

function openReply(view: IncidentView, cause: Exclude<IncidentCause, { is: 'away' }>): Reply {
  const { incident } = view;
  const blocks: Block[] = [
    paragraph(
      text('⚠ '),
      ...subjectOf(view),
      text(': '),
      strong(headSummary(incident, cause)),
      text(' since '),
      moment(incident.since),
    ),
    paragraph(...whatFailed(view, cause)),
    ...projectBlocks(view),
    ...lastEntryBlocks(view),
    ...careBlocks(incident),
    note(...whatToDo(view, cause), text(` · incident ${shownId(incident)}`)),
  ];
  blocks.push(buttons(...incidentActions(incident)));
  return { summary: `${plainSubject(view)}: ${headSummary(incident, cause)}`, blocks };
}

function endedReply(view: IncidentView, end: IncidentEnd): Reply {
  const { incident } = view;
  const words = endWords(incident, end);
  const by = end.how === 'stopped' && end.changed ? [text(' by '), name(end.changed.by.name)] : [];
  const sign = end.how === 'recovered' ? '✓' : '‖';
  const blocks: Block[] = [
    paragraph(text(`${sign} `), ...subjectOf(view), text(': '), strong(words), ...by),
    ...projectBlocks(view),
    ...(incident.cause.is === 'away' ? [] : [note(text('It was: '), ...whatFailed(view, incident.cause))]),
    note(
      text('From '),
      moment(incident.since),
      text(' to '),
      moment(end.at),
      text(` · incident ${shownId(incident)}`),
    ),
  ];
  if (incident.scope !== 'channel') blocks.push(buttons(logsOf(incident)));
  return { summary: `${plainSubject(view)}: ${words}`, blocks };
}

function projectBlocks({ incident, links }: IncidentView): readonly Block[] {
  const { projects, left = [], ownTask, end } = incident;
  const all: readonly (IncidentProject | LeftProject)[] = [...projects, ...left];
  if (all.length === 0 || (all.length === 1 && !ownTask)) return [];
  const named = joined(
    all.slice(0, namedAtMost).map((project) => [...markOf(project, end), ...projectWords(project, links)]),
    ', ',
  );
  const more = all.length - namedAtMost;
  return [paragraph(...named, text(more > 0 ? ` and ${more} more` : ''))];
}

/** Of those that are over. */
function markOf(project: IncidentProject | LeftProject, end: IncidentEnd | undefined): Text {
  const stopped = 'leftAt' in project ? project.stopped : end?.how === 'stopped';
  if (!('leftAt' in project || end)) return [];
  return [text(stopped ? '‖ ' : '✓ ')];
}

function lastEntryBlocks({ lastEntry }: IncidentView): readonly Block[] {
  if (!lastEntry) return [];
  const words = cut(lastEntry.message, wordsAtMost);
  return [paragraph(text('Logged last, '), dateAndTime(lastEntry.at), text(': '), name(words))];
}

function whatToDo({ incident }: IncidentView, cause: Exclude<IncidentCause, { is: 'away' }>): Text {
  if (cause.is === 'late') {
    return [
      text('Retry now asks for a sync at once; the logs show what happened since. (on the side of cwsync)'),
    ];
  }
  const words = failureNote(cause.failure);
  if (incident.scope !== 'channel') return words;
  return [
    ...words,
    text(
      ` cwsync tries again at least every ${duration(blockedRetryMs)}, and the channel stays in the settings.`,
    ),
  ];
}

/** Who sees to it, and whether it is believed to be over. */
function careBlocks(incident: Incident): readonly Block[] {
  const { relapses = 0, wellSince } = incident;
  const care = careWords(incident);
  const held = `It came back ${count(relapses, 'time')}, so it counts as over once it has been well for ${duration(settleMs)}.`;
  const well = wellSince ? [text('Well since '), timeOfDay(wellSince), text('. ')] : [];
  return [
    ...(care.length > 0 ? [paragraph(...care)] : []),
    ...(relapses > 0 ? [paragraph(...well, text(held))] : []),
  ];
}

/** `Acknowledged by Ann at 09:30. Snoozed by Ann until 10:30.` */
export function careWords({ acknowledged, snoozed }: Incident): Text {
  const seen = acknowledged
    ? [
        text('Acknowledged by '),
        name(acknowledged.by.name),
        text(' at '),
        timeOfDay(acknowledged.at),
        text('.'),
      ]
    : [];
  const quiet = snoozed
    ? [text('Snoozed by '), name(snoozed.by.name), text(' until '), moment(snoozed.until), text('.')]
    : [];
  return [...seen, ...(seen.length > 0 && quiet.length > 0 ? [text(' ')] : []), ...quiet];
}

/** What can be done about it. */
export function incidentActions(incident: Incident): readonly Action[] {
  const { cause, scope } = incident;
  if (cause.is === 'away') return [];
  const mending = scope === 'channel' ? [] : mendingActions(incident, cause);
  const logs = scope === 'channel' ? [] : [logsOf(incident)];
  return [...mending, ...careActions(incident), ...logs];
}

export const snoozes = {
  '1h': { ms: 3_600_000, label: '1 h' },
  '4h': { ms: 4 * 3_600_000, label: '4 h' },
  '1d': { ms: 86_400_000, label: '1 day' },
} as const;
export type SnoozeFor = keyof typeof snoozes;

function careActions({ id, acknowledged }: Incident): readonly Action[] {
  const acknowledge = acknowledged ? [] : [{ label: 'Acknowledge', command: `incidents ack ${id}` }];
  const snooze = Object.entries(snoozes).map(([word, { label }]) => ({
    label: `Snooze ${label}`,
    command: `incidents snooze ${id} ${word}`,
  }));
  return [...acknowledge, ...snooze];
}

function mendingActions(incident: Incident, cause: IncidentCause): readonly Action[] {
  const { scope, projects, ownTask } = incident;
  if (scope === 'integration')
    return [{ label: 'Check now', command: 'integration check', style: 'primary' }];
  const [only] = projects;
  if (!only) return ownTask?.taskId.endsWith(':misc') ? [retry('sync --misc', cause)] : [];
  if (projects.length > 1) return [{ label: 'Status', command: 'status' }];
  const selector = `#${only.externalId}`;
  const which = { label: 'Which ones', command: `deletions ${selector}` };
  const gone = cause.is === 'failure' && cause.failure.code === 'plan.mass-deletion';
  return [...(gone ? [which] : []), retry(`sync ${selector}`, cause)];
}

/** Where a person has mended it the next sync comes from them; what is tried again anyway need not be waited for. */
function retry(command: string, cause: IncidentCause): Action {
  const mended = cause.is === 'failure' && failureRules[cause.failure.code].heals === 'no';
  return { label: mended ? 'Sync now' : 'Retry now', command: `${command} --now`, style: 'primary' };
}

function logsOf(incident: Incident): Action {
  const only = onlyProject(incident);
  return { label: 'Logs', command: only ? `logs #${only.externalId}` : 'logs' };
}
