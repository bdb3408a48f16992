/**
 * Writes edits of the plan to the ConnectWise records that they are of (sync.md, "PATCH" and "Read-back").
 *
 * Hard cases: ConnectWise has no conditional write, so each batch is read and merged again directly before it is
 * written; an answer may be lost, so what is sent is stored first, with what it overwrites; an answer may be untrue or
 * show another form, so it is merged like any other reading; and one refused field must not hold up the others.
 */
import {
  fieldsToWrite,
  notRefused,
  outgoing,
  type PatchedKind,
  patchedKinds,
} from '../../../domain/outbound-fields.ts';
import type { PairedRecord } from '../../../domain/plan.ts';
import type { PatchableKind, PsaChanges, PsaRecord } from '../../../domain/psa-records.ts';
import type { Refusal } from '../../../domain/rejections.ts';
import { outermostFirst } from '../../../domain/wbs-codes.ts';
import type { PlanMark } from '../../../ports/planner.ts';
import type { PsaPage } from '../../../ports/psa.ts';
import { psaPlural } from '../log-entries.ts';
import { mergeHeader, readHeader } from '../read-header.ts';
import { type AnyShown, mergeShown, shownById } from '../read-kinds.ts';
import { contextOf, type ProjectRun } from '../reading.ts';
import { callOf, type SyncDeps, writerOf } from '../run.ts';
import { markEach, noteRefusals } from './marks.ts';
import { boardOf, contextFor, type Outbound, withTeam } from './outbound.ts';
import { type SentRecord, sentOf } from './sent.ts';
import { beforeWrite, rejectionOf, sideBySide, wordsOf, writesAtOnce } from './writing.ts';
import { overwrittenEntry } from './written-entries.ts';

/** Records that are read again at once, directly before they are written. */
const recordsAtOnce = 25;
/** An older reading is repeated before anything is written, in milliseconds. */
const readingHoldsMs = 15_000;

type AnyChange = PsaChanges[PatchableKind];
type Shown = PsaRecord & object;

export type Patching = {
  readonly deps: SyncDeps;
  readonly project: ProjectRun;
  readonly outbound: Outbound;
  readonly kind: PatchedKind;
  /** Whether what ConnectWise refused before is tried again. */
  readonly everything: boolean;
};

/** @param ids external ids of records in which the plan is perhaps ahead */
export async function patchRecords(patching: Patching, ids: readonly number[]): Promise<void> {
  const { project, kind } = patching;
  let queue = [...new Set(ids)];
  for (let done = 0; queue.length > 0; ) {
    const progress = {
      phase: `writing ${psaPlural(kind)}`,
      doneCount: done,
      totalCount: done + queue.length,
    };
    await project.run.control.checkpoint(progress);
    const batch = queue.slice(0, recordsAtOnce);
    const late = await patchBatch(patching, batch);
    done += batch.length - late.length;
    queue = [...late, ...queue.slice(recordsAtOnce)];
  }
}

/** @returns external ids of those that the batch did not come to in time */
async function patchBatch(patching: Patching, ids: readonly number[]): Promise<readonly number[]> {
  const { deps, project, kind } = patching;
  const readAtMs = deps.clock.monotonicMs();
  const fresh = await readAgain(patching, ids);
  const { ready, held } = await markSent(patching, fresh);
  const answers = new Map<number, Shown>();
  const refusals = new Map(held);
  const late: number[] = [];
  try {
    await sideBySide(
      ready,
      async (one) => {
        if (deps.clock.monotonicMs() - readAtMs > readingHoldsMs)
          return void late.push(one.record.externalId);
        const answered = await send(patching, one);
        const { id } = one.record;
        if (answered.refused.length > 0) refusals.set(id, [...(refusals.get(id) ?? []), ...answered.refused]);
        if (answered.shown) answers.set(one.record.externalId, answered.shown);
      },
      // A phase that moves takes those within it along: one after another.
      kind === 'phase' ? 1 : writesAtOnce,
    );
  } finally {
    // Whatever was answered is stored, also where the rest could not be asked any more.
    if (answers.size > 0) await mergeAnswers(patching, fresh, [...answers.values()]);
  }
  await noteRefusals(deps, project, kind, refusals);
  return late;
}

type Fresh = ReadonlyMap<number, Shown>;

/** Reads the records by id and merges what that shows: what is written is merged from both sides as they are now. */
async function readAgain({ deps, project, kind }: Patching, ids: readonly number[]): Promise<Fresh> {
  if (kind === 'project') {
    const { project: header, readAt } = await readHeader(deps, project);
    await mergeHeader(deps, project, { items: [header], skipped: [], readAt });
    return new Map([[header.id, header]]);
  }
  const page = await shownById(deps, project, kind, ids);
  await mergeShown(deps, project, kind, page);
  await suspect(deps, project, kind, ids, page);
  return new Map(page.items.map((item) => [item.id, item]));
}

/** What is not shown any more is looked for by a run of its own, which doubts it as any other deletion. */
async function suspect(
  deps: SyncDeps,
  { run }: ProjectRun,
  kind: Exclude<PatchedKind, 'project'>,
  ids: readonly number[],
  page: PsaPage<AnyShown>,
): Promise<void> {
  const shown = new Set([...page.items, ...page.skipped].map(({ id }) => id));
  const suspects = ids.filter((id) => !shown.has(id)).map((id) => ({ kind: patchedKinds[kind], id }));
  if (suspects.length > 0) await deps.tasks.trigger(run.task.id, { kinds: ['delta'], prio: 1, suspects });
}

