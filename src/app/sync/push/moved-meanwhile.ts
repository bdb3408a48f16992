/**
 * Tickets that were made without an answer, and moved to another project before anybody here knew that they were
 * there: the plan record follows, still open, and is settled by the project that it has come to.
 */
import { intentMarginMs } from '../../../domain/new-project.ts';
import type { PsaTicket } from '../../../domain/psa-records.ts';
import { recognise } from '../../../domain/unanswered.ts';
import { followMove } from '../moves.ts';
import { contextOf, type ProjectRun } from '../reading.ts';
import { callOf, type SyncDeps, writerOf } from '../run.ts';
import { isOurs, likeness, type OpenIntent, openIntentsOf, thoseOf } from './open-intents.ts';

export type Moved = {
  /** Those whose plan record is in another project by now, or is edited in this moment. */
  readonly gone: ReadonlySet<OpenIntent>;
  /** Those that may be one of several tickets, or one of a project that is not synced. */
  readonly unclear: ReadonlyMap<OpenIntent, readonly PsaTicket[]>;
};
export const noneMoved: Moved = { gone: new Set(), unclear: new Map() };

type Looking = { readonly deps: SyncDeps; readonly project: ProjectRun };

/** @param intents of this project's tasks, of which it shows none */
export async function followMoved(looking: Looking, intents: readonly OpenIntent[]): Promise<Moved> {
  const { deps, project } = looking;
  const elsewhere = await oursElsewhere(looking, intents);
  if (elsewhere.length === 0) return noneMoved;
  const open = await openIntentsOf(deps, null, 'task');
  const { found, unclear } = recognise(open, elsewhere, (intent, one) =>
    likeness(intent, one, 'task', contextOf(project)),
  );
  const mine = new Map(intents.map((intent) => [intent.record.id, intent]));
  const gone = new Set<OpenIntent>();
  const left = new Map<OpenIntent, readonly PsaTicket[]>();
  for (const intent of open) {
    const own = mine.get(intent.record.id);
    const one = found.get(intent);
    const maybe = unclear.get(intent);
    if (!own) continue;
    if (one && (await follow(looking, own, one))) gone.add(own);
    else if (one ?? maybe) left.set(own, one ? [one] : (maybe ?? []));
  }
  return { gone, unclear: left };
}

async function oursElsewhere(
  { deps, project }: Looking,
  intents: readonly OpenIntent[],
): Promise<readonly PsaTicket[]> {
  if (!intents.some(({ by }) => by !== null)) return [];
  const first = Math.min(...intents.map(({ at }) => at.getTime()));
  const call = callOf(project.run, project.projectId);
  const ours: PsaTicket[] = [];
  for await (const { items } of deps.psa.list('ticket', {}, call, new Date(first - intentMarginMs))) {
    for (const one of items) {
      const isElsewhere = one.project !== null && one.project.id !== project.externalId;
      if (isElsewhere && intents.some((intent) => isOurs(intent, one))) ours.push(one);
    }
  }
  const known = await deps.planner.glanceAt(
    'task',
    ours.map(({ id }) => id),
  );
  const paired = new Set(known.map(({ externalId }) => externalId));
  return ours.filter(({ id }) => !paired.has(id));
}

/** @returns false where the project that it has come to is not synced */
async function follow(
  { deps, project: { run } }: Looking,
  { record }: OpenIntent,
  { project }: PsaTicket,
): Promise<boolean> {
  const externalId = project?.id ?? 0;
  const there = (await deps.tasks.linked([externalId])).get(externalId);
  if (!there) return false;
  if (await followMove(deps, { run, writer: writerOf(run) }, record, there)) {
    await deps.tasks.trigger(there.taskId, { kinds: ['delta'], prio: 1 });
  }
  return true;
}

/** Tickets, which no pair has, that may be ones that this or another project is waiting for. */
export async function oursAmong(
  deps: SyncDeps,
  { intents }: ProjectRun,
  unknown: readonly PsaTicket[],
): Promise<ReadonlySet<number>> {
  const here = thoseOf(intents.get('task') ?? [], unknown, 'task');
  const by = await deps.writes.ownMember();
  const ours = unknown.filter(({ entered }) => by !== null && entered?.by === by);
  if (ours.length === 0) return here;
  const open = await openIntentsOf(deps, null, 'task');
  const anywhere = ours.filter((one) => open.some((intent) => isOurs(intent, one)));
  return new Set([...here, ...anywhere.map(({ id }) => id)]);
}
