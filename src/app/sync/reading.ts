/** What the kinds of a project's run have in common: pages one after another, each merged, and what was not shown. */
import type { Failure } from '../../domain/failure.ts';
import type { ReferenceContext } from '../../domain/inbound-fields.ts';
import { goesOut } from '../../domain/outbound-fields.ts';
import type { PlanKind } from '../../domain/plan.ts';
import type { PsaKind, PsaKinds } from '../../domain/psa-records.ts';
import type { FieldRule } from '../../domain/reconcile.ts';
import type { PairGlance } from '../../ports/planner.ts';
import type { PsaPage, PsaScope } from '../../ports/psa.ts';
import type { Settings } from '../../ports/settings.ts';
import { ahead } from './ahead.ts';
import { psaPlural } from './log-entries.ts';
import type { PageMerge, PageMerged, PsaRow } from './page-merge.ts';
import { type OpenIntent, thoseOf } from './push/open-intents.ts';
import { callOf, type Run, refusalOf, type SyncDeps, writerOf } from './run.ts';

/** What the kinds of one run know of each other. */
export type ProjectRun = {
  readonly run: Run;
  readonly projectId: string;
  readonly externalId: number;
  readonly settings: Settings;
  readonly meaning: ReferenceContext['meaning'];
  /** The board that the project is on. */
  board: number | null;
  /** Plan ids of the project's phases by external id; grows as phases are met. Null: looked for, and not there. */
  readonly phases: Map<number, string | null>;
  /** External ids of phases that tickets named which this run read: they exist, whatever may be read of them. */
  readonly namedPhases: Set<number>;
  /** Tickets that changed in this run, by external id: as many as have their notes read in it. */
  readonly changedTickets: Set<number>;
  /** Kinds that may not be read, each with its failure. */
  readonly refused: Map<string, Failure>;
  /**
   * Of records that were read: those in which the plan is still ahead of ConnectWise, by external id, and whether
   * somebody changed them there: then what was refused is tried once more.
   */
  readonly ahead: Map<PlanKind, Map<number, { readonly changedThere: boolean }>>;
  /** What was being made when an earlier run was last heard of. */
  readonly intents: Map<PlanKind, readonly OpenIntent[]>;
  /** Plan ids of records that an earlier run meant to make, and did not. */
  readonly toMake: Set<string>;
  /** Plan ids of phases and tasks that this run paired: what waited for them can be made now. */
  readonly joined: Set<string>;
  /** Whether something was found in ConnectWise that the plan had deleted before it was known to be there. */
  foundBuried: boolean;
  /** Kinds that may not be written. */
  readonly writesRefused: Failure[];
  /** Of answers to writes: the records as they were shown directly before. */
  readonly answersTo?: {
    readonly kind: PlanKind;
    readonly records: ReadonlyMap<number, unknown>;
    /** Identifier of the API member; null where nobody knows. */
    readonly by: string | null;
  };
  /** Whether an entry names somebody who is not on the project's team as it is known. */
  teamIncomplete: boolean;
};

/** A kind that may not be read is left alone, with its watermark and its records; anything else ends the run. */
export function leaveOut({ refused }: ProjectRun, error: unknown, kind: PsaKind): void {
  const failure = refusalOf(error);
  const entity = failure.entity ?? kind;
  if (!refused.has(entity)) refused.set(entity, { ...failure, entity });
}

/** What a reading came to. */
export type KindRead = {
  /** ConnectWise's clock at the first answer: the kind's next watermark. */
  readonly readAt?: Date;
  /** Of a full reading that ended properly: paired records that were not shown. */
  readonly missing: readonly number[];
};

export type ReadKind = (deps: SyncDeps, project: ProjectRun, since: Date | undefined) => Promise<KindRead>;

export const highestId = 2_147_483_647;

export type Tasks = ReadonlyMap<number, string>;

export function contextOf(
  project: ProjectRun,
  tasks: ReadonlyMap<number, string> = new Map(),
): ReferenceContext {
  return {
    phaseId: (id) => project.phases.get(id) ?? undefined,
    taskId: (id) => tasks.get(id),
    meaning: project.meaning,
  };
}

/** Plan ids by external id, of records of this project that are as wanted. */
export async function paired(
  deps: SyncDeps,
  project: ProjectRun,
  kind: PlanKind,
  ids: readonly number[],
  isWanted: (record: PairGlance) => boolean,
): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const found = await deps.planner.glanceAt(kind, [...new Set(ids)]);
  const mine = found.filter((record) => record.projectId === project.projectId && isWanted(record));
  return new Map(mine.map(({ externalId, id }) => [externalId, id]));
}

export function mergeOf<R extends PsaRow>(
  project: ProjectRun,
  kind: PlanKind,
  rules: readonly FieldRule<R, ReferenceContext>[],
  page: PsaPage<R>,
  tasks?: Tasks,
): PageMerge<R> {
  const { run, ahead, answersTo, settings } = project;
  const noted = ahead.get(kind) ?? new Map();
  ahead.set(kind, noted);
  return {
    writer: writerOf(run),
    kind,
    rules,
    page,
    context: contextOf(project, tasks),
    onAhead: (id, changedThere) => {
      noted.set(id, { changedThere: changedThere || (noted.get(id)?.changedThere ?? false) });
    },
    mayBeOurs: async (unknown) => thoseOf(project.intents.get(kind) ?? [], unknown, kind),
    ...(settings.conflictWinner === 'plan' ? { planWins: (field: string) => goesOut(kind, field) } : {}),
    ...(answersTo?.kind === kind
      ? { answersTo: answersTo.records as ReadonlyMap<number, R>, writtenBy: answersTo.by }
      : {}),
  };
}

export function pagesOf<K extends PsaKind>(
  deps: SyncDeps,
  { run, projectId }: ProjectRun,
  kind: K,
  scope: PsaScope,
  since: Date | undefined,
): AsyncIterable<PsaPage<PsaKinds[K]>> {
  return ahead(deps.psa.list(kind, scope, callOf(run, projectId), since));
}

export function stamped(page: PsaPage<unknown>): Pick<KindRead, 'readAt'> {
  return page.readAt ? { readAt: page.readAt } : {};
}

export type Range = { readonly after: number; readonly to: number };

/**
 * Walks pages with a checkpoint after each. The last page of a full reading stands for all ids above as well:
 * paired records beyond the last one shown are missing, too.
 */
export async function eachPage<T extends { readonly id: number }>(
  { run }: ProjectRun,
  kind: PlanKind,
  pages: AsyncIterable<PsaPage<T>>,
  since: Date | undefined,
  merge: (page: PsaPage<T>, range?: Range) => Promise<PageMerged>,
): Promise<KindRead> {
  const phase = psaPlural(kind);
  const missing: number[] = [];
  let readAt: Date | null | undefined;
  let after = 0;
  let doneCount = 0;
  for await (const page of pages) {
    // Of the first answer alone: what it did not show may have come before the second.
    if (readAt === undefined) readAt = page.readAt;
    const ids = [
      ...page.items.map(({ id }) => id),
      ...page.skipped.flatMap(({ id }) => (id === null ? [] : [id])),
    ];
    const to = Math.max(after, ...ids);
    const merged = await merge(page, since === undefined ? { after, to } : undefined);
    missing.push(...merged.missing);
    after = to;
    doneCount += ids.length;
    await run.control.checkpoint({ phase, doneCount, totalCount: null });
  }
  if (since === undefined) {
    const rest = await merge({ items: [], skipped: [], readAt: null }, { after, to: highestId });
    missing.push(...rest.missing);
  }
  return { ...(readAt ? { readAt } : {}), missing };
}
