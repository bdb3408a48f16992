/**
 * Makes a ConnectWise project of a plan project that is linked to none (sync.md, "Create"), and links the two.
 *
 * Hard cases: there is no idempotency key, so what is about to be made is written down on the plan project first; an
 * answer that was lost, or a process that was killed before it stored the link, leaves that behind, and it is looked
 * for before anything is made again, and no sooner than two minutes after. Two people push at once: the version of the
 * plan project decides. Nobody holds a lease, since there is no sync task yet: it counts as the run before the first
 * one, so that from the first run on it may write no more.
 */
import { FailureError } from '../../domain/failure.ts';
import { intentMarginMs, mayBePushed, newProject, projectKey } from '../../domain/new-project.ts';
import type { CreateIntent, PlanRecord } from '../../domain/plan.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import { statusWrittenFor } from '../../domain/status-mapping.ts';
import type { Actor } from '../../domain/sync-task.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import type { PlanMark, Planner } from '../../ports/planner.ts';
import type { Psa, PsaCall, PsaWrites } from '../../ports/psa.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { nameOf } from './log-entries.ts';
import { mayHaveBeenDone, rejectionOf, wordsOf } from './push/writing.ts';
import type { SyncDeps } from './run.ts';

export type PushDeps = Pick<SyncDeps, 'reference' | 'log' | 'clock'> & {
  readonly psa: Pick<Psa, 'changes' | 'project'>;
  readonly writes: Pick<PsaWrites, 'create'>;
  readonly planner: Pick<Planner, 'beginRun' | 'apply' | 'recordsById'>;
  readonly tasks: Pick<SyncTaskStore, 'create' | 'linked' | 'linkedExternalIds'>;
};

export type ProjectPushed =
  | { readonly result: 'linked'; readonly externalId: number; readonly how: 'made' | 'found' }
  /** ConnectWise did not take it, or the plan does not say enough of it. Nothing was made. */
  | { readonly result: 'refused'; readonly words: string; readonly field?: string }
  /** Nobody knows whether it was made. It is looked for from then on. */
  | { readonly result: 'unknown'; readonly lookAt: Date }
  /** Several projects of ConnectWise may be the one that was made. */
  | { readonly result: 'several'; readonly externalIds: readonly number[] }
  /** Another plan project has the ConnectWise project that was made: somebody imported it meanwhile. */
  | { readonly result: 'imported'; readonly externalId: number }
  /** Somebody wrote the plan project in this moment, or it is linked by now. */
  | { readonly result: 'changed' };

/** From the note of what is made to the request at most so long, in milliseconds: then nobody looks for it yet. */
const postWithinMs = 30_000;

/** @param record with all that ConnectWise needs, as it was stored last */
export async function pushProject(
  deps: PushDeps,
  record: PlanRecord,
  by: Actor,
  call: PsaCall,
): Promise<ProjectPushed> {
  const now = await psaNow(deps, call);
  if (record.intent) {
    if (now.getTime() - record.intent.at.getTime() < intentMarginMs) return unknownSince(record.intent);
    const settled = await settlePush(deps, record, by, call);
    if (settled) return settled;
  }
  return await makeProject(deps, record, { by, now }, call);
}

/**
 * Finds out what became of a project whose making was not answered.
 * @returns undefined where ConnectWise has none: it can be made once more
 */
export async function settlePush(
  deps: PushDeps,
  record: PlanRecord,
  by: Actor,
  call: PsaCall,
): Promise<ProjectPushed | undefined> {
  const { intent } = record;
  if (!intent) return undefined;
  const found = await candidates(deps, intent, call);
  const [only] = found;
  if (found.length > 1) return { result: 'several', externalIds: found.map(({ id }) => id) };
  return only ? await linkMade(deps, record, only, { by, how: 'found' }) : undefined;
}

/** Projects that look like it, are not older than it, and that no task has or ever had. */
async function candidates(
  { psa, tasks }: PushDeps,
  intent: CreateIntent,
  call: PsaCall,
): Promise<readonly PsaProject[]> {
  const since = new Date(intent.at.getTime() - intentMarginMs);
  const ids = new Set<number>();
  for await (const page of psa.changes('project', since, call)) for (const { id } of page.items) ids.add(id);
  const known = await tasks.linkedExternalIds();
  const found: PsaProject[] = [];
  for (const id of ids) {
    if (known.has(id)) continue;
    const project = await shownOrGone(psa, id, call);
    if (project && mayBePushed(intent, project)) found.push(project);
  }
  return found;
}

async function shownOrGone(psa: PushDeps['psa'], id: number, call: PsaCall): Promise<PsaProject | undefined> {
  try {
    return (await psa.project(id, call)).project;
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'cw.project-missing') return undefined;
    throw error;
  }
}

