/** Production from start to stop: configuration, database, bot and worker, and a clean end. */
import { readConfig } from '../config.ts';
import { startBot } from './bot.ts';
import { composeParts, composeTelemetry } from './compose.ts';
import { openDatabase } from './database.ts';
import { superviseWorker } from './worker-supervisor.ts';

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
  stop(): Promise<void>;
};

/** A start that cannot go on; the message says what to do and holds no value of a setting. */
export class StartError extends Error {}

export async function startProduct(options: StartOptions): Promise<Product> {
  const { env, appVersion, say } = options;
  const read = readConfig(env);
  if (!read.ok)
    throw new StartError(
      `The configuration is not right:\n${read.faults.map((line) => `  - ${line}`).join('\n')}`,
    );
  const { config } = read;
  for (const line of config.missing) say(`Not set up yet: ${line}`);
  const telemetry = composeTelemetry(config);
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
    await seedAdmins(parts, say);
    if (config.role !== 'bot') {
      const { clock, logger } = parts;
      const supervisor = await superviseWorker({
        mongodbUri: database.uri,
        env,
        clock,
        logger,
        onHopeless: options.onHopeless,
        memoryMb: config.workerMemoryMb,
        // A busy machine may hold a thread up for longer than the short lease of a trial.
        hungAfterMs: Math.max(config.timings.leaseMs, leastHungMs),
      });
      ends.push(() => supervisor.stop());
    }
    if (config.role === 'worker') return { stop };
    const bot = await startBot(parts);
    ends.push(() => bot.stop());
    return { port: bot.port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function seedAdmins(
  parts: Awaited<ReturnType<typeof composeParts>>,
  say: (line: string) => void,
): Promise<void> {
  const { admins } = parts.config;
  if (admins.length === 0) {
    if ((await parts.stores.roles.holders('admin')).length === 0) {
      say('No admin yet: set CWSYNC_ADMINS, e.g. slack:<team id>/<user id>');
    }
    return;
  }
  const seeded = await parts.stores.roles.seedAdmins(admins);
  if (seeded) return;
  const known = new Set(await parts.stores.roles.holders('admin'));
  const ignored = admins.filter((key) => !known.has(key));
  if (ignored.length > 0)
    say(`CWSYNC_ADMINS: ${ignored.join(', ')} ignored, roles are kept in the database already`);
}
