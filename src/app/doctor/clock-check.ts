import type { Clock } from '../../ports/clock.ts';
import type { DatabaseHealth, HealthCheck } from '../../ports/health-checks.ts';
import type { PsaAccess } from '../../ports/psa-access.ts';

/** In seconds: further apart, and what changed when is not to be trusted. */
export const worstSkewSeconds = 60;

export type ClockCheckDeps = {
  readonly clock: Clock;
  readonly database: Pick<DatabaseHealth, 'facts'>;
  readonly access: Pick<PsaAccess, 'info'> | undefined;
};

/** This machine's clock against ConnectWise's and the database server's. */
export function clockCheck({ clock, database, access }: ClockCheckDeps): HealthCheck {
  return {
    name: 'Clocks',
    async run(signal) {
      const [psa, server] = await Promise.all([
        access?.info(signal).then(({ clockSkewMs }) => clockSkewMs, unknown),
        database.facts().then(({ now }) => now.getTime() - clock.now().getTime(), unknown),
      ]);
      const compared = [
        ...(access ? [{ whose: 'ConnectWise’s', ms: psa ?? null }] : []),
        { whose: 'MongoDB’s', ms: server },
      ];
      const words = compared.map(
        ({ whose, ms }) => `${whose} ${ms === null ? 'could not be read' : apart(ms)}`,
      );
      const known = compared.flatMap(({ ms }) => ms ?? []);
      // Any two of them: each may be near enough to this machine and far from the other.
      const worst = Math.max(0, ...known) - Math.min(0, ...known);
      const sentence = `Against this machine’s clock: ${words.join(', ')}.`;
      if (worst > worstSkewSeconds * 1_000) {
        return {
          ok: 'fail',
          words: sentence,
          next: `More than ${worstSkewSeconds} s apart: let all of these machines set their clocks by NTP.`,
        };
      }
      return known.length === compared.length
        ? { ok: 'pass', words: sentence }
        : { ok: 'warn', words: sentence, next: 'See the checks of what could not be read.' };
    },
  };
}

const unknown = () => null;

function apart(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds === 0) return 'agrees';
  return `is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
}
