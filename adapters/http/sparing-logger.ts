/** For what strangers can make happen as often as they like: the log must not fill with it. */
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';

/** Milliseconds between two warnings with the same words; those in between go to debug. */
const againAfterMs = 60_000;

export function sparingly(logger: Logger, clock: Pick<Clock, 'monotonicMs'>): Logger {
  const saidAtMs = new Map<string, number>();
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn(fields, message) {
      const nowMs = clock.monotonicMs();
      const again = nowMs - (saidAtMs.get(message) ?? Number.NEGATIVE_INFINITY) < againAfterMs;
      if (again) return logger.debug(fields, message);
      saidAtMs.set(message, nowMs);
      logger.warn(fields, message);
    },
    error: (fields, message) => logger.error(fields, message),
  };
}
