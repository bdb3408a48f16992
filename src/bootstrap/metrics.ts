/** Metrics of the whole process: where they come from, where they are read, and by whom. */
import { defaultBudget } from '../../adapters/connectwise/limiter.ts';
import { inTime, kept } from '../../adapters/http/kept.ts';
import { createHttpServer } from '../../adapters/http/server.ts';
import { mongoHealth } from '../../adapters/mongodb/database-health.ts';
import { mongoWatch } from '../../adapters/mongodb/watch-facts.ts';
import type { MetricDump } from '../../adapters/telemetry/counted-metrics.ts';
import { exposition } from '../../adapters/telemetry/exposition.ts';
import {
  type MetricsAccess,
  type MetricsText,
  mountMetrics,
} from '../../adapters/telemetry/metrics-endpoint.ts';
import { processMetrics } from '../../adapters/telemetry/process-metrics.ts';
import { type Looked, watchMetrics } from '../../adapters/telemetry/watch-metrics.ts';
import { type Config, loopbackHosts } from '../config.ts';
import type { Readiness } from '../ports/health-checks.ts';
import type { WatchFacts } from '../ports/watch.ts';
import type { Parts } from './compose.ts';

/** One look answers whoever asks within so many milliseconds; the database is asked more seldom. */
const textForMs = 1_000;
const factsForMs = 5_000;
/** Of the database, twice: Prometheus itself gives up after 10 s. In milliseconds. */
const answerWithinMs = 2_500;

export type MetricsParts = Pick<Parts, 'config' | 'clock' | 'logger' | 'metrics' | 'tenantId'> & {
  readonly connection: Pick<Parts['connection'], 'db'>;
  readonly appVersion: string;
  /** What the other threads of this process have counted. */
  readonly threads: () => Promise<readonly MetricDump[]>;
};

/** Reads everything; shared by those who ask at about the same time. */
export function metricsReader(parts: MetricsParts): () => Promise<MetricsText> {
  const { config, clock, metrics } = parts;
  const { role, slots, requests } = config;
  const ofProcess = processMetrics({
    version: parts.appVersion,
    role,
    slots: slots.total,
    ...(requests ? { requests } : {}),
  });
  const lookKept = kept<Looked>(clock, factsForMs);
  const look = databaseLook(parts);
  const textKept = kept<MetricsText>(clock, textForMs);

  async function read(): Promise<MetricsText> {
    const [own, others, process, looked] = await Promise.all([
      metrics.dump(),
      parts.threads(),
      ofProcess(),
      lookKept('facts', look),
    ]);
    return await exposition([own, ...others, process, await watchMetrics(looked ?? {})]);
  }
  return async () => (await textKept('text', read)) ?? (await read());
}

/** Never rejects: a database that does not answer is a number, too. */
function databaseLook({ config, clock, logger, connection, tenantId }: MetricsParts): () => Promise<Looked> {
  const db = connection.db();
  const database = mongoHealth(async () => db);
  const watch = mongoWatch({
    db,
    tenantId,
    now: '$$NOW',
    leaseMs: config.timings.leaseMs,
    ...(config.requests ? { budgetRecoveryMs: defaultBudget.recoveryMs } : {}),
  });
  let failing = false;

  async function facts(): Promise<WatchFacts> {
    try {
      const found = await watch.facts();
      failing = false;
      return found;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'metrics: the database could not be asked how things stand');
      failing = true;
      throw error;
    }
  }

  return async () => {
    const began = clock.monotonicMs();
    const roundTripMs = await inTime(clock, answerWithinMs, async () => {
      await database.ping();
      return clock.monotonicMs() - began;
    });
    if (roundTripMs === undefined) return {};
    const found = await inTime(clock, answerWithinMs, facts);
    return { roundTripMs, ...(found ? { facts: found } : {}) };
  };
}

/** Who may read them on the port that chats and ConnectWise call, too. */
export function accessOnSharedPort(config: Config): MetricsAccess {
  return { ...tokenOf(config), exposed: isExposed(config) };
}

const tokenOf = ({ metrics: { token } }: Config) => (token === undefined ? {} : { token });

/** A chat that calls us, or people's browsers: then there is a way in from outside, perhaps by a silent proxy. */
function isExposed({ publicUrl, slack, teams }: Config): boolean {
  if (publicUrl !== undefined && !loopbackHosts.has(new URL(publicUrl).hostname)) return true;
  if (teams !== undefined && !('anonymous' in teams)) return true;
  return slack !== undefined && slack.appToken === undefined && slack.apiUrl === undefined;
}

export type MetricsServer = { readonly port: number; stop(): Promise<void> };

/** On a port of its own, with the health of what every process needs. */
export async function startMetricsServer(
  { config, logger }: Pick<Parts, 'config' | 'logger'>,
  port: number,
  read: () => Promise<MetricsText>,
  readiness: () => Promise<Partial<Readiness>>,
): Promise<MetricsServer> {
  const http = createHttpServer(readiness, { logger });
  mountMetrics(http.app, { ...tokenOf(config), exposed: false }, { read, logger });
  return { port: await http.listen(port, config.host), stop: () => http.close() };
}
