/** How long Slack waits for the acknowledgement of `/cwsync status` while the background worker is busy. */
import { systemClock } from '../src/bootstrap/system.ts';
import { type Bench, type Figure, percentile } from './bench.ts';
import { type Integration, limiterLifted, onlyWhatIsAsked, startIntegration } from './support/integration.ts';
import { startBotAndWorker, startHelper } from './support/processes.ts';

const requests = 1_000;
const perSecond = 10;
const projects = 4;
const ticketsEach = 5_000;
const limitMs = 50;
const port = 21_877;
const secrets = { signingSecret: 'bench-signing-secret', botToken: 'xoxb-bench-token' } as const;

type Taken = { readonly app: readonly number[]; readonly bare: readonly number[] };

/** Comprehensive syncs of all projects, one after another without a pause, until the signal. */
async function keepSyncing(integration: Integration, tasks: readonly string[], signal: AbortSignal) {
  let syncs = 0;
  const one = async (taskId: string) => {
    for (let want = 1; !signal.aborted; ) {
      await integration.synced(taskId, want);
      if (signal.aborted) return;
      syncs += 1;
      const asked = await integration.tasks.trigger(taskId, {
        kinds: ['comprehensive'],
        prio: 2,
        forceNow: true,
      });
      if (asked.result !== 'accepted') throw new Error(`the sync was ${asked.result}`);
      want = asked.ticket;
    }
  };
  await Promise.all(tasks.map(one));
  return syncs;
}

async function linkAll(integration: Integration): Promise<readonly string[]> {
  const tasks: string[] = [];
  for (const id of integration.simulator.projects.slice(0, projects)) tasks.push(await integration.link(id));
  return tasks;
}

async function running(integration: Integration): Promise<number> {
  return await integration.database.db
    .collection('sync_tasks')
    .countDocuments({ state: 'syncing', kind: 'project' });
}

async function measured(integration: Integration): Promise<Figure> {
  const bare = await startHelper('bare-handler.ts', [], /listening (\S+)/u);
  const load = await startHelper(
    'ack-load.ts',
    [String(port), bare.said, String(requests), String(perSecond), secrets.signingSecret, secrets.botToken],
    /slack (\S+)/u,
  );
  const product = await startBotAndWorker({
    ...integration.env,
    ...onlyWhatIsAsked,
    ...limiterLifted,
    CWSYNC_SLOTS: String(projects + 1),
    CWSYNC_ADMINS: 'slack:T0DEMO/U0ALEX',
    SLACK_BOT_TOKEN: secrets.botToken,
    SLACK_SIGNING_SECRET: secrets.signingSecret,
    SLACK_API_URL: load.said,
    PORT: String(port),
  });
  try {
    await integration.synced(`${integration.tenantId}:misc`);
    const tasks = await linkAll(integration);
    const over = new AbortController();
    const syncing = keepSyncing(integration, tasks, over.signal);
    while ((await running(integration)) < projects) await systemClock.sleep(100);
    const taken = JSON.parse(await load.ask('begin', /taken (.+)/u)) as Taken;
    over.abort();
    const stillRunning = await running(integration);
    return figure(taken, await syncing, stillRunning);
  } finally {
    await product.stop();
    await load.stop();
    await bare.stop();
  }
}

function figure({ app, bare }: Taken, syncs: number, atTheEnd: number): Figure {
  const value = percentile(app, 0.99);
  const bareValue = percentile(bare, 0.99);
  const spread = (name: string, of: readonly number[]) =>
    `${name}: p50 ${percentile(of, 0.5).toFixed(1)} ms, p99 ${percentile(of, 0.99).toFixed(1)} ms, most ${Math.max(...of).toFixed(1)} ms of ${of.length}`;
  return {
    value,
    limit: Math.max(limitMs, 3 * bareValue),
    details: [
      spread('cwsync', app),
      spread('bare handler', bare),
      `${syncs} syncs of ${ticketsEach} tickets ended meanwhile, ${atTheEnd} were running at the end`,
    ],
  };
}

export const ack: Bench = {
  name: 'ack',
  what: `/cwsync status over signed HTTP, ${requests} at ${perSecond} a second, beside ${projects} comprehensive syncs of ${ticketsEach} tickets with the limiter lifted: acknowledged, p99`,
  unit: 'ms',
  limit: { at: 'most', value: limitMs },
  async measure() {
    const integration = await startIntegration(
      '--projects',
      String(projects),
      '--tickets',
      String(ticketsEach),
    );
    try {
      return await measured(integration);
    } finally {
      await integration.stop();
    }
  },
};
