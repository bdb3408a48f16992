/** The parts that bot and worker share, built from the configuration and a connection. */
import { Redactor } from '../../adapters/http/redactor.ts';
import { connectMongo, type MongoConnection } from '../../adapters/mongodb/connection.ts';
import { mongoInteractionStore } from '../../adapters/mongodb/interaction-store.ts';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { mongoAuditStore, mongoRoleStore, mongoSeenStore } from '../../adapters/mongodb/people-stores.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import type { Expression } from '../../adapters/mongodb/sync-task-pipelines.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import { failureClassifier } from './failures.ts';
import { systemClock, systemIds } from './system.ts';

/** One for each process and thread: what says it, and keeps secrets out of it. */
export type Telemetry = { readonly logger: Logger; readonly redactor: Redactor };

export function composeTelemetry(config: Config): Telemetry {
  const redactor = new Redactor();
  const secrets = [
    config.connectWise?.privateKey,
    config.connectWise?.clientId,
    config.slack?.botToken,
    config.slack?.signingSecret,
    passwordIn(config.mongodbUri),
  ];
  for (const secret of secrets) if (secret) redactor.register(secret);
  return { redactor, logger: createLogger(config.logLevel, (line) => redactor.redact(line)) };
}

function passwordIn(uri: string | undefined): string | undefined {
  const password = /^mongodb(?:\+srv)?:\/\/[^:@/]*:([^@/]+)@/u.exec(uri ?? '')?.[1];
  return password === undefined ? undefined : decodeURIComponent(password);
}

/** Every document carries it; one deployment serves one ConnectWise company. */
export function tenantIdOf(config: Config): string {
  return config.connectWise?.companyId.toLowerCase() ?? 'default';
}

export type Parts = Telemetry & {
  readonly config: Config;
  readonly connection: MongoConnection;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly toFailure: ReturnType<typeof failureClassifier>;
  readonly stores: ReturnType<typeof composeStores>;
};

export async function composeParts(
  config: Config,
  telemetry: Telemetry,
  mongodbUri: string,
  appName: string,
): Promise<Parts> {
  const password = passwordIn(mongodbUri);
  if (password) telemetry.redactor.register(password);
  const connection = await connectMongo(mongodbUri, { appName });
  const clock = systemClock;
  const ids = systemIds;
  const stores = composeStores(config, connection, { clock, ids, logger: telemetry.logger });
  return { ...telemetry, config, connection, clock, ids, stores, toFailure: failureClassifier(ids) };
}

function composeStores(
  config: Config,
  connection: MongoConnection,
  { clock, ids, logger }: { readonly clock: Clock; readonly ids: Ids; readonly logger: Logger },
) {
  const db = connection.db();
  const tenantId = tenantIdOf(config);
  const now: Expression = '$$NOW';
  return {
    tasks: mongoSyncTaskStore({ db, tenantId, timings: config.timings, ids, clock, now }),
    interactions: mongoInteractionStore(db, tenantId, ids, now),
    planner: mongoPlanner(db, tenantId),
    log: mongoLogStore({
      db,
      tenantId,
      onLost: (error) => logger.warn({ err: error }, 'a request to ConnectWise could not be recorded'),
    }),
    roles: mongoRoleStore(db, tenantId),
    seen: mongoSeenStore(db, now),
    audit: mongoAuditStore(db, tenantId),
  };
}
