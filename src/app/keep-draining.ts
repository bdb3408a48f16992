import type { Logger } from '../ports/logger.ts';
import type { Alarm } from './alarm.ts';

export type Draining = {
  /** Does one thing that is due; false where nothing is. */
  readonly next: () => Promise<boolean>;
  /** Said once for each time that it begins to fail. */
  readonly complaint: string;
  readonly alarm: Pick<Alarm, 'wait'>;
  readonly pollMs: number;
  /** In the place of `pollMs` after a look at which nothing was due. */
  readonly restMs?: number;
  readonly shutdown: AbortSignal;
};

/** Does what is due until nothing is, then rests. Goes on until the signal, also while the database is away. */
export async function keepDraining(
  logger: Pick<Logger, 'warn'>,
  { next, complaint, alarm, pollMs, restMs = pollMs, shutdown }: Draining,
): Promise<void> {
  let away = false;
  while (!shutdown.aborted) {
    let waitMs = restMs;
    try {
      while (!shutdown.aborted && (await next())) waitMs = pollMs;
      away = false;
    } catch (error) {
      if (!away) logger.warn({ err: error }, complaint);
      away = true;
      waitMs = pollMs;
    }
    await alarm.wait(waitMs);
  }
}
