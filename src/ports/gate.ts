import type { Failure } from '../domain/failure.ts';
import type { Actor } from '../domain/sync-task.ts';

/** The integration's switch and the circuit, one document. While either shuts it, no worker claims anything. */
export type GateState = {
  /** The database server's clock when it was read. */
  readonly now: Date;
  readonly enabled: boolean;
  /** The last change of `enabled`. */
  readonly changed?: { readonly by: Actor; readonly at: Date; readonly reason?: string };
  /** Absent while ConnectWise answers. */
  readonly circuit?: {
    readonly failure: Failure;
    readonly since: Date;
    /** When the next probe may be made; absent while a person must act first (keys refused). */
    readonly probeAt?: Date;
    readonly probes: number;
  };
};

export type Gate = {
  read(): Promise<GateState>;
  /** Opens the circuit. `first` where it was closed before: one log line, one incident, not one for each project. */
  trip(failure: Failure, probeAfterMs: number | undefined): Promise<{ readonly first: boolean }>;
  /** Takes the one probe that is due, for so long. False where none is due or somebody else makes it. */
  takeProbe(owner: string, leaseMs: number): Promise<boolean>;
  /** The probe failed: the next one after so long, or undefined where a person must act. */
  probeFailed(owner: string, failure: Failure, nextAfterMs: number | undefined): Promise<void>;
  /** The probe succeeded. False where the circuit was closed already. */
  close(owner: string): Promise<boolean>;
  /** A probe is due at once: an admin asked, or the process was started anew. No matter where the circuit is closed. */
  probeNow(): Promise<void>;
  /** The switch. False where it stood so already. */
  setEnabled(enabled: boolean, by: Actor, reason?: string): Promise<boolean>;
};

export const isShut = (state: GateState): boolean => !state.enabled || state.circuit !== undefined;
