/**
 * The whole engine against the ConnectWise simulator over HTTP and a real database, with time moved by hand: what
 * is due is run when the test says so.
 */
import { randomUUID } from 'node:crypto';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { connectWiseWrites } from '../../adapters/connectwise/writes.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoLinkedBoards } from '../../adapters/mongodb/linked-boards-store.ts';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { mongoOwnMember } from '../../adapters/mongodb/own-member-store.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import {
  type ConnectWiseOptions,
  type RunningConnectWise,
  startConnectWise,
} from '../../demo/connectwise/server.ts';
import { createCircuit } from '../../src/app/sync/circuit.ts';
import { type ClaimedTask, runTask } from '../../src/app/sync/run-task.ts';
import { createRuns, type RunsDeps } from '../../src/app/sync/runs.ts';
import type { NotesShare } from '../../src/app/sync/ticket-notes.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { systemIds } from '../../src/bootstrap/system.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { type Gate, isShut } from '../../src/ports/gate.ts';
import type { LogStore } from '../../src/ports/log-store.ts';
import type { Logger, LogScope } from '../../src/ports/logger.ts';
import type { Planner } from '../../src/ports/planner.ts';
import type { Psa, PsaWrites } from '../../src/ports/psa.ts';
import type { ReferenceStore } from '../../src/ports/reference-data.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';
import type { Settings, SettingsStore } from '../../src/ports/settings.ts';
import type { ClaimLane, SyncTaskStore } from '../../src/ports/sync-task-store.ts';
import type { FreshDatabase } from './mongodb.ts';
import { noScope, RecordingLogger } from './recording-logger.ts';
import { VirtualTime } from './virtual-time.ts';

/** Everything that an engine reaches outside of itself. */
export type Ports = {
  readonly tasks: SyncTaskStore;
  readonly planner: Planner;
  readonly log: LogStore;
  readonly reference: ReferenceStore;
  readonly settings: SettingsStore;
  readonly gate: Gate;
  readonly psa: Psa;
  readonly writes: PsaWrites;
};

export type EngineOptions = {
  readonly settings?: Partial<Settings>;
  /** Other ports in between, for faults: of every worker. */
  readonly wrap?: (ports: Ports) => Ports;
  readonly notesShare?: NotesShare;
  /** In the place of a logger that records. */
  readonly log?: { readonly logger: Logger; readonly logScope: LogScope };
  /** Told when time was moved on, before anything is run by it. */
  readonly onAdvance?: (ms: number) => Promise<void>;
  /** Milliseconds that a request may take, by real time. */
  readonly timeoutMs?: number;
};

export const engineTimings = { leaseMs: 60_000, coolDownMs: 600_000 } as const;
export const engineSchedule = {
  comprehensiveMs: 4 * 3_600_000,
  miscMs: 4 * 3_600_000,
  scoutMs: 60_000,
  notesMs: 60_000,
  comprehensiveRequestsPerSecond: 4,
} as const;

type Schedule = Parameters<SyncTaskStore['tick']>[0];

/** No limits: what the limiter does is tested by itself. */
const freely: RequestBudget = {
  acquire: async () => ({ kind: 'turn', release: () => {} }),
  limited: () => {},
};

/** Where ConnectWise is, and its keys. */
export type Access = { readonly url: string; readonly credentials: RunningConnectWise['credentials'] };

const lanes: readonly ClaimLane[] = ['misc', 'scout', 'people', 'projects', 'notes'];

export type Engine = Awaited<ReturnType<typeof composeEngine>>;

/** A clock by which a loop makes one round and ends: its wait is where it is told to stop. */
function oneRound(clock: Clock, stop: AbortController): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    async sleep(ms, signal) {
      if (signal !== stop.signal) return await clock.sleep(ms, signal);
      stop.abort();
    },
  };
}

