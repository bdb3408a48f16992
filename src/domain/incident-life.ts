/**
 * What becomes of an incident: each function gives it as it is afterwards, with what is to be told in its thread.
 *
 * Flapping: what comes back within ten minutes of its recovery is the same incident, in the same message. From then
 * on its recovery is believed only once it has held for ten minutes, so that however often it comes and goes it is
 * one message, and a few lines in its thread.
 */
import type {
  Incident,
  IncidentCause,
  IncidentEnd,
  IncidentProject,
  IncidentUpdate,
  LeftProject,
  Problem,
  UpdateWhat,
} from './incident.ts';
import type { Actor } from './sync-task.ts';

/** In milliseconds: what comes back sooner is the same incident, and then must hold for so long. */
export const settleMs = 10 * 60_000;
/** Projects that join are told together, this long after the first of them, in milliseconds. */
export const gatherMs = 60_000;
/** Shorter than that, so that nothing is added to what is being told. */
const joinableMs = 45_000;
/** So many updates are kept: far more than anybody has not been told yet. */
const updatesAtMost = 60;
const namedAtMost = 5;
const leftAtMost = 1_000;

export function lastUpdate({ updates }: Pick<Incident, 'updates'>): number {
  return updates.at(-1)?.n ?? 0;
}

/**
 * Told otherwise, with its id and its beginning as they are.
 * @param stopped ids of tasks that are taken out of the sync: what leaves of them did not recover
 */
export function changedTo(
  incident: Incident,
  to: Problem,
  now: Date,
  stopped: ReadonlySet<string> = new Set(),
): Incident {
  const { wellSince, ...kept } = incident;
  const relapses = wellSince ? { relapses: (incident.relapses ?? 0) + 1 } : {};
  const updates = [...joinedUpdates(incident, to), ...causeUpdates(incident, to)];
  return withUpdates(
    { ...kept, ...shown(to), ...relapses, ...leftOf(incident, to, now, stopped) },
    updates,
    now,
  );
}

/** Who is told of an incident is told of all that were in it, however they left. */
function leftOf(
  { projects, left = [] }: Incident,
  to: Problem,
  leftAt: Date,
  stopped: ReadonlySet<string>,
): Pick<Incident, 'left'> {
  const here = new Set(to.projects.map(({ taskId }) => taskId));
  const leaving = projects.map((project): LeftProject => {
    return { ...project, leftAt, ...(stopped.has(project.taskId) ? { stopped: true } : {}) };
  });
  const all = [...left, ...leaving].filter(({ taskId }) => !here.has(taskId));
  return left.length === 0 && all.length === 0 ? {} : { left: all.slice(-leftAtMost) };
}

function joinedUpdates(incident: Incident, { projects }: Problem): readonly UpdateWhat[] {
  const known = new Set(incident.projects.map(({ taskId }) => taskId));
  const joined = projects.filter(({ taskId }) => !known.has(taskId));
  if (joined.length === 0) return [];
  const named: readonly IncidentProject[] = joined.slice(0, namedAtMost);
  return [{ is: 'joined', projects: named, more: joined.length - named.length }];
}

function causeUpdates({ cause }: Incident, to: Problem): readonly UpdateWhat[] {
  return kindOf(cause) === kindOf(to.cause) ? [] : [{ is: 'cause', cause: to.cause }];
}

/** Another wording of the same cause is an edit, not news. */
function kindOf(cause: IncidentCause): string {
  if (cause.is !== 'failure') return cause.is;
  const { code, entity, field } = cause.failure;
  return JSON.stringify([code, entity, field]);
}

export function endedBy(incident: Incident, end: IncidentEnd): Incident {
  const { snoozed: _over, wellSince: _settled, ...kept } = incident;
  const updates: readonly UpdateWhat[] = end.how === 'recovered' ? [{ is: 'recovered', end }] : [];
  return { ...withUpdates(kept, updates, end.at), end };
}

/** It is well, and nobody believes it yet. */
export function wellFrom(incident: Incident, now: Date): Incident {
  return { ...incident, wellSince: now };
}

/** Whether it was over so lately that this is the same one again, and not the very problem that was over. */
export function comesBackAs(over: Incident, problem: Problem, now: Date): boolean {
  const { key, end, problemId = over.id } = over;
  if (key !== problem.key || end?.how !== 'recovered' || problemId === problem.id) return false;
  return now.getTime() - end.at.getTime() <= settleMs;
}

export function openAgain(over: Incident, problem: Problem, now: Date): Incident {
  const { end: _end, acknowledged: _seen, ...kept } = over;
  const again = { relapses: (over.relapses ?? 0) + 1, problemId: problem.id };
  const told = { is: 'open again', cause: problem.cause } as const;
  const left = leftOf(over, problem, over.end?.at ?? now, new Set());
  return withUpdates({ ...kept, ...shown(problem), ...again, ...left }, [told], now);
}

export function acknowledgedBy(incident: Incident, by: Actor, at: Date): Incident {
  return withUpdates({ ...incident, acknowledged: { by, at } }, [{ is: 'acknowledged', by }], at);
}

export function snoozedBy(incident: Incident, by: Actor, at: Date, forMs: number): Incident {
  const until = new Date(at.getTime() + forMs);
  const { snoozed: _before, ...kept } = incident;
  const told = withUpdates(kept, [{ is: 'snoozed', by, until }], at);
  return { ...told, snoozed: { by, at, until } };
}

export function isAwake({ snoozed }: Incident, now: Date): boolean {
  return !snoozed || snoozed.until <= now;
}

/** A snooze that is over, of an incident that is not. */
export function wokenUp(incident: Incident, now: Date): Incident {
  const { snoozed: _over, ...kept } = incident;
  return withUpdates(kept, [{ is: 'still open', cause: incident.cause }], now);
}

function shown({ scope, cause, projects, ownTask, channel }: Problem) {
  return { scope, cause, projects, ...(ownTask ? { ownTask } : {}), ...(channel ? { channel } : {}) };
}

function withUpdates(incident: Incident, happened: readonly UpdateWhat[], at: Date): Incident {
  const first = lastUpdate(incident) + 1;
  const quiet = incident.snoozed ? ({ quiet: true } as const) : {};
  const added = happened.map((what, i): IncidentUpdate => ({ n: first + i, at, ...quiet, ...what }));
  return { ...incident, updates: gathered(incident.updates, added).slice(-updatesAtMost) };
}

/** Who joins shortly after others joins with them: that is one thing to tell. */
function gathered(
  before: readonly IncidentUpdate[],
  added: readonly IncidentUpdate[],
): readonly IncidentUpdate[] {
  const last = before.at(-1);
  const [next, ...others] = added;
  const together = last?.is === 'joined' && next?.is === 'joined' && last.quiet === next.quiet;
  if (!together || next.at.getTime() - last.at.getTime() > joinableMs) return [...before, ...added];
  const all = [...last.projects, ...next.projects];
  const projects = all.slice(0, namedAtMost);
  const more = last.more + next.more + all.length - projects.length;
  const renumbered = others.map((one, i) => ({ ...one, n: last.n + 1 + i }));
  return [...before.slice(0, -1), { ...last, projects, more }, ...renumbered];
}
