/** The answer to someone who waits for a run: told from stage to stage, in place of the last one where the platform can. */
import type { Failure } from '../../domain/failure.ts';
import { changesInWords, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import { buttons, dateAndTime, duration, note, paragraph, strong, text, timeOfDay } from './parts.ts';
import { failureNote, failureWords, selector, shownName, statusWords } from './project-words.ts';

export type WaitingView = { readonly task: SyncTask; readonly now: Date; readonly place?: number };

const details = (task: SyncTask): Action => ({ label: 'Details', command: `status ${selector(task)}` });
const tasksOf = (task: SyncTask): Action => ({ label: 'Tasks', command: `tasks ${selector(task)}` });
const logsOf = (task: SyncTask): Action => ({ label: 'Logs', command: `logs ${selector(task)}` });

function answer(task: SyncTask, summary: string, words: Text, rest: readonly Block[]): Reply {
  return {
    summary: `${shownName(task)}: ${summary}`,
    blocks: [paragraph(strong(shownName(task)), text(': '), ...words), ...rest],
  };
}

export function acceptedReply({ task, now, place }: WaitingView): Reply {
  const { word } = syncStatus(task, now);
  const waits = word === 'Requested' && !task.failure;
  // Pressed or not, what was asked for stays: this only skips the wait.
  const startNow: Action = { label: 'Start now', command: `sync ${selector(task)} --now` };
  const rest = [
    ...(waits ? [note(text('It was synced a short while ago; there is a pause between two syncs.'))] : []),
    note(text('You are told here when it starts and when it ends.')),
    buttons(...(waits ? [startNow] : []), details(task)),
  ];
  return answer(task, word, statusWords(task, now, place), rest);
}

export function startedReply({ task, now }: WaitingView): Reply {
  return answer(task, 'Syncing', statusWords(task, now), [buttons(details(task))]);
}

export function takenUpAgainReply({ task, now, place }: WaitingView): Reply {
  const words: Text = [
    ...statusWords(task, now, place),
    text('. The process that ran this sync before is gone; it was taken up again, nothing is lost.'),
  ];
  return answer(task, 'taken up again', words, [buttons(details(task))]);
}

export function givenUpReply({ task, now, place }: WaitingView, askedAt: Date): Reply {
  const words: Text = [
    text('not synced yet, a day after you asked. It stays asked for: '),
    ...statusWords(task, now, place),
    text('. You are not told of it any more; Details shows how it stands.'),
  ];
  const asked = note(text('Asked for: '), dateAndTime(askedAt));
  return answer(task, 'not synced yet', words, [asked, buttons(details(task), logsOf(task))]);
}

export function retryingReply({ task }: WaitingView): Reply {
  const { failure, wakeAt, attempts } = task;
  const words: Text = [
    text(`attempt ${Math.max(1, attempts)} failed. `),
    ...(failure ? failureWords(failure) : []),
    ...(wakeAt ? [text(' Tried again at '), timeOfDay(wakeAt), text('.')] : []),
  ];
  const retry: Action = { label: 'Retry now', command: `sync ${selector(task)} --now` };
  const rest = [
    ...(failure ? [note(...failureNote(failure))] : []),
    buttons(retry, details(task), logsOf(task)),
  ];
  return answer(task, 'the sync failed and is tried again', words, rest);
}

/**
 * @param answered whether a run that began after the request has ended; else the project was stopped before
 */
export function endedReply({ task }: WaitingView, askedAt: Date, answered: boolean): Reply {
  if (!answered) return stoppedReply(task);
  if (task.needsAttention) return failedReply(task, task.needsAttention.failure);
  const { lastSync } = task;
  const took = lastSync ? ` in ${duration(lastSync.at.getTime() - lastSync.startedAt.getTime())}` : '';
  const what = lastSync ? changesInWords(lastSync.counts) : 'nothing changed';
  const words: Text = [
    text(`✓ in sync. The ${lastSync?.mode ?? 'comprehensive'} sync ended`),
    ...(lastSync ? [text(' at '), timeOfDay(lastSync.at)] : []),
    text(`${took}: ${what}.`),
  ];
  const asked = note(
    text('Asked for: '),
    dateAndTime(askedAt),
    ...(beganBefore(task, askedAt) ? alreadyRunning : []),
  );
  return answer(task, `in sync, ${what}`, words, [
    asked,
    buttons(tasksOf(task), details(task), logsOf(task)),
  ]);
}

/** A run that was under way when somebody asked may have read a record before it was last changed. */
function beganBefore(task: SyncTask, askedAt: Date): boolean {
  return task.lastSync !== undefined && task.lastSync.startedAt.getTime() < askedAt.getTime();
}

const alreadyRunning: Text = [
  text(
    '. This sync was already under way then: what was changed after it began may not be in it; sync again for that.',
  ),
];

function failedReply(task: SyncTask, failure: Failure): Reply {
  const again: Action = { label: 'Sync now', command: `sync ${selector(task)} --now`, style: 'primary' };
  const words: Text = [text('⚠ '), strong('Needs attention. '), ...failureWords(failure)];
  const rest = [note(...failureNote(failure)), buttons(again, details(task), logsOf(task))];
  return answer(task, 'the sync failed, needs attention', words, rest);
}

function stoppedReply(task: SyncTask): Reply {
  const by = task.link.changed ? ` by ${task.link.changed.by.name}` : '';
  const words: Text = [text(`the sync was stopped: the project was ${task.link.state}${by}.`)];
  return answer(task, `the project was ${task.link.state}`, words, [buttons(details(task))]);
}
