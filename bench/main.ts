/**
 * `npm run bench -- <name> …`: measures the figures named, all of them without a name. Each ends with a line
 * `<name>: <value> <unit> (limit at most|at least <limit>)`; the exit code is 1 where one is missed, 2 where it
 * could not be measured.
 */
import { ack } from './ack.ts';
import { alert } from './alert.ts';
import { type Bench, inOneLine, isMet } from './bench.ts';
import { budget } from './budget.ts';
import { card } from './card.ts';
import { claims } from './claims.ts';
import { delta } from './delta.ts';
import { floor, fullAgain, fullFirst } from './full.ts';
import { home } from './home.ts';
import { memory } from './memory.ts';
import { push } from './push.ts';
import { quiet } from './quiet.ts';
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
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    say(`There is no benchmark ${unknown.join(', ')}. There are:`);
    for (const { name, what } of benches) say(`  ${name.padEnd(12)} ${what}`);
    return 2;
  }
  const lines: string[] = [];
  let code = 0;
  for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
    say(`\n${bench.name}: ${bench.what}`);
    try {
      const figure = await bench.measure();
      for (const line of figure.details) say(`  ${line}`);
      lines.push(inOneLine(bench, figure));
      if (!isMet(bench, figure)) code = Math.max(code, 1);
    } catch (error) {
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
      lines.push(`${bench.name}: could not be measured`);
      code = 2;
    }
  }
  say('');
  for (const line of lines) say(line);
  return code;
}

process.exitCode = await main(process.argv.slice(2).filter((word) => word !== ''));
