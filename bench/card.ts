/** What a list is in Teams: the standing page and the answer to `status`, as cards. */
import { renderReply } from '../adapters/teams/render.ts';
import { noNames } from '../adapters/teams/text.ts';
import type { Place } from '../src/ports/chat.ts';
import type { Reply } from '../src/ports/reply.ts';
import { type Bench, percentile } from './bench.ts';
import { startDatabase } from './support/database.ts';
import { manyAsked } from './support/many-asked.ts';

const count = 10_000;
const rounds = 100;
const mostBytes = 28 * 1_024;
const standing: Place = { kind: 'home' };
const personal: Place = { kind: 'direct' };
/** As people use them: opened, narrowed, grouped, turned. */
const asked: readonly (readonly [string, Place])[] = [
  ['home --set', standing],
  ['status', personal],
  ['home --set phase --by-board --disabled', standing],
  ['status phase --by-board --disabled --archived', personal],
  ['home --page 2', standing],
  ['status --problems', personal],
];

/** @returns its bytes. @throws where it is too large, or made smaller by leaving out what no other page shows */
function measured(reply: Reply, text: string): number {
  const json = JSON.stringify(renderReply(reply, { names: noNames, home: reply.surface === 'home' }));
  const bytes = Buffer.byteLength(json);
  if (bytes > mostBytes) throw new Error(`the card of ${text} has ${bytes} bytes, ${mostBytes} at most`);
  const rows = reply.blocks.filter(({ block }) => block === 'row').length;
  const shown = json.split('"type":"Container"').length - 1;
  if (rows === 0 || shown !== rows) throw new Error(`the card of ${text} shows ${shown} of ${rows} rows`);
  return bytes;
}

export const card: Bench = {
  name: 'card',
  what: `the lists as cards for Teams, made from the database over 10,000 projects, whatever they are narrowed by, each whole and within ${mostBytes} bytes`,
  unit: 'ms (95 of 100)',
  limit: { at: 'most', value: 150 },
  async measure() {
    const database = await startDatabase();
    try {
      const ask = await manyAsked(database.db, count, 'teams');
      const took: number[] = [];
      const ofEach = asked.map(([text]) => ({ text, ms: [] as number[], bytes: 0 }));
      for (let round = 0; round < rounds; round += 1) {
        const [text, place] = asked[round % asked.length] ?? ['status', personal];
        const from = performance.now();
        const bytes = measured(await ask(text, place), text);
        const ms = performance.now() - from;
        took.push(ms);
        const each = ofEach[round % asked.length];
        each?.ms.push(ms);
        if (each) each.bytes = Math.max(each.bytes, bytes);
      }
      return {
        value: percentile(took, 0.95),
        details: ofEach.map(
          ({ text, ms, bytes }) => `${text}: median ${percentile(ms, 0.5).toFixed(1)} ms, ${bytes} bytes`,
        ),
      };
    } finally {
      await database.stop();
    }
  },
};
