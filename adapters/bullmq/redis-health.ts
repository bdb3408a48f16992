import { Redis } from 'ioredis';

const answerWithinMs = 3_000;

/** Asks once, by a connection of its own. Rejects in time where it does not answer. */
export async function askRedis(url: string): Promise<{ readonly version: string; readonly evicts: boolean }> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerWithinMs,
    commandTimeout: answerWithinMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Told by the rejection.
  redis.on('error', () => {});
  try {
    await redis.connect();
    const info = await redis.info();
    const version = /^redis_version:(\S+)/mu.exec(info)?.[1];
    if (version === undefined) throw new Error('what answers is no Redis');
    const policy = /^maxmemory_policy:(\S+)/mu.exec(info)?.[1];
    return { version, evicts: policy !== undefined && policy !== 'noeviction' };
  } finally {
    redis.disconnect();
  }
}
