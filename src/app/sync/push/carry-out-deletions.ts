/**
 * What becomes in ConnectWise of records that were deleted in the plan (sync.md, "Gone in the plan"): the ticket of a
 * task by the setting, a schedule entry deleted, a phase only where nothing is in it. Notes and time never.
 *
 * Hard cases: somebody edited the record in ConnectWise since (then it comes back instead); a run that ended between
 * the write and its note (what was sent is stored first, so that our own cancelling is nobody's edit).
 */
import { taskFields } from '../../../domain/inbound-fields.ts';
import type { Carried, PairedRecord, PlanKind } from '../../../domain/plan.ts';
import type { PsaTicket } from '../../../domain/psa-records.ts';
import { basesOf } from '../../../domain/reconcile.ts';
import { acceptedNotChanged } from '../../../domain/rejections.ts';
import type { PlanMark } from '../../../ports/planner.ts';
import { mergeShown, shownById } from '../read-kinds.ts';
import { contextOf, type ProjectRun } from '../reading.ts';
import { callOf, type SyncDeps, writerOf } from '../run.ts';
import { applyMarks } from './marks.ts';
import { boardOf, type Outbound } from './outbound.ts';
import { beforeWrite, rejectionOf, wordsOf } from './writing.ts';
import { carriedEntry, rejectedEntry } from './written-entries.ts';

type Deletions = {
  readonly deps: SyncDeps;
  readonly project: ProjectRun;
  readonly outbound: Outbound;
  /** The project's count of plan edits from which on deletions are looked for. */
  readonly seq: number;
  /** Kinds of which there are any. */
  readonly kinds: ReadonlySet<PlanKind>;
};
type DeletedKind = 'event' | 'task' | 'phase';

const recordsAtOnce = 25;

/** Children before parents. */
export async function carryOutDeletions(deletions: Deletions): Promise<void> {
  for (const kind of ['event', 'task', 'phase'] as const) {
    if (deletions.kinds.has(kind)) await carryOutKind(deletions, kind);
  }
}

async function carryOutKind(deletions: Deletions, kind: DeletedKind): Promise<void> {
  const { deps, project, seq } = deletions;
  for (let after: string | undefined; ; ) {
    const buried = await deps.planner.deletedInPlanSince(project.projectId, kind, seq, {
      limit: recordsAtOnce,
      ...(after === undefined ? {} : { after }),
    });
    if (buried.length > 0) await carryOutBatch(deletions, kind, buried);
    after = buried.at(-1)?.id;
    if (buried.length < recordsAtOnce) return;
  }
}

async function carryOutBatch(
  deletions: Deletions,
  kind: DeletedKind,
  buried: readonly PairedRecord[],
): Promise<void> {
  const { deps, project } = deletions;
  const ids = buried.map(({ externalId }) => externalId);
  const page = await shownById(deps, project, kind, ids);
  // What somebody edited in ConnectWise since comes back by this.
  await mergeShown(deps, project, kind, page);
  const shown = new Map(page.items.map((item) => [item.id, item]));
  const unreadable = new Set(page.skipped.map(({ id }) => id));
  const now = await deps.planner.recordsById(
    kind,
    buried.map(({ id }) => id),
  );
  for (const record of now) {
    const { externalId, base, deleted } = record;
    if (!deleted || externalId === undefined || !base || unreadable.has(externalId)) continue;
    const paired: PairedRecord = { ...record, externalId, base };
    const item = shown.get(externalId);
    const done = item ? await carryOutOne(deletions, paired, item) : gone;
    if (done) await note(deletions, paired, done);
  }
}

type Done = { readonly carried: Carried; readonly base?: PairedRecord['base']; readonly words: string };

const gone: Done = { carried: 'deleted', words: 'it is gone from ConnectWise, too' };

async function note({ deps, project }: Deletions, record: PairedRecord, done: Done): Promise<void> {
  const { words, ...mark } = done;
  const line = carriedEntry(deps.clock.now(), writerOf(project.run), record, words);
  // The mark of what is being sent came in between.
  const [now] = await deps.planner.recordsById(record.kind, [record.id]);
  if (!now?.deleted) return;
  await applyMarks(deps, project, record.kind, [{ id: now.id, version: now.version, mark, line }]);
  if (done.carried === 'deleted') project.run.tally.deleted += 1;
}

/** Undefined where ConnectWise did not do it, and is asked again by the next whole reading. */
function carryOutOne(deletions: Deletions, record: PairedRecord, shown: object): Promise<Done | undefined> {
  if (record.kind === 'task') return taskDone(deletions, record, shown as PsaTicket);
  return record.kind === 'phase' ? phaseDone(deletions, record) : removed(deletions, record, 'scheduleEntry');
}

