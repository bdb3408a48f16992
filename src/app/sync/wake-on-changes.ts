/** The stream of changes to the queue, which wakes a worker before its next poll. */
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';

export type WakeDeps = {
  readonly tasks: Pick<SyncTaskStore, 'watch'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

type ChangeStream = {
  /** Whether a change would be seen by it. */
  isOpen(): boolean;
  readonly ended: Promise<void>;
};

/** Changes in quick succession ring once in so many milliseconds. */
const ringEveryMs = 50;

/** Keeps the stream of changes open, opening it anew where it ended, until the signal. */
export function wakeOnChanges(
  { tasks, clock, logger }: WakeDeps,
  { pollMs, shutdown }: { readonly pollMs: number; readonly shutdown: AbortSignal },
  ring: () => void,
): ChangeStream {
  let openedAt: number | undefined;
  let wokenAt = Number.NEGATIVE_INFINITY;
  let wakesLater = false;

  function wake(): void {
    wokenAt = clock.monotonicMs();
    wakesLater = false;
    ring();
  }
  function onChange(): void {
    const quietMs = wokenAt + ringEveryMs - clock.monotonicMs();
    if (quietMs <= 0) wake();
    else if (!wakesLater) wakeLater(quietMs);
  }
  function wakeLater(quietMs: number): void {
    wakesLater = true;
    void clock.sleep(quietMs, shutdown).then(wake, () => {});
  }

  let told = false;
  function onOpen(open: boolean): void {
    openedAt = open ? clock.monotonicMs() : undefined;
    if (open || told) return;
    logger.warn({}, 'the stream of changes broke: polling until it holds again');
    told = true;
  }

  async function keepOpen(): Promise<void> {
    while (!shutdown.aborted) {
      try {
        await tasks.watch(onChange, shutdown, onOpen);
      } catch (error) {
        if (!told && !shutdown.aborted) logger.warn({ err: error }, 'no stream of changes: polling only');
        told = true;
      }
      openedAt = undefined;
      await clock.sleep(pollMs, shutdown).catch(() => {});
    }
  }
  return {
    // Changes made while it was being opened were not shown by it: trusted only some polls later.
    isOpen: () => openedAt !== undefined && clock.monotonicMs() - openedAt >= 2 * pollMs,
    ended: keepOpen(),
  };
}
