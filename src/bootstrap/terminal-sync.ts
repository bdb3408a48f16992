/**
 * Waits in a terminal for a run that was asked for there. Who waits is kept in this process, not with the trigger:
 * no bot should answer for a terminal, and nothing is left behind when it is closed.
 */
import type { CommandDeps } from '../app/commands/command.ts';
import { paragraph, strong, text } from '../app/replies/parts.ts';
import { shownName, statusWords } from '../app/replies/project-words.ts';
import { startTellingWaiting, type TellWaitingDeps } from '../app/tell-waiting.ts';
import { type SyncTask, syncStatus } from '../domain/sync-task.ts';
import type { Clock } from '../ports/clock.ts';
import type { Interaction, InteractionStore, NewInteraction } from '../ports/interactions.ts';
import type { Reply } from '../ports/reply.ts';

type Seen = { readonly task: SyncTask; readonly now: Date };

export type Waiting = {
  /** In the place of the stores' own: what is waited for is kept here. */
  readonly tasks: CommandDeps['tasks'];
  readonly interactions: Pick<InteractionStore, 'follow'>;
  /** What was asked for last, as it was then; undefined where nothing is waited for. */
  asked(): Seen | undefined;
  /** Resolves with the answer when it is over. Rejects with the signal's reason; a store that is away is waited for. */
  ended(signal: AbortSignal): Promise<WaitEnded>;
};

export type WaitEnded = {
  readonly reply: Reply;
  /** The run that was waited for ended well, with nothing left that a person must do. */
  readonly succeeded: boolean;
};

export type WaitingDeps = Omit<TellWaitingDeps, 'tasks' | 'interactions' | 'delivery'> & {
  readonly tasks: CommandDeps['tasks'];
  readonly clock: Clock;
  /** Told of each stage, and now and then while it runs. */
  readonly onProgress: (reply: Reply) => void;
  readonly requestsPerSecond: number;
};

const pollMs = 500;
const owner = 'terminal';

export function waitInTerminal(deps: WaitingDeps): Waiting {
  let waiting: Interaction | undefined;
  let asked: Seen | undefined;
  let seen: Seen | undefined;

  function wait(interaction: NewInteraction, run: Seen & { readonly ticket: number }): void {
    const { task, now, ticket } = run;
    asked = { task, now };
    waiting = { ...interaction, id: owner, taskId: task.id, ticket, told: 'nothing', createdAt: now };
  }

  async function trigger(...[id, wanted, interaction]: Parameters<CommandDeps['tasks']['trigger']>) {
    const triggered = await deps.tasks.trigger(id, wanted);
    if (interaction && triggered.result === 'accepted') wait(interaction, triggered);
    return triggered;
  }

  async function enable(...[id, by, interaction]: Parameters<CommandDeps['tasks']['enable']>) {
    const enabled = await deps.tasks.enable(id, by);
    if (interaction && enabled?.changed) await follow(interaction, { taskId: id, ticket: enabled.task.want });
    return enabled;
  }

  async function follow(interaction: NewInteraction, { taskId, ticket }: { taskId: string; ticket: number }) {
    const run = await deps.tasks.get(taskId);
    if (run) wait(interaction, { ...run, ticket });
  }

  async function look(taskId: string) {
    const before = seen;
    seen = await deps.tasks.get(taskId);
    if (before && seen && hasMoved(before, seen)) deps.onProgress(progressReply(seen));
    return seen;
  }

  async function ended(signal: AbortSignal): Promise<WaitEnded> {
    const over = new AbortController();
    const result = Promise.withResolvers<WaitEnded>();
    let last: Reply | undefined;
    const interactions: InteractionStore = {
      follow,
      take: async () => waiting && { ...waiting, now: seen?.now ?? waiting.createdAt },
      async told(_id, _owner, told, handle) {
        if (waiting) waiting = { ...waiting, told, handle };
        if (last) deps.onProgress(last);
      },
      release: (_id, _owner, afterMs) => deps.clock.sleep(afterMs, over.signal).catch(() => {}),
      async close() {
        const { ticket = Number.POSITIVE_INFINITY } = waiting ?? {};
        waiting = undefined;
        const succeeded = seen !== undefined && seen.task.done >= ticket && !seen.task.needsAttention;
        result.resolve({ reply: last ?? goneReply, succeeded });
      },
    };
    const delivery: TellWaitingDeps['delivery'] = {
      async send(handle, reply) {
        last = reply;
        return { result: 'sent', handle };
      },
    };
    const tasks = { get: look, placeInLine: deps.tasks.placeInLine };
    signal.addEventListener('abort', () => result.reject(signal.reason), { once: true });
    const teller = startTellingWaiting(
      { ...deps, tasks, interactions, delivery },
      { owner, pollMs, requestsPerSecond: deps.requestsPerSecond, shutdown: over.signal },
    );
    try {
      return await result.promise;
    } finally {
      over.abort();
      await teller.ended;
    }
  }

  return {
    tasks: { ...deps.tasks, trigger, enable },
    interactions: { follow },
    asked: () => asked,
    ended,
  };
}

const goneReply: Reply = {
  summary: 'The project is no longer known, so its sync cannot be followed.',
  blocks: [paragraph(text('The project is no longer known, so its sync cannot be followed.'))],
};

/** A new phase; the numbers in it change all the time. */
function hasMoved(before: Seen, { task, now }: Seen): boolean {
  if (syncStatus(task, now).word !== 'Syncing' || !task.progress) return false;
  return task.progress.phase !== before.task.progress?.phase;
}

/** How it stands, in one line. */
export function progressReply({ task, now }: Seen): Reply {
  const words = [strong(shownName(task)), text(': '), ...statusWords(task, now)];
  return { summary: `${shownName(task)}: ${syncStatus(task, now).word}`, blocks: [paragraph(...words)] };
}
