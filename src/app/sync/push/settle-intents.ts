/**
 * Finds out what became of records whose making was not answered (sync.md, "Create"): before anything unknown is taken
 * as new, and no sooner than two minutes after it was asked for.
 *
 * Hard cases: several that look the same; one that somebody has renamed or moved in ConnectWise since, which is known
 * by who made it and by what is left of it; and what nobody can tell apart, which is left to a person.
 */
import { intentMarginMs } from '../../../domain/new-project.ts';
import { type CreatedKind, createdKinds } from '../../../domain/new-records.ts';
import type { PsaRecord } from '../../../domain/psa-records.ts';
import { recognise } from '../../../domain/unanswered.ts';
import type { PlanMark } from '../../../ports/planner.ts';
import type { PsaScope } from '../../../ports/psa.ts';
import { contextOf, type ProjectRun } from '../reading.ts';
import { callOf, type SyncDeps } from '../run.ts';
import { type Making, pairUp } from './make.ts';
import { applyMarks, noteRefusals } from './marks.ts';
import { followMoved, noneMoved } from './moved-meanwhile.ts';
import { isAlike, isOneOf, keyOf, likeness, type OpenIntent, openIntentsOf } from './open-intents.ts';
import { type Outbound, openOutbound } from './outbound.ts';

/** @returns how many are still open */
export async function settleIntents(
  deps: SyncDeps,
  project: ProjectRun,
  psaNow: () => Date,
): Promise<number> {
  let open = 0;
  let outbound: Outbound | undefined;
  const { intent: kinds } = await deps.planner.openWork(
    project.projectId,
    project.run.task.watermarks.plan ?? 0,
    ['intent'],
  );
  for (const kind of Object.keys(createdKinds) as CreatedKind[]) {
    if (!kinds.has(kind)) continue;
    const intents = await openIntentsOf(deps, project.projectId, kind);
    outbound ??= await openOutbound(deps, project);
    const making = { deps, project, outbound, kind, psaNow };
    const places = Map.groupBy(intents, ({ record }) => record.parentId);
    for (const [parentId, unanswered] of places) await settlePlace(making, parentId, unanswered);
    const left = await openIntentsOf(deps, project.projectId, kind);
    project.intents.set(kind, left);
    // One that a person has to decide about asks for no further run by itself.
    open += left.filter(({ record }) => !record.rejected).length;
  }
  return open;
}

/** All that is open on one task, or on the project itself. */
async function settlePlace(
  making: Making,
  parentId: string | undefined,
  open: readonly OpenIntent[],
): Promise<void> {
  const now = making.psaNow().getTime();
  const due = open.filter(({ at }) => now - at.getTime() >= intentMarginMs);
  if (due.length === 0) return;
  const ticket = await ticketOf(making, parentId);
  const shown = await unpairedSince(making, open, ticket);
  const left: OpenIntent[] = [];
  for (const intents of Map.groupBy(due, ({ naturalKey }) => naturalKey).values()) {
    left.push(...(await settleAlike(making, intents, shown, ticket)));
  }
  const others = [...left, ...open.filter((intent) => !due.includes(intent))];
  await settleChanged(making, { open, others, due: left }, shown, ticket);
}

/** @returns those that nothing in ConnectWise looks like */
async function settleAlike(
  making: Making,
  intents: readonly OpenIntent[],
  shown: readonly PsaRecord[],
  ticket: number | undefined,
): Promise<readonly OpenIntent[]> {
  const { kind } = making;
  const found = shown.filter((one) => intents.some((intent) => isAlike(intent, one, kind)));
  // Each was stored before the next was made: of several alike at most one is open, unless two runs differ.
  if (found.length > intents.length) {
    await leaveToPerson(making, intents, `${manyOf(found)}: delete those that are too many`);
    return [];
  }
  const left: OpenIntent[] = [];
  for (const [index, intent] of intents.entries()) {
    const one = found[index];
    if (one) await settleAs(making, intent, one, ticket);
    else left.push(intent);
  }
  return left;
}

type Left = {
  /** Of the kind and place, before anything was settled. */
  readonly open: readonly OpenIntent[];
  /** Those of them that are still open, whatever their time: each may be what is shown. */
  readonly others: readonly OpenIntent[];
  /** Those of them that are to be settled now. */
  readonly due: readonly OpenIntent[];
};

