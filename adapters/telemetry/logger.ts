import { type DestinationStream, type LevelWithSilent, pino } from 'pino';
import type { Logger } from '../../src/ports/logger.ts';

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
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => void destination.write(redact(line)) },
  );
}
