import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killHard, startChild } from '../support/child-process.ts';
import { startRig } from './connectwise-simulator-rig.ts';

const MAIN = path.join(import.meta.dirname, '../../demo/connectwise/main.ts');

let folder: string;
let stateFile: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'connectwise-'));
  stateFile = path.join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

it('keeps everything over a stop and a start, references included', async () => {
  const first = await startRig({ stateFile, world: { seed: 7, projects: 2, tickets: 5 } });
  const gone = first.world.addTicket('areyes', { summary: 'Gone', phase: 701 });
  first.world.deleteTicket('areyes', gone.id);
  first.world.editTicket('areyes', 5001, { summary: 'Kept' });
  const before = (await first.get('/project/tickets')).text.replaceAll(first.url, '');
  await first.stop();

  const second = await startRig({ stateFile, world: { seed: 99, projects: 1, tickets: 1 } });
  try {
    expect((await second.get('/project/tickets')).text.replaceAll(second.url, '')).toBe(before);
    second.world.editProject('areyes', 101, { name: 'Renamed later' });
    expect((await second.get('/project/tickets/5001')).json).toMatchObject({
      summary: 'Kept',
      project: { name: 'Renamed later' },
    });
    expect(second.world.addTicket('areyes', { summary: 'Next', phase: 701 }).id).toBe(gone.id + 1);
    expect(await readdir(folder)).toEqual(['state.json']);
  } finally {
    await second.stop();
  }
});

it('writes while changes go on, and soon after the last', async () => {
  const rig = await startRig({ stateFile, world: { seed: 7, projects: 1, tickets: 2 } });
  try {
    rig.world.editTicket('areyes', 5001, { summary: 'Soon on disk' });
    await expect.poll(() => readFile(stateFile, 'utf8'), { timeout: 2_000 }).toContain('Soon on disk');
  } finally {
    await rig.stop();
  }
});

it('survives a kill -9', async () => {
  const args = ['--port', '0', '--projects', '1', '--tickets', '3', '--state', stateFile];
  const { child, firstLine } = await startChild(MAIN, args);
  try {
    const url = /http:\/\/[\d.]+:\d+/.exec(firstLine)?.[0];
    const answer = await fetch(`${url}/_control/tickets/5001`, {
      method: 'PATCH',
      body: JSON.stringify({ as: 'areyes', changes: { summary: 'Before the kill' } }),
    });
    expect(answer.status).toBe(200);
    await expect.poll(() => readFile(stateFile, 'utf8'), { timeout: 2_000 }).toContain('Before the kill');
  } finally {
    await killHard(child);
  }
  const rig = await startRig({ stateFile });
  try {
    expect(rig.world.stores.tickets.get(5001)?.summary).toBe('Before the kill');
  } finally {
    await rig.stop();
  }
});

it('says what to do with a state file that cannot be read', async () => {
  await writeFile(stateFile, '{"format":1,');
  await expect(startRig({ stateFile })).rejects.toThrow(`the state file ${stateFile} cannot be read`);
});

function run(args: readonly string[]): Promise<{ code: number | string | undefined; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, _stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stderr });
    });
  });
}

it.each([
  [['--port', '70000'], '--port takes a whole number from 0 to 65535'],
  [['--tickets', 'many'], '--tickets takes a whole number'],
  [['--colour', 'red'], "Unknown option '--colour'"],
  [['stray'], "Unexpected argument 'stray'"],
])('refuses %j in one line', async (args, reason) => {
  const { code, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

it('does not wait for slow answers when it stops', async () => {
  const { child, firstLine } = await startChild(MAIN, ['--port', '0', '--projects', '1', '--tickets', '1']);
  const gone = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  try {
    const url = /http:\/\/[\d.]+:\d+/.exec(firstLine)?.[0];
    const slow = JSON.stringify({ kind: 'slow', delayMs: 600_000 });
    await fetch(`${url}/_control/faults`, { method: 'POST', body: slow });
    const answer = fetch(`${url}/login/companyinfo/acme`).catch(() => 'cut');
    const faults = async () => (await fetch(`${url}/_control/faults`)).json();
    await expect.poll(faults).toMatchObject([{ hits: 1 }]);
    child.kill('SIGTERM');
    expect(await gone).toBe(0);
    expect(await answer).toBe('cut');
  } finally {
    await killHard(child);
  }
});

it('refuses a port in use with one line, and stops on SIGTERM', async () => {
  const { child, firstLine } = await startChild(MAIN, ['--port', '0', '--projects', '1', '--tickets', '1']);
  const gone = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  const port = /:(\d+) /.exec(firstLine)?.[1] ?? '';
  const second = await run(['--port', port]);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} is in use`) });
  child.kill('SIGTERM');
  expect(await gone).toBe(0);
});
