/**
 * A disk so small that a test can fill it: mounted in a name space of its own, which a process that does nothing keeps,
 * so that a MongoDB server finds its files there again when it is started anew. It is laid over the folder of the data
 * by each start of the server, for the folder itself is removed and made anew by the first: a mount that stands there
 * before ends with that, and the disk of the machine would be filled instead.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const roomMb = 700;

export class SmallDisk {
  /** The data folder of the server; its files proper are on the small disk. */
  readonly folder: string;
  readonly #keeper: ChildProcess;

  private constructor(folder: string, keeper: ChildProcess) {
    this.folder = folder;
    this.#keeper = keeper;
  }

  /** Undefined where the machine lets nobody mount anything. */
  static async make(): Promise<SmallDisk | undefined> {
    const folder = await mkdtemp(path.join(tmpdir(), 'cwsync-disk-'));
    const place = path.join(folder, 'disk');
    await mkdir(place, { mode: 0o700 });
    const mount = `mount -t tmpfs -o size=${roomMb}m tmpfs '${place}' && echo mounted && exec sleep 100000`;
    const keeper = spawn('unshare', ['-rm', 'sh', '-c', mount], { stdio: ['ignore', 'pipe', 'ignore'] });
    const said = await Promise.race([
      once(keeper.stdout, 'data').then(String),
      once(keeper, 'close').then(() => 'closed'),
      once(keeper, 'error').then(() => 'no such program'),
    ]);
    if (said.includes('mounted')) return new SmallDisk(folder, keeper);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }

  get #inside(): readonly string[] {
    return ['-t', String(this.#keeper.pid), '-U', '-m', '--preserve-credentials'];
  }

  get #place(): string {
    return path.join(this.folder, 'disk');
  }

  /** A program that is this one, but has its data on the disk. */
  async wrapped(program: string): Promise<string> {
    const script = path.join(this.folder, 'mongod');
    const data = path.join(this.folder, 'mongodb/db');
    // Outside of the name space the folder must not look empty: a new one is made of such.
    const lay = `touch '${data}/elsewhere' && mount --bind '${this.#place}' '${data}'`;
    const begin = `{ mountpoint -q '${data}' || { ${lay}; }; } && exec "$0" "$@"`;
    const inside = `nsenter ${this.#inside.join(' ')} sh -c '${begin.replaceAll("'", `'\\''`)}'`;
    await writeFile(script, `#!/bin/sh\nexec ${inside} '${program}' "$@"\n`);
    await chmod(script, 0o755);
    return script;
  }

  /** Rejects where the disk is not there: nothing else may ever be filled. */
  async fill(): Promise<void> {
    await this.#run(`mountpoint -q '${this.#place}'`);
    // It ends with an error: there is no room for all of it.
    await this.#run(`head -c ${roomMb}M /dev/zero > '${this.#place}/filler'`).catch(() => {});
  }

  async makeRoom(): Promise<void> {
    await this.#run(`rm '${this.#place}/filler'`);
  }

  async #run(command: string): Promise<void> {
    await run('nsenter', [...this.#inside, 'sh', '-c', command]);
  }

  async remove(): Promise<void> {
    this.#keeper.kill('SIGKILL');
    await once(this.#keeper, 'close');
    await rm(this.folder, { recursive: true, force: true });
  }
}
