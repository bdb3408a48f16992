/**
 * The product as processes of their own, a bot and workers, on a MongoDB server of their own, with the two simulators
 * around them: each of them may be ended at any moment, and another takes its place.
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveMongod } from '../../adapters/mongodb/embedded/resolve-mongod.ts';
import { type EmbeddedMongo, startEmbeddedMongo } from '../../adapters/mongodb/embedded/start-embedded.ts';
import { type ProductProcess, startProductProcess } from '../support/product-process.ts';
import {
  eventually,
  freePort,
  type Surroundings,
  type SurroundingsOptions,
  startSurroundings,
  uriWithDatabase,
} from '../support/product-rig.ts';
import { type Watcher, WireProxy } from '../support/wire-proxy.ts';
import type { SmallDisk } from './small-disk.ts';

/** In milliseconds, as the processes are told. */
export const leaseMs = 4_000;
export const pollMs = 100;
/** For so long MongoDB keeps what a process that was killed had begun and locked, in milliseconds; else for a minute. */
const leftOpenMs = 8_000;

/** In both directions, and whatever goes by the clock soon. */
export const twoWayEnv = {
  CWSYNC_WRITE_TO_CONNECTWISE: 'true',
  CWSYNC_MISC_SECONDS: '30',
  CWSYNC_SCOUT_SECONDS: '1',
  CWSYNC_NOTES_SECONDS: '1',
} as const;

/** A MongoDB server that is started again when it ends by itself, as the product's own is. */
export class Server {
  readonly #folder: string;
  readonly mongod: EmbeddedMongo;

  private constructor(folder: string, mongod: EmbeddedMongo) {
    this.#folder = folder;
    this.mongod = mongod;
  }

  /** @param disk where its files go; in memory unless given */
  static async start(disk?: SmallDisk): Promise<Server> {
    // Every write waits for its journal, which a file system in memory stores in no time.
    const memory = await stat('/dev/shm').catch(() => undefined);
    const folder =
      disk?.folder ?? (await mkdtemp(path.join(memory ? '/dev/shm' : tmpdir(), 'cwsync-faults-')));
    const { path: program, version } = await resolveMongod({ env: process.env, onProgress: () => {} });
    const binary = { path: (await disk?.wrapped(program)) ?? program, version };
    const mongod = await startEmbeddedMongo({ dataDir: folder, port: await freePort(), binary });
    return new Server(folder, mongod);
  }

