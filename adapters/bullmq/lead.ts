import type { Redis } from 'ioredis';
import { keyPrefix } from './lanes.ts';

export type Lead = {
  /** Takes or renews it. False while another process has it. */
  hold(): Promise<boolean>;
  /** Never rejects: what cannot be given up ends by itself. */
  release(): Promise<void>;
};

const holdScript = `
  local owner = redis.call('GET', KEYS[1])
  if owner and owner ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`;
const releaseScript = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

/**
 * Which process makes hints of what is due. Two at once would do no harm but work; it is a lease of its own, in Redis,
 * since without Redis there are no hints to make.
 */
export function leadOf(redis: Redis, tenantId: string, owner: string, lastsMs: number): Lead {
  const key = `${keyPrefix}:${tenantId}-lead`;
  return {
    hold: async () => (await redis.eval(holdScript, 1, key, owner, lastsMs)) === 1,
    async release() {
      await redis.eval(releaseScript, 1, key, owner).catch(() => {});
    },
  };
}
