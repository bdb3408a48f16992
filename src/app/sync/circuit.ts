/**
 * What a failure of the whole integration leads to (sync.md, "The gate").
 *
 * ConnectWise being down, or refusing the keys, must stop every sync at once and be told once, not once for each
 * project; but one slow page of one project must not stop all others. So a run that got no answer is not believed
 * by itself: ConnectWise is asked for its own state first. Once the circuit is open, one leased probe at a time
 * asks again, until ConnectWise answers; refused keys wait for a person.
 */
import { backoffLimits, type Failure, type FailureCode, failureRules } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Gate, GateState } from '../../ports/gate.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Psa } from '../../ports/psa.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { integrationEntry, triggerScout } from './integration-switch.ts';

export type CircuitDeps = {
  readonly gate: Gate;
  readonly psa: Pick<Psa, 'systemInfo'>;
  readonly log: Pick<LogStore, 'append'>;
  readonly tasks: Pick<SyncTaskStore, 'trigger'>;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly toFailure: (error: unknown) => Failure;
};

export type Circuit = {
  /**
   * Judges the failure of a run. True where the circuit is open now: the run is to be handed back, since its
   * failure is not its own. Rejects where the store does, and with the signal's reason.
   */
  report(failure: Failure, signal: AbortSignal): Promise<boolean>;
  /** Probes while the circuit is open, until the signal. Goes on when the database is away. */
  keepProbing(owner: string, shutdown: AbortSignal): Promise<void>;
};

/** The longest that one probe may take, its tries included, and for how long nobody else makes one. */
const probeWithinMs = 45_000;
const probeLeaseMs = 60_000;
/** How often a closed circuit is looked at, in milliseconds. */
const lookEveryMs = 2_000;

type Verdict =
  /** It is there; whatever it refused concerns a run and not the integration. */
  | { readonly is: 'answers' }
  | { readonly is: 'down' | 'keys refused'; readonly failure: Failure }
  /** Nothing was learned: the fault is on our side. */
  | { readonly is: 'unknown'; readonly failure: Failure };

const verdicts: { readonly [code in FailureCode]?: Verdict['is'] } = {
  'cw.auth': 'keys refused',
  'cw.unavailable': 'down',
  // A page of words where the API should be: a proxy or a maintenance page.
  'cw.unexpected-response': 'down',
  'cw.project-missing': 'down',
  'cw.rejected': 'down',
  'cw.rate-limited': 'answers',
  'cw.permission': 'answers',
};

