/** What more worker processes bring: the whole request budget and never more, and without it more syncs. */
import type { SyncTask } from '../src/domain/sync-task.ts';
import type { Bench } from './bench.ts';
import { type Integration, onlyWhatIsAsked, startIntegration } from './support/integration.ts';
import { type ProductProcess, startWorker } from './support/processes.ts';

const latencyMs = 200;
/** The default: requests a second. */
const perSecond = 8;
const windowMs = 10_000;
const perWindow = (perSecond * windowMs) / 1_000;
const measuredMs = 40_000;
/** From the first request on, until every worker is at work. */
const settlingMs = 5_000;
const projects = 400;
const tickets = 12;

type Fleet = { readonly integration: Integration; grow(workers: number): Promise<void> };

/** An integration with more projects to import than there is time for, and workers as many as are called for. */
async function withFleet<T>(env: NodeJS.ProcessEnv, use: (fleet: Fleet) => Promise<T>): Promise<T> {
  const integration = await startIntegration('--projects', String(projects), '--tickets', String(tickets));
  const workers: ProductProcess[] = [];
  async function grow(count: number): Promise<void> {
    const more = Array.from({ length: count - workers.length }, () =>
      startWorker({ ...integration.env, ...onlyWhatIsAsked, ...env }),
    );
    workers.push(...(await Promise.all(more)));
    await integration.synced(`${integration.tenantId}:misc`);
  }
  try {
    return await use({ integration, grow });
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await integration.stop();
  }
}

async function linkAll({ simulator, link }: Integration): Promise<void> {
  await simulator.control('PUT', '/latency', { ms: latencyMs });
  for (const id of simulator.projects) await link(id);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The most that came within any 10 s. */
function busiestWindow(arrivals: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [n, at] of arrivals.entries()) {
    while ((arrivals[first] ?? at) <= at - windowMs) first += 1;
    most = Math.max(most, n - first + 1);
  }
  return most;
}

type Used = { readonly workers: number; readonly share: number; readonly busiest: number };

async function measureBudget(workers: number): Promise<Used> {
  return await withFleet({}, async ({ integration, grow }) => {
    const { control } = integration.simulator;
    await grow(workers);
    await linkAll(integration);
    await pause(settlingMs);
    await control('DELETE', '/requests');
    await pause(measuredMs);
    const requests = (await control('GET', '/requests')) as readonly { readonly at: string }[];
    const arrivals = requests.map(({ at }) => Date.parse(at)).toSorted((a, b) => a - b);
    const tookMs = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
    const share = (arrivals.length - 1) / ((tookMs / 1_000) * perSecond);
    return { workers, share: 100 * share, busiest: busiestWindow(arrivals) };
  });
}

export const scale: Bench = {
  name: 'scale',
  what: `share of the request budget that 1, 2 and 4 worker processes use, each answer of ConnectWise taking ${latencyMs} ms: the least of the three, or 0 where more than ${perWindow} requests came within any ${windowMs / 1_000} s`,
  unit: '% of the budget',
  limit: { at: 'least', value: 95 },
  async measure() {
    const used: Used[] = [];
    for (const workers of [1, 2, 4]) used.push(await measureBudget(workers));
    const exceeded = used.some(({ busiest }) => busiest > perWindow);
    return {
      value: exceeded ? 0 : Math.min(...used.map(({ share }) => share)),
      details: used.map(
        ({ workers, share, busiest }) =>
          `${workers} workers: ${share.toFixed(1)} % used, at most ${busiest} of ${perWindow} requests within ${windowMs / 1_000} s`,
      ),
    };
  },
};

const syncedMs = 30_000;
const rounds = 3;

/** Syncs a second that came to their end from now on. */
async function pace({ tasks, tenantId, simulator }: Integration): Promise<number> {
  const ids = simulator.projects.map((id) => `${tenantId}:project-${id}`);
  const since = (await tasks.getMany([])).now.getTime();
  await pause(syncedMs);
  const ended = (await tasks.getMany(ids)).tasks.flatMap(endOf).filter((at) => at >= since);
  const [first = 0, last = 0] = [Math.min(...ended), Math.max(...ended)];
  return (ended.length - 1) / ((last - first) / 1_000);
}

function endOf({ lastSync }: SyncTask): readonly number[] {
  return lastSync ? [lastSync.at.getTime()] : [];
}

const lifted: NodeJS.ProcessEnv = {
  CWSYNC_REQUESTS_PER_SECOND: '200',
  CWSYNC_REQUESTS_AT_ONCE: '100',
  CWSYNC_SLOTS: '4',
  CWSYNC_SLOTS_FOR_PEOPLE: '0',
  CWSYNC_SLOTS_PER_WORKER: '1',
};

/** One worker and several, one after the other in the same run, so that the machine is as busy for both. */
async function measureRatio(workers: number): Promise<{ readonly one: number; readonly many: number }> {
  return await withFleet(lifted, async ({ integration, grow }) => {
    await grow(1);
    await linkAll(integration);
    await pause(settlingMs);
    const one = await pace(integration);
    await grow(workers);
    await pause(settlingMs);
    return { one, many: await pace(integration) };
  });
}

function scaleTo(workers: number, atLeast: number): Bench {
  return {
    name: `scale-${workers}`,
    what: `syncs of ${workers} worker processes against one, a place each, with the budget lifted to 200 requests a second and answers of ConnectWise taking ${latencyMs} ms (median of ${rounds})`,
    unit: 'times the syncs of one worker',
    limit: { at: 'least', value: atLeast },
    async measure() {
      const measured: { readonly one: number; readonly many: number }[] = [];
      while (measured.length < rounds) measured.push(await measureRatio(workers));
      const ratios = measured.map(({ one, many }) => many / one).toSorted((a, b) => a - b);
      return {
        value: ratios[Math.floor(rounds / 2)] ?? 0,
        details: measured.map(
          ({ one, many }) =>
            `one: ${one.toFixed(2)} syncs a second, ${workers}: ${many.toFixed(2)}: ${(many / one).toFixed(2)} times`,
        ),
      };
    },
  };
}

export const scale2 = scaleTo(2, 1.8);
export const scale4 = scaleTo(4, 2.5);
