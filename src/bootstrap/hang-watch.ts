import type { Clock } from '../ports/clock.ts';

export type HangWatch = {
  /** The thread shows that it is alive. */
  beat(): void;
  end(): void;
};

/** A thread that is being loaded shows nothing yet, in milliseconds. */
const bootWithinMs = 30_000;
/** Beats may wait in this thread's own line behind the timer that looks for them, in milliseconds. */
const graceMs = 500;

/** Calls `onHung` once when no beat came for so long. */
export function startHangWatch(clock: Clock, hungAfterMs: number, onHung: () => void): HangWatch {
  const ended = new AbortController();
  let hungAt = clock.monotonicMs() + Math.max(hungAfterMs, bootWithinMs);

  async function watch(): Promise<void> {
    for (;;) {
      const leftMs = hungAt - clock.monotonicMs();
      if (leftMs <= 0) {
        const suspectedAt = hungAt;
        await clock.sleep(graceMs, ended.signal);
        if (hungAt === suspectedAt) return onHung();
      } else {
        // The first beat moves the end of the patience nearer.
        await clock.sleep(Math.min(leftMs, hungAfterMs), ended.signal);
      }
    }
  }
  // What rejects is the sleep, when it has ended.
  void watch().catch(() => {});
  return {
    beat() {
      hungAt = clock.monotonicMs() + hungAfterMs;
    },
    end: () => ended.abort(),
  };
}