export function createCircuit(deps: CircuitDeps): Circuit {
  const { gate, clock, ids, logger } = deps;
  let asking: Promise<Verdict> | undefined;

  async function askConnectWise(signal: AbortSignal): Promise<Verdict> {
    const ended = new AbortController();
    const late = new AbortController();
    void clock.sleep(probeWithinMs, ended.signal).then(
      () => late.abort(new Error('no answer in time')),
      () => {},
    );
    try {
      await deps.psa.systemInfo({ signal: AbortSignal.any([signal, late.signal]), priority: 2 });
      return { is: 'answers' };
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted) return { is: 'down', failure: { code: 'cw.unavailable' } };
      const failure = deps.toFailure(error);
      return { is: verdicts[failure.code] ?? 'unknown', failure };
    } finally {
      ended.abort();
    }
  }

  /** Several runs that fail in one moment ask once. Whoever asks along is not ended by another one's signal. */
  async function askOnce(signal: AbortSignal): Promise<Verdict> {
    for (;;) {
      signal.throwIfAborted();
      const asked = asking ?? askConnectWise(signal);
      asking = asked;
      try {
        return await asked;
      } catch {
        // Ended by the signal of whoever began it.
      } finally {
        if (asking === asked) asking = undefined;
      }
    }
  }

  async function trip(failure: Failure): Promise<boolean> {
    const byPerson = failure.code === 'cw.auth';
    const { first } = await gate.trip(failure, byPerson ? undefined : nextProbeMs(0, ids.random()));
    if (first) await tellShut(failure);
    return true;
  }

  async function tellShut(failure: Failure): Promise<void> {
    logger.warn({ code: failure.code }, 'circuit opened');
    await deps.log.append([shutEntry(failure, clock.now())]);
  }

  async function report(failure: Failure, signal: AbortSignal): Promise<boolean> {
    if (failure.code === 'cw.auth') return await trip(failure);
    if (failure.code !== 'cw.unavailable') return false;
    const verdict = await askOnce(signal);
    if (verdict.is === 'keys refused') return await trip(verdict.failure);
    return verdict.is === 'down' ? await trip(failure) : false;
  }

  async function probe(owner: string, shutdown: AbortSignal, state: GateState): Promise<void> {
    const { circuit } = state;
    if (!circuit) return;
    const verdict = await askConnectWise(shutdown);
    if (verdict.is === 'answers') return await reopen(owner, state);
    const afterMs = nextProbeMs(circuit.probes + 1, ids.random());
    if (verdict.is === 'unknown') {
      // Not ConnectWise's fault: what is known of it stays.
      logger.warn({ code: verdict.failure.code }, 'the probe could not be made');
      return await gate.probeFailed(owner, circuit.failure, afterMs);
    }
    const keysRefused = verdict.is === 'keys refused';
    await gate.probeFailed(owner, verdict.failure, keysRefused ? undefined : afterMs);
    if (keysRefused && circuit.failure.code !== 'cw.auth') await tellShut(verdict.failure);
  }

  async function reopen(owner: string, { circuit }: GateState): Promise<void> {
    if (!(await gate.close(owner)) || !circuit) return;
    const { now } = await gate.read();
    const after = inWords(now.getTime() - circuit.since.getTime());
    logger.info({ after }, 'circuit closed');
    await deps.log.append([answersAgainEntry(after, clock.now())]);
    await triggerScout(deps);
  }

  /** Makes the probe where it is due; how long to wait before looking again. */
  async function look(owner: string, shutdown: AbortSignal): Promise<number> {
    const state = await gate.read();
    const probeAt = state.circuit?.probeAt;
    // While the integration is switched off nothing is asked of ConnectWise, not even this.
    if (!state.enabled || probeAt === undefined) return lookEveryMs;
    const dueInMs = probeAt.getTime() - state.now.getTime();
    if (dueInMs > 0) return Math.min(dueInMs, lookEveryMs);
    if (await gate.takeProbe(owner, probeLeaseMs)) await probe(owner, shutdown, state);
    return lookEveryMs;
  }

  async function keepProbing(owner: string, shutdown: AbortSignal): Promise<void> {
    let told = false;
    while (!shutdown.aborted) {
      let waitMs = lookEveryMs;
      try {
        waitMs = await look(owner, shutdown);
        told = false;
      } catch (error) {
        if (!told && !shutdown.aborted) logger.warn({ err: error }, 'the gate could not be looked at');
        told = true;
      }
      await clock.sleep(waitMs, shutdown).catch(() => {});
    }
  }

  return { report, keepProbing };
}

/** 5 s doubling to 15 min; between half of it and all of it, so that many integrations do not ask in step. */
function nextProbeMs(probes: number, random: number): number {
  const bound = Math.min(backoffLimits.maxMs, backoffLimits.baseMs * 2 ** Math.min(probes, 20));
  return Math.floor(bound * (0.5 + 0.5 * random));
}

function shutEntry(failure: Failure, at: Date): LogEntry {
  const rule = failureRules[failure.code];
  return {
    ...integrationEntry(at),
    severity: rule.heals === 'no' ? 'error' : 'warning',
    action: 'failed',
    message: `${failure.message ?? rule.what} No project syncs until that is over (${failure.code})`,
    next: rule.next,
  };
}

function answersAgainEntry(after: string, at: Date): LogEntry {
  return {
    ...integrationEntry(at),
    severity: 'info',
    action: 'taken up again',
    message: `ConnectWise answers again after ${after}: what waited is synced now`,
  };
}

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
