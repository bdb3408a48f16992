/** Production from start to stop: configuration, database, bot and worker, and a clean end. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../config.ts';
import { composeParts, composeTelemetry, type Parts } from './compose.ts';
import { openDatabase } from './database.ts';
import { provideAdmin } from './first-admin.ts';
import { processReadiness } from './health.ts';
import { metricsReader, startMetricsServer } from './metrics.ts';
import { checkConnectWise, faultyConfig, hasChat, ignoredLines, settingLines } from './start-screen.ts';
import { type ThreadMetrics, threadMetrics } from './thread-metrics.ts';
import { unknownSettingLines } from './unknown-settings.ts';
import { superviseWorker, type WorkerSupervisor } from './worker-supervisor.ts';

/** In milliseconds. */
const leastHungMs = 10_000;

export type StartOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly appVersion: string;
  /** One line for the person who starts it. */
  readonly say: (line: string) => void;
  readonly onHopeless: () => void;
};

export type Product = {
  /** Absent in a process that is only a worker. */
  readonly port?: number;
  /** Whether a chat is set up in which people can talk to it. */
  readonly talks: boolean;
  stop(): Promise<void>;
};

/** A start that cannot go on; the message says what to do and holds no value of a setting. */
export class StartError extends Error {}

export async function startProduct(options: StartOptions): Promise<Product> {
  const { env, appVersion, say } = options;
  const read = readConfig(env);
  for (const line of unknownSettingLines(env)) say(line);
  if (!read.ok) throw new StartError(faultyConfig(read));
  const { config } = read;
  for (const line of settingLines(config)) say(line);
  const telemetry = composeTelemetry(config);
  telemetry.metrics.watchThread('main');
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) {
      // One that cannot end keeps none of the others from ending.
      await end().catch((error: unknown) => telemetry.logger.warn({ err: error }, 'could not stop cleanly'));
    }
  };
  try {
    const database = await openDatabase({ ...options, config, logger: telemetry.logger });
    ends.push(() => database.stop());
    const parts = await composeParts(config, telemetry, database.uri, `cwsync ${appVersion}`);
    ends.push(() => parts.connection.close());
    const talks = hasChat(config);
    const offerClaim = await provideAdmin(
      { ...parts.stores, randomBytes: () => randomBytes(16), say },
      { named: config.admins, talks },
    );
    const thread = threadMetrics(parts.clock);
    const supervisor =
      config.role === 'bot' ? undefined : await startWorker(options, parts, database.uri, thread);
    if (supervisor) ends.push(() => supervisor.stop());
    const threads = () => thread.dumps((message) => supervisor?.tell(message) ?? false);
    const readMetrics = metricsReader({ ...parts, appVersion, threads });
    const { port: metricsPort } = config.metrics;
    if (metricsPort !== undefined) {
      const server = await startMetricsServer(parts, metricsPort, readMetrics, processReadiness(parts));
      ends.push(() => server.stop());
    }
    for (const line of await ignoredLines(parts)) say(line);
    const checked = checkConnectWise(parts, say);
    ends.push(() => checked.stop());
    if (config.role === 'worker') return { talks, stop };
    const { startBot } = await import('./bot.ts');
    const bot = await startBot(parts, metricsPort === undefined ? readMetrics : undefined);
    ends.push(() => bot.stop());
    // Not before the port is taken: of a start that fails nobody should keep a code.
    await offerClaim();
    return { port: bot.port, talks, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startWorker(
  { env, onHopeless }: StartOptions,
  { config, clock, logger }: Parts,
  mongodbUri: string,
  thread: ThreadMetrics,
): Promise<WorkerSupervisor> {
  return superviseWorker({
    mongodbUri,
    env,
    clock,
    logger,
    thread,
    onHopeless,
    memoryMb: config.workerMemoryMb,
    // A busy machine may hold a thread up for longer than the short lease of a trial.
    hungAfterMs: Math.max(config.timings.leaseMs, leastHungMs),
  });
}
