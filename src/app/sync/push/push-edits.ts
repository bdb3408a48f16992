/**
 * The way out: what was edited, made and deleted in the plan goes to ConnectWise (sync.md, "Apply" and "Deletions"),
 * after everything that ConnectWise shows has been merged. Parents before children, deletions last and the other way
 * round.
 *
 * While writing is off nothing is sent; the edits stay visible as edits, and a whole reading takes them up once it is
 * on. The same goes for what ConnectWise refused: it is tried again where either side changes, in every comprehensive
 * sync, and when a person asks.
 */
import { type Failure, FailureError, WritingIsOff } from '../../../domain/failure.ts';
import { isCreated, isToBeMade } from '../../../domain/new-records.ts';
import { fieldsToWrite, isPatched } from '../../../domain/outbound-fields.ts';
import { isPaired, type PlanKind, type PlanRecord, planKinds, psaKindOf } from '../../../domain/plan.ts';
import { outermostFirst } from '../../../domain/wbs-codes.ts';
import { nameOf } from '../log-entries.ts';
import type { ProjectRun } from '../reading.ts';
import type { SyncDeps } from '../run.ts';
import { carryOutDeletions } from './carry-out-deletions.ts';
import { editedSince } from './edited-since.ts';
import { makeRecords } from './make.ts';
import { pushOrders } from './order.ts';
import { type Outbound, openOutbound } from './outbound.ts';
import { patchRecords } from './patch.ts';
import { mayWrite } from './writing.ts';

export type Pushed = {
  /** Records of which it is not known whether ConnectWise made them: the next run looks. */
  readonly left: number;
  /** Something that a person must see to. */
  readonly attention?: Failure;
};

export type Pushing = {
  readonly deps: SyncDeps;
  readonly project: ProjectRun;
  /** ConnectWise's clock. */
  readonly psaNow: () => Date;
  /** The project's count of plan edits when the run began. */
  readonly planSeq: number;
};

export async function pushEdits(pushing: Pushing): Promise<Pushed> {
  const { deps, project } = pushing;
  if (!(await mayWrite(deps))) return { left: 0 };
  const left = hasReason(pushing) ? await pushAll(pushing) : 0;
  const looks = hasReason(pushing) || project.run.task.needsAttention?.failure.code === 'cw.rejected';
  const attention = project.writesRefused[0] ?? (looks ? await rejectionIn(deps, project) : undefined);
  return { left, ...(attention ? { attention } : {}) };
}

function asksForEverything({ run: { mode, task } }: ProjectRun): boolean {
  return mode === 'comprehensive' || task.claimed?.prio === 2;
}

/** A delta with nothing edited on either side asks for nothing. */
function hasReason({ project, planSeq }: Pushing): boolean {
  const isAhead = [...project.ahead.values()].some(({ size }) => size > 0);
  const edited = planSeq > (project.run.task.watermarks.plan ?? 0);
  const found = project.toMake.size > 0 || project.joined.size > 0 || project.foundBuried;
  return asksForEverything(project) || edited || isAhead || found;
}

async function pushAll(pushing: Pushing): Promise<number> {
  const { deps, project } = pushing;
  const seq = asksForEverything(project) ? 0 : (project.run.task.watermarks.plan ?? 0);
  const work = await deps.planner.openWork(project.projectId, seq, ['edited', 'buried']);
  const outbound = await openOutbound(deps, project);
  let left = 0;
  try {
    for (const kind of planKinds) {
      const asked = { seq, anyEdited: work.edited.has(kind) };
      left += await withoutPermission(project, kind, () => pushKind(pushing, outbound, kind, asked));
    }
    await withoutPermission(project, 'phase', async () => {
      const everything = asksForEverything(project);
      await pushOrders({ deps, project, seq, kinds: work.edited, everything });
      return 0;
    });
    await withoutPermission(project, 'task', async () => {
      // Of what was found only now, the deletion may be older than what is looked for.
      const buried = project.foundBuried
        ? { seq: 0, kinds: new Set(planKinds) }
        : { seq, kinds: work.buried };
      await carryOutDeletions({ deps, project, outbound, ...buried });
      return 0;
    });
  } catch (error) {
    if (!(error instanceof WritingIsOff)) throw error;
  }
  return left;
}

