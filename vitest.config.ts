import { defineConfig } from 'vitest/config';

const withServers = {
  globalSetup: ['test/support/mongodb-global-setup.ts', 'test/support/browser-global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    pool: 'forks',
    // Most of a test's time is spent in waiting for servers: two of three keep both processors busy.
    maxWorkers: 3,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: 'test-output/results.json' }]]
      : ['default'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          exclude: ['**/*-mutants.test.ts'],
          ...withServers,
        },
      },
      // Every command and button in a window that draws slowly, `npm run walk`: by hand, CI does not run it.
      { extends: true, test: { name: 'walk', include: ['test/e2e/*-walk.test.ts'], ...withServers } },
      // What production does to it, cell by cell, `npm run faults`; CI runs its short form beside `npm test`.
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          ...withServers,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          env: { TEST_PATIENCE_MS: '100000' },
          // Each has a database and processes of its own, and what it measures is time.
          fileParallelism: false,
        },
      },
      // Tests of the tests, `npm run mutants`: CI runs them beside `npm test`, which has to stay short.
      {
        extends: true,
        test: { name: 'mutants', include: ['test/contract/*-mutants.test.ts'], ...withServers },
      },
      {
        extends: true,
        test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...withServers },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['**/*-walk.test.ts'],
          ...withServers,
          // Each has a browser: two of them, when nothing else is tested any more, are what two processors can do.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
