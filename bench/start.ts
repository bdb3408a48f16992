/** How long after a person's request ConnectWise gets the first request of it. */
import type { ChangeStreamInsertDocument } from 'mongodb';
import { systemClock } from '../src/bootstrap/system.ts';
import type { Bench, Figure } from './bench.ts';
import { percentile } from './bench.ts';
import { type Integration, withWorker } from './support/integration.ts';
import { apiHeaders, type Simulator } from './support/processes.ts';

const samples = 40;
const busySamples = 20;
const queued = 1_000;
const lookEveryMs = 15;

type Entry = { readonly path: string; readonly at: string };

/** Milliseconds from `since` to the first request for the project, by the clock that both processes share. */
async function firstRequest(simulator: Simulator, externalId: number, since: number): Promise<number> {
  const path = new RegExp(`/project/projects/${externalId}(/|$)`, 'u');
  for (;;) {
    const entries = (await simulator.control('GET', '/requests')) as readonly Entry[];
    const first = entries.find((entry) => path.test(entry.path) && Date.parse(entry.at) >= since);
    if (first) return Date.parse(first.at) - since;
    await systemClock.sleep(lookEveryMs);
  }
}

async function askedByPerson({ tasks, simulator }: Integration, taskId: string, externalId: number) {
  const since = Date.now();
  const asked = await tasks.trigger(taskId, { kinds: ['delta'], prio: 2, forceNow: true });
  if (asked.result !== 'accepted') throw new Error(`the request was ${asked.result}`);
  return { ms: await firstRequest(simulator, externalId, since), ticket: asked.ticket };
}

/** A bare handler: somebody writes a document, a change stream tells of it, one request is sent. */
async function bareHandler({ database, simulator }: Integration): Promise<number[]> {
  const collection = database.db.collection('bench_requests');
  const stream = collection.watch();
  const [project = 0] = simulator.projects;
  stream.on('change', (change: ChangeStreamInsertDocument) => {
    const path = `/v4_6_release/apis/3.0/project/projects/${change.fullDocument.externalId}`;
    fetch(`${simulator.url}${path}`, { headers: apiHeaders() })
      .then((response) => response.text())
      .catch(() => undefined);
  });
  // The first one opens the stream and the connections.
  const taken: number[] = [];
  for (let sample = -5; sample < samples; sample += 1) {
    const since = Date.now();
    await collection.insertOne({ externalId: project, sample });
    const ms = await firstRequest(simulator, project, since);
    if (sample >= 0) taken.push(ms);
  }
  await stream.close();
  return taken;
}

function figure(name: string, taken: readonly number[], bare: readonly number[], limitMs: number): Figure {
  const value = percentile(taken, 0.95);
  const bareValue = percentile(bare, 0.95);
  return {
    value,
    limit: Math.max(limitMs, 3 * bareValue),
    details: [
      `${name}: p50 ${percentile(taken, 0.5)} ms, p95 ${value} ms of ${taken.length}`,
      `bare handler: p50 ${percentile(bare, 0.5)} ms, p95 ${bareValue} ms of ${bare.length}`,
    ],
  };
}

export const startIdle: Bench = {
  name: 'start-idle',
  what: 'from a person’s request to its first ConnectWise request, nothing else going on, p95',
  unit: 'ms',
  limit: { at: 'most', value: 250 },
  measure: () =>
    withWorker(['--projects', '10', '--tickets', '10'], {}, async (integration) => {
      const { projects } = integration.simulator;
      const tasks: string[] = [];
      for (const id of projects) tasks.push(await integration.link(id));
      for (const task of tasks) await integration.synced(task);
      const taken: number[] = [];
      for (let sample = 0; sample < samples; sample += 1) {
        const at = sample % tasks.length;
        const taskId = tasks[at] ?? '';
        const { ms, ticket } = await askedByPerson(integration, taskId, projects[at] ?? 0);
        taken.push(ms);
        await integration.synced(taskId, ticket);
      }
      return figure('idle', taken, await bareHandler(integration), 250);
    }),
};

export const startBusy: Bench = {
  name: 'start-busy',
  what: 'the same with 1,000 clock syncs queued, 3 running and the limiter on, p95',
  unit: 'ms',
  limit: { at: 'most', value: 1_000 },
  measure: () =>
    withWorker(['--projects', String(queued), '--tickets', '10'], {}, async (integration) => {
      const bare = await bareHandler(integration);
      const tasks: string[] = [];
      const { projects } = integration.simulator;
      for (const id of projects) tasks.push(await integration.link(id));
      await threeAreRunning(integration);
      const taken: number[] = [];
      for (let sample = 0; sample < busySamples; sample += 1) {
        // From the end of the line: nobody would come to it for a long while.
        const at = queued - 1 - sample;
        const taskId = tasks[at] ?? '';
        const { ms, ticket } = await askedByPerson(integration, taskId, projects[at] ?? 0);
        taken.push(ms);
        await integration.synced(taskId, ticket);
      }
      return figure('busy', taken, bare, 1_000);
    }),
};

async function threeAreRunning({ database }: Integration): Promise<void> {
  const running = { state: 'syncing', kind: 'project' };
  while ((await database.db.collection('sync_tasks').countDocuments(running)) < 3) {
    await systemClock.sleep(lookEveryMs);
  }
}
