/**
 * Keeps the lease of one run and tells the run when to let go (sync.md, section 2).
 *
 * A run may stop being allowed to write at any moment: its worker stalled past the lease, the database was
 * away, a person disabled the project, the whole integration is shut, the process shuts down. Losing the lease
 * aborts every request at once; the others wait for the next checkpoint, where nothing is half done. A run that
 * reaches no checkpoint any more is cut short, and where it does not even hear that, its thread is given up:
 * else its project would be shown as syncing for ever.
 */
import type { Progress } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Gate, isShut } from '../../ports/gate.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Lease, SyncTaskStore } from '../../ports/sync-task-store.ts';

export type StopReason =
  /** Somebody else holds the task, or nobody: nothing may be written any more. */
  | 'lease-lost'
  /** The database has not confirmed the lease for so long that it may have run out. */
  | 'unconfirmed'
  /** Disabled, archived or disconnected. */
  | 'not-active'
  /** The integration is switched off or its circuit is open: handed back like at a shutdown. */
  | 'gate-shut'
  /** No checkpoint for so long that the run must be stuck. */
  | 'no-progress'
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
  /**
   * ConnectWise's clock when the run's first record was read: stored once, at once, since from then on older
   * changes need no further run. Throws `RunStopped` where the lease is lost.
   */
  setReadStart(at: Date): Promise<void>;
  /**
   * Directly before ConnectWise is written to: throws `RunStopped` where the run must let go. Renews the lease where it
   * might run out while the request is on its way.
   */
  beforeWrite(): Promise<void>;
  /** Ends the heartbeat. */
  end(): void;
};

export type RunControlOptions = {
  readonly tasks: Pick<SyncTaskStore, 'heartbeat'>;
  readonly gate: Pick<Gate, 'read'>;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
  /** Before the claim was sent, by the monotonic clock: its answer may have been long on its way. */
  readonly claimAskedAtMs?: number | undefined;
  readonly shutdown: AbortSignal;
  /** Renews the place that the run has among all runs of the integration, with each heartbeat. */
  readonly renewSlot?: (() => Promise<unknown>) | undefined;
  /** Told when the run did not end within a lease after its signal: it hears nothing, nor will its thread. */
  readonly onStuck?: (() => void) | undefined;
};

/** Of the lease: how often it is renewed, and how long it may go unconfirmed. */
const heartbeatShare = 1 / 4;
const unconfirmedShare = 2 / 3;
/** With a request's time-out of half a lease, its answer comes while the lease still holds. */
const writableShare = 1 / 3;
/** How long after the shutdown a run may take to its next checkpoint, in milliseconds. */
const shutdownGraceMs = 3_000;
/** Progress is written at most this often, in milliseconds. */
const progressEveryMs = 1_000;
/** The gate is looked at this often at most, in milliseconds. */
const gateEveryMs = 1_000;
/** Far beyond any page with its tries and ConnectWise's pauses, in milliseconds. */
const noProgressMs = 15 * 60_000;

