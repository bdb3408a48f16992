import type { Clock } from '../ports/clock.ts';

export type Alarm = {
  /** Ends the wait under way, or else the next one before it begins. */
  ring(): void;
  /** Resolves after so many milliseconds, when it rings, or with the signal. */
  wait(ms: number): Promise<void>;
};

/** A sleep that can be cut short; a ring that nobody waits for is not lost. */
export function createAlarm(clock: Clock, signal: AbortSignal): Alarm {
  let rung = false;
  let wakeUp: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wakeUp?.();
    },
    async wait(ms) {
      if (!rung) {
        const woken = new AbortController();
        wakeUp = () => woken.abort();
        await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => {});
        wakeUp = undefined;
      }
      rung = false;
    },
  };
}