/** What somebody has changed in ConnectWise before anybody here knew that it was there. */
async function settleChanged(
  making: Making,
  { open, others, due }: Left,
  shown: readonly PsaRecord[],
  ticket: number | undefined,
): Promise<void> {
  const { deps, project, kind } = making;
  const keys = new Set(open.map(({ naturalKey }) => naturalKey));
  const changed = shown.filter((one) => !keys.has(keyOf(kind, one)));
  const { found, unclear } = recognise(others, changed, (intent, one) =>
    likeness(intent, one, kind, contextOf(project)),
  );
  // As long as some are too young to be judged, what may be one of them waits with them.
  const areAllDue = others.length === due.length;
  for (const intent of due) {
    const one = found.get(intent);
    const maybe = unclear.get(intent);
    if (one) await settleAs(making, intent, one, ticket);
    else if (maybe && areAllDue) await leaveChanged(making, intent, maybe);
  }
  const nowhere = due.filter((intent) => !found.has(intent) && !unclear.has(intent));
  const moved = kind === 'task' ? await followMoved({ deps, project }, nowhere) : noneMoved;
  for (const intent of nowhere) {
    const maybe = moved.unclear.get(intent);
    if (maybe) await leaveChanged(making, intent, maybe);
    else if (!moved.gone.has(intent)) await strikeOut(making, intent);
  }
}

async function leaveChanged(making: Making, intent: OpenIntent, maybe: readonly PsaRecord[]): Promise<void> {
  const todo = 'take that change back, and delete what is too many';
  await leaveToPerson(making, [intent], `${manyOf(maybe)}, changed since it was made: ${todo}`);
}

function manyOf(found: readonly PsaRecord[]): string {
  const count = found.length === 1 ? 'a record' : `${found.length} records`;
  return `ConnectWise has ${count} that may be this one (${found.map(({ id }) => `#${id}`).join(', ')})`;
}

async function leaveToPerson(
  { deps, project, kind }: Making,
  intents: readonly OpenIntent[],
  words: string,
): Promise<void> {
  const refusal = [{ field: createdKinds[kind], value: null, words }];
  await noteRefusals(deps, project, kind, new Map(intents.map(({ record }) => [record.id, refusal])));
}

async function settleAs(
  making: Making,
  { record }: OpenIntent,
  shown: PsaRecord,
  ticket: number | undefined,
): Promise<void> {
  await pairUp(making, record, shown, ticket, 'found');
  // Deleted before it was known: now that it has a pair its deletion is carried out like any other.
  if (record.deleted) making.project.foundBuried = true;
}

async function ticketOf({ deps }: Making, parentId: string | undefined): Promise<number | undefined> {
  if (parentId === undefined) return undefined;
  const [task] = await deps.planner.recordsById('task', [parentId]);
  return task?.externalId;
}

/** Records that may be any of these, and that no pair has. */
async function unpairedSince(
  { deps, project, kind }: Making,
  intents: readonly OpenIntent[],
  ticket: number | undefined,
): Promise<readonly PsaRecord[]> {
  const call = callOf(project.run, project.projectId);
  const first = Math.min(...intents.map(({ at }) => at.getTime()));
  const scope = scopeOf(project, kind, ticket);
  if (!scope) return [];
  const maybe: PsaRecord[] = [];
  for await (const page of deps.psa.list(createdKinds[kind], scope, call, new Date(first - intentMarginMs))) {
    for (const item of page.items) {
      const shown = kind === 'ticketNote' ? { ...item, ticketId: ticket ?? null } : item;
      if (isOneOf(intents, shown, kind) && isOn(shown, ticket)) maybe.push(shown);
    }
  }
  const known = await deps.planner.glanceAt(
    kind,
    maybe.map(({ id }) => id),
  );
  const paired = new Set(known.map(({ externalId }) => externalId));
  return maybe.filter(({ id }) => !paired.has(id));
}

/** Time can only be listed by project. */
function isOn(shown: PsaRecord, ticket: number | undefined): boolean {
  return !('ticketId' in shown) || shown.ticketId === (ticket ?? null);
}

function scopeOf(
  { externalId }: ProjectRun,
  kind: CreatedKind,
  ticket: number | undefined,
): PsaScope | undefined {
  if (kind === 'ticketNote') return ticket === undefined ? undefined : { ticket };
  if (kind === 'event') return ticket === undefined ? undefined : { tickets: [ticket] };
  return { project: externalId };
}

/** ConnectWise has none: it is made once more, unless the plan has none either. */
async function strikeOut({ deps, project, kind }: Making, { record }: OpenIntent): Promise<void> {
  const { id, version } = record;
  const mark: PlanMark = { id, version, mark: { intent: null } };
  await applyMarks(deps, project, kind, [mark]);
  if (!record.deleted) project.toMake.add(id);
}
