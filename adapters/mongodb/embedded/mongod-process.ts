import { MongoInstance } from 'mongodb-memory-server-core';
import type { DataFolder } from './data-folder.ts';

const LAUNCH_TIMEOUT_MS = 120_000;
const KEPT_LINES = 200;
/** The first says what is wrong; the server then repeats it in other words. */
const SHOWN_COMPLAINTS = 2;

/** A primary that is told to end waits this long for clients to look elsewhere, and here there is nowhere else. */
const QUICK_STOP = ['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'] as const;

export const REPLICA_SET = 'cwsync';

export interface MongodProcessOptions {
  readonly binary: { readonly path: string; readonly version: string };
  readonly folder: DataFolder;
  readonly port: number;
  /** Called when the server ends for whatever reason, with its exit code or signal. */
  readonly onClosed: (how: string) => void;
}

/** What a line of the server's log says went wrong; undefined for all others. Plain lines come from its option parser. */
function complaintIn(line: string): string | undefined {
  if (!line.startsWith('{')) return line;
  try {
    const entry: { s?: string; msg?: string; attr?: { error?: unknown } } = JSON.parse(line);
    if (entry.s !== 'E' && entry.s !== 'F') return undefined;
    const detail = entry.attr?.error;
    return detail === undefined ? entry.msg : `${entry.msg}: ${JSON.stringify(detail)}`;
  } catch {
    return undefined;
  }
}

/**
 * mongod as a child of this process, with the package's watcher that ends it within seconds of our death.
 *
 * The package reads the server's whole log for words of failure, chunk by chunk. Two things follow, and are avoided
 * here: a chunk of several lines makes its JSON parser throw where nobody catches, and a slow-query line that quotes a
 * customer's text ("address already in use") would end a healthy server. So lines are handed on one at a time, and
 * none after the server is ready.
 */
export class MongodProcess extends MongoInstance {
  readonly #lines: string[] = [];
  readonly #onClosed: (how: string) => void;
  #rest = '';

  constructor(options: MongodProcessOptions) {
    super({
      instance: {
        port: options.port,
        dbPath: options.folder.db,
        ip: '127.0.0.1',
        replSet: REPLICA_SET,
        auth: true,
        keyfileLocation: options.folder.keyfile,
        storageEngine: 'wiredTiger',
        launchTimeout: LAUNCH_TIMEOUT_MS,
        args: [
          '--wiredTigerCacheSizeGB',
          '0.25',
          '--oplogSize',
          '512',
          '--nounixsocket',
          '--quiet',
          ...QUICK_STOP,
        ],
      },
      binary: { systemBinary: options.binary.path, version: options.binary.version },
      // A group of its own: Ctrl-C in a terminal is for us, and we end the server when we are done with it.
      spawn: { detached: true },
    });
    this.#onClosed = options.onClosed;
  }

  get pid(): number | undefined {
    return this.mongodProcess?.pid;
  }

  /** Why it did not start, in the server's own words; empty when it said nothing. */
  complaints(): string {
    const found = this.#lines.map(complaintIn).filter((text) => text !== undefined);
    const distinct = [...new Set(found.map((text) => text.replace(/\s+/g, ' ').trim()))];
    return distinct.slice(0, SHOWN_COMPLAINTS).join('; ');
  }

  override stdoutHandler(message: string | Buffer): void {
    if (this.isInstanceReady) return;
    const lines = (this.#rest + message.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.trim() !== '')) {
      if (this.#lines.push(line) > KEPT_LINES) this.#lines.shift();
      super.stdoutHandler(line);
    }
  }

  override stderrHandler(message: string | Buffer): void {
    if (!this.isInstanceReady) this.stdoutHandler(`${message.toString().trimEnd()}\n`);
  }

  /**
   * Ends the server by signal, which is a clean stop. The package's way for a replica set signs in to ask for the same;
   * of a server that is already gone it waits 5 s for an answer and prints a stack.
   */
  override stop(): Promise<boolean> {
    this.isReplSet = false;
    return super.stop();
  }

  override closeHandler(code: number | null, signal: string | null): void {
    super.closeHandler(code, signal);
    this.#onClosed(signal ?? `exit code ${code}`);
  }
}
