/** So many kills on a database server of their own, printed and judged. */
import { expect } from 'vitest';
import { Server } from './fleet.ts';
import { killsInWords, playKills } from './kills.ts';

const killsInAHistory = 33;
/** Mean times from one kill to the next, in milliseconds: with time for whole syncs in between, and quick. */
const everyMs = { many: 2_500, few: 700 };

/** Answers with the figure in one line; rejects where anything was lost, doubled, stuck or not equal. */
export async function killsThatMustHold(kills: number, seed: number): Promise<string> {
  const plan = {
    kills,
    seed,
    everyMs: kills > 25 ? everyMs.many : everyMs.few,
    histories: Math.max(1, Math.round(kills / killsInAHistory)),
  };
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const server = await Server.start();
  try {
    const figure = await playKills(server, plan, say);
    const [first = '', ...rest] = killsInWords(figure, plan);
    for (const line of [first, ...rest]) say(line);
    const { lostTriggers, duplicates, stuck, unequal } = figure;
    expect({ lostTriggers, duplicates, stuck, unequal }).toEqual({
      lostTriggers: [],
      duplicates: [],
      stuck: [],
      unequal: [],
    });
    return `holds: ${first}`;
  } finally {
    await server.stop();
  }
}
