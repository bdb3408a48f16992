/** Plants one breach of each import rule into a small tree of the same shape, and expects it to be caught. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Breach = {
  readonly rule: string;
  readonly from: string;
  readonly imports: string;
  readonly typeOnly?: boolean;
};

const breaches: readonly Breach[] = [
  { rule: 'domain-stands-alone', from: 'src/domain/a.ts', imports: 'src/app/b.ts' },
  { rule: 'domain-stands-alone', from: 'src/domain/type.ts', imports: 'src/ports/b.ts', typeOnly: true },
  { rule: 'domain-uses-no-package', from: 'src/domain/zod.ts', imports: 'zod' },
  { rule: 'domain-uses-no-package', from: 'src/domain/io.ts', imports: 'node:fs' },
  { rule: 'ports-know-domain', from: 'src/ports/a.ts', imports: 'src/app/b.ts' },
  { rule: 'app-knows-domain-and-ports', from: 'src/app/a.ts', imports: 'src/bootstrap/b.ts' },
  { rule: 'app-knows-domain-and-ports', from: 'src/app/adapter.ts', imports: 'adapters/slack/b.ts' },
  { rule: 'config-knows-domain', from: 'src/config.ts', imports: 'src/app/b.ts' },
  { rule: 'adapter-slack', from: 'adapters/slack/a.ts', imports: 'adapters/mongodb/b.ts' },
  { rule: 'adapter-slack', from: 'adapters/slack/app.ts', imports: 'src/app/b.ts' },
  { rule: 'adapter-teams', from: 'adapters/teams/a.ts', imports: 'adapters/slack/b.ts' },
  { rule: 'adapter-connectwise', from: 'adapters/connectwise/a.ts', imports: 'adapters/mongodb/b.ts' },
  { rule: 'adapter-mongodb', from: 'adapters/mongodb/a.ts', imports: 'src/bootstrap/b.ts' },
  { rule: 'adapter-bullmq', from: 'adapters/bullmq/a.ts', imports: 'adapters/mongodb/b.ts' },
  { rule: 'adapter-telemetry', from: 'adapters/telemetry/a.ts', imports: 'adapters/slack/b.ts' },
  { rule: 'adapter-terminal', from: 'adapters/terminal/a.ts', imports: 'src/app/b.ts' },
  { rule: 'adapter-api', from: 'adapters/api/a.ts', imports: 'src/app/b.ts' },
  { rule: 'adapter-charts', from: 'adapters/charts/a.ts', imports: 'src/app/b.ts' },
  { rule: 'adapter-http', from: 'adapters/http/a.ts', imports: 'adapters/slack/b.ts' },
  { rule: 'jobs-know-the-worker-runtime', from: 'jobs/a.ts', imports: 'src/app/b.ts' },
  { rule: 'nobody-imports-jobs', from: 'src/bootstrap/a.ts', imports: 'jobs/b.ts' },
  { rule: 'demo-connectwise-stands-alone', from: 'demo/connectwise/a.ts', imports: 'src/domain/b.ts' },
  { rule: 'demo-slack-stands-alone', from: 'demo/slack/a.ts', imports: 'adapters/slack/b.ts' },
  { rule: 'demo-teams-stands-alone', from: 'demo/teams/a.ts', imports: 'adapters/teams/b.ts' },
  { rule: 'only-the-root-sees-adapters', from: 'src/main.ts', imports: 'adapters/slack/b.ts' },
  { rule: 'nothing-imports-tests-or-the-demo', from: 'adapters/http/t.ts', imports: 'test/b.ts' },
  { rule: 'no-dev-package-in-the-product', from: 'src/app/dev.ts', imports: 'fast-check' },
  { rule: 'resolvable', from: 'src/app/lost.ts', imports: 'src/app/nowhere.ts' },
];

const repository = path.join(import.meta.dirname, '../..');
let found: ReadonlySet<string>;
let tree: string;

beforeAll(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'cwsync-boundaries-'));
  for (const breach of breaches) await plant(breach);
  await put('src/app/cycle-a.ts', "export * from './cycle-b.ts';\n");
  await put('src/app/cycle-b.ts', "export * from './cycle-a.ts';\n");
  await symlink(path.join(repository, 'node_modules'), path.join(tree, 'node_modules'));
  await symlink(path.join(repository, 'package.json'), path.join(tree, 'package.json'));
  found = await violations();
}, 60_000);

afterAll(() => rm(tree, { recursive: true, force: true }));

async function put(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
  await writeFile(path.join(tree, file), text);
}

async function plant({ from, imports, typeOnly }: Breach): Promise<void> {
  const own = /^(?:src|adapters|jobs|demo|test)\//.test(imports);
  const specifier = own ? path.relative(path.dirname(from), imports) : imports;
  if (own && !imports.includes('nowhere'))
    await put(imports, 'export type Thing = 1;\nexport const thing = 1;\n');
  const dotted = own && !specifier.startsWith('.') ? `./${specifier}` : specifier;
  const statement = typeOnly
    ? `import type { Thing } from '${dotted}';\nexport type Mine = Thing;\n`
    : `import * as planted from '${dotted}';\nexport const mine = planted;\n`;
  await put(from, statement);
}

/** `rule from` of everything that dependency-cruiser reports. */
async function violations(): Promise<ReadonlySet<string>> {
  const config = path.join(repository, '.dependency-cruiser.mjs');
  const bin = path.join(repository, 'node_modules/.bin/depcruise');
  const folders = ['src', 'adapters', 'jobs', 'demo'];
  const args = [bin, '--config', config, '--output-type', 'json', ...folders];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: tree,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout?: string; stderr?: string }) => {
    // It exits with the number of violations; without a report it is a failure of its own.
    if (!error.stdout) throw new Error(error.stderr);
    return { stdout: error.stdout };
  });
  const report = JSON.parse(stdout) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return new Set(report.summary.violations.map(({ rule, from }) => `${rule.name} ${from}`));
}

describe('the import rules', () => {
  it.each(breaches)('$rule: $from may not import $imports', ({ rule, from }) => {
    expect(found).toContain(`${rule} ${from}`);
  });

  it('no-cycles', () => {
    expect([...found].some((violation) => violation.startsWith('no-cycles src/app/cycle-'))).toBe(true);
  });
});
