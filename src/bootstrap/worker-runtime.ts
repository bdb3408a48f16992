/** What the background thread does: claims tasks and runs them until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { defaultBudget, LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { linkOpenProjects } from '../app/sync/link-open-projects.ts';
import { runWorker } from '../app/sync/worker.ts';
import { type ConnectWiseConfig, readConfig } from '../config.ts';
import { decide } from '../domain/failure.ts';
import type { Psa } from '../ports/psa.ts';
import { composeParts, composeTelemetry, type Parts } from './compose.ts';

/** Runs at once in one worker. */
const slots = 4;
const linkEveryMs = 5 * 60_000;
const linkAgainAfterMs = 5_000;

const handedOver = z.object({ mongodbUri: z.string() });

/** The thread's whole life; its message `cancelled` tells Bree that nothing is left to be written. */
export async function runWorkerThread(): Promise<void> {
  const read = readConfig(process.env);
  if (!read.ok) throw new Error(`configuration: ${read.faults.join('; ')}`);
  const telemetry = composeTelemetry(read.config);
  const { mongodbUri } = handedOver.parse(workerData);
  const parts = await composeParts(read.config, telemetry, mongodbUri, 'cwsync worker');
  const shutdown = new AbortController();
  parentPort?.on('message', (message: unknown) => {
    if (message === 'cancel') shutdown.abort(new Error('shutting down'));
  });
  await runUntil(parts, shutdown.signal);
  await parts.connection.close();
  parentPort?.postMessage('cancelled');
}

async function runUntil(parts: Parts, shutdown: AbortSignal): Promise<void> {
  const { connectWise, timings, linkOpenProjects: links } = parts.config;
  if (!connectWise) return await untilAborted(shutdown);
  const psa = composePsa(parts, connectWise);
  const owner = `worker-${parts.ids.next()}`;
  const { tasks, planner, log } = parts.stores;
  const { clock, ids, logger, toFailure } = parts;
  const deps = { tasks, planner, log, psa, clock, ids, logger, toFailure, leaseMs: timings.leaseMs };
  await Promise.all([
    runWorker(deps, { owner, slots, pollMs: timings.pollMs, shutdown }),
    links ? keepLinking(parts, psa, shutdown) : undefined,
  ]);
}

function composePsa(parts: Parts, settings: ConnectWiseConfig): Psa {
  const { clock, ids, redactor, stores } = parts;
  const budget = new LocalRequestBudget(defaultBudget, clock);
  const { apiVersion: version, ...access } = settings;
  const transport = new ConnectWiseTransport(
    { ...access, version },
    { clock, ids, log: stores.log, budget, redactor },
  );
  return connectWisePsa(new ConnectWiseClient(transport));
}

/**
 * Links what is open in ConnectWise, at start and from time to time. A failure that heals is tried again with
 * back-off; one that a person must mend waits like a success: keys that are refused are not hammered with.
 */
async function keepLinking(parts: Parts, psa: Psa, shutdown: AbortSignal): Promise<void> {
  const { clock, ids, logger, stores, toFailure } = parts;
  const deps = { psa, tasks: stores.tasks, log: stores.log, ids, clock };
  let attempts = 0;
  let told: string | undefined;
  while (!shutdown.aborted) {
    let waitMs = linkEveryMs;
    try {
      const linked = await linkOpenProjects(deps, shutdown);
      if (linked > 0) logger.info({ linked }, 'projects linked');
      attempts = 0;
      told = undefined;
    } catch (error) {
      if (shutdown.aborted) return;
      const failure = toFailure(error);
      const decision = decide(failure, attempts, ids.random());
      if (decision.action === 'retry') waitMs = Math.max(linkAgainAfterMs, decision.delayMs);
      attempts += 1;
      if (failure.code !== told)
        logger.warn({ err: error, code: failure.code }, 'open projects could not be linked');
      told = failure.code;
    }
    await clock.sleep(waitMs, shutdown).catch(() => {});
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
