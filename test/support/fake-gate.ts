import type { Failure } from '../../src/domain/failure.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { Gate, GateState } from '../../src/ports/gate.ts';

type Circuit = GateState['circuit'] & object;

/** The gate in memory, on the clock it is given. */
export class FakeGate implements Gate {
  enabled = true;
  changed: GateState['changed'];
  circuit: Circuit | undefined;
  reads = 0;
  /** Set by a test: the database is away. */
  fault: Error | undefined;
  #lease: { readonly owner: string; readonly untilMs: number } | undefined;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  #later(ms: number): Date {
    return new Date(this.#now().getTime() + ms);
  }

  async read(): Promise<GateState> {
    this.reads += 1;
    if (this.fault) throw this.fault;
    const { enabled, changed, circuit } = this;
    return { now: this.#now(), enabled, ...(changed ? { changed } : {}), ...(circuit ? { circuit } : {}) };
  }

  async trip(failure: Failure, probeAfterMs: number | undefined) {
    if (this.circuit) return { first: false };
    const since = this.#now();
    const probeAt = probeAfterMs === undefined ? {} : { probeAt: new Date(since.getTime() + probeAfterMs) };
    this.circuit = { failure, since, probes: 0, ...probeAt };
    return { first: true };
  }

  async takeProbe(owner: string, leaseMs: number): Promise<boolean> {
    const nowMs = this.#now().getTime();
    const dueMs = this.circuit?.probeAt?.getTime() ?? Number.POSITIVE_INFINITY;
    if (dueMs > nowMs || (this.#lease && this.#lease.untilMs > nowMs)) return false;
    this.#lease = { owner, untilMs: nowMs + leaseMs };
    return true;
  }

  async probeFailed(owner: string, failure: Failure, nextAfterMs: number | undefined): Promise<void> {
    if (!this.circuit || this.#lease?.owner !== owner) return;
    const probeAt = nextAfterMs === undefined ? {} : { probeAt: this.#later(nextAfterMs) };
    this.circuit = { failure, since: this.circuit.since, probes: this.circuit.probes + 1, ...probeAt };
    this.#lease = undefined;
  }

  async close(owner: string): Promise<boolean> {
    if (!this.circuit || this.#lease?.owner !== owner) return false;
    this.circuit = undefined;
    this.#lease = undefined;
    return true;
  }

  async probeNow(): Promise<void> {
    if (!this.circuit) return;
    this.circuit = { ...this.circuit, probeAt: this.#now() };
    this.#lease = undefined;
  }

  async setEnabled(enabled: boolean, by: Actor, reason?: string): Promise<boolean> {
    if (this.enabled === enabled) return false;
    this.enabled = enabled;
    this.changed = { by, at: this.#now(), ...(reason === undefined ? {} : { reason }) };
    return true;
  }
}
