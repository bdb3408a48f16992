/**
 * Files are fetched by a signed link on the shared server, for ten minutes. Pictures are shown in the card by such a
 * link, for as long as the card is likely to be looked at: inside the card they would be larger than cards may be.
 */
import type { Application, Request } from 'express';
import type { Keepsakes } from '../../src/ports/chat-references.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Block, Reply, ReplyFile } from '../../src/ports/reply.ts';
import { openDoor } from '../http/doors.ts';
import type { Signer } from './signature.ts';

export type FileOptions = {
  readonly keepsakes: Keepsakes;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
  readonly logger: Logger;
  /** Where the shared server is reached by the people's browsers. */
  readonly publicUrl: string;
};

const linkForMs = 10 * 60_000;
const pictureForMs = 7 * 24 * 60 * 60_000;
const mostBytes = 15 * 1024 * 1024;
const filesPath = '/files';

/** @returns the reply with its picture's address, or with one line that says where the file is or why it is not there */
export async function withFile(options: FileOptions, reply: Reply): Promise<Reply> {
  const { file, ...rest } = reply;
  if (!file) return rest;
  return file.alt === undefined
    ? { ...rest, blocks: [...rest.blocks, await told(options, file)] }
    : await withPicture(options, rest, file);
}

async function withPicture(options: FileOptions, reply: Reply, file: ReplyFile): Promise<Reply> {
  try {
    return { ...reply, file: { ...file, url: await keep(options, file, pictureForMs) } };
  } catch (error) {
    options.logger.warn({ err: error }, 'a picture could not be kept');
    const words = '⚠ The picture could not be kept for you. Ask again in a minute.';
    return { ...reply, blocks: [...reply.blocks, note(words)] };
  }
}

async function told(options: FileOptions, file: ReplyFile): Promise<Block> {
  try {
    if (file.content.byteLength > mostBytes)
      return note('⚠ The file is too large to be sent. Narrow it down and ask again.');
    const url = await keep(options, file, linkForMs);
    return {
      block: 'text',
      text: [
        { part: 'text', text: 'The file, for 10 minutes: ' },
        { part: 'link', label: file.name, url },
      ],
    };
  } catch (error) {
    options.logger.warn({ err: error }, 'a file could not be kept');
    return note('⚠ The file could not be kept for you. Ask again in a minute.');
  }
}

const note = (text: string): Block => ({ block: 'note', text: [{ part: 'text', text }] });

async function keep(options: FileOptions, file: ReplyFile, forMs: number): Promise<string> {
  const { keepsakes, signer, clock, ids, publicUrl } = options;
  const id = ids.next();
  const until = clock.now().getTime() + forMs;
  const head = Buffer.from(`${JSON.stringify({ name: file.name, mediaType: file.mediaType })}\n`);
  await keepsakes.keep(`file:${id}`, Buffer.concat([head, file.content]), forMs);
  const url = new URL(`${filesPath}/${encodeURIComponent(id)}`, publicUrl);
  url.searchParams.set('e', String(until));
  url.searchParams.set('t', signer.sign([id], until));
  return url.href;
}

export function mountFiles(http: Application, options: Omit<FileOptions, 'ids' | 'publicUrl'>): void {
  const { keepsakes, signer, clock, logger } = options;
  const path = `${filesPath}/:id`;
  // Both parts of a link that was not made up: it costs nothing to tell whether it is one.
  const mayBeOurs = ({ query: { e, t } }: Request) => typeof e === 'string' && typeof t === 'string';
  openDoor(http, { name: 'files', path, methods: ['GET'], mayBeOurs });
  http.get(path, async (request, response) => {
    const { id } = request.params;
    const { e: until, t: signature } = request.query;
    const now = clock.now().getTime();
    const signed = typeof signature === 'string' && signer.valid([id], Number(until), signature, now);
    try {
      const kept = signed ? await keepsakes.read(`file:${id}`) : undefined;
      if (!kept) {
        response.status(404).type('text/plain');
        response.send('This link is not valid any more. Ask cwsync for the file again.\n');
        return;
      }
      const bytes = Buffer.from(kept);
      const end = bytes.indexOf('\n');
      const { name, mediaType } = JSON.parse(bytes.subarray(0, end).toString()) as ReplyFile;
      // Pictures are shown within cards, on Microsoft's pages.
      response.set('cross-origin-resource-policy', 'cross-origin');
      response.attachment(name).type(mediaType);
      response.send(bytes.subarray(end + 1));
    } catch (error) {
      logger.warn({ err: error }, 'a file could not be fetched');
      response
        .status(503)
        .type('text/plain')
        .send('The file cannot be fetched at present. Try again in a minute.\n');
    }
  });
}