export function startRunControl(options: RunControlOptions): RunControl {
  const { tasks, lease, clock, logger, leaseMs, shutdown } = options;
  const lost = new AbortController();
  const ended = new AbortController();
  let confirmedAt = options.claimAskedAtMs ?? clock.monotonicMs();
  let checkpointAt = clock.monotonicMs();
  let notActive = false;

  /** Renews the lease; the confirmation counts from before the request, when the server cannot yet have seen it. */
  async function renew(facts?: { readonly progress?: Progress; readonly readStart?: Date }): Promise<void> {
    const askedAt = clock.monotonicMs();
    const renewed = await tasks.heartbeat(lease, facts);
    if (!renewed) throw letGo('lease-lost');
    confirmedAt = askedAt;
    if (renewed.linkState !== 'active') notActive = true;
  }

  function letGo(reason: StopReason): RunStopped {
    const stopped = new RunStopped(reason);
    if (!lost.signal.aborted) {
      lost.abort(stopped);
      background(giveUpWhereStuck);
    }
    return stopped;
  }

  /** What goes on beside the run; of all it waits for, only a sleep rejects, when the run has ended. */
  function background(loop: () => Promise<void>): void {
    void loop().catch(() => {});
  }

  async function beat(): Promise<void> {
    await clock.sleep(leaseMs * heartbeatShare, ended.signal);
    while (!ended.signal.aborted && !lost.signal.aborted) {
      // Beside the lease and not before it: a slot is a matter of turns, the lease of what may be written.
      void options.renewSlot?.().catch((error: unknown) => {
        logger.warn({ err: error }, 'slot could not be renewed');
      });
      await renew().catch((error: unknown) => {
        if (!lost.signal.aborted) logger.warn({ err: error }, 'heartbeat failed');
      });
      await clock.sleep(leaseMs * heartbeatShare, ended.signal);
    }
  }

  /** Beside the heartbeat, since a heartbeat can hang for as long as the database does. */
  async function watch(): Promise<void> {
    while (!lost.signal.aborted) {
      const now = clock.monotonicMs();
      const unconfirmedIn = confirmedAt + leaseMs * unconfirmedShare - now;
      const stuckIn = checkpointAt + noProgressMs - now;
      if (unconfirmedIn <= 0) return void letGo('unconfirmed');
      if (stuckIn <= 0) return void letGo('no-progress');
      await clock.sleep(Math.min(unconfirmedIn, stuckIn), ended.signal);
    }
  }

  /** A run that sits in a pause or a long request reaches no checkpoint: it is cut short, to be handed back. */
  async function cutShort(): Promise<void> {
    await clock.sleep(shutdownGraceMs, ended.signal);
    letGo('shutdown');
  }

  async function giveUpWhereStuck(): Promise<void> {
    await clock.sleep(leaseMs, ended.signal);
    logger.error({}, 'a run hears nothing any more');
    options.onStuck?.();
  }

  const onShutdown = () => background(cutShort);
  if (shutdown.aborted) onShutdown();
  else shutdown.addEventListener('abort', onShutdown, { once: true });

  let reportedAt = Number.NEGATIVE_INFINITY;
  async function report(progress: Progress): Promise<void> {
    if (clock.monotonicMs() - reportedAt < progressEveryMs) return;
    reportedAt = clock.monotonicMs();
    await renew({ progress });
  }

  let gateSeenAt = Number.NEGATIVE_INFINITY;
  async function lookAtGate(): Promise<void> {
    if (clock.monotonicMs() - gateSeenAt < gateEveryMs) return;
    gateSeenAt = clock.monotonicMs();
    if (isShut(await options.gate.read())) throw new RunStopped('gate-shut');
  }

  async function checkpoint(progress: Progress): Promise<void> {
    checkpointAt = clock.monotonicMs();
    lost.signal.throwIfAborted();
    if (shutdown.aborted) throw new RunStopped('shutdown');
    await report(progress);
    if (notActive) throw new RunStopped('not-active');
    await lookAtGate();
  }

  async function beforeWrite(): Promise<void> {
    checkpointAt = clock.monotonicMs();
    lost.signal.throwIfAborted();
    if (shutdown.aborted) throw new RunStopped('shutdown');
    const age = clock.monotonicMs() - confirmedAt;
    if (age > leaseMs * writableShare) await renew();
    if (notActive) throw new RunStopped('not-active');
    await lookAtGate();
  }

  let readStart: Date | undefined;
  async function setReadStart(at: Date): Promise<void> {
    if (readStart) return;
    lost.signal.throwIfAborted();
    readStart = at;
    await renew({ readStart: at });
  }

  background(beat);
  background(watch);
  return {
    signal: lost.signal,
    checkpoint,
    beforeWrite,
    setReadStart,
    // A heartbeat that hangs is not waited for: whatever it still writes carries a fence that no longer matches.
    end() {
      shutdown.removeEventListener('abort', onShutdown);
      ended.abort();
    },
  };
}
