import { expect, it } from 'vitest';
import { keepDraining } from '../../src/app/keep-draining.ts';

/** @param due what each look finds: how many things, or that it cannot look */
async function waits(due: readonly (number | Error)[]): Promise<readonly number[]> {
  const shutdown = new AbortController();
  const waited: number[] = [];
  let left = due[0] ?? 0;
  await keepDraining(
    { warn: () => {} },
    {
      next: async () => {
        if (left instanceof Error) throw left;
        left -= 1;
        return left >= 0;
      },
      complaint: 'cannot',
      alarm: {
        wait: async (ms) => {
          left = due[waited.push(ms)] ?? 0;
          if (waited.length === due.length) shutdown.abort();
        },
      },
      pollMs: 1,
      restMs: 3,
      shutdown: shutdown.signal,
    },
  );
  return waited;
}

it('looks again soon while something is due or cannot be looked for, and later where nothing is', async () => {
  expect(await waits([0, 2, 0, new Error('away'), 1, 0])).toEqual([3, 1, 3, 1, 1, 3]);
});
