/** Status and health of a project in words: the same in the list, on the card and in answers. */
import { type Failure, failureRules } from '../../domain/failure.ts';
import { type Health, health, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Action, Text } from '../../ports/reply.ts';
import { count, dateAndTime, name, strong, text, timeOfDay } from './parts.ts';

/** A project's name cut so that a list stays a list. */
export const shownName = (task: SyncTask): string => cut(task.link.projectName, 120);

/** Selects this very project in a typed command, whatever its name is. */
export const selector = (task: SyncTask): string => `#${task.link.externalId}`;

/**
 * @param placeInLine how many are before it, where it is in line
 */
export function statusWords(task: SyncTask, now: Date, placeInLine?: number): Text {
  const status = syncStatus(task, now);
  switch (status.word) {
    case 'Idle':
      return [strong('Idle')];
    case 'Requested':
      return [strong('Requested'), text(', starts '), timeOfDay(status.startsAt)];
    case 'In Queue':
      return [
        strong('In Queue'),
        text(placeInLine === undefined ? '' : `, ${placeInLine === 0 ? 'next' : `${placeInLine} before it`}`),
        text(status.takenUpAgain ? ', taken up again' : ''),
      ];
    case 'Syncing': {
      const { progress } = status;
      const of = progress?.totalCount ? ` of ${progress.totalCount}` : '';
      const phase = progress ? `, ${progress.phase} ${progress.doneCount}${of}` : '';
      return [strong('Syncing'), text(` (${status.mode})${phase}, since `), timeOfDay(status.since)];
    }
  }
}

const signs: { readonly [word in Health['word']]: string } = {
  Disconnected: '✕',
  Archived: '▪',
  Disabled: '‖',
  'Needs attention': '⚠',
  Retrying: '↻',
  'First import': '…',
  Healthy: '✓',
};

export function healthWords(task: SyncTask): Text {
  const found = health(task);
  const head = [text(`${signs[found.word]} `), strong(found.word)];
  switch (found.word) {
    case 'Needs attention':
      return [...head, text(' since '), dateAndTime(found.since)];
    case 'Retrying':
      return [
        ...head,
        text(`, attempt ${found.attempt + 1}`),
        ...(found.nextAt ? [text(' at '), timeOfDay(found.nextAt)] : []),
      ];
    case 'Disabled':
    case 'Archived':
    case 'Disconnected':
      return [...head, ...(found.changed ? changeWords(found.changed) : [])];
    default:
      return head;
  }
}

function changeWords(changed: NonNullable<SyncTask['link']['changed']>): Text {
  return [
    text(' by '),
    name(changed.by.name),
    text(', '),
    dateAndTime(changed.at),
    ...(changed.reason === undefined ? [] : [text(': '), name(changed.reason)]),
  ];
}

/** What went wrong, in one line: cwsync's words, then ConnectWise's own. */
export function failureWords(failure: Failure): Text {
  const rule = failureRules[failure.code];
  const field = failure.field === undefined ? '' : ` Field: ${failure.field}.`;
  return [
    text(`${failure.message ?? rule.what}${field}`),
    ...(failure.vendorMessage === undefined
      ? []
      : [text(' ConnectWise says: '), name(failure.vendorMessage)]),
  ];
}

/** Whose side, what to do, and the id to report: the small print under a failure. */
export function failureNote(failure: Failure): Text {
  const rule = failureRules[failure.code];
  const reference = failure.reference === undefined ? '' : ` · id ${failure.reference}`;
  return [text(`${rule.next} (${failure.code}, on the side of ${rule.side}${reference})`)];
}

export function lastSyncWords(task: SyncTask): Text {
  if (!task.lastSync) return [text('never')];
  return [dateAndTime(task.lastSync.at), text(` (${task.lastSync.mode})`)];
}

/** What can be done about a project right now; pressing is checked again by the command. */
export function projectActions(task: SyncTask, now: Date): readonly Action[] {
  const project = selector(task);
  const { state } = task.link;
  return [
    ...(state === 'active' ? syncActions(task, now) : []),
    { label: 'Tasks', command: `tasks ${project}` },
    { label: 'Logs', command: `logs ${project}` },
    ...(state === 'active' ? [{ label: 'Disable', command: `disable ${project}` }] : []),
    ...(state === 'disabled' ? [{ label: 'Enable', command: `enable ${project}` }] : []),
  ];
}

function syncActions(task: SyncTask, now: Date): readonly Action[] {
  const command = `sync ${selector(task)}`;
  if (syncStatus(task, now).word === 'Idle') {
    // Somebody has just mended what was wrong: no reason to sit out the cool-down.
    return health(task).word === 'Needs attention'
      ? [{ label: 'Sync now', command: `${command} --now` }]
      : [{ label: 'Sync', command }];
  }
  return task.failure && task.state === 'requested'
    ? [{ label: 'Retry now', command: `${command} --now` }]
    : [];
}

export const projectCount = (number: number): string => count(number, 'project');
