import type { Json } from './json.ts';

/** The kinds of plan record that the sync knows so far; each is paired with one kind of PSA record. */
export type PlanKind = 'project' | 'phase' | 'task';

/** The name of the paired kind on the other side, in people's words. */
export const psaKindOf = { project: 'project', phase: 'phase', task: 'ticket' } as const satisfies Record<
  PlanKind,
  string
>;

export type Fields = { readonly [field: string]: Json };

/** What each side showed when the two last agreed; a side has changed when it differs from its own base. */
export type Bases = { readonly psa: Fields; readonly plan: Fields };

/**
 * A record of the plan with its pair: the tie to a PSA record. Both are one document, so that a plan write
 * and its bases cannot part (sync.md, section 4).
 */
export type PlanRecord = {
  readonly id: string;
  readonly projectId: string;
  readonly kind: PlanKind;
  /** Grows with every write; a write names the version it saw. */
  readonly version: number;
  readonly fields: Fields;
  readonly externalId: number;
  readonly base: Bases;
  /** The fence of the last run that wrote it; a run with a lower one may not. */
  readonly syncFence: number;
  readonly changedAt: Date;
  readonly changedBy: string;
};
