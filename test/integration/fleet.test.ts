/**
 * Past one machine: four workers and two bots on one database, each a process of its own, and every second or so one
 * of them is killed without a word, at random, while people and programs ask for syncs. The seed is in the title.
 */
import { randomInt, randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { Random } from '../../demo/connectwise/world/random.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';
import { type FleetWatch, watchFleet } from '../support/fleet-watch.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import {
  eventually,
  freePort,
  imported,
  type Surroundings,
  startSurroundings,
  storedTasks,
} from '../support/product-rig.ts';
import { orWhyNot, redisIsThere, startRedis, type TestRedis } from '../support/redis.ts';
import { type Answer, Conversation } from '../support/slack-conversation.ts';

const leaseMs = 3_000;
const pollMs = 200;
/** A busy machine may hold a process up for so long. */
const grantedMs = 2_500;
const kills = 5;
/** Six processes take their time on a machine that does something else, too. */
const busyMs = 60_000;
const seed = Number(process.env.FLEET_SEED ?? randomInt(1_000_000));

type Member = { readonly role: 'bot' | 'worker'; readonly process: ProductProcess };

describe.each([
  { by: 'polling', there: true, why: '' },
  { by: 'BullMQ', there: redisIsThere, why: orWhyNot },
] as const)(`4 workers and 2 bots by $by $why, killed at random (FLEET_SEED=${seed})`, ({ by, there }) => {
  let rig: Surroundings;
  let redis: TestRedis | undefined;
  let watch: FleetWatch;
  let members: Member[] = [];
  const random = new Random(seed);

  async function join(role: Member['role']): Promise<Member> {
    const PORT = String(await freePort());
    return { role, process: startProductProcess({ ...rig.env, CWSYNC_ROLE: role, PORT }) };
  }

  beforeAll(async () => {
    if (!there) return;
    redis = by === 'BullMQ' ? await startRedis() : undefined;
    rig = await startSurroundings({
      projects: 8,
      tickets: 6,
      latencyMs: 80,
      slackBy: 'socket',
      env: {
        NODE_COMPILE_CACHE: path.join(import.meta.dirname, '../../node_modules/.cache/cwsync'),
        REDIS_URL: redis?.url,
        CWSYNC_LEASE_SECONDS: String(leaseMs / 1_000),
        CWSYNC_POLL_SECONDS: String(pollMs / 1_000),
        // A place for every project: whoever is taken up again waits for nobody.
        CWSYNC_SLOTS: '40',
        CWSYNC_SLOTS_PER_WORKER: '6',
      },
    });
    // The first brings the database to its version, and leaves compiled code to the others.
    for (const roles of [['worker'], ['worker', 'worker', 'bot'], ['worker', 'bot']] as const) {
      const joined = await Promise.all(roles.map(join));
      members.push(...joined);
      await Promise.all(joined.map(running));
    }
    watch = await watchFleet(rig.db);
  }, 240_000);
  afterAll(async () => {
    await Promise.all(members.map((member) => member.process.kill()));
    await watch?.stop();
    await rig?.stop();
    await redis?.stop();
  });

  it.runIf(there)(
    'no request is lost, nothing runs twice at once, and what a dead worker had is taken up in time',
    {
      timeout: 240_000,
    },
    async () => {
      await imported(rig, busyMs);
      const asked = await askAndKill();
      await Promise.all(members.map(running));
      await eventually(async () => {
        const tasks = await storedTasks(rig.db).find({ kind: 'project' }).toArray();
        expect(tasks.filter(({ state, want, done }) => state !== 'idle' || want !== done)).toEqual([]);
        for (const { _id, done } of tasks) expect(done).toBeGreaterThanOrEqual(asked.tickets.get(_id) ?? 0);
      });
      const chat = new Conversation(rig.slack);
      for (const answer of asked.answers) await chat.until(answer, /in sync\. The \w+ sync ended/u);
      expect(watch.stolen).toEqual([]);
      expect(watch.takeovers.filter(({ lateMs }) => lateMs > pollMs + grantedMs)).toEqual([]);
      expect(await overlapping(rig)).toEqual([]);
      expect(watch.claims()).toBeGreaterThan(kills);
    },
  );

  /** Between any two kills somebody asks for several syncs; a killed process is replaced, as a service manager does. */
  async function askAndKill() {
    const tickets = new Map<string, number>();
    const answers: Answer[] = [];
    const chat = new Conversation(rig.slack);
    const tasks = mongoSyncTaskStore({
      db: rig.db,
      tenantId: (await storedTasks(rig.db).findOne())?.tenantId ?? '',
      timings: { leaseMs, coolDownMs: 0 },
      ids: { ...systemIds, next: () => randomUUID() },
      clock: systemClock,
    });
    const ids = (await storedTasks(rig.db).find({ kind: 'project' }).toArray()).map(({ _id }) => _id);
    for (let kill = 0; kill < kills; kill += 1) {
      if (kill % 3 === 1) answers.push(await chat.ask(`/cwsync sync #${101 + kill} --now`));
      for (let n = 0; n < 5; n += 1) {
        const wanted = {
          kinds: [random.pick(['delta', 'comprehensive'] as const)],
          prio: 1,
          forceNow: true,
        } as const;
        const triggered = await tasks.trigger(random.pick(ids), wanted);
        if (triggered.result === 'accepted') tickets.set(triggered.task.id, triggered.ticket);
      }
      await killOne(kill);
    }
    return { tickets, answers };
  }

  /** While somebody is in the middle of a sync; one of each role is always there. */
  async function killOne(kill: number): Promise<void> {
    await eventually(async () => {
      expect(await storedTasks(rig.db).countDocuments({ state: 'syncing', kind: 'project' })).toBeGreaterThan(
        0,
      );
    });
    const role = kill % 3 === 2 ? 'bot' : 'worker';
    const victim = random.pick(members.filter((member) => member.role === role));
    await running(victim);
    await victim.process.kill();
    const successor = await join(role);
    members = members.map((member) => (member === victim ? successor : member));
    if (role === 'bot') await running(successor);
  }
});

async function running({ process }: Member): Promise<void> {
  await eventually(() => expect(process.output()).toMatch(/cwsync (?:worker is running|is ready)/u), busyMs);
}

type Request = { readonly projectId?: string; readonly runId?: string; readonly at: Date };

/**
 * Runs of one project of which the earlier asked ConnectWise something after the later had begun. One request more is
 * allowed: a process that was held up past its lease finds out with its next step.
 */
async function overlapping({ db }: Surroundings): Promise<string[]> {
  const requests = await db.collection<Request>('api_requests').find().sort({ at: 1 }).toArray();
  // Without a project: the integration's own tasks, one of each, which run side by side.
  const ofProjects = requests.filter(
    ({ projectId, runId }) => projectId !== undefined && runId !== undefined,
  );
  const found: string[] = [];
  for (const [project, ofOne] of Map.groupBy(ofProjects, ({ projectId }) => projectId)) {
    const runs = [...Map.groupBy(ofOne, ({ runId }) => runId)];
    for (const [n, [runId, own]] of runs.entries()) {
      const nextFrom = runs[n + 1]?.[1][0]?.at ?? new Date(8.64e15);
      const late = own.filter(({ at }) => at > nextFrom);
      if (late.length > 1)
        found.push(`${project}: ${late.length} requests of ${runId} after the next had begun`);
    }
  }
  return found;
}
