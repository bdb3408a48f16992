import type { Config } from '../config.ts';
import type { RedisHealth } from '../ports/health-checks.ts';

/** Loaded when it is asked, since most have no Redis; undefined for them. */
export function redisHealthOf({ redisUrl }: Pick<Config, 'redisUrl'>): RedisHealth | undefined {
  if (redisUrl === undefined) return undefined;
  return async () => (await import('../../adapters/bullmq/redis-health.ts')).askRedis(redisUrl);
}
