/**
 * Keeps the standing pages of those who look at them up to date. Who looks is kept in the database, so that any
 * bot process can publish a page, and each is published by one of them.
 */
import type { ChatDelivery, ChatRequest } from '../ports/chat.ts';
import type { Home, HomeStore } from '../ports/homes.ts';
import type { Ids } from '../ports/ids.ts';
import { createAlarm } from './alarm.ts';
import { type DispatchDeps, dispatch } from './commands/dispatch.ts';
import { keepDraining } from './keep-draining.ts';

export type HomeRefresherDeps = DispatchDeps & {
  readonly homes: HomeStore;
  readonly delivery: Pick<ChatDelivery, 'send'>;
  readonly ids: Pick<Ids, 'next'>;
};

export type HomeRefresherOptions = {
  /** How often it is looked whether a page is due. */
  readonly pollMs: number;
  /** How old a page may be while somebody looks at it. */
  readonly everyMs: number;
  /** For how long somebody who did something on their page is taken to look at it. */
  readonly lookedWithinMs: number;
  readonly shutdown: AbortSignal;
};

export type HomeRefresher = {
  /** Somebody did something on their page, or opened it: what it shows is published anew at once. */
  used(request: Pick<ChatRequest, 'person' | 'handle' | 'text'>): void;
  readonly ended: Promise<void>;
};

export function startHomeRefresher(deps: HomeRefresherDeps, options: HomeRefresherOptions): HomeRefresher {
  const { pollMs, shutdown } = options;
  const alarm = createAlarm(deps.clock, shutdown);
  const ended = keepDraining(deps.logger, {
    next: () => publishNext(deps, options),
    complaint: 'standing pages cannot be kept up to date',
    alarm,
    pollMs,
    shutdown,
  });

  async function noteUse({ person, handle, text }: Parameters<HomeRefresher['used']>[0]): Promise<void> {
    // The command for the page has published it already.
    const dueInMs = /^\s*home\b/iu.test(text) ? options.everyMs : 0;
    try {
      await deps.homes.looked({ person, handle }, dueInMs);
      alarm.ring();
    } catch (error) {
      deps.logger.warn({ err: error }, 'it could not be kept who looks at their standing page');
    }
  }

  return { used: (request) => void noteUse(request), ended };
}

async function publishNext(deps: HomeRefresherDeps, options: HomeRefresherOptions): Promise<boolean> {
  const due = await deps.homes.takeDue(options.lookedWithinMs, options.everyMs);
  if (!due) return false;
  const { handle, reply } = await dispatch(deps, requestOf(due, deps.ids.next()));
  const delivered = reply ? await deps.delivery.send(handle, reply) : undefined;
  if (delivered && delivered.result !== 'sent') {
    deps.logger.warn({ reason: delivered.reason }, 'a standing page could not be published');
  }
  return true;
}

/** As if they had asked for it: by the role that they have now. */
function requestOf({ person, handle }: Home, id: string): ChatRequest {
  return { id, person, handle, text: 'home', place: { kind: 'home' } };
}