/** The engine over a migrated database and a ConnectWise that is there. */
export async function composeEngine(
  { db }: Pick<FreshDatabase, 'db'>,
  { url, credentials }: Access,
  time: VirtualTime,
  options: EngineOptions = {},
) {
  const tenantId = `tenant-${randomUUID()}`;
  const { clock, expression: now } = time;
  const ids = systemIds;
  const logger = new RecordingLogger();
  const stores = {
    tasks: mongoSyncTaskStore({ db, tenantId, timings: engineTimings, ids, clock, now }),
    planner: mongoPlanner(db, tenantId, now),
    log: mongoLogStore({
      db,
      tenantId,
      onLost: (error) => (options.log?.logger ?? logger).warn({ err: error }, 'request not recorded'),
    }),
    reference: mongoReferenceStore(db, tenantId),
    settings: mongoSettingsStore(db, tenantId, { boards: 'all', ...options.settings }, now),
    gate: mongoGate({ db, tenantId, now }),
  };
  const toFailure = failureClassifier(ids);
  await stores.tasks.ensureOwnTasks();

  /** A process of its own: nothing is shared with others but the database and ConnectWise. */
  function startWorker(owner: string, between: (ports: Ports) => Ports = (ports) => ports) {
    // Requests are recorded through whatever stands between, too: a process that is gone records none.
    const record: LogStore['record'] = (request) => ports.log.record(request);
    const transport = new ConnectWiseTransport(
      {
        url,
        ...credentials,
        ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      },
      {
        clock: time.hastyClock,
        ids,
        log: { record },
        budget: freely,
        redactor: new Redactor(),
        mayWrite: async () => (await stores.settings.read()).writeToConnectWise,
      },
    );
    const client = new ConnectWiseClient(transport);
    const writes = connectWiseWrites(client, mongoOwnMember(db, tenantId));
    const direct: Ports = { ...stores, psa: connectWisePsa(client), writes };
    const ports = between(options.wrap?.(direct) ?? direct);
    const circuitDeps = { ...ports, tenantId, clock, ids, logger, ...options.log, toFailure };
    const runsDeps: RunsDeps = {
      ...ports,
      linkedBoards: mongoLinkedBoards(db, tenantId),
      ids,
      clock,
      notesShare: options.notesShare ?? {
        due: 120,
        sweep: 30,
        againAfterMs: engineSchedule.comprehensiveMs,
      },
    };
    const deps = {
      ...ports,
      runs: createRuns(runsDeps),
      circuit: createCircuit(circuitDeps),
      clock,
      ids,
      logger,
      logScope: noScope,
      metrics: { runEnded() {} },
      ...options.log,
      toFailure,
      leaseMs: engineTimings.leaseMs,
    };
    const shutdown = new AbortController();

    async function claim(lane: ClaimLane): Promise<ClaimedTask | undefined> {
      for (;;) {
        const claimed = await ports.tasks.claim(owner, lane);
        if (claimed.result === 'claimed') return claimed;
        if (claimed.result === 'nothing-due') return undefined;
      }
    }

    const run = (claimed: ClaimedTask): Promise<void> => runTask(deps, claimed, shutdown.signal);

    /** Lanes in which something is due by the time of the history: the others would be asked for nothing. */
    async function lanesDue(): Promise<ReadonlySet<ClaimLane>> {
      const due = { tenantId, wakeAt: { $lte: time.now() } };
      const projection = { _id: 0, kind: 1, prio: 1 } as const;
      const tasks = await db
        .collection<Pick<SyncTask, 'kind' | 'prio'>>('sync_tasks')
        .find(due, { projection })
        .toArray();
      return new Set(
        tasks.map(({ kind, prio }) => (kind !== 'project' ? kind : prio === 2 ? 'people' : 'projects')),
      );
    }

    /** Runs everything that is due now, one after another, until nothing is. Returns how many runs that took. */
    async function runDue(): Promise<number> {
      for (let count = 0; ; ) {
        const due = await lanesDue();
        if (due.size === 0) return count;
        const round = isShut(await ports.gate.read()) ? 0 : await oneRoundOfLanes(due);
        if (round === 0) return count;
        count += round;
      }
    }

    async function oneRoundOfLanes(due: ReadonlySet<ClaimLane>): Promise<number> {
      let count = 0;
      for (const lane of lanes) {
        if (!due.has(lane)) continue;
        const claimed = await claim(lane);
        if (!claimed) continue;
        count += 1;
        await run(claimed);
      }
      return count;
    }

    /** Makes the probe that is due, if one is. */
    async function probe(): Promise<void> {
      const stop = new AbortController();
      const circuit = createCircuit({ ...circuitDeps, clock: oneRound(clock, stop) });
      await circuit.keepProbing(owner, stop.signal);
    }

    return { ports, runsDeps, deps, claim, run, runDue, probe, shutdown };
  }

  const first = startWorker('worker-1');

  /** Moves time on in steps, with the clock and everything that is due at each. */
  async function pass(ms: number, schedule: Schedule = engineSchedule, stepMs = 60_000): Promise<number> {
    let runs = 0;
    for (let passed = 0; passed < ms; passed += stepMs) {
      const step = Math.min(stepMs, ms - passed);
      time.advance(step);
      await options.onAdvance?.(step);
      await stores.tasks.tick(schedule);
      runs += await first.runDue();
    }
    return runs;
  }

  return { db, tenantId, time, stores, logger, startWorker, pass, ...first, psa: first.ports.psa };
}

/** It goes by real time, of which a history on virtual time takes next to none. */
async function liftRateLimit({ url }: Pick<RunningConnectWise, 'url'>): Promise<void> {
  const body = JSON.stringify({ perMinute: 1_000_000 });
  const lifted = await fetch(`${url}/_control/rate-limit`, { method: 'PUT', body });
  if (!lifted.ok) throw new Error(`the rate limit could not be lifted: ${await lifted.text()}`);
}

export type EngineRig = Awaited<ReturnType<typeof startEngineRig>>;

/** The engine with a simulator in this process. */
export async function startEngineRig(
  database: Pick<FreshDatabase, 'db'>,
  {
    world,
    simulator: settings,
    ...options
  }: EngineOptions & {
    readonly world: ConnectWiseOptions['world'];
    readonly simulator?: Partial<ConnectWiseOptions>;
    /** Real time unless given. */
    readonly time?: VirtualTime;
  },
) {
  const time = options.time ?? new VirtualTime();
  const simulator = await startConnectWise({ ...settings, world, clock: () => time.now() });
  await liftRateLimit(simulator);
  const engine = await composeEngine(database, simulator, time, options);
  return { ...engine, simulator, world: simulator.world, stop: () => simulator.stop() };
}
