/**
 * Starts a test whose length is chosen by arguments: `histories --count 500 --seed 1`, `inbound` with the same, or
 * `day --projects 500`.
 * Vitest itself takes no arguments of ours, so they go along as environment.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    projects: { type: 'string', default: '500' },
    hours: { type: 'string', default: '24' },
  },
});

const runs = {
  histories: {
    file: 'test/contract/twoway-histories.test.ts',
    env: { TWOWAY_HISTORIES: values.count, TWOWAY_SEED: values.seed },
  },
  inbound: {
    file: 'test/contract/inbound-histories.test.ts',
    env: { INBOUND_HISTORIES: values.count, INBOUND_SEED: values.seed },
  },
  day: {
    file: 'test/contract/day-of-life.test.ts',
    env: { DAY_PROJECTS: values.projects, DAY_HOURS: values.hours },
  },
};

const [wanted] = positionals;
const run = runs[wanted === 'day' || wanted === 'inbound' ? wanted : 'histories'];
const vitest = 'node_modules/vitest/vitest.mjs';
const child = spawn(process.execPath, [vitest, 'run', '--project', 'contract', run.file], {
  stdio: 'inherit',
  env: { ...process.env, ...run.env },
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
