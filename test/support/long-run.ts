/**
 * Starts a test whose length is chosen by arguments: `histories --count 500 --seed 1`, `inbound` with the same,
 * `day --projects 500`, or `faults`, which are all of them unless it is told `--short` or `--kills 1000`.
 * Vitest itself takes no arguments of ours, so they go along as environment. Histories are played in as many
 * processes as there are processors, each with a database server of its own.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Coverage, coverageInWords, together, tooFew } from '../contract/twoway-coverage.ts';
import { shortRun } from '../faults/short.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    projects: { type: 'string', default: '500' },
    hours: { type: 'string', default: '24' },
    kills: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
});

type Environment = { readonly [name: string]: string };

function vitest(project: string, args: readonly string[], env: Environment): Promise<boolean> {
  const all = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, ...args];
  const child = spawn(process.execPath, all, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}

/** Seeds of the parts: far from each other and from those of the next seed. */
const seedOf = (part: number): number => Number(values.seed) + part * 1_000_003;

async function histories(): Promise<boolean> {
  const count = Number(values.count);
  const parts = Math.min(count, availableParallelism());
  const folder = mkdtempSync(join(tmpdir(), 'cwsync-histories-'));
  try {
    const shares = Array.from({ length: parts }, (_, part) => ({
      report: join(folder, `${part}.json`),
      count: Math.floor(count / parts) + (part < count % parts ? 1 : 0),
      seed: seedOf(part),
    }));
    const passed = await Promise.all(
      shares.map((share) =>
        vitest('contract', ['test/contract/twoway-histories.test.ts'], {
          TWOWAY_HISTORIES: String(share.count),
          TWOWAY_SEED: String(share.seed),
          TWOWAY_REPORT: share.report,
        }),
      ),
    );
    if (passed.includes(false)) return false;
    const all = together(shares.map(({ report }) => JSON.parse(readFileSync(report, 'utf8')) as Coverage));
    const missing = tooFew(all);
    process.stdout.write(`${coverageInWords(all)}${missing.map((line) => `too few: ${line}\n`).join('')}`);
    return missing.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function faults(): Promise<boolean> {
  const { kills, seed, short } = values;
  if (short) {
    const { files, names } = shortRun();
    return vitest('faults', [...files, '-t', names], { FAULT_SEED: seed });
  }
  if (kills === undefined) return vitest('faults', ['test/faults'], { FAULT_SEED: seed });
  const args = ['test/faults/ends.test.ts', '-t', 'by chance'];
  return vitest('faults', args, { FAULT_SEED: seed, FAULT_KILLS: kills });
}

const runs: { readonly [name: string]: () => Promise<boolean> } = {
  histories,
  faults,
  inbound: () =>
    vitest('contract', ['test/contract/inbound-histories.test.ts'], {
      INBOUND_HISTORIES: values.count,
      INBOUND_SEED: values.seed,
    }),
  day: () =>
    vitest('contract', ['test/contract/day-of-life.test.ts'], {
      DAY_PROJECTS: values.projects,
      DAY_HOURS: values.hours,
    }),
};

const startedAt = performance.now();
const run = runs[positionals[0] ?? 'histories'] ?? histories;
const passed = await run();
process.stdout.write(
  `${passed ? 'passed' : 'failed'} in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`,
);
process.exitCode = passed ? 0 : 1;
