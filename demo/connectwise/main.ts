import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type ConnectWiseOptions, type RunningConnectWise, startConnectWise } from './server.ts';

const HELP = `Usage: node demo/connectwise/main.ts [options]

A ConnectWise for demo and tests: API, web page and control API on 127.0.0.1.

  --port N        port to listen on, 0 for a free one (default 4010)
  --seed N        the same seed gives the same data (default 7)
  --projects N    how many projects (default 12)
  --tickets N     tickets of each project (default 40)
  --phases N      phases of each project, exactly (default: by its tickets)
  --schedule N    schedule entries of each project (default: half of its tickets)
  --time N        time entries of each project (default: a third of its tickets)
  --notes N       ticket notes of each project (default: a fifth of its tickets)
  --life N        somebody does something every N seconds (default: nobody does anything)
  --virtual-clock a clock that stands still until PUT /_control/clock moves it
  --state FILE    keep the data in FILE, and start from it when it is there
  --help          this text
`;

const EXIT_CANNOT_RUN = 1;
const EXIT_BAD_USE = 2;

function optionalNumber(name: string, low: number, high: number) {
  const message = `--${name} takes a whole number from ${low} to ${high}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(low, message).max(high, message))
    .optional();
}

function wholeNumber(name: string, low: number, high: number, fallback: number) {
  return optionalNumber(name, low, high).transform((value) => value ?? fallback);
}

const optionsSchema = z.object({
  port: wholeNumber('port', 0, 65_535, 4010),
  seed: wholeNumber('seed', 0, 4_294_967_295, 7),
  projects: wholeNumber('projects', 0, 10_000, 12),
  tickets: wholeNumber('tickets', 0, 100_000, 40),
  phases: optionalNumber('phases', 1, 10_000),
  schedule: optionalNumber('schedule', 0, 1_000_000),
  time: optionalNumber('time', 0, 1_000_000),
  notes: optionalNumber('notes', 0, 1_000_000),
  life: optionalNumber('life', 1, 86_400),
  'virtual-clock': z.boolean().default(false),
  state: z.string().min(1, '--state takes a file name').optional(),
});

function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      seed: { type: 'string' },
      projects: { type: 'string' },
      tickets: { type: 'string' },
      phases: { type: 'string' },
      schedule: { type: 'string' },
      time: { type: 'string' },
      notes: { type: 'string' },
      life: { type: 'string' },
      'virtual-clock': { type: 'boolean' },
      state: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  return values;
}

function firstLine(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues[0]?.message ?? 'bad option';
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function exitWith(code: number, message: string): never {
  process.stderr.write(`connectwise simulator: ${message}\n`);
  process.exit(code);
}

function readOptions(args: readonly string[]): ConnectWiseOptions {
  try {
    const values = readArguments(args);
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const { port, state, life, 'virtual-clock': virtualClock, ...world } = optionsSchema.parse(values);
    return {
      port,
      world,
      virtualClock,
      ...(life === undefined ? {} : { life: { everyMs: life * 1_000, seed: world.seed } }),
      ...(state === undefined ? {} : { stateFile: state }),
    };
  } catch (error) {
    return exitWith(EXIT_BAD_USE, `${firstLine(error)} (--help tells more)`);
  }
}

function reasonNotToStart(error: unknown, options: ConnectWiseOptions): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `port ${options.port} is in use: choose another with --port, or 0 for a free one`;
  }
  return firstLine(error);
}

function greet({ url, world, credentials }: RunningConnectWise): void {
  const { projects, tickets } = world.stores;
  process.stdout.write(
    [
      `ConnectWise simulator: ${url} (${projects.size} projects, ${tickets.size} project tickets)`,
      'Demo credentials:',
      `  company id   ${credentials.companyId}`,
      `  public key   ${credentials.publicKey}`,
      `  private key  ${credentials.privateKey}`,
      `  client id    ${credentials.clientId}`,
      'Stop with Ctrl+C.',
      '',
    ].join('\n'),
  );
}

const options = readOptions(process.argv.slice(2));
try {
  const running = await startConnectWise(options);
  greet(running);
  const stop = () => {
    running.stop().catch((error: unknown) => exitWith(EXIT_CANNOT_RUN, firstLine(error)));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  exitWith(EXIT_CANNOT_RUN, reasonNotToStart(error, options));
}