/** ConnectWise's clock; our own where it does not say. */
async function psaNow({ psa, clock }: PushDeps, call: PsaCall): Promise<Date> {
  for await (const { readAt } of psa.changes('project', clock.now(), call)) if (readAt) return readAt;
  return clock.now();
}

function unknownSince({ at }: CreateIntent): ProjectPushed {
  return { result: 'unknown', lookAt: new Date(at.getTime() + intentMarginMs) };
}

type Making = { readonly by: Actor; readonly now: Date };

async function makeProject(
  deps: PushDeps,
  record: PlanRecord,
  { by, now }: Making,
  call: PsaCall,
): Promise<ProjectPushed> {
  const mappings = await deps.reference.mappings();
  const statusFor = (of: number | 'projects', category: string) => statusWrittenFor(mappings, of, category);
  const draft = newProject(record.fields, { statusFor });
  if (draft.record === undefined) return { result: 'refused', words: draft.held };
  const naturalKey = projectKey(draft.record as Pick<PsaProject, 'name' | 'company'>);
  const intent: CreateIntent = { at: now, naturalKey, sent: record.fields };
  const writtenAtMs = deps.clock.monotonicMs();
  if (!(await writeDown(deps, record, intent))) return { result: 'changed' };
  let made: PsaProject;
  try {
    // Asked directly before: a process that stood still meanwhile must not make what somebody may look for by now.
    if (deps.clock.monotonicMs() - writtenAtMs > postWithinMs)
      throw new FailureError({ code: 'cw.unavailable' });
    made = (await deps.writes.create('project', draft.record, {}, call)).record;
  } catch (error) {
    return await notAnswered(deps, record, intent, error);
  }
  return await linkMade(deps, record, made, { by, how: 'made' });
}

/** Where ConnectWise surely made nothing, nothing is looked for. */
async function notAnswered(
  deps: PushDeps,
  record: PlanRecord,
  intent: CreateIntent,
  error: unknown,
): Promise<ProjectPushed> {
  if (mayHaveBeenDone(error)) return unknownSince(intent);
  await strikeOut(deps, record);
  const rejection = rejectionOf(error);
  if (!rejection) throw error;
  const { field } = rejection.failure;
  return { result: 'refused', words: wordsOf(rejection), ...(field === undefined ? {} : { field }) };
}

/** The first run of the new task pairs the two, which closes the intent. */
async function linkMade(
  deps: PushDeps,
  record: PlanRecord,
  shown: PsaProject,
  { by, how }: { readonly by: Actor; readonly how: 'made' | 'found' },
): Promise<ProjectPushed> {
  const { projectId } = record;
  const projectName = shown.name ?? `Project #${shown.id}`;
  const created = await deps.tasks.create({
    projectId,
    externalId: shown.id,
    projectName,
    customer: shown.company?.name ?? null,
    board: shown.board?.name ?? null,
    boardId: shown.board?.id ?? null,
  });
  if (!created) {
    const owner = (await deps.tasks.linked([shown.id])).get(shown.id);
    if (owner?.projectId === projectId) return { result: 'linked', externalId: shown.id, how };
    await strikeOut(deps, record);
    return { result: 'imported', externalId: shown.id };
  }
  const entry: LogEntry = {
    at: deps.clock.now(),
    severity: 'info',
    action: 'linked',
    direction: 'to ConnectWise',
    message: `${nameOf('project', record.fields)} was made in ConnectWise as project #${shown.id} and linked by ${by.name}`,
    projectId,
    entity: 'project',
    planId: projectId,
    externalId: shown.id,
  };
  await deps.log.append([entry]);
  return { result: 'linked', externalId: shown.id, how };
}

/** @returns false where somebody wrote the plan project meanwhile, or a run of its own task has begun */
async function writeDown(deps: PushDeps, record: PlanRecord, intent: CreateIntent): Promise<boolean> {
  return await markProject(deps, record, { id: record.id, version: record.version, mark: { intent } });
}

export async function strikeOut(
  deps: Pick<PushDeps, 'planner'>,
  { id, projectId }: PlanRecord,
): Promise<void> {
  const [now] = await deps.planner.recordsById('project', [id]);
  if (!now?.intent) return;
  await markProject(deps, { projectId }, { id, version: now.version, mark: { intent: null } });
}

/** As the run before the first one. */
export async function markProject(
  { planner }: Pick<PushDeps, 'planner'>,
  { projectId }: Pick<PlanRecord, 'projectId'>,
  one: PlanMark,
): Promise<boolean> {
  const run = { projectId, lane: 'project', fence: 0 } as const;
  if (!(await planner.beginRun(run))) return false;
  const applied = await planner.apply({ ...run, kind: 'project', create: [], update: [], mark: [one] });
  return applied.result === 'stored' && applied.refused === 0;
}
