/** How soon an alert leaves: from the failure in the database to the post that Slack gets. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { mongoLiveness } from '../adapters/mongodb/liveness-store.ts';
import { mongoSettingsStore } from '../adapters/mongodb/settings-store.ts';
import { systemClock } from '../src/bootstrap/system.ts';
import { itself } from '../src/domain/sync-task.ts';
import { type Bench, percentile } from './bench.ts';
import { type Integration, onlyWhatIsAsked, startIntegration } from './support/integration.ts';
import { startBotAndWorker } from './support/processes.ts';

/** Each of a project of its own. */
const failures = 40;
/** Slower than a channel takes messages, so that none waits for its turn. */
const everyMs = 1_200;
const limitMs = 2_000;
const port = 21_879;
const channel = { platform: 'slack', tenant: 'T0DEMO', conversation: 'C0PROJECTS' } as const;

/** Enough of Slack to post to: when each post came, by the project that it names. */
class PostedAt {
  readonly at = new Map<string, number>();
  readonly #server: Server;
  #posts = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then((answer) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
      });
    });
  }

  static async start(): Promise<PostedAt> {
    const posted = new PostedAt();
    await new Promise<void>((resolve) => posted.#server.listen(0, '127.0.0.1', resolve));
    return posted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<object> {
    const now = performance.now();
    const body = new URLSearchParams(await text(request));
    const method = request.url?.split('/').at(-1);
    if (method === 'auth.test') {
      return { ok: true, team_id: channel.tenant, user_id: 'U0CWSYNC', bot_id: 'B1', url: this.url };
    }
    if (method !== 'chat.postMessage') return { ok: true };
    const mark = /mark-\d+/u.exec(body.get('blocks') ?? '')?.[0];
    if (mark !== undefined && !this.at.has(mark)) this.at.set(mark, now);
    this.#posts += 1;
    return {
      ok: true,
      channel: channel.conversation,
      ts: `${Math.floor(Date.now() / 1_000)}.${this.#posts}`,
    };
  }
}

/** Writes a failure into a task as a run does that a person must look at. */
async function fail(integration: Integration, n: number): Promise<number> {
  const id = `${integration.tenantId}:project-${n}`;
  const failure = { code: 'cw.rejected', vendorMessage: `mark-${n}` };
  const tasks = integration.database.db.collection<{ _id: string }>('sync_tasks');
  const since = performance.now();
  await tasks.updateOne({ _id: id }, [
    { $set: { needsAttention: { since: '$$NOW', failure }, failure: { ...failure, at: '$$NOW' } } },
  ]);
  return since;
}

/** Linked and synced once, so that what fails is told. */
async function linkAll({ database, tenantId, tasks }: Integration): Promise<void> {
  for (let n = 0; n < failures; n += 1) {
    const projectName = `Project ${n}`;
    const link = { projectId: `project-${n}`, externalId: 90_000 + n, projectName };
    await tasks.create({ ...link, customer: null, board: null });
  }
  const at = new Date();
  const counts = { created: 0, updated: 0, deleted: 0, skipped: 0, conflicts: 0, requests: 1 };
  const lastSync = { at, startedAt: at, mode: 'delta', runId: 'bench', counts };
  const never = new Date(Date.now() + 86_400_000);
  await database.db
    .collection('sync_tasks')
    .updateMany(
      { tenantId, kind: 'project' },
      { $set: { state: 'idle', kinds: [], lastSync, lateAt: never }, $unset: { wakeAt: '' } },
    );
}

async function measured(integration: Integration, slack: PostedAt): Promise<readonly number[]> {
  const took: number[] = [];
  const liveness = mongoLiveness(integration.database.db, integration.tenantId, '$$NOW');
  for (let n = 0; n < failures; n += 1) {
    await liveness.beat('worker', 'bench', 600_000);
    const began = await fail(integration, n);
    while (!slack.at.has(`mark-${n}`)) {
      if (performance.now() - began > 30_000) throw new Error(`alert ${n} did not come`);
      await systemClock.sleep(5);
    }
    took.push((slack.at.get(`mark-${n}`) ?? 0) - began);
    // Not in step with the product's own pace.
    const restMs = everyMs + ((n * 137) % 1_000);
    await systemClock.sleep(Math.max(0, restMs - (performance.now() - began)));
  }
  return took;
}

export const alert: Bench = {
  name: 'alert',
  what: `${failures} failures, one after another, recorded in the database of a running bot: until Slack gets the post, p95`,
  unit: 'ms',
  limit: { at: 'most', value: limitMs },
  async measure() {
    const integration = await startIntegration('--projects', '1', '--tickets', '1');
    const slack = await PostedAt.start();
    try {
      const settings = mongoSettingsStore(integration.database.db, integration.tenantId, {}, '$$NOW');
      const { revision, ...read } = await settings.read();
      await settings.save({ ...read, alertChannels: [channel] }, revision, itself);
      const product = await startBotAndWorker({
        ...integration.env,
        ...onlyWhatIsAsked,
        // No worker: what the tasks say is what is written here.
        CWSYNC_ROLE: 'bot',
        CWSYNC_ADMINS: 'slack:T0DEMO/U0ALEX',
        SLACK_BOT_TOKEN: 'xoxb-bench-token',
        SLACK_SIGNING_SECRET: 'bench-signing-secret',
        SLACK_API_URL: slack.url,
        PORT: String(port),
      });
      try {
        await linkAll(integration);
        const took = await measured(integration, slack);
        const spread = [0.5, 0.95].map((share) => `p${share * 100} ${percentile(took, share).toFixed(0)} ms`);
        return {
          value: percentile(took, 0.95),
          details: [`${spread.join(', ')}, most ${Math.max(...took).toFixed(0)} ms of ${took.length}`],
        };
      } finally {
        await product.stop();
      }
    } finally {
      await slack.stop();
      await integration.stop();
    }
  },
};
