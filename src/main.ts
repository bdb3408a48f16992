import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Cli, exitCodes, parseCli, usage } from './bootstrap/cli.ts';

const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

const say = (line: string) => void process.stderr.write(`${line}\n`);
const print = (line: string) => void process.stdout.write(`${line}\n`);

/** The command line from beginning to end; sets the exit code. */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  bearClosedPipes();
  const cli = parseCli(args);
  switch (cli.command) {
    case 'help':
      return print(usage.trimEnd());
    case 'version':
      return print(version);
    case 'wrong':
      if (cli.json) print(JSON.stringify({ version: 1, ok: false, summary: cli.words, blocks: [] }));
      else say(`${cli.words}\n\n${usage.trimEnd()}`);
      process.exitCode = exitCodes.usage;
      return;
    default:
      try {
        loadSettings();
        // Loaded on demand: a word of help needs no database driver.
        process.exitCode = await run(cli);
      } catch (error) {
        say(
          error instanceof Error ? await explain(cli.command, error) : 'cwsync failed, and nobody knows why',
        );
        process.exitCode = exitCodes.failed;
      }
  }
}

async function run(
  cli: Extract<Cli, { command: 'start' | 'doctor' | 'probe' | 'backup' | 'restore-backup' | 'chat' }>,
): Promise<number> {
  const { env } = process;
  switch (cli.command) {
    case 'start':
      return await start();
    case 'doctor': {
      const { runDoctor } = await import('./bootstrap/doctor.ts');
      return await runDoctor({ env, print, json: cli.json === true });
    }
    case 'probe': {
      const { runProbe } = await import('./bootstrap/probe.ts');
      return await runProbe({ env, print });
    }
    case 'backup': {
      const { runBackup } = await import('./bootstrap/backup.ts');
      return await runBackup({ ...cli, env, appVersion: version, print, say });
    }
    case 'restore-backup': {
      const { runRestore } = await import('./bootstrap/backup.ts');
      return await runRestore({ ...cli, env, appVersion: version, print, say });
    }
    case 'chat': {
      const { runInTerminal } = await import('./bootstrap/terminal.ts');
      return await runInTerminal({ ...cli, env, appVersion: version, io: terminal() });
    }
  }
}

function terminal() {
  const { stdout, stderr } = process;
  return {
    out: (text: string | Uint8Array) => void stdout.write(text),
    err: (text: string) => void stderr.write(text),
    width: stdout.isTTY ? stdout.columns : undefined,
  };
}

/** `npx cwsync status | head -1`: who has read enough need not read on, and it is no failure. */
function bearClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Runs until SIGINT or SIGTERM. */
async function start(): Promise<number> {
  const end = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => end.resolve(exitCodes.fine));
  const [{ startProduct }, { runningLine }] = await Promise.all([
    import('./bootstrap/start.ts'),
    import('./bootstrap/start-screen.ts'),
  ]);
  const product = await startProduct({
    env: process.env,
    appVersion: version,
    say,
    onHopeless: () => end.resolve(exitCodes.failed),
  });
  say(runningLine(product));
  const code = await end.promise;
  say('stopping …');
  await product.stop();
  return code;
}

/** `.env` in the working folder, where there is one; what the environment sets already wins. */
function loadSettings(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

/** Plain words instead of a stack; an error from deep inside at least keeps its own. */
async function explain(command: string, error: Error & { code?: string; port?: number }): Promise<string> {
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is in use by another program. Stop it, or set PORT to another one.`;
  }
  // Loaded before, where the database was asked for anything; where it cannot be loaded it is not to blame.
  const failures = await import('./bootstrap/failures.ts').catch(() => undefined);
  const words = failures?.databaseAwayWords(error) ?? error.message;
  return command === 'start' ? `cwsync could not start: ${words}` : words;
}
