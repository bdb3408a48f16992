/**
 * `npx cwsync status`, and every other command of chat, from a terminal: the same commands over the same database,
 * with the answer in plain text. It starts neither bot nor worker: syncing is done by a cwsync that runs elsewhere.
 */
import path from 'node:path';
import { pictures } from '../../adapters/charts/pictures.ts';
import type { Redactor } from '../../adapters/http/redactor.ts';
import { MongoUriError, NotAReplicaSetError } from '../../adapters/mongodb/connection.ts';
import { mongoHealth } from '../../adapters/mongodb/database-health.ts';
import { runningEmbeddedUri } from '../../adapters/mongodb/embedded/running-embedded.ts';
import {
  isMigrated,
  NewerSchemaError,
  UnfinishedRestoreError,
} from '../../adapters/mongodb/migrations/migrate.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';
import { type Announcement, announce } from '../app/alerts/announce.ts';
import {
  type Answer,
  type DispatchDeps,
  dispatch,
  failureReply,
  toldFailure,
} from '../app/commands/dispatch.ts';
import { notUnderstoodReply } from '../app/commands/not-understood.ts';
import { type Parsed, parseCommand } from '../app/commands/parse.ts';
import { workerAlive } from '../app/doctor/worker-check.ts';
import { helpCommandReply } from '../app/replies/help.ts';
import { topicNames } from '../app/replies/help-topics.ts';
import { note, notice, paragraph, text } from '../app/replies/parts.ts';
import { setupFacts } from '../app/setup-facts.ts';
import { type Config, readConfig, unlimitedPerSecond } from '../config.ts';
import type { ChatDelivery, ChatDirectory } from '../ports/chat.ts';
import type { Logger } from '../ports/logger.ts';
import type { Reply } from '../ports/reply.ts';
import { installationOf, linksOf } from './bot.ts';
import { deliveryOf, directoryOf, type Platforms } from './chat-platforms.ts';
import { exitCodes } from './cli.ts';
import { composeParts, composeTelemetry, type Parts } from './compose.ts';
import { failureClassifier } from './failures.ts';
import { productHealth } from './health.ts';
import { projectImport } from './project-import.ts';
import { projectPush } from './project-push.ts';
import { composeSlack } from './slack.ts';
import { systemClock, systemIds } from './system.ts';
import { composeTeams } from './teams.ts';
import { notInTerminal, terminalCommands } from './terminal-commands.ts';
import { formReply } from './terminal-forms.ts';
import { type Output, type TerminalIo, terminalOutput } from './terminal-output.ts';
import { rolesInTerminal, terminalPerson } from './terminal-person.ts';
import { progressReply, type Waiting, waitInTerminal } from './terminal-sync.ts';

export type TerminalOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly appVersion: string;
  /** What would be typed in chat. */
  readonly text: string;
  readonly json: boolean;
  /** For the end of what was asked for. */
  readonly wait: boolean;
  /** Where the file of the answer is to be written. */
  readonly out?: string;
  readonly io: TerminalIo;
};

type Understood = Extract<Parsed, { readonly result: 'command' }>;

/** @returns the exit code */
export async function runInTerminal(options: TerminalOptions): Promise<number> {
  const { io, json, text: typed, out } = options;
  const given = out === undefined ? {} : { out };
  const plain = terminalOutput({ ...given, io, json, redact: (words) => words, clock: systemClock });
  const parsed = parseCommand(terminalCommands, typed);
  if (parsed.result !== 'command') {
    return await plain.answer(notUnderstoodReply(terminalCommands, parsed), exitCodes.usage);
  }
  const elsewhere = notInTerminal(parsed.command, parsed.invocation);
  if (elsewhere) return await plain.answer(elsewhere, exitCodes.usage);
  const help = helpAlone(parsed);
  if (help) return await plain.answer(help, exitCodes.fine);
  const read = readConfig(options.env);
  if (!read.ok) return await plain.answer(faultsReply(read.faults), exitCodes.failed);
  return await withParts(options, read.config, parsed, plain);
}

