/** The parts that bot and worker share, built from the configuration and a connection. */
import { randomBytes } from 'node:crypto';
import { connectWiseAccess } from '../../adapters/connectwise/access.ts';
import { connectWiseSubscriptions } from '../../adapters/connectwise/callbacks/subscriptions.ts';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { defaultBudget, LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { connectWiseWrites } from '../../adapters/connectwise/writes.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { mongoClaimStore } from '../../adapters/mongodb/claim-store.ts';
import { connectMongo, type MongoConnection } from '../../adapters/mongodb/connection.ts';
import { mongoFirstImportStore } from '../../adapters/mongodb/first-import-store.ts';
import { mongoFollowStore } from '../../adapters/mongodb/follow-store.ts';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoHomeStore } from '../../adapters/mongodb/home-store.ts';
import { mongoIdentityStore } from '../../adapters/mongodb/identity-store.ts';
import { mongoIncidentStore } from '../../adapters/mongodb/incident-store.ts';
import { mongoInteractionStore } from '../../adapters/mongodb/interaction-store.ts';
import { mongoKeepsakes } from '../../adapters/mongodb/keepsake-store.ts';
import { mongoLinkedBoards } from '../../adapters/mongodb/linked-boards-store.ts';
import { mongoLiveness } from '../../adapters/mongodb/liveness-store.ts';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { mongoOwnMember } from '../../adapters/mongodb/own-member-store.ts';
import { mongoAuditStore, mongoRoleStore, mongoSeenStore } from '../../adapters/mongodb/people-stores.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import { mongoReportStore } from '../../adapters/mongodb/report-store.ts';
import { mongoRequestBudget } from '../../adapters/mongodb/request-budget.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import type { Expression } from '../../adapters/mongodb/sync-task-expressions.ts';
import { mongoSyncTaskStore } from '../../adapters/mongodb/sync-task-store.ts';
import { mongoTeamsReferences } from '../../adapters/mongodb/teams-reference-store.ts';
import { mongoApiTokenStore } from '../../adapters/mongodb/token-store.ts';
import { mongoUndoStore } from '../../adapters/mongodb/undo-store.ts';
import { mongoWelcomeStore } from '../../adapters/mongodb/welcome-store.ts';
import { type CountedMetrics, createMetrics } from '../../adapters/telemetry/counted-metrics.ts';
import { countedBudget, countedRequestLog } from '../../adapters/telemetry/counted-ports.ts';
import { createLogScope } from '../../adapters/telemetry/log-scope.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';
import { mayWrite } from '../app/sync/push/writing.ts';
import type { Config } from '../config.ts';
import { keptWithin } from '../domain/request-budget.ts';
import type { CallbackSubscriptions } from '../ports/callbacks.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger, LogScope } from '../ports/logger.ts';
import type { Psa, PsaWrites } from '../ports/psa.ts';
import type { PsaAccess } from '../ports/psa-access.ts';
import type { Settings } from '../ports/settings.ts';
import { failureClassifier } from './failures.ts';
import { systemClock, systemIds } from './system.ts';

/** One for each process and thread: what says it, counts it, and keeps secrets out of it. */
export type Telemetry = {
  readonly logger: Logger;
  readonly logScope: LogScope;
  readonly metrics: CountedMetrics;
  readonly redactor: Redactor;
};

export function composeTelemetry(config: Config): Telemetry {
  const redactor = new Redactor();
  const secrets = [
    config.connectWise?.privateKey,
    config.connectWise?.clientId,
    config.slack?.botToken,
    config.slack?.appToken,
    config.slack?.signingSecret,
    config.teams && 'appPassword' in config.teams ? config.teams.appPassword : undefined,
    passwordIn(config.mongodbUri),
    config.metrics.token,
    redisPasswordIn(config.redisUrl),
  ];
  for (const secret of secrets) if (secret) redactor.register(secret);
  const logScope = createLogScope();
  const metrics = createMetrics();
  const redact = (line: string) => redactor.redact(line);
  const onLine = metrics.logged;
  const logger = createLogger(config.logLevel, redact, { scope: logScope, onLine });
  return { redactor, logScope, metrics, logger };
}

