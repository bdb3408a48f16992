/** An upgrade with the older processes still running: both builds on one database, while people edit on both sides. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { startProductProcess } from '../support/product-process.ts';
import { imported } from '../support/product-rig.ts';
import { BothSides, smallWorld } from './both-sides.ts';
import { cell } from './cell.ts';
import { type Fleet, Server, startFleet, twoWayEnv } from './fleet.ts';

const root = path.join(import.meta.dirname, '../..');
const migrations = 'adapters/mongodb/migrations';
const git = async (...args: readonly string[]) => {
  const { stdout } = await promisify(execFile)('git', args, { cwd: root });
  return stdout.trim();
};

/** So many commits. */
const looksBack = 20;

let olderFolder: string | undefined;
let server: Server | undefined;
let fleet: Fleet | undefined;
let sides: BothSides | undefined;

/** Not every commit is a build that starts. */
async function starts(build: string): Promise<boolean> {
  const parts = ['start', 'bot', 'worker-runtime'].map((name) => `import('./src/bootstrap/${name}.ts')`);
  const code = `await Promise.all([${parts.join(', ')}]); process.exit(0);`;
  return await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: build,
  }).then(
    () => true,
    () => false,
  );
}

/** The last build before the last change of the database, with today's packages; undefined without the history of git. */
async function checkOutOlder(): Promise<string | undefined> {
  const names = (await readdir(path.join(root, migrations))).filter((name) => /^\d{4}-/u.test(name));
  const last = names.toSorted().at(-1) ?? '';
  const folder = await mkdtemp(path.join(tmpdir(), 'cwsync-older-'));
  try {
    const added = await git('log', '--diff-filter=A', '--format=%H', '-1', '--', `${migrations}/${last}`);
    const build = path.join(folder, 'build');
    await git('worktree', 'add', '--detach', build, `${added}^`);
    await symlink(path.join(root, 'node_modules'), path.join(build, 'node_modules'));
    const commits = (await git('rev-list', '--first-parent', `--max-count=${looksBack}`, `${added}^`)).split(
      '\n',
    );
    for (const commit of commits) {
      await git('-C', build, 'checkout', '--quiet', '--detach', commit);
      if (await starts(build)) return build;
    }
    await git('worktree', 'remove', '--force', build);
  } catch {
    // Without the history of git.
  }
  await rm(folder, { recursive: true, force: true });
  return undefined;
}

beforeAll(async () => {
  olderFolder = await checkOutOlder();
  if (olderFolder === undefined) return;
  server = await Server.start();
  fleet = await startFleet(server, {
    world: smallWorld(15),
    connectWiseAheadMs: () => sides?.aheadMs ?? 0,
    env: twoWayEnv,
    members: ['bot', 'worker'],
    bin: path.join(olderFolder, 'bin/cwsync.mjs'),
  });
  await imported(fleet);
}, 240_000);
afterAll(async () => {
  await sides?.stop();
  await fleet?.stop();
  await server?.stop();
  if (olderFolder === undefined) return;
  await git('worktree', 'remove', '--force', olderFolder);
  await rm(path.dirname(olderFolder), { recursive: true, force: true });
});

cell(
  'upgrade side by side',
  async () => {
    if (!fleet || !olderFolder) return 'cannot be done here: there is no history of git with the older build';
    const env = { ...fleet.env, CWSYNC_ROLE: 'worker' };
    const newer = startProductProcess(env, { readyWithinMs: 90_000 });
    try {
      await newer.ready();
      sides = await BothSides.begin(fleet, { winner: 'connectwise', rule: 'cancel' });
      // Both builds take turns: whoever claims first.
      for (const n of [501, 502, 503, 504]) {
        await sides.editAll(n);
        sides.timePasses();
        await sides.equalAgain();
      }
      const owners = await fleet.db.collection('liveness').distinct('_id');
      expect(owners.length).toBeGreaterThan(1);
      await fleet.member('worker').killed();
      await sides.editAll(505);
      sides.timePasses();
      await sides.equalAgain();
      const older = startProductProcess(env, { bin: path.join(olderFolder, 'bin/cwsync.mjs') });
      expect((await older.ended()).code).toBe(1);
      expect(older.output()).toMatch(/This database was written by cwsync .*; install that or newer/u);
      return undefined;
    } finally {
      await newer.kill();
    }
  },
  400_000,
);
