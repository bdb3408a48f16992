/**
 * From a callback of ConnectWise to the sync tasks that it concerns (sync.md, section 3). A callback only says where to
 * look: what changed is read by the sync.
 *
 * Hard cases: thousands a minute, mostly about the same few projects (those that wait together are looked up together
 * and trigger each project once); a record that is gone and of which nothing is told but its id (the plan knows where
 * it was); a ticket that moved (the project where it was and the one where it is); records that nobody knows (the
 * scout finds out, as it does for new projects); a database that is away (the sender is told to come again).
 */
import type { PsaKind } from '../../domain/psa-records.ts';
import type { Suspect } from '../../domain/sync-task.ts';
import type { Callback, CallbackDoor, CallbackType } from '../../ports/callbacks.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Planner } from '../../ports/planner.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { Throttle } from './callbacks-throttle.ts';

export type CallbacksDeps = {
  readonly tenantId: string;
  readonly tasks: Pick<SyncTaskStore, 'trigger' | 'linked'>;
  readonly planner: Pick<Planner, 'glanceAt'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly logger: Logger;
  readonly shutdown: AbortSignal;
};

/** Callbacks that wait for their turn; more are not taken. */
export const mostWaiting = 1_000;
/** Callbacks that are looked up together. */
export const together = 200;
/** Projects that are triggered at the same time. */
const triggersAtOnce = 10;
/** From one reading of the set-up data for a callback to the next, in milliseconds: it reads whole tables. */
export const miscEveryMs = 600_000;
/** From one search for what nobody knows to the next, in milliseconds. */
export const scoutEveryMs = 20_000;

/** What a batch of callbacks asks for. */
type Wanted = {
  readonly projects: ReadonlyMap<string, readonly Suspect[]>;
  readonly misc: boolean;
  readonly scout: boolean;
};

type Waiting = { readonly callback: Callback; readonly told: (answer: 'stored' | 'busy') => void };

export function callbackDoor(deps: CallbacksDeps): CallbackDoor {
  const { tasks, tenantId, logger, shutdown } = deps;
  const waiting: Waiting[] = [];
  let working = false;

  function ask(task: 'misc' | 'scout', everyMs: number): Throttle {
    const trigger = async () => {
      await tasks.trigger(`${tenantId}:${task}`, { kinds: ['delta'], prio: 1 });
    };
    return new Throttle(trigger, { ...deps, everyMs });
  }
  const misc = ask('misc', miscEveryMs);
  const scout = ask('scout', scoutEveryMs);

  async function store(callbacks: readonly Callback[]): Promise<void> {
    const wanted = await wantedBy(deps, callbacks);
    const projects = [...wanted.projects];
    for (let from = 0; from < projects.length; from += triggersAtOnce) {
      const some = projects.slice(from, from + triggersAtOnce);
      await Promise.all(
        some.map(([taskId, suspects]) => tasks.trigger(taskId, { kinds: ['delta'], prio: 1, suspects })),
      );
    }
    if (wanted.misc) await misc.ask();
    if (wanted.scout) await scout.ask();
  }

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, together);
      const answer = await store(batch.map(({ callback }) => callback)).then(
        () => 'stored' as const,
        (error: unknown) => {
          logger.warn({ err: error, callbacks: batch.length }, 'callbacks could not be stored');
          return 'busy' as const;
        },
      );
      for (const { told } of batch) told(answer);
    }
    working = false;
  }

  return {
    async take(callback) {
      if (waiting.length >= mostWaiting || shutdown.aborted) return 'busy';
      const { promise, resolve } = Promise.withResolvers<'stored' | 'busy'>();
      waiting.push({ callback, told: resolve });
      void work();
      return await promise;
    },
  };
}

type PlannedType = Exclude<CallbackType, 'project' | 'member' | 'company'>;

const planKindOf = { ticket: 'task', schedule: 'event', time: 'timeLog' } as const satisfies {
  readonly [type in PlannedType]: string;
};
const psaKindOfType = {
  ticket: 'ticket',
  schedule: 'scheduleEntry',
  time: 'timeEntry',
} as const satisfies { readonly [type in PlannedType]: PsaKind };

const isPlanned = (type: CallbackType): type is PlannedType => type in planKindOf;

async function wantedBy(deps: CallbacksDeps, callbacks: readonly Callback[]): Promise<Wanted> {
  const places = await placesOf(deps, callbacks);
  const projects = new Map<string, readonly Suspect[]>();
  let scout = false;
  for (const callback of callbacks.filter(({ type }) => isPlanned(type) || type === 'project')) {
    const concerned = places(callback);
    const suspects = suspectsOf(callback);
    for (const taskId of concerned) projects.set(taskId, [...(projects.get(taskId) ?? []), ...suspects]);
    // What is gone and was never known is nobody's loss.
    scout ||= concerned.size === 0 && callback.action !== 'deleted' && !callback.foreign;
  }
  const misc = callbacks.some(({ type }) => type === 'member' || type === 'company');
  return { projects, misc, scout };
}

/** A project that is gone is noticed by its own sync. */
function suspectsOf({ type, action, recordId }: Callback): readonly Suspect[] {
  return action === 'deleted' && isPlanned(type) ? [{ kind: psaKindOfType[type], id: recordId }] : [];
}

/** @returns the tasks that a callback concerns: where its record is now, and where the plan has it */
async function placesOf(
  { tasks, planner, tenantId }: CallbacksDeps,
  callbacks: readonly Callback[],
): Promise<(callback: Callback) => ReadonlySet<string>> {
  const named = distinct(callbacks.map(({ projectId }) => projectId));
  const linked = named.length === 0 ? undefined : await tasks.linked(named);
  async function pairs(type: PlannedType): Promise<ReadonlyMap<number, string>> {
    const own = callbacks.flatMap((callback) => (callback.type === type ? callback.recordId : []));
    const ids = distinct([...own, ...(type === 'ticket' ? callbacks.map(({ ticketId }) => ticketId) : [])]);
    const found = ids.length === 0 ? [] : await planner.glanceAt(planKindOf[type], ids);
    return new Map(found.map(({ externalId, projectId }) => [externalId, `${tenantId}:${projectId}`]));
  }
  const paired = {
    ticket: await pairs('ticket'),
    schedule: await pairs('schedule'),
    time: await pairs('time'),
  };
  return ({ type, recordId, projectId, ticketId }) => {
    const places = [
      projectId === null ? undefined : linked?.get(projectId)?.taskId,
      ticketId === null ? undefined : paired.ticket.get(ticketId),
      isPlanned(type) ? paired[type].get(recordId) : undefined,
    ];
    return new Set(places.filter((place) => place !== undefined));
  };
}

function distinct(ids: readonly (number | null)[]): readonly number[] {
  return [...new Set(ids.filter((id) => id !== null))];
}
