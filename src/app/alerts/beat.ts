import type { Clock } from '../../ports/clock.ts';
import { awayAfterMs, beatEveryMs, type Liveness, type LivenessKind } from '../../ports/liveness.ts';
import type { Logger } from '../../ports/logger.ts';

export type BeatDeps = {
  readonly liveness: Pick<Liveness, 'beat'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Shows until the shutdown that this process or thread is alive; goes on when the database is back. */
export async function keepBeating(
  { liveness, clock, logger }: BeatDeps,
  kind: LivenessKind,
  id: string,
  shutdown: AbortSignal,
): Promise<void> {
  let failing = false;
  while (!shutdown.aborted) {
    try {
      await liveness.beat(kind, id, awayAfterMs);
      failing = false;
    } catch (error) {
      if (!failing && !shutdown.aborted) logger.warn({ err: error }, 'a beat could not be stored');
      failing = true;
    }
    await clock.sleep(beatEveryMs[kind], shutdown).catch(() => {});
  }
}
