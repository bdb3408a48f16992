/**
 * `npm run bench -- <name> …`: measures the figures named, all of them without a name. Each ends with a line
 * `<name>: <value> <unit> (limit at most|at least <limit>)`, and all of them with a table; the exit code is 1 where
 * one is missed, 2 where it could not be measured. `--days`, `--hours`, `--projects` and `--step-minutes` shorten
 * the long ones, as in `npm run bench -- soak-days-memory --days 2`.
 */
import { parseArgs } from 'node:util';
import { ack } from './ack.ts';
import { alert } from './alert.ts';
import { type Bench, inOneLine, isMet, type Lengths, type Measured, summaryTable } from './bench.ts';
import { budget } from './budget.ts';
import { card } from './card.ts';
import { claims } from './claims.ts';
import { delta } from './delta.ts';
import { doors } from './doors.ts';
import { floor, fullAgain, fullFirst } from './full.ts';
import { home } from './home.ts';
import { idleCpu, idleMemory } from './idle.ts';
import { memory } from './memory.ts';
import { push } from './push.ts';
import { quiet } from './quiet.ts';
import { ready } from './ready.ts';
import { scale, scale2, scale4 } from './scale.ts';
import { soaks } from './soak.ts';
import { startBusy, startIdle } from './start.ts';
import { status } from './status.ts';
import { storm } from './storm.ts';

const benches: readonly Bench[] = [
  fullFirst,
  fullAgain,
  floor,
  quiet,
  budget,
  memory,
  startIdle,
  startBusy,
  claims,
  ack,
  status,
  home,
  card,
  alert,
  storm,
  delta,
  push,
  idleMemory,
  idleCpu,
  ready,
  ...soaks,
  doors,
  scale,
  scale2,
  scale4,
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(names: readonly string[], lengths: Lengths): Promise<number> {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    say(`There is no benchmark ${unknown.join(', ')}. There are:`);
    for (const { name, what } of benches) say(`  ${name.padEnd(12)} ${what}`);
    return 2;
  }
  const measured: Measured[] = [];
  let code = 0;
  for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
    say(`\n${bench.name}: ${bench.what}`);
    try {
      const figure = await bench.measure(lengths);
      for (const line of figure.details) say(`  ${line}`);
      say(inOneLine(bench, figure));
      measured.push({ bench, figure });
      if (!isMet(bench, figure)) code = Math.max(code, 1);
    } catch (error) {
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
      say(`${bench.name}: could not be measured`);
      measured.push({ bench });
      code = 2;
    }
  }
  say('');
  for (const line of summaryTable(measured)) say(line);
  return code;
}

/** A length that is no number stops it before anything is measured. */
function lengthsOf(values: { readonly [name: string]: string | undefined }): Lengths {
  const given = Object.entries(values).map(([name, value]) => {
    const number = Number(value);
    if (!(number > 0)) throw new Error(`--${name} takes a number`);
    return [name === 'step-minutes' ? 'stepMinutes' : name, number];
  });
  return Object.fromEntries(given) as Lengths;
}

const length = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { days: length, hours: length, projects: length, 'step-minutes': length },
});
process.exitCode = await main(
  positionals.filter((word) => word !== ''),
  lengthsOf(values),
);
