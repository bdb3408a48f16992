import { type Bench, percentile } from './bench.ts';
import { startDatabase } from './support/database.ts';
import { manyAsked } from './support/many-asked.ts';

const count = 10_000;
const rounds = 100;
/** As people use it: opened, narrowed, grouped, turned. */
const asked = [
  'home',
  'home --set phase',
  'home --page 2',
  'home --set --by-board',
  'home --set "room 13"',
  'home --set',
];

export const home: Bench = {
  name: 'home',
  what: 'the standing page made from the database over 10,000 projects, whatever it is narrowed by',
  unit: 'ms (95 of 100)',
  limit: { at: 'most', value: 150 },
  async measure() {
    const database = await startDatabase();
    const ask = await manyAsked(database.db, count, 'slack');
    const took: number[] = [];
    const ofEach = new Map<string, number[]>(asked.map((text) => [text, []]));
    let bytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      const text = asked[round % asked.length] ?? 'home';
      const from = performance.now();
      const reply = await ask(text, { kind: 'home' });
      const ms = performance.now() - from;
      took.push(ms);
      ofEach.get(text)?.push(ms);
      if (reply.surface !== 'home') throw new Error(`no standing page: ${reply.summary}`);
      bytes = Math.max(bytes, JSON.stringify(reply).length);
    }
    await database.stop();
    const details = [...ofEach].map(
      ([text, each]) => `${text}: median ${percentile(each, 0.5).toFixed(1)} ms`,
    );
    return {
      value: percentile(took, 0.95),
      details: [...details, `the largest page: ${Math.round(bytes / 1_000)} kB as a view model`],
    };
  },
};
