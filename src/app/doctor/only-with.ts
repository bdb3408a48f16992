import type { HealthCheck } from '../../ports/health-checks.ts';

/**
 * A check that means nothing where something else is broken: that has a check of its own, and telling it twice would
 * hide what is to be done.
 * @param works rejects where it is broken
 */
export function onlyWith(
  what: string,
  works: (signal: AbortSignal) => Promise<unknown>,
  check: HealthCheck,
): HealthCheck {
  return {
    name: check.name,
    async run(signal) {
      const broken = await works(signal).then(
        () => false,
        () => true,
      );
      if (broken)
        return { ok: 'warn', words: 'Not checked.', next: `Mend what is told about ${what} first.` };
      return await check.run(signal);
    },
  };
}
