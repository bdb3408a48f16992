/** Where a record went that ConnectWise shows by its id and no longer among those of its project. */
import {
  deletedInPlan,
  goneFromPsa,
  movedAway,
  type PairedRecord,
  type PlanKind,
  type PlanRecord,
  type Tombstone,
} from '../../domain/plan.ts';
import type { PsaKind, PsaKinds, PsaScheduleEntry } from '../../domain/psa-records.ts';
import { entryOf, nameOf } from './log-entries.ts';
import type { ProjectRun } from './reading.ts';
import { callOf, type SyncDeps, type Writer } from './run.ts';

/** Whose records are judged, and as whom the judge writes. */
export type Where = Pick<ProjectRun, 'run' | 'projectId' | 'externalId' | 'namedPhases'> & {
  readonly writer: Writer;
  /** Kinds of which some may be frozen: waiting for a person's answer, or answered and still to be carried out. */
  readonly frozen: ReadonlySet<PlanKind>;
  /** Plan ids of tickets that are gone or have left: what stands on them goes along. */
  readonly goneTasks: Set<string>;
};

export type AnyPsaRecord = PsaKinds[PsaKind];
export type Shown = AnyPsaRecord | 'unreadable';

/** What became of a record: still here, no part of this plan any more for that reason, or in another linked project. */
export type Fate = 'here' | Exclude<Tombstone['reason'], typeof deletedInPlan> | Target;
type Target = { readonly projectId: string };

/** @param shown what ConnectWise shows under its id; undefined where it shows none */
export async function fateOf(
  deps: SyncDeps,
  where: Where,
  record: PairedRecord,
  shown: Shown | undefined,
): Promise<Fate> {
  if (shown === undefined) return goneFromPsa;
  if (shown === 'unreadable') return 'here';
  const left = record.kind === 'ticketNote' && where.goneTasks.has(record.parentId ?? '');
  return left ? movedAway : await homeOf(deps, where, shown);
}

async function homeOf(deps: SyncDeps, where: Where, shown: AnyPsaRecord): Promise<Fate> {
  if ('objectId' in shown) return await homeOfEvent(deps, where, shown);
  const externalId = projectIn(shown);
  if (externalId === undefined || externalId === where.externalId) return 'here';
  const linked = externalId === null ? undefined : (await deps.tasks.linked([externalId])).get(externalId);
  return linked ?? movedAway;
}

/** The project that a record names; undefined for kinds that cannot leave theirs. */
function projectIn(shown: AnyPsaRecord): number | null | undefined {
  if ('project' in shown) return shown.project?.id ?? null;
  if ('projectId' in shown && 'workType' in shown) return shown.projectId;
  return undefined;
}

/** A schedule entry is wherever its ticket is; one that the plan does not know yet is asked for. */
async function homeOfEvent(
  deps: SyncDeps,
  where: Where,
  { objectId, onTicket }: PsaScheduleEntry,
): Promise<Fate> {
  if (objectId === null || !onTicket) return movedAway;
  const [task] = await deps.planner.pairedByExternalId('task', [objectId]);
  const isThere = !task?.deleted || task.deleted.reason === deletedInPlan;
  const stays = task?.projectId === where.projectId && isThere;
  if (stays) return 'here';
  const call = callOf(where.run, where.projectId);
  const { items } = await deps.psa.byIds('ticket', [objectId], {}, call);
  return items[0] ? await homeOf(deps, where, items[0]) : movedAway;
}

/** @returns whether it went along; not where somebody else wrote it in this moment */
export async function followMove(
  deps: Pick<SyncDeps, 'planner' | 'clock'>,
  where: Pick<Where, 'writer' | 'run'>,
  record: PlanRecord,
  { projectId }: Target,
): Promise<boolean> {
  const { writer, run } = where;
  const line = {
    ...entryOf(deps.clock.now(), writer, record.kind, record),
    severity: 'info',
    action: 'moved',
    message: `${nameOf(record.kind, record.fields, record.externalId)} was moved to another project in ConnectWise`,
  } as const;
  if (!(await deps.planner.move(fenceOf(where), record, projectId, line))) return false;
  run.tally.updated += 1;
  return true;
}

export function fenceOf({ writer: { projectId, lane, fence } }: Pick<Where, 'writer'>) {
  return { projectId, lane, fence };
}