async function taskDone(
  deletions: Deletions,
  record: PairedRecord,
  ticket: PsaTicket,
): Promise<Done | undefined> {
  const { deps, project } = deletions;
  const { planDeletionRule } = await deps.settings.read();
  if (planDeletionRule === 'ignore') return { carried: 'ignored', words: 'its ticket is left alone' };
  if (planDeletionRule === 'cancel') return await cancelled(deletions, record, ticket);
  const logged = await deps.planner.childrenOf(project.projectId, 'timeLog', [record.id]);
  if (logged.length > 0) return await cancelled(deletions, record, ticket);
  const done = await removed(deletions, record, 'ticket');
  return done.carried === 'deleted' ? done : await cancelled(deletions, record, ticket);
}

/** Its status in ConnectWise becomes the one that means cancelled. */
async function cancelled(
  deletions: Deletions,
  record: PairedRecord,
  ticket: PsaTicket,
): Promise<Done | undefined> {
  const { deps, project, outbound } = deletions;
  const board = boardOf(record);
  const status = board === null ? undefined : outbound.statusFor(board, 'Cancelled');
  if (!status) {
    const words = 'its board has no status that means “Cancelled”, so its ticket is left alone';
    return { carried: 'ignored', words };
  }
  const asCancelled = (shown: PsaTicket): Done => {
    const context = contextOf(project);
    const { psa, plan } = basesOf(taskFields, shown, context);
    const base = {
      psa: { ...record.base.psa, status: psa.status ?? null, closed: psa.closed ?? null },
      plan: { ...record.base.plan, status: plan.status ?? null, closed: plan.closed ?? null },
    };
    return { carried: 'cancelled', base, words: `its ticket was set to “${status.name}”` };
  };
  if (ticket.status?.id === status.id) return asCancelled(ticket);
  const sent = basesOf(taskFields, { ...ticket, status }, contextOf(project)).psa.status ?? null;
  const isFirst = record.sent === undefined;
  const mark: PlanMark = { id: record.id, version: record.version, mark: { sent: { status: sent } } };
  await applyMarks(deps, project, 'task', [mark]);
  await beforeWrite(deps, project);
  const call = callOf(project.run, project.projectId);
  try {
    const scope = { project: project.externalId };
    const written = await deps.writes.patch('ticket', record.externalId, { status }, scope, call);
    if (!written) return gone;
    if (meansCancelled(deletions, board, written.record)) return asCancelled(written.record);
    // Every whole reading sends it again.
    if (isFirst) await sayNotTaken(deletions, record, status.name ?? 'Cancelled');
    return undefined;
  } catch (error) {
    const rejection = rejectionOf(error);
    if (!rejection) throw error;
    const words = `ConnectWise did not let its ticket be cancelled (${wordsOf(rejection)})`;
    return { carried: 'ignored', words };
  }
}

function meansCancelled({ project }: Deletions, board: number | null, { status }: PsaTicket): boolean {
  return board !== null && status !== null && project.meaning(board, status.id).category === 'Cancelled';
}

async function sayNotTaken(
  { deps, project }: Deletions,
  record: PairedRecord,
  status: string,
): Promise<void> {
  const refusal = { field: 'status', value: status, words: acceptedNotChanged };
  await deps.log.append([rejectedEntry(deps.clock.now(), writerOf(project.run), record, [refusal])]);
}

/** Deleted only where nothing is in it: what is in it is nobody's to delete by the way. */
async function phaseDone(deletions: Deletions, record: PairedRecord): Promise<Done> {
  const { deps, project } = deletions;
  const call = callOf(project.run, project.projectId);
  const scope = { project: project.externalId };
  for await (const { items } of deps.psa.list('ticket', scope, call)) {
    if (items.some(({ phase }) => phase?.id === record.externalId)) return notEmpty;
  }
  for await (const { items } of deps.psa.list('phase', scope, call)) {
    if (items.some(({ parent }) => parent?.id === record.externalId)) return notEmpty;
  }
  return await removed(deletions, record, 'phase');
}

const notEmpty: Done = { carried: 'ignored', words: 'in ConnectWise it is not empty, so it is left alone' };

async function removed(
  { deps, project }: Deletions,
  record: PairedRecord,
  kind: 'phase' | 'ticket' | 'scheduleEntry',
): Promise<Done> {
  await beforeWrite(deps, project);
  const call = callOf(project.run, project.projectId);
  try {
    await deps.writes.remove(kind, record.externalId, { project: project.externalId }, call);
    return { carried: 'deleted', words: 'it was deleted in ConnectWise, too' };
  } catch (error) {
    const rejection = rejectionOf(error);
    if (!rejection) throw error;
    return { carried: 'ignored', words: `ConnectWise did not let it be deleted (${wordsOf(rejection)})` };
  }
}
