import { Redis } from 'ioredis';

export type RedisConnections = {
  /** For questions with an answer: none takes longer than 3 s. */
  readonly asks: Redis;
  /** For BullMQ's workers, who wait for jobs as long as it takes. */
  readonly waits: Redis;
  close(): void;
};

const answerWithinMs = 3_000;
const retryEveryMs = (attempt: number): number => Math.min(200 * attempt, 2_000);

/** Both connect by themselves, again and again. What is wrong with them is seen by who asks. */
export function connectRedis(url: string): RedisConnections {
  const asks = new Redis(url, {
    connectTimeout: answerWithinMs,
    commandTimeout: answerWithinMs,
    maxRetriesPerRequest: 1,
    retryStrategy: retryEveryMs,
  });
  const waits = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: retryEveryMs });
  for (const connection of [asks, waits]) connection.on('error', () => {});
  return {
    asks,
    waits,
    close() {
      asks.disconnect();
      waits.disconnect();
    },
  };
}
