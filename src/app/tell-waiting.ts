/**
 * Tells people how the runs they asked for go (sync.md, section 6). Who waits is stored with the trigger, so
 * any bot process can go on where another one died: each stage is told once, then recorded.
 */
import { modeOf, type SyncTask, syncStatus } from '../domain/sync-task.ts';
import type { ChatDelivery } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import { type Gate, type GateState, isShut } from '../ports/gate.ts';
import type { Interaction, InteractionStore, Stage } from '../ports/interactions.ts';
import type { Logger } from '../ports/logger.ts';
import type { Planner } from '../ports/planner.ts';
import type { Reply } from '../ports/reply.ts';
import type { SyncTaskStore } from '../ports/sync-task-store.ts';
import { createAlarm } from './alarm.ts';
import { countWaiting } from './commands/frozen-records.ts';
import { keepDraining } from './keep-draining.ts';
import {
  acceptedReply,
  endedReply,
  gateShutReply,
  givenUpReply,
  retryingReply,
  startedReply,
  takenUpAgainReply,
  type WaitingView,
} from './replies/sync-answer.ts';

export type TellWaitingDeps = {
  readonly tasks: Pick<SyncTaskStore, 'get' | 'placeInLine'>;
  readonly planner: Pick<Planner, 'counts' | 'frozen'>;
  readonly gate: Pick<Gate, 'read'>;
  readonly interactions: InteractionStore;
  readonly delivery: Pick<ChatDelivery, 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type TellWaitingOptions = {
  readonly owner: string;
  readonly pollMs: number;
  /** Requests a second that the integration allows itself: by them a cost is told in time. */
  readonly requestsPerSecond: number;
  readonly shutdown: AbortSignal;
};

/** For how long one process keeps an interaction to itself while it sends. */
const tellingLeaseMs = 20_000;
/** Who begins to wait in this process rings; others are looked for so often, in milliseconds. */
const restMs = 3_000;
/** After a delivery that failed and said nothing of when to try again. */
const retryAfterMs = 10_000;
/** Nobody waits longer: they are told where to look instead. */
const givenUpAfterMs = 24 * 3_600_000;

export type WaitingTeller = {
  /** Looks at once instead of at the next poll. */
  nudge(): void;
  readonly ended: Promise<void>;
};

export function startTellingWaiting(deps: TellWaitingDeps, options: TellWaitingOptions): WaitingTeller {
  const { pollMs, shutdown } = options;
  const alarm = createAlarm(deps.clock, shutdown);
  const ended = keepDraining(deps.logger, {
    next: () => tellNext(deps, options),
    complaint: 'cannot tell the waiting',
    alarm,
    pollMs,
    restMs: Math.max(pollMs, restMs),
    shutdown,
  });
  return { nudge: () => alarm.ring(), ended };
}

async function tellNext(deps: TellWaitingDeps, options: TellWaitingOptions): Promise<boolean> {
  const { owner, pollMs } = options;
  const waiting = await deps.interactions.take(owner, tellingLeaseMs);
  if (!waiting) return false;
  const seen = await deps.tasks.get(waiting.taskId);
  if (!seen) {
    await deps.interactions.close(waiting.id, owner);
    return true;
  }
  const gate = await deps.gate.read();
  const stage = stageOf({ ...seen, gate }, waiting);
  if (stage === waiting.told) {
    await deps.interactions.release(waiting.id, owner, pollMs);
    return true;
  }
  await tell(deps, owner, waiting, stage, await viewOf(deps, options, { ...seen, gate }));
  return true;
}

async function tell(
  deps: TellWaitingDeps,
  owner: string,
  waiting: Interaction,
  stage: Told,
  view: WaitingView,
): Promise<void> {
  const delivered = await deps.delivery.send(waiting.handle, replyAt(stage, view, waiting));
  if (delivered.result === 'failed' && stage !== 'given up') {
    deps.logger.warn({ reason: delivered.reason }, 'waiting person could not be told yet');
    return await deps.interactions.release(waiting.id, owner, delivered.retryAfterMs ?? retryAfterMs);
  }
  if (delivered.result === 'sent' && stage !== 'ended' && stage !== 'given up') {
    return await deps.interactions.told(waiting.id, owner, stage, delivered.handle);
  }
  if (delivered.result !== 'sent') {
    deps.logger.warn({ reason: delivered.reason }, 'waiting person cannot be reached');
  }
  await deps.interactions.close(waiting.id, owner);
}

/** Each is told once, in this order; the last two end the waiting. */
type Told = Stage | 'ended' | 'given up';

const order: readonly Told[] = [
  'nothing',
  'accepted',
  'gate shut',
  'started',
  'taken up again',
  'retrying',
  'gate shut meanwhile',
  'ended',
  'given up',
];

const isPast = (stage: Told, other: Told): boolean => order.indexOf(stage) > order.indexOf(other);

type SeenWithGate = { readonly task: SyncTask; readonly now: Date; readonly gate: GateState };

/** What the person should know by now; never a step back, so that a message is not edited to and fro. */
function stageOf({ task, now, gate }: SeenWithGate, waiting: Interaction): Told {
  const stage = isShut(gate) ? stageWhileShut(task, waiting, now) : stageNow(task, waiting, now);
  return isPast(stage, waiting.told) ? stage : waiting.told;
}

/** Nothing begins, and what runs is given back at its next step: what is over by then is told as ever. */
function stageWhileShut(task: SyncTask, waiting: Interaction, now: Date): Told {
  const stage = stageNow(task, waiting, now);
  if (stage === 'ended' || stage === 'given up' || syncStatus(task, now).word === 'Syncing') return stage;
  return isPast(waiting.told, 'gate shut') ? 'gate shut meanwhile' : 'gate shut';
}

function stageNow(task: SyncTask, waiting: Interaction, now: Date): Told {
  if (task.done >= waiting.ticket) return 'ended';
  if (now.getTime() - waiting.createdAt.getTime() > givenUpAfterMs) return 'given up';
  const status = syncStatus(task, now);
  const { word } = status;
  if (task.link.state !== 'active' && word === 'Idle') return 'ended';
  const mine = (task.claimed?.want ?? 0) >= waiting.ticket;
  const abandoned = status.word === 'In Queue' && status.takenUpAgain;
  if (mine && (abandoned || (word === 'Syncing' && task.lost > 0))) return 'taken up again';
  if (mine && word === 'Syncing') return 'started';
  if (task.failure && task.failure.at.getTime() >= waiting.createdAt.getTime()) return 'retrying';
  return 'accepted';
}

function replyAt(stage: Told, view: WaitingView, waiting: Interaction): Reply {
  switch (stage) {
    case 'nothing':
    case 'accepted':
      return acceptedReply(view);
    case 'gate shut':
    case 'gate shut meanwhile':
      return gateShutReply(view);
    case 'started':
      return startedReply(view);
    case 'taken up again':
      return takenUpAgainReply(view);
    case 'retrying':
      return retryingReply(view);
    case 'given up':
      return givenUpReply(view, waiting.createdAt);
    case 'ended':
      return endedReply(view, waiting.createdAt, view.task.done >= waiting.ticket);
  }
}

async function viewOf(
  deps: TellWaitingDeps,
  { requestsPerSecond }: TellWaitingOptions,
  seen: SeenWithGate,
): Promise<WaitingView> {
  const { task, now } = seen;
  const tickets = readsAll(task) ? (await deps.planner.counts(task.projectId)).task : undefined;
  const inLine = task.kind === 'project' && syncStatus(task, now).word === 'In Queue';
  return {
    ...seen,
    ...(inLine ? { place: await deps.tasks.placeInLine(task, now) } : {}),
    ...(tickets === undefined ? {} : { cost: { tickets, requestsPerSecond } }),
    waiting: await countWaiting(deps, task),
  };
}

function readsAll({ kind, kinds, claimed }: SyncTask): boolean {
  return kind === 'project' && modeOf([...kinds, ...(claimed?.kinds ?? [])]) === 'comprehensive';
}
