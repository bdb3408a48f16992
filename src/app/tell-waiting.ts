/**
 * Tells people how the runs they asked for go (sync.md, section 6). Who waits is stored with the trigger, so
 * any bot process can go on where another one died: each stage is told once, then recorded.
 */
import { type SyncTask, syncStatus } from '../domain/sync-task.ts';
import type { ChatDelivery } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Interaction, InteractionStore, Stage } from '../ports/interactions.ts';
import type { Logger } from '../ports/logger.ts';
import type { Reply } from '../ports/reply.ts';
import type { SyncTaskStore } from '../ports/sync-task-store.ts';
import {
  acceptedReply,
  endedReply,
  givenUpReply,
  retryingReply,
  startedReply,
  takenUpAgainReply,
  type WaitingView,
} from './replies/sync-answer.ts';

export type TellWaitingDeps = {
  readonly tasks: Pick<SyncTaskStore, 'get' | 'placeInLine'>;
  readonly interactions: InteractionStore;
  readonly delivery: ChatDelivery;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type TellWaitingOptions = {
  readonly owner: string;
  readonly pollMs: number;
  readonly shutdown: AbortSignal;
};

/** For how long one process keeps an interaction to itself while it sends. */
const tellingLeaseMs = 20_000;
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
  let wake = new AbortController();
  let storeAway = false;

  async function loop(): Promise<void> {
    while (!options.shutdown.aborted) {
      const woken = AbortSignal.any([options.shutdown, wake.signal]);
      try {
        while (!options.shutdown.aborted && (await tellNext(deps, options))) {
          // Until nobody is due.
        }
        storeAway = false;
      } catch (error) {
        if (!storeAway) deps.logger.warn({ err: error }, 'cannot tell the waiting');
        storeAway = true;
      }
      await deps.clock.sleep(options.pollMs, woken).catch(() => {});
      if (wake.signal.aborted) wake = new AbortController();
    }
  }

  return { nudge: () => wake.abort(), ended: loop() };
}

async function tellNext(deps: TellWaitingDeps, { owner, pollMs }: TellWaitingOptions): Promise<boolean> {
  const waiting = await deps.interactions.take(owner, tellingLeaseMs);
  if (!waiting) return false;
  const seen = await deps.tasks.get(waiting.taskId);
  if (!seen) {
    await deps.interactions.close(waiting.id, owner);
    return true;
  }
  const stage = stageOf(seen.task, waiting, seen.now);
  if (stage === waiting.told) {
    await deps.interactions.release(waiting.id, owner, pollMs);
    return true;
  }
  await tell(deps, owner, waiting, stage, await viewOf(deps, seen));
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
  'started',
  'taken up again',
  'retrying',
  'ended',
  'given up',
];

/** What the person should know by now; never a step back, so that a message is not edited to and fro. */
function stageOf(task: SyncTask, waiting: Interaction, now: Date): Told {
  const stage = stageNow(task, waiting, now);
  return order.indexOf(stage) > order.indexOf(waiting.told) ? stage : waiting.told;
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

async function viewOf(deps: TellWaitingDeps, seen: { task: SyncTask; now: Date }): Promise<WaitingView> {
  if (syncStatus(seen.task, seen.now).word !== 'In Queue') return seen;
  return { ...seen, place: await deps.tasks.placeInLine(seen.task, seen.now) };
}
