/**
 * A backup is a gzip file of lines, each one value in canonical EJSON, which keeps every type of BSON: a head, one
 * line `[collection, document]` for each document, and an end with their number. A file without its end was cut short.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { BSON, type Document, type IndexDescription } from 'mongodb';
import { z } from 'zod';

/** Raised when an older cwsync could no longer read what is written. */
const formatVersion = 1;

const head = z.object({
  cwsyncBackup: z.number(),
  /** Of the database: number of its last migration. */
  schema: z.number(),
  /** Of the cwsync that ran that migration. */
  writtenBy: z.string(),
  at: z.date(),
  collections: z.array(
    z.object({
      name: z.string(),
      /** About: what progress is measured by. */
      count: z.number(),
      options: z.custom<Document>(isObject),
      indexes: z.array(z.custom<IndexDescription>(isObject)),
    }),
  ),
});
const end = z.object({ documents: z.number() });
const documentLine = z.tuple([z.string(), z.custom<Document>(isObject)]);

export type BackupHead = Omit<z.infer<typeof head>, 'cwsyncBackup'>;
export type StoredDocument = readonly [collection: string, document: Document];

/** The file is not a whole backup that this build can read. The message says what it is instead. */
export class BackupFileError extends Error {
  override readonly name = 'BackupFileError';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Writes a new file that its owner alone may read; one that is there already stays as it is.
 * Rejects with what `documents` rejects with, with `EEXIST`, or with the file system's own; then no file is left.
 * @returns how many documents it holds
 */
export async function writeBackupFile(
  file: string,
  about: BackupHead,
  documents: AsyncIterable<StoredDocument>,
): Promise<number> {
  let written = 0;
  async function* lines(): AsyncGenerator<string> {
    yield lineOf({ cwsyncBackup: formatVersion, ...about });
    for await (const document of documents) {
      written += 1;
      yield lineOf(document);
    }
    yield lineOf({ documents: written });
  }
  const sink = createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true });
  try {
    await pipeline(Readable.from(lines()), createGzip(), sink);
  } catch (error) {
    if (!isThere(error)) await unlink(file).catch(() => {});
    throw error;
  }
  return written;
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** Numbers of the head and the end are plain; those of documents keep their type. */
function lineOf(value: object): string {
  return `${BSON.EJSON.stringify(value, { relaxed: !Array.isArray(value) })}\n`;
}

/** Reads only the beginning. Rejects with BackupFileError, or the file system's own. */
export async function readBackupHead(file: string): Promise<BackupHead> {
  for await (const line of linesOf(file)) return headOf(line);
  throw notABackup();
}

/**
 * Each document, in order. Ends with BackupFileError where the file is no backup or has no proper end: possibly
 * after many documents.
 */
export async function* readBackupDocuments(file: string): AsyncGenerator<StoredDocument> {
  let count = 0;
  let begun = false;
  let ended = false;
  for await (const line of linesOf(file)) {
    if (!begun) {
      headOf(line);
      begun = true;
    } else if (Array.isArray(line)) {
      count += 1;
      yield documentLine.parse(line);
    } else ended = end.parse(line).documents === count;
  }
  if (!ended) throw cutShort();
}

function headOf(line: unknown): BackupHead {
  const parsed = head.safeParse(line);
  if (!parsed.success) throw notABackup();
  const { cwsyncBackup: version, ...about } = parsed.data;
  if (version > formatVersion) {
    throw new BackupFileError('This backup was made by a newer cwsync. Restore it with that version.');
  }
  return about;
}

function notABackup(): BackupFileError {
  return new BackupFileError(
    'This is not a backup of cwsync. Name a file that “npx cwsync backup” has made.',
  );
}

function cutShort(): BackupFileError {
  return new BackupFileError('This backup was cut short, so nothing was done with it. Use another one.');
}

async function* linesOf(file: string): AsyncGenerator<unknown> {
  const source = createReadStream(file);
  const plain = createGunzip();
  source.once('error', (error) => plain.destroy(error)).pipe(plain);
  try {
    for await (const line of linesIn(plain)) yield parsedLine(line);
  } catch (error) {
    throw asFileError(error);
  } finally {
    source.destroy();
    plain.destroy();
  }
}

async function* linesIn(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    // Bytes and not text: a letter of several bytes may lie across two chunks.
    rest = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) {
      yield rest.toString('utf8', from, at);
      from = at + 1;
    }
    rest = rest.subarray(from);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function parsedLine(line: string): unknown {
  try {
    return BSON.EJSON.parse(line, { relaxed: !line.startsWith('[') });
  } catch {
    throw notABackup();
  }
}

/** What zlib says of a file that is none of its own, or only a part of one. */
function asFileError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return cutShort();
  return code === 'Z_DATA_ERROR' ? notABackup() : error;
}
