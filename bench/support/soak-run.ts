/**
 * The engine for a long time on a clock moved by hand, a process of its own with nothing else in its memory:
 * `node --expose-gc soak-run.ts <projects> <tickets each> <virtual hours> <minutes a step>`. People work in the
 * simulator meanwhile. Prints a line for each twentieth, and at the end `soaked <JSON>`.
 */
import type { Db } from 'mongodb';
import { mongoSeenStore } from '../../adapters/mongodb/people-stores.ts';
import { removeOld } from '../../src/app/sync/retention.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import { defaultSettings } from '../../src/ports/settings.ts';
import { type Engine, engineSchedule } from '../../test/support/engine-rig.ts';
import { startVirtualIntegration } from './virtual-integration.ts';

/** What was measured once a fifth of the time was over, or all of it. */
type Look = {
  /** Resident after a collection, in bytes. */
  readonly memory: number;
  readonly documents: Readonly<Record<string, number>>;
};

export type Soaked = {
  readonly afterFifth: Look;
  readonly atTheEnd: Look;
  /** Documents that retention should have removed, by collection. */
  readonly overdue: Readonly<Record<string, number>>;
  readonly syncs: number;
  readonly requests: number;
  readonly seconds: number;
};

const [projects = '50', tickets = '20', hours = '840', stepMinutes = '5'] = process.argv.slice(2);
const minute = 60_000;
const day = 24 * 60 * minute;
const stepMs = Number(stepMinutes) * minute;
const steps = Math.ceil((Number(hours) * 60 * minute) / stepMs);
const retentionEveryMs = 60 * minute;

const gather = globalThis.gc;
if (!gather) throw new Error('start it with --expose-gc');

/** Several times, since what one collection frees only the next gives back. */
async function residentMemory(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    gather?.();
    await systemClock.sleep(200);
    least = Math.min(least, process.memoryUsage().rss);
  }
  return least;
}

async function documentsIn(db: Db): Promise<Record<string, number>> {
  const listed = await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  const counted = listed.map(async ({ name }) => [name, await db.collection(name).countDocuments()] as const);
  return Object.fromEntries(await Promise.all(counted));
}

/** What is older than it may be, with the time between two removals on top. */
async function overdueIn({ db, time }: Engine): Promise<Record<string, number>> {
  const before = (days: number) => new Date(time.now().getTime() - days * day - retentionEveryMs - stepMs);
  const kept = before(defaultSettings.retentionDays);
  const tombstones = { 'deleted.at': { $lt: before(30) } };
  const rules = [
    ['integration_log', { at: { $lt: kept } }],
    ['api_requests', { at: { $lt: kept } }],
    ['seen_requests', { at: { $lt: before(1) } }],
    ...['projects', 'phases', 'tasks', 'events', 'time_logs', 'project_notes', 'ticket_notes'].map(
      (name) => [`plan_${name}`, tombstones] as const,
    ),
  ] as const;
  const counted = rules.map(
    async ([name, old]) => [name, await db.collection(name).countDocuments(old)] as const,
  );
  return Object.fromEntries((await Promise.all(counted)).filter(([, count]) => count > 0));
}

async function look({ db }: Engine): Promise<Look> {
  return { memory: await residentMemory(), documents: await documentsIn(db) };
}

const inMegabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

const integration = await startVirtualIntegration('--projects', projects, '--tickets', tickets);
try {
  const { engine, simulator } = integration;
  const { db, stores, time, logger } = engine;
  const began = performance.now();
  const seen = mongoSeenStore(db, time.expression);
  const never = new AbortController().signal;
  let syncs = 0;
  let requests = 0;
  let sinceRetention = 0;

  async function oneStep(number: number): Promise<void> {
    // Each step brings a request of a chat platform, and so a line that is to be forgotten.
    await seen.first(`request ${number}`);
    syncs += await engine.pass(stepMs, engineSchedule, stepMs);
    // The rig's logger keeps what a process writes to its output and forgets.
    logger.lines.length = 0;
    sinceRetention += stepMs;
    if (sinceRetention < retentionEveryMs) return;
    sinceRetention = 0;
    requests += await integration.requestsSince();
    await removeOld({ ...stores, seen }, never);
  }

  await stores.tasks.tick(engineSchedule);
  await engine.runDue();
  console.log(`imported in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  await simulator.control('PUT', '/life', { on: true, everyMs: 2_000 });
  let afterFifth: Look | undefined;
  for (let step = 1; step <= steps; step += 1) {
    await oneStep(step);
    if (step === Math.ceil(steps / 5)) afterFifth = await look(engine);
    if (step % Math.max(1, Math.floor(steps / 20)) === 0) {
      const memory = inMegabytes(await residentMemory());
      console.log(
        `${((step * stepMs) / day).toFixed(2)} days, ${syncs} syncs, ${memory}, ${((performance.now() - began) / 1_000).toFixed(0)} s`,
      );
    }
  }
  await removeOld({ ...stores, seen }, never);
  const atTheEnd = await look(engine);
  const soaked: Soaked = {
    afterFifth: afterFifth ?? atTheEnd,
    atTheEnd,
    overdue: await overdueIn(engine),
    syncs,
    requests,
    seconds: Math.round((performance.now() - began) / 1_000),
  };
  console.log(`soaked ${JSON.stringify(soaked)}`);
} finally {
  await integration.stop();
}
