/**
 * Alerts, as a bot process does them beside any number of others: it shows that it is alive, looks for problems,
 * and tells of them. Each of these goes on when one of the others cannot.
 */
import { awayNotice } from '../../domain/incident.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentStore } from '../../ports/incidents.ts';
import { awayAfterMs, beatEveryMs, type Gap, type Liveness } from '../../ports/liveness.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { type Alarm, createAlarm } from '../alarm.ts';
import { destinationsOf } from './destinations.ts';
import { type ReconcileDeps, reconcileIncidents } from './reconcile-incidents.ts';
import { type TellIncidentsDeps, tellNextIncident } from './tell-incidents.ts';

export type AlertsDeps = Omit<ReconcileDeps & TellIncidentsDeps, 'incidents' | 'tasks' | 'liveness'> & {
  readonly incidents: IncidentStore;
  readonly tasks: Pick<SyncTaskStore, 'troubled' | 'getMany' | 'countCatchingUp'>;
  readonly liveness: Liveness;
  readonly clock: Clock;
};

export type AlertsOptions = {
  readonly owner: string;
  /** How often it is looked for problems, and for messages to send, in milliseconds. */
  readonly pollMs: number;
  readonly shutdown: AbortSignal;
};

export type Alerts = {
  /** Resolves some time after the shutdown, when nothing is being sent any more. */
  readonly ended: Promise<void>;
};

/** An away that ended longer ago is no news, and its notice may have been removed. */
const awayIsNewsMs = 3_600_000;
/** Whoever did not look for so long, in milliseconds, cannot say that the worker left no beat meanwhile. */
const lookedAwayMs = 60_000;
const removeEveryMs = 3_600_000;
/** With hundreds of problems a look takes its time: it rests so many times as long, up to the longest, in milliseconds. */
const rest = { times: 4, longestMs: 5_000 } as const;
const dayMs = 86_400_000;

const looking = 'the look for problems';

export function startAlerts(deps: AlertsDeps, options: AlertsOptions): Alerts {
  const { owner, pollMs, shutdown } = options;
  const toTell = createAlarm(deps.clock, shutdown);
  const beat = createBeat(deps, owner);
  const look = createLook(deps, beat, () => toTell.ring());

  async function tellAll(): Promise<void> {
    while (!shutdown.aborted && (await tellNextIncident(deps, owner))) {
      // Until nothing is due.
    }
  }

  const loops = [
    keepDoing(deps, options, 'the beat', beatEveryMs.bot, beat),
    keepDoing(deps, options, looking, pollMs, look),
    keepDoing(deps, options, 'the telling of incidents', pollMs, tellAll, toTell),
    keepDoing(deps, options, 'the removal of old incidents', removeEveryMs, () => removeOld(deps)),
  ];
  return { ended: Promise.all(loops).then(() => {}) };
}

/** Also while the database is away: what was missed is done when it is back. */
async function keepDoing(
  { clock, logger }: AlertsDeps,
  { pollMs, shutdown }: AlertsOptions,
  name: string,
  everyMs: number,
  work: () => Promise<unknown>,
  alarm: Pick<Alarm, 'wait'> = waitingOnly(clock, shutdown),
): Promise<void> {
  let failing = false;
  while (!shutdown.aborted) {
    const began = clock.monotonicMs();
    try {
      await work();
      failing = false;
    } catch (error) {
      if (!failing && !shutdown.aborted)
        logger.warn({ err: error, job: name }, 'alerts: not done, tried again');
      failing = true;
    }
    const tookMs = clock.monotonicMs() - began;
    const nextMs = failing ? Math.min(everyMs, pollMs) : everyMs;
    await alarm.wait(
      name === looking ? Math.max(nextMs, Math.min(rest.longestMs, rest.times * tookMs)) : nextMs,
    );
  }
}

function waitingOnly(clock: Clock, shutdown: AbortSignal): Pick<Alarm, 'wait'> {
  return { wait: (ms) => clock.sleep(ms, shutdown).catch(() => {}) };
}

/**
 * The worker counts as down only where it was looked for all the time. What was found is told without waiting.
 * @param beat first where nobody may have looked for a while: after a span without cwsync everything is late, and that
 *   is told as this one span
 */
function createLook(deps: AlertsDeps, beat: () => Promise<void>, onChange: () => void): () => Promise<void> {
  let watchedSince: Date | undefined;
  let lookedAt = 0;
  return async () => {
    const changed = await reconcileIncidents(deps, async (now) => {
      if (!watchedSince || now.getTime() - lookedAt > lookedAwayMs) {
        await beat();
        watchedSince = now;
      }
      lookedAt = now.getTime();
      return watchedSince;
    });
    if (changed > 0) onChange();
  };
}

/** Shows that a bot is alive, and tells of a span in which none was. */
function createBeat(deps: AlertsDeps, owner: string): () => Promise<void> {
  let told = 0;
  return async () => {
    const { now, gap } = await deps.liveness.beat('bot', owner, awayAfterMs);
    if (!gap || gap.to.getTime() === told) return;
    if (now.getTime() - gap.to.getTime() < awayIsNewsMs) await tellAway(deps, gap);
    told = gap.to.getTime();
  };
}

/** Stored under an id made of the gap: whichever process does it, and however often, it is one notice. */
async function tellAway(deps: AlertsDeps, gap: Gap): Promise<void> {
  const notice = awayNotice(deps.tenantId, gap, await deps.tasks.countCatchingUp());
  const to = await destinationsOf(deps, notice, [], await deps.settings.read());
  await deps.incidents.raise(notice, to, 'notice');
}

async function removeOld({ settings, gate, incidents }: AlertsDeps): Promise<void> {
  const { retentionDays } = await settings.read();
  const { now } = await gate.read();
  await incidents.retain({ before: new Date(now.getTime() - retentionDays * dayMs) });
}
