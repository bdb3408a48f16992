/**
 * What `npm run faults` does by the hundred, in short: kill -9 of bot, workers and database by chance, while people edit
 * on both sides. No trigger is lost, no record made twice, nothing stuck, and both sides are equal in the end.
 */
import { it } from 'vitest';
import { killsThatMustHold } from '../faults/kills-that-must-hold.ts';

const seed = 5;

it('25 kills by chance cost nobody anything', async () => {
  await killsThatMustHold(25, seed);
}, 300_000);
