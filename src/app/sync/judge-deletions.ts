/**
 * What becomes of records that are gone from ConnectWise or have left for where nothing is linked: a tombstone, or,
 * where they are unusually many, a question to a person (sync.md, "Deletions").
 *
 * Hard cases: a batch that leaves a record out is not yet an answer about that record; a record that somebody edits
 * in the very moment; and kinds that ConnectWise tells nobody the number of (phases, project notes, team), so that a
 * right that was taken away cannot be told from an empty project by counting. Of those, all at once and more than
 * one is never believed: phases that tickets still name are hidden, and anything else waits for a person, however few.
 */
import { isMassDeletion, massDeletion } from '../../domain/deletion-guard.ts';
import { type Failure, FailureError } from '../../domain/failure.ts';
import {
  type goneFromPsa,
  movedAway,
  type PairedRecord,
  type PlanKind,
  planWords,
  psaKindOf,
} from '../../domain/plan.ts';
import type { PsaKind } from '../../domain/psa-records.ts';
import type { Applied } from '../../ports/planner.ts';
import { deletedEntry, entryOf, nameOf, psaPlural } from './log-entries.ts';
import { fenceOf, type Where } from './moves.ts';
import { callOf, type SyncDeps } from './run.ts';
import { RunStopped } from './run-control.ts';

export type DeletableKind = Exclude<PlanKind, 'project'>;

/** A record that is no part of this plan any more, and why. */
export type Lost = {
  readonly record: PairedRecord;
  readonly reason: typeof goneFromPsa | typeof movedAway;
};

export type Judged = {
  readonly buried: number;
  /** Lost, but edited by somebody in the very moment: for the next run. */
  readonly missed: number;
  readonly question?: Failure;
};

/** What cwsync deletes by itself, without having been asked. */
const byItself = 'cwsync';

export async function judge(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  lost: readonly Lost[],
): Promise<Judged> {
  const waiting = await unanswered(deps, where, kind, lost.length > 0);
  const now = deps.clock.now();
  const before = new Date(now.getTime() - massDeletion.withinMs);
  const period =
    lost.length > 0
      ? await deps.planner.deletedSince(where.projectId, kind, before)
      : { deleted: 0, live: 0 };
  const facts = { gone: lost.length + waiting.length, deletedBefore: period.deleted, live: period.live };
  const asks =
    lost.length > 0 && (isMassDeletion(facts) || (await isAllOfIt(deps, where, kind, lost, facts.gone)));
  if (asks) await freeze(deps, where, kind, lost, period.live);
  const frozen = waiting.length + (asks ? lost.length : 0);
  const question = frozen > 0 ? { question: questionOf(kind, frozen) } : {};
  if (asks || lost.length === 0) return { buried: 0, missed: 0, ...question };
  const sure = await confirmed(deps, where, kind, lost);
  const buried = await bury(deps, where, kind, sure, byItself);
  return { buried, missed: sure.length - buried, ...question };
}

/** Whose number over the whole integration ConnectWise does not tell. */
const uncounted: ReadonlySet<DeletableKind> = new Set(['phase', 'projectNote', 'teamMember']);

/**
 * Whether a kind that cannot be counted is gone from the project entirely. Throws `cw.permission` where tickets that
 * were read in this very run still name phases that are said to be gone.
 */
async function isAllOfIt(
  deps: SyncDeps,
  { projectId, namedPhases }: Where,
  kind: DeletableKind,
  lost: readonly Lost[],
  gone: number,
): Promise<boolean> {
  if (!uncounted.has(kind)) return false;
  if (gone < (await deps.planner.countPaired(projectId, kind))) return false;
  if (kind === 'phase' && lost.some(({ record }) => namedPhases.has(record.externalId))) {
    throw new FailureError({
      code: 'cw.permission',
      entity: 'phase',
      message:
        'ConnectWise shows not a single phase of this project any more, though its tickets still name some: the security role of the API member has probably lost the right to see them. Nothing was deleted.',
    });
  }
  return gone > 1;
}

/** Frozen records that nobody has answered yet; looked for where there can be any. */
async function unanswered(
  deps: SyncDeps,
  { frozen: kinds, projectId }: Where,
  kind: DeletableKind,
  look: boolean,
): Promise<readonly PairedRecord[]> {
  if (!look && !kinds.has(kind)) return [];
  const frozen = await deps.planner.frozen(projectId, kind);
  return frozen.filter((record) => record.frozen?.approvedBy === undefined);
}

/** What somebody answered "apply" to. */
export async function approvedRecords(
  deps: SyncDeps,
  { frozen: kinds, projectId }: Where,
  kind: DeletableKind,
): Promise<readonly PairedRecord[]> {
  if (!kinds.has(kind)) return [];
  const frozen = await deps.planner.frozen(projectId, kind);
  return frozen.filter((record) => record.frozen?.approvedBy !== undefined);
}

