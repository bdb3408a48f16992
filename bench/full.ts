/** What one project of 10,000 tickets costs, beside a bare loop over the same pages and documents. */
import { planCollections } from '../adapters/mongodb/plan-document.ts';
import type { SyncTask } from '../src/domain/sync-task.ts';
import type { Bench, Figure } from './bench.ts';
import { percentile } from './bench.ts';
import { bareReads, bareWrites, documentsOf, type RecordedRequest } from './support/bare-loop.ts';
import { startDatabase } from './support/database.ts';
import { durationOf, type Integration, limiterLifted, withWorker } from './support/integration.ts';

const project = ['--projects', '1', '--tickets', '10000', '--phases', '20'];
const entries = ['--schedule', '10000', '--time', '10000'];
const rounds = 3;

/** Milliseconds of a sync and of the bare loop beside it. */
type Pair = { readonly ours: number; readonly bare: number };
type Round = { readonly first: Pair; readonly again: readonly Pair[]; readonly requests: number };

function withProject<T>(
  env: NodeJS.ProcessEnv,
  use: (integration: Integration, taskId: string, task: SyncTask) => Promise<T>,
): Promise<T> {
  return withWorker([...project, ...entries], env, async (integration) => {
    await integration.simulator.control('DELETE', '/requests');
    const taskId = await integration.link(integration.simulator.projects[0] ?? 0);
    return await use(integration, taskId, await integration.synced(taskId));
  });
}

const requestsOf = async ({ simulator }: Integration) =>
  (await simulator.control('GET', '/requests')) as readonly RecordedRequest[];

async function measureRound(): Promise<Round> {
  return await withProject(limiterLifted, async (integration, taskId, task) => {
    const requests = await requestsOf(integration);
    const documents = await documentsOf(integration.database.db);
    const beside = await startDatabase();
    const bare = await bareWrites(integration.simulator.url, requests, beside.db, documents);
    await beside.stop();
    const again: Pair[] = [];
    while (again.length < rounds) again.push(await measureAgain(integration, taskId));
    return { first: { ours: durationOf(task), bare }, again, requests: requests.length };
  });
}

async function measureAgain(integration: Integration, taskId: string): Promise<Pair> {
  await integration.simulator.control('DELETE', '/requests');
  const trigger = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
  const asked = await integration.tasks.trigger(taskId, trigger);
  if (asked.result !== 'accepted') throw new Error('the second sync was not accepted');
  const task = await integration.synced(taskId, asked.ticket);
  const requests = await requestsOf(integration);
  const { db, url } = { ...integration.database, ...integration.simulator };
  const bare = await bareReads(url, requests, db, Object.values(planCollections));
  return { ours: durationOf(task), bare };
}

let measured: Promise<readonly Round[]> | undefined;

/** Both figures come from the same rounds. */
function allRounds(): Promise<readonly Round[]> {
  measured ??= (async () => {
    const all: Round[] = [];
    for (let round = 0; round < rounds; round += 1) all.push(await measureRound());
    return all;
  })();
  return measured;
}

function figureOf(pairs: readonly Pair[]): Figure {
  const inWords = ({ ours, bare }: Pair) =>
    `${ours} ms, bare loop ${Math.round(bare)} ms: ${(ours / bare).toFixed(2)}`;
  return {
    value: percentile(
      pairs.map(({ ours, bare }) => ours / bare),
      0.5,
    ),
    details: pairs.map(inWords),
  };
}

export const fullFirst: Bench = {
  name: 'full-first',
  what: 'first sync of 10,000 tickets, 20 phases, 10,000 schedule and 10,000 time entries, limiter lifted, against a bare loop that fetches the same pages and writes the same documents (median of 3)',
  unit: 'times the bare loop',
  limit: { at: 'most', value: 1.5 },
  measure: async () => figureOf((await allRounds()).map(({ first }) => first)),
};

export const fullAgain: Bench = {
  name: 'full-again',
  what: 'the same once more with nothing changed, against a loop that fetches the same pages and reads the same bases (median of 9)',
  unit: 'times the bare loop',
  limit: { at: 'most', value: 1.5 },
  measure: async () => figureOf((await allRounds()).flatMap(({ again }) => again)),
};

/** The default: requests a second. */
const perSecond = 8;

export const floor: Bench = {
  name: 'floor',
  what: 'the same first sync with the default limiter, against requests / 8 s',
  unit: 'times requests / 8 s',
  limit: { at: 'most', value: 1.1 },
  async measure() {
    return await withProject({}, async (_integration, _taskId, task) => {
      const requests = task.lastSync?.counts.requests ?? 0;
      const least = (requests / perSecond) * 1_000;
      const took = durationOf(task);
      return {
        value: took / least,
        details: [`${took} ms for ${requests} requests, which take ${Math.round(least)} ms at the least`],
      };
    });
  },
};
