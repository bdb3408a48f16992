/** What the background thread does: claims tasks and runs them until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { keepBeating } from '../app/alerts/beat.ts';
import { createCircuit } from '../app/sync/circuit.ts';
import { keepTime } from '../app/sync/clock.ts';
import { pollingDispatcher } from '../app/sync/polling-dispatcher.ts';
import { runTask } from '../app/sync/run-task.ts';
import { createRuns } from '../app/sync/runs.ts';
import type { NotesShare } from '../app/sync/ticket-notes.ts';
import { type RunTask, runWorker } from '../app/sync/worker.ts';
import { type Config, readConfig, unlimitedPerSecond } from '../config.ts';
import type { Dispatcher } from '../ports/dispatcher.ts';
import type { Psa, PsaWrites } from '../ports/psa.ts';
import { callbackJobs } from './callbacks.ts';
import { composeParts, composeTelemetry, type Parts } from './compose.ts';
import { answerMetrics } from './thread-metrics.ts';

const handedOver = z.object({ mongodbUri: z.string() });

/** How often the thread shows that it is alive, in milliseconds. */
const beatEveryMs = 1_000;
/** For how long the other runs of a thread that is given up may hand back, in milliseconds. */
const giveUpWithinMs = 5_000;
/** A round of notes is reckoned with as a minute's at most, however seldom it comes. */
const longestRoundMs = 60_000;

/** The thread's whole life. */
export async function runWorkerThread(): Promise<void> {
  const beats = setInterval(() => parentPort?.postMessage('beat'), beatEveryMs);
  const read = readConfig(process.env);
  if (!read.ok) throw new Error(`configuration: ${read.faults.join('; ')}`);
  const telemetry = composeTelemetry(read.config);
  const { mongodbUri } = handedOver.parse(workerData);
  const parts = await composeParts(read.config, telemetry, mongodbUri, 'cwsync worker');
  const { metrics } = telemetry;
  metrics.watchThread('sync');
  const shutdown = new AbortController();
  const onMessage = (message: unknown) => {
    if (message === 'cancel') shutdown.abort(new Error('shutting down'));
    void answerMetrics(message, metrics.dump, (answer) => parentPort?.postMessage(answer));
  };
  parentPort?.on('message', onMessage);
  const owner = `worker-${parts.ids.next()}`;
  const beating = keepBeating({ ...parts, ...parts.stores }, 'worker', owner, shutdown.signal);
  const { psa, psaWrites: writes } = parts;
  if (psa && writes) await runUntil(parts, { psa, writes }, owner, shutdown);
  else await untilAborted(shutdown.signal);
  await beating;
  await parts.stores.log.flush();
  await parts.connection.close();
  clearInterval(beats);
  // So that the thread ends by itself: Bree hears `cancelled` only where no beat comes before it.
  parentPort?.off('message', onMessage);
  parentPort?.postMessage('cancelled');
}

type ConnectWise = { readonly psa: Psa; readonly writes: PsaWrites };

async function runUntil(
  parts: Parts,
  connectWise: ConnectWise,
  owner: string,
  stop: AbortController,
): Promise<void> {
  const { config, tenantId, stores, clock, ids, logger, logScope, metrics, toFailure } = parts;
  const { timings, slots, schedule } = config;
  const shutdown = stop.signal;
  const deps = { ...stores, ...connectWise, tenantId, clock, ids, logger, toFailure };
  const circuit = createCircuit(deps);
  // Whoever started the process may have mended what ConnectWise refused.
  await stores.gate.probeNow();
  const runs = createRuns({ ...deps, notesShare: notesShareOf(config) });
  const onStuck = () => giveUpThread(stop);
  const runDeps = { ...deps, runs, circuit, logScope, metrics, leaseMs: timings.leaseMs, onStuck };
  const run: RunTask = (claimed, signal, renewSlot) => runTask(runDeps, claimed, signal, renewSlot);
  const dispatcher = await dispatcherOf(parts);
  await Promise.all([
    runWorker({ ...deps, dispatcher, runTask: run }, { owner, slots, pollMs: timings.pollMs, shutdown }),
    circuit.keepProbing(owner, shutdown),
    keepTime(deps, { schedule, tickMs: timings.tickMs, more: callbackJobs(parts, shutdown), shutdown }),
  ]);
}

/** By Redis where there is one; loaded on demand, since most have none. */
async function dispatcherOf({ config, tenantId, stores, clock, ids, logger }: Parts): Promise<Dispatcher> {
  const { redisUrl, timings } = config;
  const deps = { tasks: stores.tasks, clock, ids, logger };
  if (redisUrl === undefined) return pollingDispatcher(deps, timings.pollMs);
  const { bullmqDispatcher } = await import('../../adapters/bullmq/dispatcher.ts');
  return bullmqDispatcher({ ...deps, ...timings, redisUrl, tenantId });
}

/**
 * Notes are read ticket by ticket: those that are due may take a quarter of the request budget, and going round
 * the open tickets a sixteenth, so that it never crowds out anything else.
 */
function notesShareOf({ requests, schedule }: Config): NotesShare {
  const perRound =
    ((requests?.perSecond ?? unlimitedPerSecond) * Math.min(schedule.notesMs, longestRoundMs)) / 1_000;
  return {
    due: Math.max(1, Math.floor(perRound / 4)),
    sweep: Math.max(1, Math.floor(perRound / 16)),
    againAfterMs: schedule.comprehensiveMs,
  };
}

/** A run that hears nothing can only be ended with its thread, and the supervisor starts another. */
function giveUpThread(stop: AbortController): void {
  stop.abort(new Error('a run is stuck'));
  setTimeout(() => process.exit(1), giveUpWithinMs);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
