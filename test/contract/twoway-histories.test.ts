/**
 * Random histories of two-way sync against the ConnectWise simulator over HTTP and a real MongoDB server. More of
 * them, or others: `npm run histories -- --count 500 --seed 1`.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreshDatabase, quickDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';
import { addHistory, coverageInWords, emptyCoverage, tooFew } from './twoway-coverage.ts';
import { facts, TwoWayHistory, type TwoWayStory, twoWayStepNames, twoWayStories } from './twoway-history.ts';

const count = Number(process.env.TWOWAY_HISTORIES ?? 24);
const seed = Number(process.env.TWOWAY_SEED ?? 20_260_302);

/** How long a single history may take, in milliseconds: some seconds, on a machine with other work. */
const historyMs = 60_000;
/** How long a failing history is made smaller, in milliseconds. */
const shrinkingMs = Number(process.env.TWOWAY_SHRINK_MS ?? 90_000);

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase(quickDatabase);
});
afterAll(() => fresh.drop());

const ruleOf = (error: unknown): unknown => (error as { readonly rule?: string }).rule;

const storyOf = ({ told }: TwoWayHistory): string => told.map((line) => `  ${line}`).join('\n');

/** A history that does not come to its end is told like any other that fails. */
async function inTime(history: TwoWayHistory): Promise<void> {
  const ended = new AbortController();
  const tooLong = delay(historyMs, 'too long', { signal: ended.signal }).catch(() => 'ended');
  const result = await Promise.race([history.play(), tooLong]).finally(() => ended.abort());
  if (result === 'too long') throw new Error(`a history did not end within ${historyMs} ms`);
}

it(
  `keeps every rule of two-way sync over ${count} random histories`,
  async () => {
    const coverage = emptyCoverage([...twoWayStepNames, ...facts]);
    let failedAtMs = 0;
    let broken: unknown;
    let smallest: TwoWayHistory | undefined;
    async function play(story: TwoWayStory): Promise<void> {
      // Long enough for a story that people can read; the rest of the shrinking is not played.
      if (smallest && performance.now() - failedAtMs > shrinkingMs) return;
      const history = new TwoWayHistory(fresh.db, story);
      try {
        await inTime(history);
      } catch (error) {
        // Made smaller it may break another rule: that would be another story.
        if (smallest && ruleOf(error) !== broken) return;
        if (!smallest) {
          broken = ruleOf(error);
          failedAtMs = performance.now();
          // Whatever becomes of the shrinking: so much is known.
          process.stderr.write(`seed ${seed}, made smaller now: ${String(error)}\n${storyOf(history)}\n`);
        }
        smallest = history;
        throw error;
      }
      addHistory(coverage, history);
    }
    const result = await fc.check(fc.asyncProperty(twoWayStories, play), {
      seed,
      numRuns: count,
      ...(process.env.TWOWAY_PATH ? { path: process.env.TWOWAY_PATH } : {}),
    });
    if (result.failed) {
      const told = smallest && storyOf(smallest);
      const setting = JSON.stringify(result.counterexample?.[0].setting);
      throw new Error(
        `${String(result.errorInstance)}\n\nTWOWAY_SEED=${seed} TWOWAY_PATH=${result.counterexamplePath} world ${setting}\n${told}`,
      );
    }
    const { TWOWAY_REPORT: report } = process.env;
    // One part of many: whoever started it judges the whole.
    if (report) return writeFileSync(report, JSON.stringify(coverage));
    process.stdout.write(coverageInWords(coverage));
    expect(tooFew(coverage)).toEqual([]);
  },
  Math.max(150_000, count * 20_000) + shrinkingMs,
);
