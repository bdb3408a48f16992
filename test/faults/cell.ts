/** A test of one row of the table, by its id; it says how it ended, and how long it took. */
import { it } from 'vitest';
import { groups } from './cells.ts';

const cells = new Map(groups.flatMap(({ cells: all }) => all.map((one) => [one.id, one] as const)));

/** @param play may answer with a text: how it ended, or why it cannot be done on this machine */
export function cell(id: string, play: () => Promise<unknown>, timeoutMs = 300_000): void {
  const known = cells.get(id);
  if (!known) throw new Error(`docs/faults.md has no row “${id}”`);
  it(`${known.fault}: ${known.holds}`, { timeout: timeoutMs }, async () => {
    const startedAt = performance.now();
    let result = 'does not hold';
    try {
      const said = await play();
      result = typeof said === 'string' ? said : 'holds';
    } catch (error) {
      // At once, and not when all others have ended as well.
      process.stdout.write(`${known.fault}: ${String(error)}\n`);
      throw error;
    } finally {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      process.stdout.write(`| ${known.fault} | ${result} | ${seconds} s |\n`);
    }
  });
}
