/**
 * The order of phases and tasks below one parent, as somebody put it in the plan (sync.md, "Merged as one value"):
 * merged with the order that ConnectWise shows directly before, written as the fewest moves, read back once. What
 * ConnectWise then shows is final: it is not asked for the same order again.
 *
 * Hard cases: a move renumbers others, with all within them; a run that ends in between has moved some (the next one
 * finds those in their place); somebody orders anew while this is written; and one of those that are named has no
 * pair yet (its place would be lost: the order waits for the run that pairs it).
 */
import { isToBeMade } from '../../../domain/new-records.ts';
import { fieldsToWrite, notRefused } from '../../../domain/outbound-fields.ts';
import { isPaired, type PairedRecord, type PlanKind, type PlanRecord } from '../../../domain/plan.ts';
import {
  mergeOrder,
  moveBehind,
  movesBetween,
  type OrderEdit,
  orderEditOf,
} from '../../../domain/sibling-order.ts';
import { inOrderBelow, type WbsCodes } from '../../../domain/wbs-codes.ts';
import type { LogEntry } from '../../../ports/log-store.ts';
import { nameOf } from '../log-entries.ts';
import { type AnyShown, mergeShown, shownById } from '../read-kinds.ts';
import type { ProjectRun } from '../reading.ts';
import { callOf, type SyncDeps, writerOf } from '../run.ts';
import { RunStopped } from '../run-control.ts';
import { editedSince } from './edited-since.ts';
import { noteRefusals } from './marks.ts';
import { beforeWrite, rejectionOf, wordsOf } from './writing.ts';
import { orderedEntry } from './written-entries.ts';

export type Ordering = {
  readonly deps: SyncDeps;
  readonly project: ProjectRun;
  /** The project's count of plan edits from which on edits are looked for. */
  readonly seq: number;
  /** Kinds of which there are any. */
  readonly kinds: ReadonlySet<PlanKind>;
  /** Whether what ConnectWise refused before is tried again. */
  readonly everything: boolean;
};

const childKinds = ['phase', 'task'] as const;
const tasksAtOnce = 500;
/** People who keep ordering while it is stored are left to the next run. */
const triesToClose = 5;

export async function pushOrders(ordering: Ordering): Promise<void> {
  const { deps, project, seq, kinds, everything } = ordering;
  const seen = new Set<string>();
  async function push(record: PlanRecord): Promise<void> {
    const wanted = fieldsToWrite(record);
    const isOpen = (everything ? wanted : notRefused(record, wanted)).includes('order');
    if (seen.has(record.id) || !isOpen || !isPaired(record) || record.frozen || record.deleted) return;
    seen.add(record.id);
    await pushOrder(ordering, record);
  }
  for (const kind of ['project', 'phase'] as const) {
    if (!kinds.has(kind)) continue;
    for await (const records of editedSince(deps.planner, project.projectId, kind, seq)) {
      for (const record of records) await push(record);
    }
  }
  for (const record of await parentsOfJoined(ordering)) await push(record);
}

/** What this run paired may be what the order of its parent has waited for, however long ago that was edited. */
async function parentsOfJoined({ deps: { planner }, project }: Ordering): Promise<readonly PlanRecord[]> {
  const { joined, projectId } = project;
  if (joined.size === 0) return [];
  const ids = [...joined];
  const [phases, tasks] = [await planner.recordsById('phase', ids), await planner.recordsById('task', ids)];
  const above = [
    ...phases.map(({ fields }) => fields.parentId ?? projectId),
    ...tasks.map(({ fields }) => fields.phaseId),
  ].filter((id): id is string => typeof id === 'string');
  const parents = [...new Set(above)];
  return [
    ...(await planner.recordsById('project', parents)),
    ...(await planner.recordsById('phase', parents)),
  ];
}

async function pushOrder(ordering: Ordering, parent: PairedRecord): Promise<void> {
  const { deps, project } = ordering;
  const edit = orderEditOf(parent.fields);
  if (!edit) return;
  const live = await childrenOf(ordering, parent);
  if (live.some((child) => isAwaited(child) && edit.to.includes(child.id))) return;
  const children = live.filter(isPaired).filter(({ frozen }) => !frozen);
  const { codes, parentCode } = await readCodes(ordering, parent, children);
  if (parentCode === undefined) return;
  const shown = inOrderBelow(codes, parentCode);
  const planWins = project.settings.conflictWinner === 'plan';
  const { order, conflicts } = mergeOrder(edit, shown, planWins);
  const moves = movesBetween(shown, order);
  const refusal = await write({ ...ordering, parentCode }, children, moves, codes);
  const now = moves.length > 0 ? await readBack(ordering, parent, children, parentCode) : shown;
  if (refusal) {
    const refusals = [{ field: 'order', value: parent.fields.order ?? null, words: refusal }];
    return await noteRefusals(deps, project, parent.kind, new Map([[parent.id, refusals]]));
  }
  const named = new Map(
    children.map((child) => [child.id, nameOf(child.kind, child.fields, child.externalId)]),
  );
  const line = orderedEntry(deps.clock.now(), writerOf(project.run), parent, {
    ...{ named, wanted: edit.to, before: shown, now, moves: moves.length, conflicts, planWins },
  });
  await close(ordering, parent, edit, now, line);
}

/** Soon in ConnectWise: what was refused there is waited for by nobody. */
const isAwaited = (child: PlanRecord): boolean => isToBeMade(child) && !child.rejected;