/** How a command is written is told without a database, too. */
function helpAlone({ command, invocation }: Understood): Reply | undefined {
  if (command.name !== 'help') return undefined;
  const [about] = invocation.words;
  const found = terminalCommands.find(({ name }) => name === about?.toLowerCase());
  return found && !topicNames.some((topic) => topic === found.name) ? helpCommandReply(found) : undefined;
}

function faultsReply(faults: readonly string[]): Reply {
  const summary = 'The configuration is not right:';
  return {
    summary: `${summary} ${faults.join('; ')}`,
    blocks: [
      paragraph(text(summary)),
      ...faults.map((fault) => paragraph(text(`- ${fault}`))),
      note(text('Settings come from the environment and from .env in this folder.')),
    ],
  };
}

async function withParts(
  options: TerminalOptions,
  config: Config,
  parsed: Understood,
  plain: Output,
): Promise<number> {
  const { io, json } = options;
  const telemetry = composeTelemetry(config);
  const { redactor } = telemetry;
  let parts: Parts | undefined;
  try {
    const uri = config.mongodbUri ?? (await runningEmbeddedUri(path.resolve(config.dataDir)));
    if (uri === undefined) return await plain.answer(noneRuns(config), exitCodes.failed);
    const logger = loggerOf(io, redactor);
    parts = await composeParts(config, { ...telemetry, logger }, uri, 'cwsync terminal');
    if (!(await isMigrated(parts.connection.db(), options.appVersion)))
      return await plain.answer(notMigrated, 1);
    const platforms = await platformsOf(parts);
    const directory = directoryOf(platforms);
    const redact = (words: string) => redactor.redact(words);
    const given = options.out === undefined ? {} : { out: options.out };
    const output = terminalOutput({ ...given, io, json, redact, directory, clock: parts.clock });
    const chat = { delivery: deliveryOf(platforms), directory };
    return await answered({ parts, chat, output, parsed, options });
  } catch (error) {
    const failure = toldFailure({ toFailure, logger: loggerOf(io, redactor) }, error);
    return await plain.answer(failureReply(failure), exitCodes.failed);
  } finally {
    await parts?.stores.log.flush().catch(() => {});
    await parts?.connection.close();
  }
}

/**
 * What goes wrong is told by the answer. Only what nobody foresaw is written out: the id in the answer is of no use
 * without it.
 */
