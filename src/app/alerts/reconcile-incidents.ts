/** Brings the incidents that are kept to what the facts say, as often as it is called and by whoever. */
import {
  failuresBeforeAlert,
  type Incident,
  type IncidentFacts,
  type Problem,
  problemsOf,
  workerIsDown,
} from '../../domain/incident.ts';
import { changesTo, type IncidentChanges } from '../../domain/incident-changes.ts';
import {
  changedTo,
  comesBackAs,
  endedBy,
  isAwake,
  openAgain,
  settleMs,
  wellFrom,
  wokenUp,
} from '../../domain/incident-life.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Gate, GateState } from '../../ports/gate.ts';
import type { BlockedDestination, IncidentStore } from '../../ports/incidents.ts';
import type { Liveness } from '../../ports/liveness.ts';
import type { Settings, SettingsStore } from '../../ports/settings.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { alertChannelAt, channelsFor, type DestinationsDeps, destinationsOf } from './destinations.ts';

export type ReconcileDeps = DestinationsDeps & {
  readonly tenantId: string;
  readonly tasks: Pick<SyncTaskStore, 'troubled' | 'getMany'>;
  readonly gate: Pick<Gate, 'read'>;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly liveness: Pick<Liveness, 'lastBeat'>;
  readonly incidents: Pick<
    IncidentStore,
    'open' | 'raise' | 'save' | 'recoveredSince' | 'lastResumedAt' | 'blockedDestinations' | 'unblock'
  >;
};

/**
 * @param watchedSince of the gate's clock: from when on somebody has looked for the worker without a pause; asked
 *   before it is read since when everything could sync again
 * @returns how many were opened, changed or ended here
 */
export async function reconcileIncidents(
  deps: ReconcileDeps,
  watchedSince: (now: Date) => Promise<Date>,
): Promise<number> {
  // Before the facts: what another process ends meanwhile must not be opened again by facts from before that.
  const open = await deps.incidents.open();
  const gate = await deps.gate.read();
  const seen = await look(deps, gate, await watchedSince(gate.now));
  if (isCalm(seen, open)) return 0;
  const settings = await deps.settings.read();
  const facts = await gather(deps, seen, open, settings);
  const believed = open.filter(({ wellSince }) => !wellSince);
  const problems = problemsOf(facts, new Set(believed.map(({ key }) => key)));
  const changes = changesTo(open, problems, facts);
  const done = [
    ...(await saveLives(deps, changes, facts.now)),
    ...(await saveChanged(deps, changes, settings, facts)),
    ...(await wakeUp(deps, open, changes, facts.now)),
    ...(await raiseAll(deps, changes.raised, settings, facts.now)),
  ];
  return done.filter(Boolean).length;
}

/** What is over, or well for now. */
async function saveLives(
  { incidents }: ReconcileDeps,
  { ended, well }: IncidentChanges,
  now: Date,
): Promise<readonly boolean[]> {
  const done: boolean[] = [];
  for (const { incident, end } of ended) {
    done.push(await incidents.save(incident, endedBy(incident, end), []));
  }
  for (const incident of well) done.push(await incidents.save(incident, wellFrom(incident, now), []));
  return done;
}

async function saveChanged(
  deps: ReconcileDeps,
  { changed }: IncidentChanges,
  settings: Settings,
  { now, tasks }: IncidentFacts,
): Promise<readonly boolean[]> {
  const done: boolean[] = [];
  const stopped = new Set(tasks.filter(({ link }) => link.state !== 'active').map(({ id }) => id));
  for (const { incident, to } of changed) {
    const known = new Set(incident.projects.map(({ taskId }) => taskId));
    const joined = to.projects.filter(({ taskId }) => !known.has(taskId));
    // The channel that is told of a blocked channel is no channel at all: the admins are.
    const channels = to.scope === 'channel' ? [] : channelsFor(to, settings);
    const also = joined.length > 0 ? await destinationsOf(deps, to, joined, settings) : channels;
    done.push(await deps.incidents.save(incident, changedTo(incident, to, now, stopped), also));
  }
  return done;
}