/** One record with what is to be sent of it. */
type Ready = SentRecord & {
  readonly changes: readonly { readonly field: string; readonly change: AnyChange }[];
};

type Marked = {
  readonly ready: readonly Ready[];
  /** Of the records' ids: what of them cannot be put in ConnectWise's terms. */
  readonly held: ReadonlyMap<string, readonly Refusal[]>;
};

/** Stores what is about to be sent, and what it overwrites. What somebody edited in this moment is left for later. */
async function markSent(patching: Patching, fresh: Fresh): Promise<Marked> {
  const { deps, project, kind } = patching;
  const found = await deps.planner.pairedByExternalId(kind, [...fresh.keys()]);
  const buried = await buriedTasks(deps, kind, found);
  const mine = found.filter(
    ({ projectId, deleted, frozen, parentId = '' }) =>
      projectId === project.projectId && !deleted && !frozen && !buried.has(parentId),
  );
  const held = new Map<string, readonly Refusal[]>();
  // A phase may be moved below one that is moved itself.
  const inOrder = outermostFirst(mine).flat();
  const ready = inOrder.flatMap((record) => readyOf(patching, record, fresh.get(record.externalId), held));
  const at = deps.clock.now();
  const mark = ready.map(({ record, sent, overwritten }): PlanMark => {
    const line = overwrittenEntry(at, writerOf(project.run), record, overwritten);
    const { id, version } = record;
    return { id, version, mark: { sent }, ...(overwritten.length > 0 ? { line } : {}) };
  });
  const marked = await markEach(deps, project, kind, mark);
  project.run.tally.conflicts += mark.filter(({ line }) => line).length;
  return { ready: ready.filter(({ record: { id } }) => marked.has(id)), held };
}

/** What stands on a task that was deleted is not read any more: it stays as it is until the task is back. */
async function buriedTasks(
  { planner }: SyncDeps,
  kind: PatchedKind,
  records: readonly PairedRecord[],
): Promise<ReadonlySet<string>> {
  if (kind !== 'event') return new Set();
  const ids = new Set(records.flatMap(({ parentId }) => parentId ?? []));
  const tasks = await planner.recordsById('task', [...ids]);
  return new Set(tasks.flatMap(({ id, deleted }) => (deleted ? [id] : [])));
}

function readyOf(
  { project, outbound, kind, everything }: Patching,
  record: PairedRecord,
  shown: Shown | undefined,
  held: Map<string, readonly Refusal[]>,
): Ready[] {
  const open = fieldsToWrite(record);
  const again = everything || project.ahead.get(kind)?.get(record.externalId)?.changedThere;
  const wanted = again ? open : notRefused(record, open);
  if (!shown || wanted.length === 0) return [];
  const out = outgoing(kind, record.fields, wanted, contextFor(outbound, record.id, boardOf(record)));
  // A task outside of its phase is told of by itself, whenever somebody takes one out.
  const refused = out.held.filter(({ field }) => field !== 'phaseId' || record.fields.phaseId !== null);
  if (refused.length > 0) {
    const value = (field: string) => record.fields[field] ?? null;
    held.set(
      record.id,
      refused.map(({ field, words }) => ({ field, value: value(field), words })),
    );
  }
  const changes = out.changes.map(({ field, change }) => ({
    field,
    change: kind === 'event' ? withTeam(outbound, change as PsaChanges['scheduleEntry']) : change,
  }));
  if (changes.length === 0) return [];
  return [{ ...sentOf(kind, record, shown, changes, contextOf(project)), changes }];
}

type Answered = { readonly shown?: Shown; readonly refused: readonly Refusal[] };

/** All of it at once; where ConnectWise refuses that, each part by itself. */
async function send(patching: Patching, { record, changes }: Ready): Promise<Answered> {
  const value = (field: string) => record.fields[field] ?? null;
  const whole = Object.assign({}, ...changes.map(({ change }) => change)) as AnyChange;
  try {
    return { ...(await patchOne(patching, record.externalId, whole)), refused: [] };
  } catch (error) {
    const rejection = rejectionOf(error);
    if (!rejection) throw error;
    const [only] = changes;
    if (changes.length === 1 && only) {
      return { refused: [{ field: only.field, value: value(only.field), words: wordsOf(rejection) }] };
    }
  }
  let last: Shown | undefined;
  const refused: Refusal[] = [];
  for (const { field, change } of changes) {
    try {
      const { shown } = await patchOne(patching, record.externalId, change);
      last = shown ?? last;
    } catch (error) {
      const rejection = rejectionOf(error);
      if (!rejection) throw error;
      refused.push({ field, value: value(field), words: wordsOf(rejection) });
    }
  }
  return { ...(last ? { shown: last } : {}), refused };
}

async function patchOne(
  { deps, project, kind }: Patching,
  externalId: number,
  change: AnyChange,
): Promise<{ readonly shown?: Shown }> {
  await beforeWrite(deps, project);
  const scope = { project: project.externalId };
  const call = callOf(project.run, project.projectId);
  const written = await deps.writes.patch(patchedKinds[kind], externalId, change, scope, call);
  return written ? { shown: written.record } : {};
}

async function mergeAnswers(
  { deps, project, kind }: Patching,
  fresh: Fresh,
  answers: readonly Shown[],
): Promise<void> {
  const answering: ProjectRun = {
    ...project,
    answersTo: { kind, records: fresh, by: await deps.writes.ownMember() },
  };
  const page = { items: answers, skipped: [], readAt: null };
  if (kind === 'project') await mergeHeader(deps, answering, page as never);
  else await mergeShown(deps, answering, kind, page as unknown as PsaPage<AnyShown>);
}
