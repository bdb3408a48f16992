import type { HealthCheck, RedisHealth } from '../../ports/health-checks.ts';

/** The first that BullMQ works with as it should. */
const least = [6, 2] as const;

/** Nothing stops without Redis, so none of it is more than a warning. */
export function redisCheck(ask: RedisHealth): HealthCheck {
  return {
    name: 'Redis',
    async run() {
      const seen = await ask().catch(() => undefined);
      if (!seen) {
        return {
          ok: 'warn',
          words:
            'Redis does not answer. Workers look for due projects in MongoDB until it does; nothing is lost.',
          next: 'Check that Redis runs and that REDIS_URL is right, its password included; or unset REDIS_URL.',
        };
      }
      if (isOld(seen.version)) {
        const words = `${seen.version} is old: cwsync is made for ${least.join('.')} or newer.`;
        return { ok: 'warn', words, next: 'Move to a newer Redis.' };
      }
      if (seen.evicts) {
        const words = `${seen.version} answers, and may throw entries away when its memory is full. Nothing is lost by it, but projects wait longer.`;
        return { ok: 'warn', words, next: 'Set maxmemory-policy to noeviction in Redis.' };
      }
      return { ok: 'pass', words: `${seen.version} answers.` };
    },
  };
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < least[0] || (major === least[0] && minor < least[1]);
}
