import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../src/bootstrap/cli.ts';
import { terminalOutput } from '../../src/bootstrap/terminal-output.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { HandClock } from '../support/hand-clock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cwsync-out-'));
});
afterAll(() => rm(folder, { recursive: true }));

const content = new Uint8Array([0x89, 0x50, 0, 255]);
const picture: Reply = {
  summary: '12 syncs',
  blocks: [{ block: 'text', text: [{ part: 'text', text: '12 syncs' }] }],
  file: { name: 'report.png', title: 'Syncs', mediaType: 'image/png', content, alt: '12 syncs' },
};

async function answered(out: string, reply: Reply = picture) {
  const said: (string | Uint8Array)[] = [];
  const io = { out: (one: string | Uint8Array) => void said.push(one), err: () => {}, width: undefined };
  const output = terminalOutput({ io, json: false, out, redact: (words) => words, clock: new HandClock() });
  return { code: await output.answer(reply, exitCodes.fine), said: said.join('') };
}

test('--out: the file where it says, the words on standard output; what is there is left alone', async () => {
  const out = path.join(folder, 'a b.png');
  expect(await answered(out)).toEqual({ code: 0, said: `12 syncs\n  Saved: ${out}\n` });
  expect(new Uint8Array(await readFile(out))).toEqual(content);
  const again = await answered(out, {
    ...picture,
    ...{ file: { ...picture.file, content: new Uint8Array(1) } },
  } as Reply);
  expect(again).toEqual({ code: 1, said: expect.stringContaining('is there already: nothing was saved.') });
  expect(new Uint8Array(await readFile(out))).toEqual(content);
});

test.each([
  ['a folder that there is not', 'nowhere/a.png', picture, 'in a folder that there is not'],
  ['an answer without a file', 'b.png', { summary: 'Words', blocks: [] }, 'this answer has no file'],
])('--out with %s says so, and ends with 1', async (_, name, reply, words) => {
  expect(await answered(path.join(folder, name), reply)).toEqual({
    code: 1,
    said: expect.stringContaining(words),
  });
});
