/**
 * Random histories of inbound sync against the ConnectWise simulator over HTTP and a real MongoDB server. More of
 * them, or others: `npm run histories:inbound -- --count 500 --seed 1`.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { History, type StepName, type Story, stepNames, stories } from './inbound-history.ts';
import { migratedDatabase } from './migrated-database.ts';

const count = Number(process.env.INBOUND_HISTORIES ?? 10);
const seed = Number(process.env.INBOUND_SEED ?? 20_260_302);

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());

it(
  `keeps every rule of inbound sync over ${count} random histories`,
  async () => {
    const had = new Map<StepName, number>(stepNames.map((name) => [name, 0]));
    let smallest: History | undefined;
    async function play(story: Story): Promise<void> {
      const history = new History(fresh.db, story);
      try {
        await history.play();
      } catch (error) {
        smallest = history;
        throw error;
      }
      for (const name of new Set(history.done)) had.set(name, (had.get(name) ?? 0) + 1);
    }
    const result = await fc.check(fc.asyncProperty(stories, play), {
      seed,
      numRuns: count,
      ...(process.env.INBOUND_PATH ? { path: process.env.INBOUND_PATH } : {}),
      ...(process.env.INBOUND_SHRINK === 'no' ? { endOnFailure: true } : {}),
    });
    if (result.failed) {
      const told = smallest?.told.map((line) => `  ${line}`).join('\n');
      const setting = JSON.stringify(result.counterexample?.[0].setting);
      throw new Error(
        `${String(result.errorInstance)}\n\nINBOUND_SEED=${seed} INBOUND_PATH=${result.counterexamplePath} world ${setting}\n${told}`,
      );
    }
    const coverage = [...had].toSorted(([, a], [, b]) => a - b).map(([name, times]) => `${times} ${name}`);
    process.stdout.write(`${count} histories, of which so many had each step:\n  ${coverage.join('\n  ')}\n`);
    // Of few histories chance asks less: of forty or more each step at all.
    const atLeast = count < 100 ? Math.min(1, Math.floor(count / 40)) : count / 20;
    const rare = [...had].filter(([, times]) => times < atLeast).map(([name]) => name);
    expect(rare).toEqual([]);
  },
  Math.max(150_000, count * 6_000),
);
