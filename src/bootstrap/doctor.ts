/**
 * `npx cwsync doctor`: the checks of `/cwsync doctor` from a terminal, also while nothing runs or half of it is broken.
 * It starts nothing and changes nothing but one document of its own.
 */
import path from 'node:path';
import type { Db } from 'mongodb';
import { connectWiseAccess } from '../../adapters/connectwise/access.ts';
import { connectWiseSubscriptions } from '../../adapters/connectwise/callbacks/subscriptions.ts';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { defaultBudget, LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import type { Redactor } from '../../adapters/http/redactor.ts';
import { connectMongo, MongoUriError, NotAReplicaSetError } from '../../adapters/mongodb/connection.ts';
import { mongoHealth } from '../../adapters/mongodb/database-health.ts';
import { runningEmbeddedUri } from '../../adapters/mongodb/embedded/running-embedded.ts';
import { mongoIncidentStore } from '../../adapters/mongodb/incident-store.ts';
import { mongoKeepsakes } from '../../adapters/mongodb/keepsake-store.ts';
import { mongoLiveness } from '../../adapters/mongodb/liveness-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { mongoTeamsReferences } from '../../adapters/mongodb/teams-reference-store.ts';
import { slack } from '../../adapters/slack/app.ts';
import { neededScopes } from '../../adapters/slack/manifest.ts';
import { slackTokenCheck } from '../../adapters/slack/token-check.ts';
import { renderJson } from '../../adapters/terminal/json.ts';
import { type AllChecksDeps, allChecks } from '../app/doctor/all-checks.ts';
import { anyFailed, type Checked, runChecks } from '../app/doctor/run-checks.ts';
import { doctorReply, doctorSummary, healthWords } from '../app/replies/doctor.ts';
import { notice } from '../app/replies/parts.ts';
import { mayWrite } from '../app/sync/push/writing.ts';
import { type Config, readConfig } from '../config.ts';
import { type Failure, FailureError, nextStep } from '../domain/failure.ts';
import type { ChatDirectory } from '../ports/chat.ts';
import type { Logger } from '../ports/logger.ts';
import { callbackUrlOf } from './callbacks.ts';
import { exitCodes } from './cli.ts';
import { composeTelemetry, settingsSeed, tenantIdOf } from './compose.ts';
import { diskSpace } from './disk-space.ts';
import { failureClassifier } from './failures.ts';
import { redisHealthOf } from './redis.ts';
import { systemClock as clock, systemIds as ids } from './system.ts';
import { composeTeams, teamsIdentity } from './teams.ts';

export type DoctorOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** The answer as one line of JSON, as the other commands give it. */
  readonly json?: boolean;
};

/** @returns the exit code: 1 where a check fails */
export async function runDoctor({ env, print, json = false }: DoctorOptions): Promise<number> {
  const read = readConfig(env);
  if (!read.ok) {
    if (json) {
      print(renderJson(notice(`The configuration is not right: ${read.faults.join('; ')}`), false));
      return exitCodes.failed;
    }
    print('✗ The configuration is not right:');
    for (const fault of read.faults) print(`  - ${fault}`);
    return exitCodes.failed;
  }
  const { config } = read;
  const { redactor } = composeTelemetry(config);
  const database = openOnce(config);
  try {
    const checked = await runChecks(checksOf(config, redactor, database.db), { clock, toFailure, nextOf });
    const failed = anyFailed(checked);
    const lines = json ? [renderJson(doctorReply(checked), !failed)] : tableOf(checked);
    for (const line of lines) print(redactor.redact(line));
    return failed ? exitCodes.failed : exitCodes.fine;
  } finally {
    await database.close();
  }
}

function checksOf(config: Config, redactor: Redactor, db: () => Promise<Db>) {
  const tenantId = tenantIdOf(config);
  const settings = {
    read: async () => await mongoSettingsStore(await db(), tenantId, settingsSeed(config), '$$NOW').read(),
  };
  return allChecks({
    clock,
    database: mongoHealth(db),
    liveness: { lastBeat: async (kind) => await mongoLiveness(await db(), tenantId, '$$NOW').lastBeat(kind) },
    ...connectWiseOf(config, redactor),
    callbackUrl: callbackUrlOf(config),
    mayWrite: () => mayWrite({ settings }),
    missing: config.missing,
    slack: config.slack ? slackTokenCheck({ ...config.slack, logger: silent }) : undefined,
    teams: teamsIdentity(config),
    scopes: neededScopes(),
    incidents: {
      blockedDestinations: async () =>
        await mongoIncidentStore(await db(), tenantId, '$$NOW').blockedDestinations(),
    },
    // The bot is another process, or none.
    connection: () => undefined,
    settings,
    directory: directoryFor(config, db),
    redis: redisHealthOf(config),
    disk: diskSpace,
    dataDir: config.mongodbUri === undefined ? config.dataDir : undefined,
  });
}