function loggerOf({ err }: TerminalIo, redactor: Redactor): Logger {
  const logger = createLogger('warn', (line) => redactor.redact(line), { destination: { write: err } });
  const unforeseen = (fields: object) => 'code' in fields && fields.code === 'internal';
  return {
    debug() {},
    info() {},
    warn: (fields, message) => unforeseen(fields) && logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

function noneRuns({ dataDir }: Config): Reply {
  return notice(
    `No cwsync runs that keeps its data in ${path.resolve(dataDir)}.`,
    'Start it (npm start), or name the one that runs by MONGODB_URI or CWSYNC_DATA_DIR.',
  );
}

const notMigrated = notice(
  'The database is not at the version of this cwsync yet.',
  'Start cwsync (npm start): that brings it up. Then write this again.',
);

const classify = failureClassifier(systemIds);

/** The connection's own words say what to do, and hold no part of the address. */
function toFailure(error: unknown) {
  const told =
    error instanceof MongoUriError ||
    error instanceof NotAReplicaSetError ||
    error instanceof NewerSchemaError ||
    error instanceof UnfinishedRestoreError;
  return told ? ({ code: 'store.unavailable', message: error.message } as const) : classify(error);
}

/** By which people are looked up and alert channels told; nothing listens. */
async function platformsOf(parts: Parts): Promise<Platforms> {
  const [slack, teams] = await Promise.all([composeSlack(parts), composeTeams(parts)]);
  return { ...(slack ? { slack } : {}), ...(teams ? { teams } : {}) };
}

type Run = {
  readonly parts: Parts;
  readonly chat: { readonly delivery: ChatDelivery; readonly directory: ChatDirectory };
  readonly output: Output;
  readonly parsed: Understood;
  readonly options: TerminalOptions;
};

async function answered(run: Run): Promise<number> {
  const { parts, output, parsed, options } = run;
  const { config, stores, clock } = parts;
  const waiting = waitInTerminal({
    ...stores,
    clock,
    logger: {
      ...parts.logger,
      warn: () => options.io.err('The database does not answer; waiting for it.\n'),
    },
    requestsPerSecond: config.requests?.perSecond ?? unlimitedPerSecond,
    onProgress: (reply) => output.progress(reply),
  });
  const id = `terminal:${parts.ids.next()}`;
  const answer = await dispatch(depsOf(run, waiting), {
    id,
    person: terminalPerson(),
    text: options.text,
    handle: { platform: 'terminal' },
    place: { kind: 'direct' },
  });
  if (answer.announcement) await announceInTime(run, answer.announcement, id);
  if (answer.form) {
    const { command, invocation } = parsed;
    const reply = formReply(answer.form, { name: command.name, invocation });
    return await output.answer(reply, reply.unclear ? exitCodes.usage : exitCodes.fine);
  }
  return answer.reply ? await output.answer(answer.reply, codeOf(answer)) : await followed(run, waiting);
}

function depsOf({ parts, chat }: Run, waiting: Waiting): DispatchDeps {
  const { config, tenantId, clock, ids, stores, psa, psaWrites, access, toFailure: classified } = parts;
  const perSecond = config.requests?.perSecond ?? unlimitedPerSecond;
  const tasks = waiting.tasks;
  return {
    ...stores,
    tasks,
    interactions: waiting.interactions,
    roles: rolesInTerminal(stores.roles),
    ...(psa ? { imports: projectImport({ ...stores, psa, ids, clock }) } : {}),
    ...(psa && psaWrites ? { pushes: projectPush({ ...stores, psa, writes: psaWrites, clock }) } : {}),
    ...(access ? { setupFacts: setupFacts({ access, perSecond, clock, toFailure: classified }) } : {}),
    tenantId,
    links: linksOf(config),
    clock,
    ids,
    logger: parts.logger,
    toFailure: classified,
    commands: terminalCommands,
    delivery: chat.delivery,
    directory: chat.directory,
    // The bot is another process, or none.
    doctor: productHealth(parts, chat.directory, { slack: () => undefined }).doctor,
    pictures: pictures({ logger: parts.logger }),
    installation: installationOf(config),
  };
}

function codeOf({ outcome }: Answer): number {
  if (outcome === 'unclear') return exitCodes.usage;
  return outcome === 'done' ? exitCodes.fine : exitCodes.failed;
}

/** What was done is done: whoever typed it does not wait long for others to be told, in milliseconds. */
const announceWithinMs = 10_000;

async function announceInTime({ parts, chat }: Run, announcement: Announcement, id: string): Promise<void> {
  const over = new AbortController();
  const { stores, clock, logger, tenantId } = parts;
  const told = announce({ ...stores, ...chat, logger, tenantId }, announcement, `announcement:${id}`);
  await Promise.race([told, clock.sleep(announceWithinMs, over.signal).catch(() => {})]);
  over.abort();
}

/** A run was asked for, or one that is under way is to be followed. */
async function followed({ parts, output, options }: Run, waiting: Waiting): Promise<number> {
  const asked = waiting.asked();
  if (!asked) return exitCodes.fine;
  if (!options.wait) return await output.answer(withNote(progressReply(asked), notWaited), exitCodes.fine);
  const database = mongoHealth(async () => parts.connection.db());
  if (!(await workerAlive({ liveness: parts.stores.liveness, database }))) {
    return await output.answer(withNote(progressReply(asked), noWorker), exitCodes.failed);
  }
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    const { reply, succeeded } = await waiting.ended(stop.signal);
    return await output.answer(reply, succeeded ? exitCodes.fine : exitCodes.failed);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return await output.answer(withNote(progressReply(asked), interrupted), exitCodes.interrupted);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

const notWaited = 'Asked for, and not waited for: npx cwsync status shows how it goes.';
const interrupted = 'Not waited for any more. It stays asked for: npx cwsync status shows how it goes.';
const noWorker =
  'It stays asked for, but no background worker has shown itself lately, so it is not waited for. Start cwsync (npm start); npx cwsync doctor says more.';

function withNote({ summary, blocks }: Reply, words: string): Reply {
  return { summary, blocks: [...blocks, note(text(words))] };
}
