/** `bin/cwsync.mjs` as a process: what it prints where, and its exit code. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const bin = path.join(import.meta.dirname, '../../bin/cwsync.mjs');
/** Without a `.env` of whoever runs the tests. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cwsync-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Ended = { readonly code: number; readonly out: string; readonly err: string };

function run(
  args: readonly string[],
  node: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } };
    execFile(process.execPath, [...node, bin, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

describe('the command line', () => {
  it('--version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${packageJson.version}\n`, err: '' });
  });

  it('--help goes to standard output', async () => {
    const { code, out, err } = await run(['--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('npx cwsync [command]');
  });

  it('a command that does not exist: the nearest one, help, and 2', async () => {
    const { code, out, err } = await run(['docter']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^There is no command “docter”\. Did you mean doctor\?\n/);
    expect(err).toContain('Usage: npx cwsync');
  });

  it('a faulty setting: its name, never its value, and 1; for each command', async () => {
    for (const command of ['start', 'doctor', 'probe']) {
      const { code, out, err } = await run([command], [], { SLACK_BOT_TOKEN: 'hush-hush', PORT: '99999' });
      expect([command, code]).toEqual([command, 1]);
      expect(out + err).toContain('SLACK_BOT_TOKEN must begin with xoxb-');
      expect(out + err).toContain('PORT must be a port number');
      expect(out + err).not.toContain('hush-hush');
    }
  });

  it('an older Node: one line that says what to do, and 1', async () => {
    const older =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.11.0"}})';
    const { code, out, err } = await run(['doctor'], ['--import', older]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^cwsync needs Node 24 or newer; this is 20\.11\.0\..*npm ci.*\n$/);
  });
});

describe('npm run slack:manifest', () => {
  const script = path.join(import.meta.dirname, '../../src/bootstrap/print-slack-manifest.ts');
  const printed = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [script, ...args], (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });

  it('prints a manifest, and help where that is asked for', async () => {
    const manifest = await printed('--url', 'https://cwsync.example.com');
    expect(manifest.code).toBe(0);
    expect(JSON.parse(manifest.out)).toHaveProperty('display_information');
    expect(await printed('--help')).toEqual({ code: 0, out: expect.stringMatching(/^Usage: /u), err: '' });
  });

  it.each([[['--nonsense']], [['extra']], [['--url']], [['--url', 'http://x.example']]])(
    '%j: what is wrong, the usage, and 2, without a stack',
    async (args) => {
      const { code, out, err } = await printed(...args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain('Usage: npm run');
      expect(err).not.toMatch(/\n\s+at /u);
    },
  );
});