/** A right that is missing for one kind stops that kind alone. */
async function withoutPermission(
  project: ProjectRun,
  kind: PlanKind,
  push: () => Promise<number>,
): Promise<number> {
  try {
    return await push();
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.code !== 'cw.permission') throw error;
    project.writesRefused.push({ entity: psaKindOf[kind], ...error.failure });
    return 0;
  }
}

type Asked = {
  /** Edits after this one of the project's count. */
  readonly seq: number;
  /** Whether there are any of this kind. */
  readonly anyEdited: boolean;
};

async function pushKind(pushing: Pushing, outbound: Outbound, kind: PlanKind, asked: Asked): Promise<number> {
  if (!isPatched(kind) && !isCreated(kind)) return 0;
  const { deps, project, psaNow } = pushing;
  const { ahead, toMake } = await whatToPush(pushing, kind, asked);
  let left = 0;
  if (isCreated(kind)) {
    for (const level of outermostFirst(toMake)) {
      left += await makeRecords({ deps, project, outbound, kind, psaNow }, level);
    }
  }
  const everything = asksForEverything(project);
  if (isPatched(kind)) await patchRecords({ deps, project, outbound, kind, everything }, ahead);
  return left;
}

type ToPush = {
  /** External ids of records in which the plan is ahead. */
  readonly ahead: readonly number[];
  readonly toMake: readonly PlanRecord[];
};

async function whatToPush({ deps, project }: Pushing, kind: PlanKind, asked: Asked): Promise<ToPush> {
  const ahead = new Set(project.ahead.get(kind)?.keys());
  const toMake = new Map<string, PlanRecord>();
  const note = (record: PlanRecord): void => {
    if (record.projectId !== project.projectId) return;
    if (isToBeMade(record) && record.intent === undefined) toMake.set(record.id, record);
    else if (isPaired(record) && !record.frozen && fieldsToWrite(record).length > 0)
      ahead.add(record.externalId);
  };
  const { planner } = deps;
  if (asked.anyEdited) {
    for await (const page of editedSince(planner, project.projectId, kind, asked.seq)) page.forEach(note);
  }
  const found = [...project.toMake, ...(await waitingFor(deps, project, kind))];
  if (found.length > 0) for (const record of await planner.recordsById(kind, found)) note(record);
  // In the order in which they came to the plan: ConnectWise numbers phases as they are made.
  const inOrder = [...toMake.values()].toSorted((a, b) => (a.planSeq ?? 0) - (b.planSeq ?? 0));
  return { ahead: [...ahead], toMake: inOrder };
}

/** What waited for what this run paired was edited long ago. */
async function waitingFor(
  { planner }: SyncDeps,
  { joined, projectId }: ProjectRun,
  kind: PlanKind,
): Promise<readonly string[]> {
  return joined.size === 0 ? [] : await planner.unpairedBelow(projectId, kind, [...joined]);
}

/** Looked for where there can be any. */
async function rejectionIn(deps: SyncDeps, { projectId, run }: ProjectRun): Promise<Failure | undefined> {
  const [record] = await deps.planner.rejectedIn(projectId, 1);
  const [first] = Object.entries(record?.rejected?.fields ?? {});
  if (!record || !first) return undefined;
  const [field, { words }] = first;
  const named = nameOf(record.kind, record.fields, record.externalId);
  const what = isPaired(record) ? `ConnectWise did not take ${field}` : 'it could not be made in ConnectWise';
  return {
    code: 'cw.rejected',
    entity: psaKindOf[record.kind],
    field,
    message: `${named}: ${what} (${words}).`,
    reference: run.runId,
  };
}
