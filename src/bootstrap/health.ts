/** What the process in production asks of its own health: for `doctor`, for `/readyz` and for the heartbeat. */
import { mongoHealth } from '../../adapters/mongodb/database-health.ts';
import type { SlackHealth } from '../../adapters/slack/app.ts';
import { neededScopes } from '../../adapters/slack/manifest.ts';
import { slackTokenCheck } from '../../adapters/slack/token-check.ts';
import { teamsTokenCheck } from '../../adapters/teams/token-check.ts';
import { allChecks } from '../app/doctor/all-checks.ts';
import { type Doctor, runChecks } from '../app/doctor/run-checks.ts';
import { workerAlive } from '../app/doctor/worker-check.ts';
import { mayWrite } from '../app/sync/push/writing.ts';
import type { ChatDirectory } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Readiness } from '../ports/health-checks.ts';
import { callbackUrlOf } from './callbacks.ts';
import type { Parts } from './compose.ts';
import { diskSpace } from './disk-space.ts';

export type ProductHealth = {
  readonly doctor: Doctor;
  /** Never rejects. */
  readiness(): Promise<Readiness>;
};

/** Everybody may ask for readiness, so the answer is kept for a moment, in milliseconds. */
const readinessForMs = 2_000;
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
    teams: config.teams && teamsTokenCheck(config.teams),
    connection: connections.slack,
    scopes: neededScopes(),
    settings: stores.settings,
    incidents: stores.incidents,
    directory,
    disk: diskSpace,
    dataDir: config.mongodbUri === undefined ? config.dataDir : undefined,
  });
  return {
    doctor: () => runChecks(checks, { clock, toFailure }),
    readiness: kept(clock, readinessForMs, async () => {
      const [answers, worker, chat] = await Promise.all([
        inTime(clock, async () => {
          await database.ping();
          return true;
        }),
        inTime(clock, () => workerAlive({ liveness, database })),
        inTime(clock, () => chatReachable(parts.config, connections)),
      ]);
      return { database: answers, worker, chat };
    }),
  };
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
async function inTime(clock: Clock, ask: () => Promise<boolean>): Promise<boolean> {
  const answered = new AbortController();
  const late = clock.sleep(partWithinMs, answered.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([ask().catch(() => false), late]);
  } finally {
    answered.abort();
  }
}

/** The same answer for whoever asks within so many milliseconds, also while it is on its way. */
function kept<T>(clock: Clock, forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = clock.monotonicMs();
    if (last === undefined || now - last.atMs >= forMs) last = { atMs: now, answer: ask() };
    return last.answer;
  };
}
