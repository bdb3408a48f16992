/** Status and health of a project in words: the same in the list, on the card and in answers. */
import { type Failure, failureRules } from '../../domain/failure.ts';
import { type Health, health, itself, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut, searchForm } from '../../domain/text.ts';
import type { GateState } from '../../ports/gate.ts';
import type { Action, Text } from '../../ports/reply.ts';
import { rightFor } from './missing-rights.ts';
import { count, dateAndTime, moment, name, strong, text, timeOfDay } from './parts.ts';

/** A project's name cut so that a list stays a list. */
export const shownName = (task: SyncTask): string => cut(task.link.projectName, 120);

/**
 * The customer's name as it stands before the project's; undefined where that begins with it already, as names in
 * ConnectWise often do.
 */
export function customerBefore(customer: string | null, project: string): string | undefined {
  if (customer === null || customer.trim() === '') return undefined;
  const wanted = searchForm(customer);
  const begins = searchForm(project);
  const goesOn = begins.startsWith(wanted) && /^[\p{L}\p{N}]/u.test(begins.slice(wanted.length));
  return begins.startsWith(wanted) && !goesOn ? undefined : customer;
}

/** Selects this very project in a typed command, whatever its name is. */
export const selector = (task: SyncTask): string => `#${task.link.externalId}`;

/** Asks for a sync of this very task. */
export const syncCommand = (task: SyncTask): string =>
  task.kind === 'misc' ? 'sync --misc' : `sync ${selector(task)}`;

/** Where to look further: the integration's own tasks have neither a card nor a plan. */
export function lookActions(task: SyncTask): readonly Action[] {
  if (task.kind !== 'project') return [{ label: 'Logs', command: 'logs' }];
  return [
    { label: 'Details', command: `status ${selector(task)}` },
    { label: 'Logs', command: `logs ${selector(task)}` },
  ];
}

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
      // A project that was never synced is read in full, whatever was asked for.
      const mode = task.lastSync ? status.mode : 'comprehensive';
      const shown = task.kind === 'project' ? ` (${mode})` : '';
      return [strong('Syncing'), text(`${shown}${phase}, since `), timeOfDay(status.since)];
    }
  }
}

const signs: { readonly [word in Health['word']]: string } = {
  'Integration disabled': '‖',
  Disconnected: '✕',
  Archived: '▪',
  Disabled: '‖',
  'Needs attention': '⚠',
  Retrying: '↻',
  'First import': '…',
  Late: '◔',
  Healthy: '✓',
};

/** Health by what is known of the whole integration. */
export function healthOf(task: SyncTask, gate: GateState): Health {
  return health(task, { now: gate.now, integrationEnabled: gate.enabled });
}

export function healthWords(task: SyncTask, gate: GateState): Text {
  const found = healthOf(task, gate);
  const head = [text(`${signs[found.word]} `), strong(found.word)];
  switch (found.word) {
    case 'Needs attention':
    case 'Late':
      return [...head, text(' since '), moment(found.since)];
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
  const by = changed.by.id === itself.id ? [text(' automatically')] : [text(' by '), name(changed.by.name)];
  return [
    ...by,
    text(', '),
    dateAndTime(changed.at),
    ...(changed.reason === undefined ? [] : [text(': '), name(changed.reason)]),
  ];
}

/** What went wrong, in one line: cwsync's words, then ConnectWise's own. */
export function failureWords(failure: Failure): Text {
  const rule = failureRules[failure.code];
  const field = failure.field === undefined ? '' : ` Field: ${failure.field}.`;
  const right = failure.code === 'cw.permission' ? rightFor(failure.entity) : undefined;
  const missing = right === undefined ? '' : ` The right to look at: ${right}, Inquire Level All.`;
  return [
    text(`${failure.message ?? rule.what}${field}${missing}`),
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
  const [tasks] = readActions(task);
  return [
    ...(task.link.state === 'active' ? syncActions(task, now, 'Refresh') : []),
    ...(tasks ? [tasks] : []),
    { label: 'Integration Log', command: `logs ${selector(task)}` },
    ...stateActions(task),
    ...archiveActions(task),
    ...disconnectActions(task),
  ];
}

/** The same from a row of a list, where there is room for four. */
export function rowActions(task: SyncTask, now: Date): readonly Action[] {
  return [
    ...(task.link.state === 'active' ? syncActions(task, now, 'Sync') : []),
    { label: 'Logs', command: `logs ${selector(task)}` },
    ...stateActions(task),
    ...disconnectActions(task),
  ];
}

/** Why a sync cannot be asked for at present, and when it can; undefined where it can. */
export function whyNotSync(task: SyncTask, now: Date): Text | undefined {
  if (task.link.state !== 'active')
    return [text(`Refresh needs an enabled project; this one is ${task.link.state}.`)];
  const status = syncStatus(task, now);
  switch (status.word) {
    case 'Idle':
      return undefined;
    case 'Requested':
      if (task.failure) return [text('The last sync failed. Retry now skips the wait.')];
      return [
        text('A sync is asked for already and starts '),
        timeOfDay(status.startsAt),
        text('; then Refresh can be pressed again.'),
      ];
    case 'In Queue':
      return [
        text('A sync is asked for already and is in line; Refresh can be pressed again when it has ended.'),
      ];
    case 'Syncing':
      return [text('It is syncing right now; Refresh can be pressed again when that has ended.')];
  }
}

/** The two answers to unusually many deletions. */
export function deletionActions(task: SyncTask, waiting: number): readonly Action[] {
  if (waiting === 0) return [];
  const command = `deletions ${selector(task)}`;
  const apply = `Apply ${count(waiting, 'deletion')}`;
  return [
    { label: apply, command: `${command} apply`, style: 'danger' },
    { label: 'Keep', command: `${command} keep` },
  ];
}

export function readActions(task: SyncTask): readonly Action[] {
  const project = selector(task);
  return [
    { label: 'Tasks', command: `tasks ${project}` },
    { label: 'Logs', command: `logs ${project}` },
  ];
}

function stateActions(task: SyncTask): readonly Action[] {
  const project = selector(task);
  switch (task.link.state) {
    case 'active':
      return [{ label: 'Disable', command: `disable ${project}` }];
    case 'disabled':
      return [{ label: 'Enable', command: `enable ${project}` }];
    case 'archived':
      return [{ label: 'Unarchive', command: `unarchive ${project}` }];
    case 'disconnected':
      return [];
  }
}

/** Out of the way, by an admin; the menu of a row has no room for it. */
function archiveActions(task: SyncTask): readonly Action[] {
  const { state } = task.link;
  if (state !== 'active' && state !== 'disabled') return [];
  return [{ label: 'Archive', command: `archive ${selector(task)}` }];
}

/** For good, by an admin who types the name. */
function disconnectActions(task: SyncTask): readonly Action[] {
  if (task.link.state === 'disconnected') return [];
  return [{ label: 'Disconnect', command: `disconnect ${selector(task)}` }];
}

function syncActions(task: SyncTask, now: Date, label: string): readonly Action[] {
  const command = `sync ${selector(task)}`;
  if (syncStatus(task, now).word === 'Idle') {
    // Somebody has just mended what was wrong: no reason to sit out the cool-down.
    const now = health(task).word === 'Needs attention' ? ' --now' : '';
    return [{ label, command: `${command}${now}` }];
  }
  return task.failure && task.state === 'requested'
    ? [{ label: 'Retry now', command: `${command} --now` }]
    : [];
}

export const projectCount = (number: number): string => count(number, 'project');