/** Live, of either kind. */
async function childrenOf(
  { deps: { planner }, project: { projectId } }: Ordering,
  parent: PairedRecord,
): Promise<readonly PlanRecord[]> {
  const isTop = parent.kind === 'project';
  const phases = (await planner.phases(projectId)).filter(
    ({ fields }) => (fields.parentId ?? null) === (isTop ? null : parent.id),
  );
  const tasks: PlanRecord[] = [];
  // ConnectWise has no ticket outside of a phase.
  for (let offset = 0, more = !isTop; more; offset += tasksAtOnce) {
    const page = (await planner.tasks(projectId, { offset, limit: tasksAtOnce })).tasks;
    tasks.push(...page.filter(({ fields }) => fields.phaseId === parent.id));
    more = page.length === tasksAtOnce;
  }
  return [...phases, ...tasks];
}

type Codes = {
  readonly codes: WbsCodes;
  /** Null for a project; undefined where ConnectWise does not show the parent. */
  readonly parentCode: string | null | undefined;
};

/** Directly before it is written, and merged like any other reading. */
async function readCodes(
  { deps, project }: Ordering,
  parent: PairedRecord,
  children: readonly PairedRecord[],
): Promise<Codes> {
  const codes = new Map<string, string>();
  let parentCode: string | null | undefined = parent.kind === 'project' ? null : undefined;
  for (const kind of childKinds) {
    const own = children.filter((child) => child.kind === kind);
    const wanted = kind === parent.kind ? [...own, parent] : own;
    const ids = wanted.map(({ externalId }) => externalId);
    if (ids.length === 0) continue;
    const page = await shownById(deps, project, kind, ids);
    await mergeShown(deps, project, kind, page);
    const byId = new Map(page.items.map((item) => [item.id, codeOf(item)]));
    for (const { id, externalId } of own) codes.set(id, byId.get(externalId) ?? '');
    if (kind === parent.kind) parentCode = byId.get(parent.externalId);
  }
  return { codes, parentCode };
}

function codeOf(shown: AnyShown): string {
  return 'wbsCode' in shown ? (shown.wbsCode ?? '') : '';
}

/** @returns why ConnectWise did not take one of the moves; those before it are done */
async function write(
  { deps, project, parentCode }: Ordering & { readonly parentCode: string | null },
  children: readonly PairedRecord[],
  moves: ReturnType<typeof movesBetween>,
  shown: WbsCodes,
): Promise<string | undefined> {
  const byId = new Map(children.map((child) => [child.id, child]));
  const scope = { project: project.externalId };
  let codes = shown;
  for (const move of moves) {
    const child = byId.get(move.id);
    const placed = moveBehind(codes, move, parentCode);
    if (!child || placed.held !== undefined) return placed.held;
    await beforeWrite(deps, project);
    const call = callOf(project.run, project.projectId);
    const change = { wbsCode: placed.code };
    try {
      if (child.kind === 'phase') await deps.writes.patch('phase', child.externalId, change, scope, call);
      else await deps.writes.patch('ticket', child.externalId, change, scope, call);
    } catch (error) {
      const rejection = rejectionOf(error);
      if (!rejection) throw error;
      return wordsOf(rejection);
    }
    codes = placed.codes;
  }
  return undefined;
}

/** A move renumbers others and all within them: both kinds are read once in full. */
async function readBack(
  { deps, project }: Ordering,
  parent: PairedRecord,
  children: readonly PairedRecord[],
  parentCode: string | null,
): Promise<readonly string[]> {
  const shown = new Map<string, string>();
  const scope = { project: project.externalId };
  const call = callOf(project.run, project.projectId);
  for (const kind of childKinds) {
    const byId = new Map(
      children.filter((child) => child.kind === kind).map(({ externalId, id }) => [externalId, id]),
    );
    const pages =
      kind === 'phase' ? deps.psa.list('phase', scope, call) : deps.psa.list('ticket', scope, call);
    for await (const page of pages) {
      await mergeShown(deps, project, kind, page);
      for (const item of page.items) {
        const id = byId.get(item.id);
        if (id !== undefined) shown.set(id, codeOf(item));
      }
    }
  }
  // Below a phase whose own code did not change by moves among what is in it.
  return inOrderBelow(shown, parent.kind === 'project' ? null : parentCode);
}

/** The plan wants no more than what ConnectWise shows now; what somebody ordered meanwhile is of that. */
async function close(
  { deps, project }: Ordering,
  { kind, id }: PairedRecord,
  done: OrderEdit,
  now: readonly string[],
  line: LogEntry,
): Promise<void> {
  const { projectId, run } = project;
  for (let tries = 0; tries < triesToClose; tries += 1) {
    const [record] = await deps.planner.recordsById(kind, [id]);
    if (!record || !isPaired(record) || record.deleted) return;
    const { order: _done, ...fields } = record.fields;
    const newer = orderEditOf(record.fields);
    const isNewer = newer !== undefined && newer.to.join() !== done.to.join();
    const { order: _refused, ...refused } = record.rejected?.fields ?? {};
    const update = {
      ...{ id, version: record.version, base: record.base, line },
      fields: isNewer ? { ...fields, order: { from: now, to: newer.to } } : fields,
      ...(record.rejected
        ? { rejected: Object.keys(refused).length > 0 ? { ...record.rejected, fields: refused } : null }
        : {}),
    };
    const page = {
      projectId,
      lane: 'project',
      fence: run.fence,
      kind,
      create: [],
      update: [update],
    } as const;
    const applied = await deps.planner.apply(page);
    if (applied.result === 'stale') throw new RunStopped('lease-lost');
    if (applied.refused === 0) return;
  }
}
