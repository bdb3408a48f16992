import { type DestinationStream, type LevelWithSilent, pino } from 'pino';
import type { Logger } from '../../src/ports/logger.ts';
import type { LogContext } from './log-scope.ts';
import { logLevels } from './metric-table.ts';

/** A driver's error carries whole documents, customers' texts among them: only what names the fault is kept. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message: withoutValues(message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: stack && withoutValues(stack),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

/** MongoDB names the values of a key that is there already, a project's name perhaps: the index alone says enough. */
function withoutValues(text: string): string {
  return text.replaceAll(/ dup key: \{[^\n]*\}/gu, '');
}

export type LogLevel = (typeof logLevels)[number];
export type LoggerOptions = {
  /** Standard output where nothing is said. */
  readonly destination?: DestinationStream;
  /** What is going on where a line is written, e.g. the id of the run. */
  readonly scope?: LogContext;
  /** Told of every line that is written. */
  readonly onLine?: (level: LogLevel) => void;
};

/**
 * The process log: one JSON line an entry, on standard output.
 * @param redact takes every secret out of a line in plain and encoded form; the last gate before it is written
 */
export function createLogger(
  level: LevelWithSilent,
  redact: (line: string) => string,
  { destination = process.stdout, scope, onLine }: LoggerOptions = {},
): Logger {
  const names = new Map<number, LogLevel>(logLevels.map((name) => [pino.levels.values[name] ?? 0, name]));
  function mixin(_fields: object, level: number): object {
    const name = names.get(level);
    if (name) onLine?.(name);
    return { ...scope?.current() };
  }
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      mixin,
    },
    { write: (line: string) => void destination.write(redact(line)) },
  );
}
