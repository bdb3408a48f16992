/** What people and programs write into the plan, from whatever door: judged first, then stored with its trigger. */
import { sameJson } from '../../domain/json.ts';
import type { Fields, PlanRecord } from '../../domain/plan.ts';
import { type DoorAnswer, type DoorKind, type Refusal, refusals } from '../../domain/plan-door.ts';
import type { Actor, Priority } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Planner } from '../../ports/planner.ts';
import { type DoorContextDeps, doorContext } from './door-context.ts';

export type EditDeps = DoorContextDeps & {
  readonly planner: Pick<Planner, 'edit' | 'create' | 'list'>;
  readonly clock: Pick<Clock, 'now'>;
};

/** Who writes, and how soon it is to be synced: 2 where a person waits for it, 1 for a program. */
export type Writer = { readonly by: Actor; readonly prio: Priority };

export type PlanWritten =
  /** `before` is absent where it was made just now. */
  | { readonly result: 'stored'; readonly record: PlanRecord; readonly before?: PlanRecord }
  /** It is so already: nothing was written and nothing is synced. */
  | { readonly result: 'unchanged'; readonly record: PlanRecord }
  | { readonly result: 'refused'; readonly refusals: readonly Refusal[] }
  /** Somebody wrote it since that version; with what it is now. */
  | { readonly result: 'conflict'; readonly record: PlanRecord }
  | { readonly result: 'missing' };

/** Which kinds a door may delete. */
export const deletableKinds = ['phase', 'task', 'event'] as const;
type DeletableKind = (typeof deletableKinds)[number];

/** A live record; undefined also for one that was deleted. */
export async function readRecord(
  { planner }: { readonly planner: Pick<Planner, 'recordsById'> },
  kind: PlanRecord['kind'],
  id: string,
): Promise<PlanRecord | undefined> {
  const [record] = await planner.recordsById(kind, [id]);
  return record?.deleted ? undefined : record;
}

/** What becomes of a wish: the fields to store, or why not. */
export async function judge(
  deps: DoorContextDeps,
  wish: {
    readonly kind: DoorKind;
    readonly projectId: string;
    readonly record?: PlanRecord;
    readonly fields: Fields;
  },
): Promise<DoorAnswer> {
  return refusals(wish, await doorContext(deps, wish));
}

/** @param version the one that the writer saw */
export async function changeInPlan(
  deps: EditDeps,
  wish: { readonly kind: DoorKind; readonly id: string; readonly version: number; readonly fields: Fields },
  { by, prio }: Writer,
): Promise<PlanWritten> {
  const { kind, id, version, fields } = wish;
  const record = await readRecord(deps, kind, id);
  if (!record) return { result: 'missing' };
  // Before it is judged: what is refused may be so because of what somebody changed.
  if (record.version !== version) return { result: 'conflict', record };
  const { projectId } = record;
  const judged = await judge(deps, { kind, projectId, record, fields });
  if (judged.result === 'refused') return judged;
  const changed = Object.entries(judged.fields).some(
    ([field, value]) => !sameJson(value, record.fields[field] ?? null),
  );
  if (!changed) return { result: 'unchanged', record };
  const edit = { kind, id, version, change: { fields: judged.fields }, by, at: deps.clock.now() };
  const edited = await deps.planner.edit(edit, { kinds: ['delta'], prio });
  return edited.result === 'stored' ? { ...edited, before: record } : edited;
}

export async function deleteInPlan(
  deps: EditDeps,
  wish: { readonly kind: DeletableKind; readonly id: string; readonly version: number },
  { by, prio }: Writer,
): Promise<PlanWritten> {
  const { kind, id, version } = wish;
  const record = await readRecord(deps, kind, id);
  if (!record) return { result: 'missing' };
  if (record.version !== version) return { result: 'conflict', record };
  const within = kind === 'phase' ? await standsIn(deps, record) : undefined;
  if (within) return { result: 'refused', refusals: [{ path: 'id', reason: within }] };
  const edit = { kind, id, version, change: 'delete', by, at: deps.clock.now() } as const;
  const edited = await deps.planner.edit(edit, { kinds: ['delta'], prio });
  return edited.result === 'stored' ? { ...edited, before: record } : edited;
}

const pageOfTasks = 500;

/** ConnectWise deletes a phase only when it is empty. */
async function standsIn({ planner }: EditDeps, phase: PlanRecord): Promise<string | undefined> {
  const phases = await planner.phases(phase.projectId);
  if (phases.some(({ fields }) => fields.parentId === phase.id))
    return 'phases stand within this phase: move or delete them first';
  let after: string | undefined;
  for (;;) {
    const query = {
      projectId: phase.projectId,
      limit: pageOfTasks,
      ...(after === undefined ? {} : { after }),
    };
    const tasks = await planner.list('task', query);
    if (tasks.some(({ fields }) => fields.phaseId === phase.id))
      return 'tasks stand in this phase: move or delete them first';
    if (tasks.length < pageOfTasks) return undefined;
    after = tasks.at(-1)?.id;
  }
}

/**
 * @param wish.id of the new record; where there is one with that id already, that is the answer, as `unchanged`
 * @param wish.fields with `projectId` for what hangs on a project, with `taskId` for what belongs to a task; neither
 *   for a project
 */
export async function createInPlan(
  deps: EditDeps,
  wish: { readonly kind: DoorKind; readonly id: string; readonly fields: Fields },
  { by, prio }: Writer,
): Promise<PlanWritten> {
  const { kind, id, fields } = wish;
  const found = await placeOf(deps, wish);
  if ('refused' in found) return { result: 'refused', refusals: [found.refused] };
  const { projectId, parentId } = found;
  const judged = refusals({ kind, fields }, await doorContext(deps, { kind, projectId, fields }));
  if (judged.result === 'refused') return judged;
  const record = { kind, id, projectId, fields: judged.fields, by, at: deps.clock.now() };
  const made = await deps.planner.create(parentId === undefined ? record : { ...record, parentId }, {
    kinds: ['delta'],
    prio,
  });
  if (made.result === 'stored') return made;
  const [there] = await deps.planner.recordsById(kind, [id]);
  return there && !there.deleted ? { result: 'unchanged', record: there } : { result: 'missing' };
}

type FoundPlace = { readonly projectId: string; readonly parentId?: string } | { readonly refused: Refusal };

async function placeOf(
  deps: EditDeps,
  { kind, id, fields }: { readonly kind: DoorKind; readonly id: string; readonly fields: Fields },
): Promise<FoundPlace> {
  // A plan project has the id that its sync task would be linked with.
  if (kind === 'project') return { projectId: id };
  const ofTask = kind === 'event' || kind === 'timeLog' || kind === 'ticketNote';
  const path = ofTask ? 'taskId' : 'projectId';
  const named = fields[path];
  if (typeof named !== 'string')
    return { refused: { path, reason: `is needed, the id of a ${ofTask ? 'task' : 'project'}` } };
  const place = await readRecord(deps, ofTask ? 'task' : 'project', named);
  if (!place) return { refused: { path, reason: `there is no such ${ofTask ? 'task' : 'project'}` } };
  return ofTask ? { projectId: place.projectId, parentId: named } : { projectId: named };
}