/** Those whose snooze is over and that are not. What changed at the same moment is woken by the next look. */
async function wakeUp(
  { incidents }: ReconcileDeps,
  open: readonly Incident[],
  { changed, ended, well }: IncidentChanges,
  now: Date,
): Promise<readonly boolean[]> {
  const busy = new Set([...changed, ...ended].map(({ incident }) => incident.id));
  for (const { id } of well) busy.add(id);
  const done: boolean[] = [];
  for (const incident of open) {
    const wakes = incident.snoozed && !incident.wellSince && isAwake(incident, now);
    if (!wakes || busy.has(incident.id)) continue;
    done.push(await incidents.save(incident, wokenUp(incident, now), []));
  }
  return done;
}

/** What was over a moment ago is the same one again. */
async function raiseAll(
  deps: ReconcileDeps,
  raised: readonly Problem[],
  settings: Settings,
  now: Date,
): Promise<readonly boolean[]> {
  if (raised.length === 0) return [];
  const over = await deps.incidents.recoveredSince(new Date(now.getTime() - settleMs));
  const done: boolean[] = [];
  for (const problem of raised) {
    const to = await destinationsOf(deps, problem, problem.projects, settings);
    const before = over.find((incident) => comesBackAs(incident, problem, now));
    const again = before && (await deps.incidents.save(before, openAgain(before, problem, now), to));
    done.push(again || (!before && (await deps.incidents.raise(problem, to))));
  }
  return done;
}

/** What a look sees: everything that a problem can begin with. */
type Seen = Pick<IncidentFacts, 'now' | 'gate' | 'worker'> & {
  readonly troubled: readonly SyncTask[];
  readonly blocked: readonly BlockedDestination[];
};

async function look(deps: ReconcileDeps, gate: GateState, watchedSince: Date): Promise<Seen> {
  const [{ tasks: troubled }, beat, blocked] = await Promise.all([
    deps.tasks.troubled(failuresBeforeAlert),
    deps.liveness.lastBeat('worker'),
    deps.incidents.blockedDestinations(),
  ]);
  const worker = { watchedSince, ...(beat ? { lastBeat: beat.at } : {}) };
  return { now: gate.now, gate, worker, troubled, blocked };
}

/** Nothing is wrong and nothing was: the rest need not be read, every second and for years. */
function isCalm(seen: Seen, open: readonly Incident[]): boolean {
  const { gate, troubled, blocked } = seen;
  return open.length + troubled.length + blocked.length === 0 && !gate.circuit && !workerIsDown(seen);
}

async function gather(
  deps: ReconcileDeps,
  { troubled, blocked, ...seen }: Seen,
  open: readonly Incident[],
  settings: Settings,
): Promise<IncidentFacts> {
  const resumedAt = await deps.incidents.lastResumedAt();
  return {
    ...seen,
    tenantId: deps.tenantId,
    ...(resumedAt ? { resumedAt } : {}),
    tasks: [...troubled, ...(await othersOf(deps, open, troubled))],
    alertChannels: settings.alertChannels,
    blocked: await blockedChannels(deps, blocked, settings),
  };
}

/** Tasks that are in no trouble any more, but an incident of which is open. */
async function othersOf(
  deps: ReconcileDeps,
  open: readonly Incident[],
  troubled: readonly SyncTask[],
): Promise<readonly SyncTask[]> {
  const known = new Set(troubled.map(({ id }) => id));
  const told = open.flatMap(({ projects, ownTask }) => [
    ...projects.map(({ taskId }) => taskId),
    ...(ownTask ? [ownTask.taskId] : []),
  ]);
  const others = [...new Set(told)].filter((id) => !known.has(id));
  return others.length === 0 ? [] : (await deps.tasks.getMany(others)).tasks;
}

async function blockedChannels(
  { incidents }: ReconcileDeps,
  blocked: readonly BlockedDestination[],
  settings: Settings,
): Promise<IncidentFacts['blocked']> {
  const found: IncidentFacts['blocked'][number][] = [];
  for (const { to, since, reason } of blocked) {
    if (!('conversation' in to)) continue;
    if (alertChannelAt(to, settings)) found.push({ channel: to, since, reason });
    // Whoever chooses it again has done something about it: it is tried at once.
    else await incidents.unblock(to);
  }
  return found;
}