/** Absent where no chat can be asked about its channels. */
function directoryFor(config: Config, db: () => Promise<Db>): AskedAboutChannels | undefined {
  const ofSlack = config.slack && slack({ ...config.slack, clock, ids, logger: silent }).directory;
  if (!config.teams) return ofSlack;
  return {
    async conversation(at) {
      if (at.platform === 'slack') return await ofSlack?.conversation(at);
      return await (await teamsDirectory(config, await db()))?.conversation(at);
    },
  };
}

type AskedAboutChannels = Pick<ChatDirectory, 'conversation'>;

async function teamsDirectory(config: Config, db: Db): Promise<AskedAboutChannels | undefined> {
  const tenantId = tenantIdOf(config);
  const chatReferences = mongoTeamsReferences(db, tenantId);
  const keepsakes = mongoKeepsakes(db, tenantId, '$$NOW');
  const stores = { chatReferences, keepsakes };
  return (await composeTeams({ config, clock, ids, logger: silent, stores }))?.directory;
}

/** What goes wrong is told by the checks. */
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** With a budget of its own: the shared one is in the database, which may be what is broken. */
function connectWiseOf(config: Config, redactor: Redactor): Pick<AllChecksDeps, 'access' | 'subscriptions'> {
  if (!config.connectWise) return { access: undefined, subscriptions: undefined };
  const { apiVersion: version, ...settings } = config.connectWise;
  const budget = new LocalRequestBudget(defaultBudget, clock);
  const log = { record: async () => {} };
  const transport = new ConnectWiseTransport({ ...settings, version }, { clock, ids, log, budget, redactor });
  const client = new ConnectWiseClient(transport);
  return {
    access: connectWiseAccess(client, clock),
    subscriptions: connectWiseSubscriptions(client, transport),
  };
}

/** Connects when it is first asked, once: what fails then fails for everybody with the same words. */
function openOnce(config: Config) {
  let connecting: ReturnType<typeof connectMongo> | undefined;
  async function connect() {
    const uri = config.mongodbUri ?? (await runningEmbeddedUri(path.resolve(config.dataDir)));
    if (uri === undefined) throw new FailureError(embeddedIsDown);
    return await connectMongo(uri, { appName: 'cwsync doctor' });
  }
  return {
    async db() {
      connecting ??= connect();
      return (await connecting).db();
    },
    async close() {
      await connecting?.then(
        (connection) => connection.close(),
        () => {},
      );
    },
  };
}

const embeddedIsDown: Failure = {
  code: 'store.unavailable',
  message: 'The embedded MongoDB server is not running: it runs while cwsync does.',
};

function nextOf(failure: Failure): string {
  return failure === embeddedIsDown
    ? 'Start cwsync (npm start), or set MONGODB_URI to the server that has its data.'
    : nextStep(failure, 'terminal');
}

const classify = failureClassifier(ids);

/** The connection's own words say what to do, and hold no part of the address. */
function toFailure(error: unknown): Failure {
  const told = error instanceof MongoUriError || error instanceof NotAReplicaSetError;
  return told ? { code: 'store.unavailable', message: error.message } : classify(error);
}

/** One line for each check, and one more where something is to be done. */
function tableOf(checked: readonly Checked[]): readonly string[] {
  const width = (words: readonly string[]) => Math.max(...words.map((word) => word.length));
  const healthWidth = width(Object.values(healthWords));
  const nameWidth = width(checked.map(({ name }) => name));
  const margin = ' '.repeat(healthWidth + nameWidth + 4);
  const lines = checked.flatMap(({ name, ok, words, next }) => [
    `${healthWords[ok].padEnd(healthWidth)}  ${name.padEnd(nameWidth)}  ${words}`,
    ...(next === undefined ? [] : [`${margin}→ ${next}`]),
  ]);
  return [...lines, '', doctorSummary(checked)];
}
