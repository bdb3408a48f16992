import type { ChatDelivery, ChatInbox } from '../ports/chat.ts';
import type { SeenStore } from '../ports/people.ts';
import { type DispatchDeps, dispatch } from './commands/dispatch.ts';

export type ChatInboxDeps = DispatchDeps & {
  readonly seen: SeenStore;
  readonly delivery: ChatDelivery;
  /** Told when somebody may wait for a run. */
  readonly onFollowed: () => void;
};

/** Handles what an adapter has acknowledged: once, and with an answer whatever happens. */
export function chatInbox(deps: ChatInboxDeps): ChatInbox {
  return async (request) => {
    if (!(await isNew(deps, request.id))) return;
    const reply = await dispatch(deps, request);
    if (!reply) return deps.onFollowed();
    const sent = await deps.delivery.send(request.handle, reply).catch((error: unknown) => {
      deps.logger.warn({ err: error }, 'answer could not be sent');
      return undefined;
    });
    if (sent && sent.result !== 'sent') deps.logger.warn({ reason: sent.reason }, 'answer could not be sent');
  };
}

/** Without the database nobody can tell: then it is handled, so that the person is told what is wrong. */
async function isNew(deps: ChatInboxDeps, id: string): Promise<boolean> {
  try {
    return await deps.seen.first(id);
  } catch {
    return true;
  }
}
