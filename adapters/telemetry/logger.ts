import { type DestinationStream, type LevelWithSilent, pino } from 'pino';
import type { Logger } from '../../src/ports/logger.ts';

/** A driver's error carries whole documents, customers' texts among them: only what names the fault is kept. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

/**
 * The process log: one JSON line an entry, on standard output.
 * @param redact takes every secret out of a line in plain and encoded form; the last gate before it is written
 */
export function createLogger(
  level: LevelWithSilent,
  redact: (line: string) => string,
  destination: DestinationStream = process.stdout,
): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeError } },
    { write: (line: string) => void destination.write(redact(line)) },
  );
}
