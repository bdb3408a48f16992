import type { Logger, LogScope } from '../../src/ports/logger.ts';

type Line = { readonly level: keyof Logger; readonly fields: object; readonly message: string };

/** Keeps the lines of the process log. */
export class RecordingLogger implements Logger {
  readonly lines: Line[] = [];

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }

  messages(): readonly string[] {
    return this.lines.map(({ message }) => message);
  }
}

/** For tests that do not look at what is said within what. */
export const noScope: LogScope = { within: (_fields, work) => work() };

/** Ids that count, and randomness that stands still. */
export function countingIds(random = 0.5): { next(): string; random(): number } {
  let given = 0;
  return {
    next() {
      given += 1;
      return `id-${given}`;
    },
    random: () => random,
  };
}
