import { LogLevel } from '@slack/bolt';
import type { Logger } from '../../src/ports/logger.ts';

/** The words of Slack's own libraries go to our log, one level lower where they are only about a refused request. */
export function quietLogger(logger: Logger) {
  const say =
    (level: keyof Logger) =>
    (...words: unknown[]) =>
      logger[level]({ bolt: words.join(' ') }, 'Slack');
  return {
    debug: say('debug'),
    info: say('debug'),
    warn: say('warn'),
    error: say('warn'),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}

/** Of what comes in by HTTP: how much was refused is told by the door, and not once for each. */
export function quietWarnings(logger: Logger) {
  const quiet = quietLogger(logger);
  return { ...quiet, warn: quiet.debug };
}
