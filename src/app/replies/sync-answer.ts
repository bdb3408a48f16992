/** The answer to someone who waits for a run: told from stage to stage, in place of the last one where the platform can. */
import type { Failure } from '../../domain/failure.ts';
import { changesInWords, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import type { GateState } from '../../ports/gate.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import { gateBlocks, gateSummary } from './gate-words.ts';
import { buttons, count, dateAndTime, duration, note, paragraph, strong, text, timeOfDay } from './parts.ts';
import {
  deletionActions,
  failureNote,
  failureWords,
  lookActions,
  selector,
  shownName,
  statusWords,
  syncCommand,
} from './project-words.ts';

export type WaitingView = {
  readonly task: SyncTask;
  readonly now: Date;
  readonly gate: GateState;
  readonly place?: number;
  /** Where a comprehensive sync is about to read everything: the tickets in the plan, and the pace. */
  readonly cost?: { readonly tickets: number; readonly requestsPerSecond: number };
  /** Records that are gone from ConnectWise and wait for an answer. */
  readonly waiting?: number;
};

function answer(task: SyncTask, summary: string, words: Text, rest: readonly Block[]): Reply {
  return {
    summary: `${shownName(task)}: ${summary}`,
    blocks: [paragraph(strong(shownName(task)), text(': '), ...words), ...rest],
  };
}

const toldOfIt = note(text('You are told when it starts and when it ends.'));

export function acceptedReply(view: WaitingView): Reply {
  const { task, now, place } = view;
  const { word } = syncStatus(task, now);
  const waits = word === 'Requested' && !task.failure;
  // Pressed or not, what was asked for stays: this only skips the wait.
  const syncNow: Action = { label: 'Sync now', command: `${syncCommand(task)} --now` };
  const rest = [
    ...costBlocks(view),
    ...pauseBlocks(view),
    ...(waits ? [note(text('It was synced a short while ago; there is a pause between two syncs.'))] : []),
    toldOfIt,
    buttons(...(waits ? [syncNow] : []), ...lookActions(task)),
  ];
  return answer(task, word, statusWords(task, now, place), rest);
}

/** What was asked for is kept; it starts when everything may sync again. */
export function gateShutReply({ task, now, gate, place }: WaitingView): Reply {
  const words: Text = [
    ...statusWords(task, now, place),
    text('. Your request is accepted and waits: nothing syncs at present.'),
  ];
  const goesOn = note(text('It goes on by itself after that. You are told when it starts and when it ends.'));
  const why = gateSummary(gate) ?? 'nothing syncs at present';
  return answer(task, `waits, ${why}`, words, [...gateBlocks(gate), goesOn, buttons(...lookActions(task))]);
}

export function startedReply(view: WaitingView): Reply {
  const { task, now } = view;
  const rest = [...costBlocks(view), ...pauseBlocks(view), buttons(...lookActions(task))];
  return answer(task, 'Syncing', statusWords(task, now), rest);
}

/** What reading everything takes, by the last time. */
function costBlocks({ task, cost }: WaitingView): readonly Block[] {
  if (!cost) return [];
  if (task.comprehensiveRequests === undefined) {
    return [
      paragraph(
        text('Everything of the project is read for the first time; what that takes is not known yet.'),
      ),
    ];
  }
  const { tickets, requestsPerSecond } = cost;
  const parts = [
    tickets > 0 ? count(tickets, 'ticket') : '',
    `about ${count(task.comprehensiveRequests, 'request')}`,
    `about ${duration(Math.max(1, task.comprehensiveRequests / requestsPerSecond) * 1_000)}`,
  ].filter((part) => part !== '');
  const words = `A comprehensive sync: ${parts.join(', ')}. It deletes nothing unless ConnectWise did.`;
  return [paragraph(text(words))];
}

/** No wish to begin at once ends a pause that ConnectWise asked for. */
function pauseBlocks({ task, now }: WaitingView): readonly Block[] {
  const { failure } = task;
  if (failure?.code !== 'cw.rate-limited' || failure.retryAfterMs === undefined) return [];
  const until = new Date(failure.at.getTime() + failure.retryAfterMs);
  if (until <= now) return [];
  const words = text('ConnectWise asked for a pause: nothing is asked of it before ');
  return [paragraph(words, timeOfDay(until), text('.'))];
}

export function takenUpAgainReply({ task, now, place }: WaitingView): Reply {
  const words: Text = [
    ...statusWords(task, now, place),
    text('. The process that ran this sync before is gone; it was taken up again, nothing is lost.'),
  ];
  return answer(task, 'taken up again', words, [buttons(...lookActions(task))]);
}

export function givenUpReply({ task, now, gate, place }: WaitingView, askedAt: Date): Reply {
  const words: Text = [
    text('not synced yet, a day after you asked. It stays asked for: '),
    ...statusWords(task, now, place),
    text('. You are not told of it any more; status shows how it stands.'),
  ];
  const asked = note(text('Asked for: '), dateAndTime(askedAt));
  const rest = [...gateBlocks(gate), asked, buttons(...lookActions(task))];
  return answer(task, 'not synced yet', words, rest);
}

export function retryingReply({ task }: WaitingView): Reply {
  const { failure, wakeAt, attempts } = task;
  const words: Text = [
    text(`attempt ${Math.max(1, attempts)} failed. `),
    ...(failure ? failureWords(failure) : []),
    ...(wakeAt ? [text(' Tried again at '), timeOfDay(wakeAt), text('.')] : []),
  ];
  const retry: Action = { label: 'Retry now', command: `${syncCommand(task)} --now` };
  const rest = [...(failure ? [note(...failureNote(failure))] : []), buttons(retry, ...lookActions(task))];
  return answer(task, 'the sync failed and is tried again', words, rest);
}

/**
 * @param answered whether a run that began after the request has ended; else the project was stopped before
 */
export function endedReply(view: WaitingView, askedAt: Date, answered: boolean): Reply {
  const { task } = view;
  if (!answered) return stoppedReply(task);
  if (task.needsAttention) return failedReply(view, task.needsAttention.failure);
  const { lastSync } = task;
  const took = lastSync ? ` in ${duration(lastSync.at.getTime() - lastSync.startedAt.getTime())}` : '';
  const what = lastSync ? changesInWords(lastSync.counts) : 'nothing changed';
  const words: Text = [
    text(`✓ ${endOf(task)}`),
    ...(lastSync ? [text(' at '), timeOfDay(lastSync.at)] : []),
    text(`${took}: ${what}.`),
  ];
  const asked = note(
    text('Asked for: '),
    dateAndTime(askedAt),
    ...(beganBefore(task, askedAt) ? alreadyRunning : []),
  );
  const tasks = task.kind === 'project' ? [{ label: 'Tasks', command: `tasks ${selector(task)}` }] : [];
  return answer(task, `in sync, ${what}`, words, [asked, buttons(...tasks, ...lookActions(task))]);
}

function endOf({ kind, lastSync }: SyncTask): string {
  return kind === 'project'
    ? `in sync. The ${lastSync?.mode ?? 'comprehensive'} sync ended`
    : 'in sync. ConnectWise’s set-up tables were read';
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

function failedReply({ task, waiting = 0 }: WaitingView, failure: Failure): Reply {
  const again: Action = { label: 'Sync now', command: `${syncCommand(task)} --now`, style: 'primary' };
  // A run may have done its work and still leave a question, or a kind that it may not read.
  const done = task.failure ? undefined : task.lastSync;
  const words: Text = [
    ...(done ? [text(`the sync ended: ${changesInWords(done.counts)}. `)] : []),
    text('⚠ '),
    strong('Needs attention. '),
    ...failureWords(failure),
  ];
  const answers = deletionActions(task, waiting);
  const actions = buttons(...(answers.length > 0 ? answers : [again]), ...lookActions(task));
  const summary = done ? 'synced, but needs attention' : 'the sync failed, needs attention';
  return answer(task, summary, words, [note(...failureNote(failure)), actions]);
}

function stoppedReply(task: SyncTask): Reply {
  const by = task.link.changed ? ` by ${task.link.changed.by.name}` : '';
  const words: Text = [text(`the sync was stopped: the project was ${task.link.state}${by}.`)];
  return answer(task, `the project was ${task.link.state}`, words, [buttons(...lookActions(task))]);
}
