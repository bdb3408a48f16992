/** The parts that bot and worker share, built from the configuration and a connection. */
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { defaultBudget, LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { connectMongo, type MongoConnection } from '../../adapters/mongodb/connection.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoInteractionStore } from '../../adapters/mongodb/interaction-store.ts';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { mongoAuditStore, mongoRoleStore, mongoSeenStore } from '../../adapters/mongodb/people-stores.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import { mongoRequestBudget } from '../../adapters/mongodb/request-budget.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import type { Expression } from '../../adapters/mongodb/sync-task-expressions.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { Psa } from '../ports/psa.ts';
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

/** Whose time it is: a test composition may shift both in step. */
export type Time = {
  readonly clock: Clock;
  /** The database server's time, as an expression. */
  readonly now: Expression;
};
const realTime: Time = { clock: systemClock, now: '$$NOW' };

export type Parts = Telemetry & {
  readonly config: Config;
  readonly tenantId: string;
  readonly connection: MongoConnection;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly toFailure: ReturnType<typeof failureClassifier>;
  readonly stores: Stores;
  /** Absent until ConnectWise is configured. */
  readonly psa?: Psa;
};
export type Stores = ReturnType<typeof composeStores>;

export async function composeParts(
  config: Config,
  telemetry: Telemetry,
  mongodbUri: string,
  appName: string,
  time: Time = realTime,
): Promise<Parts> {
  const password = passwordIn(mongodbUri);
  if (password) telemetry.redactor.register(password);
  const connection = await connectMongo(mongodbUri, { appName });
  const { clock } = time;
  const ids = systemIds;
  const tenantId = tenantIdOf(config);
  const stores = composeStores(config, connection, { ...time, ids, logger: telemetry.logger });
  const shared = { ...telemetry, config, tenantId, connection, clock, ids, stores };
  const psa = composePsa(shared, time);
  return { ...shared, toFailure: failureClassifier(ids), ...(psa ? { psa } : {}) };
}

/** Only ConnectWise's own 429 makes anybody wait. */
const withoutLimit = { ...defaultBudget, perSecond: 1_000_000, atOnce: 1_000, burst: 1_000 };

/** Every process and thread has its own client; the budget of requests is one for all of them. */
function composePsa(parts: Omit<Parts, 'psa' | 'toFailure'>, { now }: Time): Psa | undefined {
  const { config, connection, tenantId, clock, ids, redactor, stores } = parts;
  if (!config.connectWise) return undefined;
  const { requests } = config;
  const budget = requests
    ? mongoRequestBudget({
        db: connection.db(),
        tenantId,
        settings: { ...defaultBudget, ...requests },
        clock,
        ids,
        now,
      })
    : new LocalRequestBudget(withoutLimit, clock);
  const { apiVersion: version, ...access } = config.connectWise;
  const transport = new ConnectWiseTransport(
    { ...access, version },
    { clock, ids, log: stores.log, budget, redactor },
  );
  return connectWisePsa(new ConnectWiseClient(transport));
}

type StoreParts = Time & { readonly ids: Ids; readonly logger: Logger };

function composeStores(config: Config, connection: MongoConnection, { clock, now, ids, logger }: StoreParts) {
  const db = connection.db();
  const tenantId = tenantIdOf(config);
  return {
    tasks: mongoSyncTaskStore({ db, tenantId, timings: config.timings, ids, clock, now }),
    interactions: mongoInteractionStore(db, tenantId, ids, now),
    planner: mongoPlanner(db, tenantId, now),
    gate: mongoGate({ db, tenantId, now }),
    reference: mongoReferenceStore(db, tenantId),
    settings: mongoSettingsStore(db, tenantId, config.linkOpenProjects ? { boards: 'all' } : {}),
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
