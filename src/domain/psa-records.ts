/**
 * Records of the PSA in neutral form, as the adapters of the `psa` port hand them to the rules.
 */

/** A reference to another PSA record; the name may be missing and the record may be gone. */
export type PsaRef = { readonly id: number; readonly name: string | null };

type PsaRecord = {
  readonly id: number;
  /** ISO instant in whole seconds, ConnectWise's clock; null where ConnectWise gave none. */
  readonly lastUpdated: string | null;
  readonly updatedBy: string | null;
};

/** Dates without a time are midnight Z and stay so: ISO instants, never through a local zone. */
export type PsaProject = PsaRecord & {
  readonly name: string | null;
  readonly description: string | null;
  readonly status: PsaRef | null;
  readonly closed: boolean;
  readonly board: PsaRef | null;
  readonly company: PsaRef | null;
  readonly manager: PsaRef | null;
  readonly estimatedStart: string | null;
  readonly estimatedEnd: string | null;
  readonly actualEnd: string | null;
  readonly actualHours: number | null;
  readonly budgetHours: number | null;
  readonly percentComplete: number | null;
};

export type PsaPhase = PsaRecord & {
  readonly name: string | null;
  readonly parent: PsaRef | null;
  readonly wbsCode: string | null;
  readonly status: PsaRef | null;
  readonly scheduledStart: string | null;
  readonly scheduledEnd: string | null;
  readonly budgetHours: number | null;
};

export type PsaTicket = PsaRecord & {
  readonly summary: string | null;
  readonly status: PsaRef | null;
  readonly board: PsaRef | null;
  readonly project: PsaRef | null;
  readonly phase: PsaRef | null;
  readonly wbsCode: string | null;
  readonly owner: PsaRef | null;
  readonly priority: PsaRef | null;
  readonly budgetHours: number | null;
  readonly actualHours: number | null;
  readonly estimatedStart: string | null;
  readonly required: string | null;
  /** Member identifiers, as ConnectWise lists them. */
  readonly resources: readonly string[];
  readonly closed: boolean;
  readonly predecessor: {
    readonly kind: 'ticket' | 'phase';
    readonly id: number;
    readonly lagDays: number;
  } | null;
};
