import type { Bases, Fields, PlanKind, PlanRecord } from '../domain/plan.ts';

/** Who last changed the record on the other side, and when, as shown beside it. */
type Change = { readonly changedAt: Date; readonly changedBy: string };

export type PlanCreate = Change & {
  readonly id: string;
  readonly externalId: number;
  readonly fields: Fields;
  readonly base: Bases;
};

export type PlanUpdate = {
  /** Absent where only the bases move: who changed the record last stays as it is. */
  readonly changed?: Change;
  readonly id: string;
  /** The version that was merged; the write is refused where it has moved since. */
  readonly version: number;
  readonly fields: Fields;
  readonly base: Bases;
};

export type PlanPage = {
  readonly projectId: string;
  readonly kind: PlanKind;
  /** The fence of the run: records written by a later one are refused. */
  readonly fence: number;
  readonly create: readonly PlanCreate[];
  readonly update: readonly PlanUpdate[];
};

/** The plan: projects, phases and tasks with their pairs. */
export type Planner = {
  /** The paired records of one kind whose external ids lie in (after, to], in order of external id. */
  pairedInRange(projectId: string, kind: PlanKind, after: number, to: number): Promise<readonly PlanRecord[]>;
  pairedByExternalId(kind: PlanKind, externalIds: readonly number[]): Promise<readonly PlanRecord[]>;
  /** Plan ids of the paired records of one kind in a project, by external id. */
  idsByExternalId(projectId: string, kind: PlanKind): Promise<ReadonlyMap<number, string>>;
  /**
   * Stores a page by unordered writes. `refused` counts records that somebody else wrote since they were read:
   * read the page again and merge once more.
   */
  apply(page: PlanPage): Promise<{ readonly refused: number }>;
  /** Phases in plan order, and a page of tasks ordered by phase and position. */
  phases(projectId: string): Promise<readonly PlanRecord[]>;
  tasks(
    projectId: string,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly tasks: readonly PlanRecord[]; readonly total: number }>;
};
