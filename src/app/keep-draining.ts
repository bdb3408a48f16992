import type { Logger } from '../ports/logger.ts';
import type { Alarm } from './alarm.ts';

export type Draining = {
  /** Does one thing that is due; false where nothing is. */
  readonly next: () => Promise<boolean>;
  /** Said once for each time that it begins to fail. */
  readonly complaint: string;
  readonly alarm: Pick<Alarm, 'wait'>;
  readonly pollMs: number;
  readonly shutdown: AbortSignal;
};

/** Does what is due until nothing is, then rests. Goes on until the signal, also while the database is away. */
export async function keepDraining(
  logger: Pick<Logger, 'warn'>,
  { next, complaint, alarm, pollMs, shutdown }: Draining,
): Promise<void> {
  let away = false;
  while (!shutdown.aborted) {
    try {
      while (!shutdown.aborted && (await next())) {
        // Until nothing is due.
      }
      away = false;
    } catch (error) {
      if (!away) logger.warn({ err: error }, complaint);
      away = true;
    }
    await alarm.wait(pollMs);
  }
}
