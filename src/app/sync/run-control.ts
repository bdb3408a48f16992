/**
 * Keeps the lease of one run and tells the run when to let go (sync.md, section 2).
 *
 * A run may stop being allowed to write at any moment: its worker stalled past the lease, the database was
 * away, a person disabled the project, the process shuts down. Losing the lease aborts every request at once;
 * the other two wait for the next checkpoint, where nothing is half done.
 */
import type { Progress } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Lease, SyncTaskStore } from '../../ports/sync-task-store.ts';

export type StopReason =
  /** Somebody else holds the task, or nobody: nothing may be written any more. */
  | 'lease-lost'
  /** The database has not confirmed the lease for so long that it may have run out. */
  | 'unconfirmed'
  /** Disabled, archived or disconnected. */
  | 'not-active'
  | 'shutdown';

export class RunStopped extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(`run stopped: ${reason}`);
    this.name = 'RunStopped';
    this.reason = reason;
  }
}

export type RunControl = {
  /** Aborted when nothing may be written any more; belongs into every request and wait of the run. */
  readonly signal: AbortSignal;
  /** Between two pages: reports progress, and throws `RunStopped` where the run must let go. */
  checkpoint(progress: Progress): Promise<void>;
  /** Ends the heartbeat. */
  end(): void;
};

export type RunControlOptions = {
  readonly tasks: Pick<SyncTaskStore, 'heartbeat'>;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
  readonly shutdown: AbortSignal;
};

/** Of the lease: how often it is renewed, and how long it may go unconfirmed. */
const heartbeatShare = 1 / 4;
const unconfirmedShare = 2 / 3;
/** How long after the shutdown a run may take to its next checkpoint, in milliseconds. */
const shutdownGraceMs = 3_000;
/** Progress is written at most this often, in milliseconds. */
const progressEveryMs = 1_000;

export function startRunControl(options: RunControlOptions): RunControl {
  const { tasks, lease, clock, logger, leaseMs, shutdown } = options;
  const lost = new AbortController();
  const ended = new AbortController();
  let confirmedAt = clock.monotonicMs();

  /** Renews the lease; the confirmation counts from before the request, when the server cannot yet have seen it. */
  async function renew(progress?: Progress): Promise<void> {
    const askedAt = clock.monotonicMs();
    const renewed = await tasks.heartbeat(lease, progress);
    if (!renewed) throw letGo('lease-lost');
    confirmedAt = askedAt;
    if (renewed.linkState !== 'active') notActive = true;
  }
  let notActive = false;

  function letGo(reason: StopReason): RunStopped {
    const stopped = new RunStopped(reason);
    lost.abort(stopped);
    return stopped;
  }

  async function beat(): Promise<void> {
    try {
      await clock.sleep(leaseMs * heartbeatShare, ended.signal);
      while (!ended.signal.aborted && !lost.signal.aborted) {
        await renew().catch((error: unknown) => {
          if (!lost.signal.aborted) logger.warn({ err: error, taskId: lease.taskId }, 'heartbeat failed');
        });
        await clock.sleep(leaseMs * heartbeatShare, ended.signal);
      }
    } catch {
      // Ended: the only thing that rejects here is the sleep.
    }
  }

  /** Beside the heartbeat, since a heartbeat can hang for as long as the database does. */
  async function watch(): Promise<void> {
    try {
      while (!lost.signal.aborted) {
        const left = confirmedAt + leaseMs * unconfirmedShare - clock.monotonicMs();
        if (left <= 0) return void letGo('unconfirmed');
        await clock.sleep(left, ended.signal);
      }
    } catch {
      // Ended.
    }
  }

  /** A run that sits in a pause or a long request reaches no checkpoint: it is cut short, to be handed back. */
  async function cutShort(): Promise<void> {
    try {
      await clock.sleep(shutdownGraceMs, ended.signal);
      letGo('shutdown');
    } catch {
      // Ended in time.
    }
  }
  const onShutdown = () => void cutShort();
  if (shutdown.aborted) onShutdown();
  else shutdown.addEventListener('abort', onShutdown, { once: true });

  let reportedAt = Number.NEGATIVE_INFINITY;
  async function checkpoint(progress: Progress): Promise<void> {
    lost.signal.throwIfAborted();
    if (shutdown.aborted) throw new RunStopped('shutdown');
    if (clock.monotonicMs() - reportedAt >= progressEveryMs) {
      reportedAt = clock.monotonicMs();
      await renew(progress);
    }
    if (notActive) throw new RunStopped('not-active');
  }

  void beat();
  void watch();
  return {
    signal: lost.signal,
    checkpoint,
    // A heartbeat that hangs is not waited for: whatever it still writes carries a fence that no longer matches.
    end() {
      shutdown.removeEventListener('abort', onShutdown);
      ended.abort();
    },
  };
}