/**
 * Deletes what was approved and is still lost, and tells how many; the rest lives on.
 * @param lost those of `approved` that were looked for once more and not found here
 */
export async function carryOut(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  approved: readonly PairedRecord[],
  lost: readonly Lost[],
): Promise<number> {
  const sure = await confirmed(deps, where, kind, lost);
  const ids = new Set(sure.map(({ record }) => record.id));
  const back = approved.filter(({ id }) => !ids.has(id));
  const mark = back.map(({ id, version }) => ({ id, version, mark: { frozen: null } }));
  if (mark.length > 0)
    await stored(deps.planner.apply({ ...fenceOf(where), kind, create: [], update: [], mark }));
  return await bury(deps, where, kind, sure, sure[0]?.record.frozen?.approvedBy ?? byItself);
}

function questionOf(kind: DeletableKind, count: number): Failure {
  const { plan } = planWords[kind];
  const message = `${count} ${psaPlural(kind)} are gone from the project in ConnectWise at once. Nothing was deleted yet: the ${plan}s wait for your answer.`;
  return { code: 'plan.mass-deletion', entity: psaKindOf[kind], message };
}

async function freeze(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  lost: readonly Lost[],
  live: number,
): Promise<void> {
  const at = deps.clock.now();
  const mark = lost.map(({ record: { id, version } }) => ({ id, version, mark: { frozen: { at } } }));
  const names = lost
    .slice(0, 5)
    .map(({ record: { fields, externalId } }) => nameOf(kind, fields, externalId));
  const line = {
    ...entryOf(at, where.writer, kind, {}),
    severity: 'error',
    action: 'frozen',
    message: `${lost.length} of ${live} ${psaPlural(kind)} are gone from the project in ConnectWise: ${names.join(', ')}${lost.length > 5 ? ' …' : ''}. They are kept as they are until somebody decides`,
    next: 'Apply the deletions, or keep the records in the plan.',
  } as const;
  await stored(deps.planner.apply({ ...fenceOf(where), kind, create: [], update: [], mark, lines: [line] }));
}

/**
 * Asked once more, one by one: a batch that leaves a record out is not yet an answer about that record. Where one
 * is shown elsewhere, that was the answer.
 */
async function confirmed(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  lost: readonly Lost[],
): Promise<readonly Lost[]> {
  const sure: Lost[] = [];
  const { run, projectId, externalId } = where;
  for (const [done, one] of lost.entries()) {
    if (one.reason === movedAway) {
      sure.push(one);
      continue;
    }
    await run.control.checkpoint({
      phase: `${psaPlural(kind)} that are gone`,
      doneCount: done,
      totalCount: lost.length,
    });
    const scope = kind === 'ticketNote' ? { ticket: ticketOf(one.record) } : { project: externalId };
    const call = callOf(run, projectId);
    if (await deps.psa.isMissing(psaKindOf[kind] as PsaKind, one.record.externalId, scope, call)) {
      sure.push(one);
    }
  }
  return sure;
}

/** The ticket that a note was last read from. */
export function ticketOf(note: PairedRecord): number {
  const ticket = note.base.psa.taskId;
  return typeof ticket === 'number' ? ticket : 0;
}

async function bury(
  deps: SyncDeps,
  where: Where,
  kind: DeletableKind,
  lost: readonly Lost[],
  by: string,
): Promise<number> {
  if (lost.length === 0) return 0;
  const at = deps.clock.now();
  const why = by === byItself ? 'it is ' : `${by} decided so, it is `;
  const graves = lost.map(({ record, reason }) => ({
    id: record.id,
    version: record.version,
    deleted: { at, by, reason },
    line: deletedEntry(at, where.writer, record, `${why}${reason}`),
  }));
  const { refused } = await stored(
    deps.planner.apply({ ...fenceOf(where), kind, create: [], update: [], delete: graves }),
  );
  // One that somebody edited in this moment is met again by the next comprehensive sync.
  const buried = refused === 0 ? lost.length : await countBuried(deps, kind, lost);
  where.run.tally.deleted += buried;
  return buried;
}

async function countBuried(deps: SyncDeps, kind: DeletableKind, lost: readonly Lost[]): Promise<number> {
  const ids = lost.map(({ record }) => record.externalId);
  const after = await deps.planner.pairedByExternalId(kind, ids);
  const dead = new Set(after.filter(({ deleted }) => deleted).map(({ id }) => id));
  return lost.filter(({ record }) => dead.has(record.id)).length;
}

async function stored(applying: Promise<Applied>): Promise<{ readonly refused: number }> {
  const applied = await applying;
  if (applied.result === 'stale') throw new RunStopped('lease-lost');
  return applied;
}
