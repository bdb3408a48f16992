import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startProduct } from './bootstrap/start.ts';

const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

/** `npm start`: runs until SIGINT or SIGTERM; the exit code is 1 where it cannot start or cannot go on. */
export async function main(): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const end = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.resolve(0));
  try {
    loadSettings();
    const product = await startProduct({
      env: process.env,
      appVersion: version,
      say,
      onHopeless: () => end.resolve(1),
    });
    say(product.port === undefined ? 'cwsync worker is running' : `cwsync is ready on port ${product.port}`);
    process.exitCode = await end.promise;
    say('stopping …');
    await product.stop();
  } catch (error) {
    say(error instanceof Error ? explain(error) : 'cwsync could not start');
    process.exitCode = 1;
  }
}

/** `.env` in the working folder, where there is one; what the environment sets already wins. */
function loadSettings(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

/** Plain words instead of a stack; an error from deep inside at least keeps its own. */
function explain(error: Error & { code?: string; port?: number }): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is in use by another program. Stop it, or set PORT to another one.`;
  }
  return `cwsync could not start: ${error.message}`;
}