  get dataFolder(): string {
    return path.join(this.#folder, 'mongodb');
  }

  async pid(): Promise<number> {
    const { pid } = JSON.parse(await readFile(path.join(this.dataFolder, 'server.json'), 'utf8'));
    return Number(pid);
  }

  /** Of one that runs, also where it is just being started again. */
  async livingPid(): Promise<number> {
    return await eventually(async () => {
      const pid = await this.pid();
      process.kill(pid, 0);
      return pid;
    });
  }

  /** Ends it without a chance to clean up; a moment later it starts again. */
  async kill(): Promise<void> {
    killNow(await this.livingPid());
  }

  /** The same, but it stays away until the function that this resolves with is called. */
  async killAndKeepAway(): Promise<() => void> {
    const { port } = this.mongod;
    await this.kill();
    // Whoever has its port keeps it from coming back.
    const inTheWay = createServer();
    await eventually(async () => {
      inTheWay.listen(port, '127.0.0.1');
      await once(inTheWay, 'listening');
    });
    return () => void inTheWay.close();
  }

  /** A clean end; it starts again by itself. */
  async restart(): Promise<void> {
    const pid = await this.livingPid();
    process.kill(pid, 'SIGTERM');
    await eventually(async () => {
      if ((await this.livingPid()) === pid) throw new Error('it has not ended yet');
    });
  }

  async stop(): Promise<void> {
    await this.mongod.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** False where nothing was left to kill. */
export function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

/** Beside other processes that start, on a machine with other work. */
const patient = { readyWithinMs: 90_000 };

export type MemberName = 'bot' | 'worker' | 'second worker';

/** One process of the product and whoever takes its place, behind a proxy of its own. */
export class Member {
  readonly name: MemberName;
  readonly proxy: WireProxy;
  readonly #env: NodeJS.ProcessEnv;
  /** Where it is started from: today's build unless told otherwise. */
  bin: string | undefined;
  #process: ProductProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #isReady = false;
  #killed = false;
  #said = '';

  constructor(name: MemberName, proxy: WireProxy, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.proxy = proxy;
    this.#env = env;
  }

  /** Starts it; whether it is ready is another question. It is started again where it ends before it is ready. */
  start(more: NodeJS.ProcessEnv = {}): void {
    const started = startProductProcess(
      { ...this.#env, ...more },
      { ...patient, ...(this.bin ? { bin: this.bin } : {}) },
    );
    this.#process = started;
    this.#isReady = false;
    this.#killed = false;
    this.#ready = started.ready().then(
      () => {
        if (this.#process === started) this.#isReady = true;
      },
      (error: unknown) => this.#startAgain(started, error),
    );
    // Whoever needs it to be ready hears of it; of one that is killed meanwhile nobody does.
    this.#ready.catch(() => {});
  }

  /** As a supervisor of containers does; one that was killed by us is started by us. */
  async #startAgain(ended: ProductProcess, error: unknown): Promise<void> {
    if (this.#killed || this.#process !== ended) return;
    if (!isForWantOfTheDatabase(ended.output())) throw error;
    this.#said += ended.output();
    this.start();
    await this.#ready;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  async ready(): Promise<void> {
    // Whoever is started in between counts as well.
    for (let waited: unknown; waited !== this.#ready; ) {
      waited = this.#ready;
      await this.#ready;
    }
  }

  get process(): ProductProcess {
    if (!this.#process) throw new Error(`${this.name} was never started`);
    return this.#process;
  }

  /** All that it and those before it wrote. */
  get said(): string {
    return this.#said + (this.#process?.output() ?? '');
  }

  /** Ends it at this very moment. */
  killNow(): boolean {
    this.#isReady = false;
    this.#killed = true;
    return killNow(this.process.pid);
  }

  async killed(): Promise<void> {
    const { process } = this;
    this.#killed = true;
    await process.kill();
    this.#process = undefined;
    this.#said += process.output();
  }

  async stop(): Promise<void> {
    if (this.#process) await this.killed();
    await this.proxy.stop();
  }
}

/** What a start says that found no database: its supervisor tries again, and so do we. */
function isForWantOfTheDatabase(output: string): boolean {
  return /MongoDB|database/u.test(output);
}

export type Fleet = Surroundings & {
  readonly server: Server;
  readonly members: readonly Member[];
  member(name: MemberName): Member;
  /** Looks at all that the processes and the database say to each other. */
  watch(watcher: Watcher | undefined): void;
  /** All are ready, and the database takes writes. */
  up(): Promise<void>;
};

/** A server that was started anew does not know it any more. */
export async function givesFreeSoon({ mongo }: Pick<Surroundings, 'mongo'>): Promise<void> {
  const limit = { setParameter: 1, transactionLifetimeLimitSeconds: leftOpenMs / 1_000 };
  await mongo.client.db('admin').command(limit);
}

export type FleetOptions = SurroundingsOptions & {
  readonly members?: readonly MemberName[];
  /** Of another build. */
  readonly bin?: string;
};

let databases = 0;

export async function startFleet(server: Server, options: FleetOptions = {}): Promise<Fleet> {
  databases += 1;
  const uri = uriWithDatabase(server.mongod.uri, `faults-${databases}`);
  const surroundings = await startSurroundings({
    ...options,
    mongodbUri: uri,
    env: {
      CWSYNC_LEASE_SECONDS: String(leaseMs / 1_000),
      CWSYNC_POLL_SECONDS: String(pollMs / 1_000),
      ...options.env,
    },
  });
  const limited = () => givesFreeSoon(surroundings);
  await limited();
  const members: Member[] = [];
  for (const name of options.members ?? (['bot', 'worker', 'second worker'] as const)) {
    const proxy = await WireProxy.start(server.mongod.port);
    const role = name === 'bot' ? 'bot' : 'worker';
    members.push(
      new Member(name, proxy, {
        ...surroundings.env,
        MONGODB_URI: proxy.through(uri),
        CWSYNC_ROLE: role,
      }),
    );
  }
  for (const member of members) {
    member.bin = options.bin;
  }
  const stop = async () => {
    for (const member of members) await member.stop();
    await surroundings.stop();
  };
  try {
    for (const member of members) {
      member.start();
      // The first brings the database to its schema; the others would only wait for it.
      if (member === members[0]) await member.ready();
    }
    await Promise.all(members.map((member) => member.ready()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...surroundings,
    server,
    members,
    member(name) {
      const found = members.find((member) => member.name === name);
      if (!found) throw new Error(`there is no ${name}`);
      return found;
    },
    watch(watcher) {
      for (const { proxy } of members) proxy.watcher = watcher;
    },
    async up() {
      await Promise.all(members.map((member) => member.ready()));
      await eventually(() => surroundings.db.collection('faults').insertOne({ at: new Date() }));
      await eventually(limited);
    },
    stop,
  };
}
