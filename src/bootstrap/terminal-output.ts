/** What a command says in a terminal: where it goes, in what form, and with which exit code. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderJson } from '../../adapters/terminal/json.ts';
import { renderParagraphs, renderReply, type Screen } from '../../adapters/terminal/render.ts';
import { note, text } from '../app/replies/parts.ts';
import type { ChatDirectory } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { Block, Reply, ReplyFile, Text } from '../ports/reply.ts';
import { exitCodes } from './cli.ts';

export type TerminalIo = {
  /** The answer, as it is. */
  readonly out: (text: string | Uint8Array) => void;
  /** What goes on meanwhile, and what was wrong. */
  readonly err: (text: string) => void;
  /** Columns; undefined where nobody looks: the output is a pipe or a file. */
  readonly width: number | undefined;
};

export type Output = {
  /** In one or two lines, to standard error. */
  progress(reply: Reply): void;
  /** The answer. Returns the exit code. */
  answer(reply: Reply, code: number): Promise<number>;
};

export type OutputOptions = {
  readonly io: TerminalIo;
  readonly json: boolean;
  /** Where the file of the answer is to be written; else into the pipe, or under its name into this folder. */
  readonly out?: string;
  readonly redact: (text: string) => string;
  /** Who people are, where that can be asked. */
  readonly directory?: Pick<ChatDirectory, 'person'>;
  readonly clock: Clock;
};

export function terminalOutput({ io, json, out, redact, directory, clock }: OutputOptions): Output {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const screen = (names: Screen['names']): Screen => ({ timeZone, names, width: io.width });
  const line = (words: string) => `${redact(words)}\n`;

  async function answer(reply: Reply, code: number): Promise<number> {
    if (out === undefined || code === exitCodes.usage) return await say(reply, code);
    const { file, ...rest } = reply;
    const saved = file ? await saveNew(file, out) : { problem: noFile };
    if ('path' in saved) return await say(withNote(rest, `Saved: ${saved.path}`), code);
    return await say(withNote(rest, saved.problem), exitCodes.failed);
  }

  async function say(reply: Reply, code: number): Promise<number> {
    if (json) {
      io.out(line(renderJson(reply, code === exitCodes.fine)));
      return code;
    }
    const names = directory ? await namesIn(reply, directory, clock) : new Map<string, string>();
    const shown = reply.file ? await withFile(reply, reply.file, io) : reply;
    const tell = code === exitCodes.usage || (reply.file && io.width === undefined) ? io.err : io.out;
    tell(line(renderReply(shown, screen(names))));
    return code;
  }

  return {
    progress: (reply) => io.err(line(renderParagraphs(reply, screen(new Map())))),
    answer,
  };
}

/** Into the pipe or file where there is one; else under its name into this folder, in the place of nothing. */
async function withFile(reply: Reply, file: ReplyFile, io: TerminalIo): Promise<Reply> {
  if (io.width === undefined) {
    io.out(file.content);
    return reply;
  }
  const saved = await saveNew(file, path.basename(file.name));
  return withNote(reply, 'path' in saved ? `Saved: ${saved.path}` : saved.problem);
}

const noFile = 'Nothing was written: this answer has no file.';

function withNote(reply: Reply, words: string): Reply {
  return { ...reply, blocks: [...reply.blocks, note(text(words))] };
}

type Saved = { readonly path: string } | { readonly problem: string };

const problems: { readonly [code: string]: string } = {
  EEXIST: 'is there already',
  ENOENT: 'is in a folder that there is not',
  ENOTDIR: 'is in a folder that there is not',
  EACCES: 'may not be written',
  EROFS: 'may not be written',
  ENOSPC: 'has no room on its disk',
};

async function saveNew({ content }: ReplyFile, where: string): Promise<Saved> {
  const target = path.resolve(where);
  try {
    await writeFile(target, content, { flag: 'wx', mode: 0o600 });
    return { path: target };
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? problems[String(error.code)] : undefined;
    if (problem === undefined) throw error;
    return { problem: `${where} ${problem}: nothing was saved.` };
  }
}

/** A name is a nicety: it is not waited for longer than this, in milliseconds. */
const namesWithinMs = 2_000;

async function namesIn(
  { blocks }: Reply,
  directory: Pick<ChatDirectory, 'person'>,
  clock: Clock,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const keys = new Set(blocks.flatMap(textsOf).flatMap(keysIn));
  if (keys.size === 0) return names;
  const over = new AbortController();
  const asked = [...keys].map(async (key) => {
    const [, platform, tenant, userId] = /^(slack|teams):([^/]+)\/(.+)$/u.exec(key) ?? [];
    if ((platform !== 'slack' && platform !== 'teams') || !tenant || !userId) return;
    const facts = await directory.person({ platform, tenant, userId }).catch(() => undefined);
    if (facts) names.set(key, facts.name);
  });
  await Promise.race([Promise.all(asked), clock.sleep(namesWithinMs, over.signal).catch(() => {})]);
  over.abort();
  return names;
}

function textsOf(block: Block): readonly Text[] {
  switch (block.block) {
    case 'text':
    case 'note':
      return [block.text];
    case 'fields':
      return block.fields.map(({ value }) => value);
    case 'row':
      return block.lines;
    default:
      return [];
  }
}

function keysIn(words: Text): readonly string[] {
  return words.flatMap((part) => (part.part === 'person' ? [part.key] : []));
}