function passwordIn(uri: string | undefined): string | undefined {
  const password = /^mongodb(?:\+srv)?:\/\/[^:@/]*:([^@/]+)@/u.exec(uri ?? '')?.[1];
  return password === undefined ? undefined : decodeURIComponent(password);
}

function redisPasswordIn(url: string | undefined): string | undefined {
  return url === undefined ? undefined : decodeURIComponent(new URL(url).password);
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
  readonly psaWrites?: PsaWrites;
  readonly access?: PsaAccess;
  readonly subscriptions?: CallbackSubscriptions;
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
  return { ...shared, toFailure: failureClassifier(ids), ...composeConnectWise(shared, time) };
}

/** Only ConnectWise's own 429 makes anybody wait. */
const withoutLimit = { ...defaultBudget, perSecond: 1_000_000, atOnce: 1_000, burst: 1_000 };

type ConnectWiseParts = Pick<Parts, 'psa' | 'psaWrites' | 'access' | 'subscriptions'>;

/** Every process and thread has its own client; the budget of requests is one for all of them. */
function composeConnectWise(
  parts: Omit<Parts, keyof ConnectWiseParts | 'toFailure'>,
  { now }: Time,
): ConnectWiseParts {
  const { config, connection, tenantId, clock, ids, redactor, metrics, stores } = parts;
  if (!config.connectWise) return {};
  const { requests } = config;
  const uncounted = requests
    ? mongoRequestBudget({
        db: connection.db(),
        tenantId,
        settings: { ...defaultBudget, ...requests, ...keptWithin(requests.perSecond, defaultBudget) },
        clock,
        ids,
        now,
      })
    : new LocalRequestBudget(withoutLimit, clock);
  const budget = countedBudget(uncounted, metrics, clock);
  const { apiVersion: version, ...access } = config.connectWise;
  const transport = new ConnectWiseTransport(
    { ...access, version },
    {
      clock,
      ids,
      log: countedRequestLog(stores.log, metrics),
      budget,
      redactor,
      mayWrite: () => mayWrite(stores),
    },
  );
  const client = new ConnectWiseClient(transport);
  return {
    psa: connectWisePsa(client),
    psaWrites: connectWiseWrites(client, stores.ownMember),
    access: connectWiseAccess(client, clock),
    subscriptions: connectWiseSubscriptions(client, transport),
  };
}

/** What the installation says while no admin has saved settings. */
export function settingsSeed({
  linkOpenProjects,
  alertChannels,
  writeToConnectWise,
}: Config): Partial<Settings> {
  return { ...(linkOpenProjects ? { boards: 'all' } : {}), alertChannels, writeToConnectWise };
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
    settings: mongoSettingsStore(db, tenantId, settingsSeed(config), now),
    log: mongoLogStore({
      db,
      tenantId,
      onLost: (error) => logger.warn({ err: error }, 'a request to ConnectWise could not be recorded'),
    }),
    report: mongoReportStore(db, tenantId),
    roles: mongoRoleStore(db, tenantId),
    seen: mongoSeenStore(db, now),
    audit: mongoAuditStore(db, tenantId),
    apiTokens: mongoApiTokenStore({ db, tenantId, randomBytes: () => randomBytes(32), now }),
    undo: mongoUndoStore({ db, tenantId, ids, now }),
    claims: mongoClaimStore(db, tenantId, now),
    follows: mongoFollowStore(db, tenantId),
    identities: mongoIdentityStore(db, tenantId),
    homes: mongoHomeStore(db, tenantId, now),
    incidents: mongoIncidentStore(db, tenantId, now),
    liveness: mongoLiveness(db, tenantId, now),
    firstImport: mongoFirstImportStore(db, tenantId, now),
    welcomes: mongoWelcomeStore(db, tenantId, now),
    linkedBoards: mongoLinkedBoards(db, tenantId),
    ownMember: mongoOwnMember(db, tenantId),
    chatReferences: mongoTeamsReferences(db, tenantId),
    keepsakes: mongoKeepsakes(db, tenantId, now),
  };
}
