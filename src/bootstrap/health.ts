/** What the process in production asks of its own health: for `doctor`, for `/readyz` and for the heartbeat. */
import { inTime } from '../../adapters/http/kept.ts';
import { mongoHealth } from '../../adapters/mongodb/database-health.ts';
import type { SlackHealth } from '../../adapters/slack/app.ts';
import { neededScopes } from '../../adapters/slack/manifest.ts';
import { slackTokenCheck } from '../../adapters/slack/token-check.ts';
import { allChecks } from '../app/doctor/all-checks.ts';
import { type Doctor, runChecks } from '../app/doctor/run-checks.ts';
import { type WorkerCheckDeps, workerAlive } from '../app/doctor/worker-check.ts';
import { mayWrite } from '../app/sync/push/writing.ts';
import type { ChatDirectory } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { DatabaseHealth, Readiness } from '../ports/health-checks.ts';
import { callbackUrlOf } from './callbacks.ts';
import type { Parts } from './compose.ts';
import { diskSpace } from './disk-space.ts';
import { redisHealthOf } from './redis.ts';
import { teamsIdentity } from './teams.ts';

export type ProductHealth = {
  readonly doctor: Doctor;
  /** Never rejects. */
  readiness(): Promise<Readiness>;
};

/**
 * Everybody may ask for readiness, so the answer is kept for a moment, in milliseconds: one that all is well for
 * longer than one that it is not, since whoever waits for a start asks until it is.
 */
const keptForMs = { ready: 2_000, notReady: 200 } as const;
/** What does not answer in time does not work, in milliseconds. */
const partWithinMs = 3_000;

export type ChatConnections = {
  /** Of the bot with Slack; undefined while there is none. */
  readonly slack: () => SlackHealth | undefined;
  /** Absent where Teams is not configured. */
  readonly teams?: (() => Promise<boolean>) | undefined;
};

export function productHealth(
  parts: Parts,
  directory: Pick<ChatDirectory, 'conversation'>,
  connections: ChatConnections,
): ProductHealth {
  const { config, clock, logger, stores, toFailure } = parts;
  const db = parts.connection.db();
  const database = mongoHealth(async () => db);
  const { liveness } = stores;
  const slack = config.slack ? slackTokenCheck({ ...config.slack, logger }) : undefined;
  const checks = allChecks({
    clock,
    database,
    liveness,
    access: parts.access,
    callbackUrl: callbackUrlOf(config),
    subscriptions: parts.subscriptions,
    mayWrite: () => mayWrite(stores),
    missing: config.missing,
    slack,
    teams: teamsIdentity(config),
    connection: connections.slack,
    scopes: neededScopes(),
    settings: stores.settings,
    incidents: stores.incidents,
    directory,
    redis: redisHealthOf(config),
    disk: diskSpace,
    dataDir: config.mongodbUri === undefined ? config.dataDir : undefined,
  });
  return {
    doctor: () => runChecks(checks, { clock, toFailure }),
    readiness: kept(clock, async () => {
      const [ready, chat] = await Promise.all([
        partsReady(clock, { liveness, database }),
        works(clock, () => chatReachable(parts.config, connections)),
      ]);
      return { ...ready, chat };
    }),
  };
}

/** What every process needs, whatever it does: of one without a chat. Never rejects. */
export function processReadiness(
  parts: Pick<Parts, 'clock' | 'stores' | 'connection'>,
): () => Promise<Omit<Readiness, 'chat'>> {
  const db = parts.connection.db();
  const { clock, stores } = parts;
  const database = mongoHealth(async () => db);
  return kept(clock, () => partsReady(clock, { database, liveness: stores.liveness }));
}

async function partsReady(clock: Clock, deps: WorkerCheckDeps & { readonly database: DatabaseHealth }) {
  const [database, worker] = await Promise.all([
    works(clock, async () => {
      await deps.database.ping();
      return true;
    }),
    works(clock, () => workerAlive(deps)),
  ]);
  return { database, worker };
}

/** Every platform that is configured can be told something; false where none is. */
export async function chatReachable(
  configured: { readonly slack?: unknown; readonly teams?: unknown },
  { slack, teams }: ChatConnections,
): Promise<boolean> {
  if (configured.slack && !slack()?.connected) return false;
  if (configured.teams && !(await teams?.())) return false;
  return Boolean(configured.slack || configured.teams);
}

/** False for a part that fails or takes too long. */
async function works(clock: Clock, ask: () => Promise<boolean>): Promise<boolean> {
  return (await inTime(clock, partWithinMs, ask)) ?? false;
}

/** The same answer for whoever asks within a moment, also while it is on its way. */
function kept<T extends object>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; untilMs: number } | undefined;
  return () => {
    if (last !== undefined && clock.monotonicMs() < last.untilMs) return last.answer;
    const answer = ask();
    const asked = { answer, untilMs: Number.POSITIVE_INFINITY };
    last = asked;
    void answer.then((parts) => {
      const ready = Object.values(parts).every(Boolean);
      asked.untilMs = clock.monotonicMs() + (ready ? keptForMs.ready : keptForMs.notReady);
    });
    return answer;
  };
}
