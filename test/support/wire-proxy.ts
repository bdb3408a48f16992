/**
 * Stands between a process and its MongoDB server, and knows what passes: so that a test can end either of them
 * directly before a command reaches the server, or when it is done and its answer is still on the way.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BSON, type Document } from 'mongodb';

/** A command on its way: its name, the collection that it is about, and all that it carries. */
export type Passing = {
  readonly name: string;
  readonly collection: string;
  readonly body: Document;
};
export type Moment = 'before' | 'after';
/**
 * Told of each command. What it answers with `cut` goes no further: both ends see a broken connection. Where it
 * answers with a promise before, the command reaches the server once that is fulfilled.
 */
export type Watcher = (moment: Moment, passing: Passing) => 'cut' | Promise<void> | undefined;

const opMsg = 2013;
const headerBytes = 16;

type Message = {
  readonly bytes: Buffer;
  readonly id: number;
  readonly answers: number;
  readonly opCode: number;
};

/** Whole messages out of pieces as they come. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);

  add(piece: Buffer): readonly Message[] {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const whole: Message[] = [];
    while (this.#rest.length >= headerBytes) {
      const length = this.#rest.readInt32LE(0);
      if (this.#rest.length < length) break;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      const [id, answers, opCode] = [bytes.readInt32LE(4), bytes.readInt32LE(8), bytes.readInt32LE(12)];
      whole.push({ bytes, id, answers, opCode });
    }
    return whole;
  }
}

/** The body of OP_MSG, with its sequences of documents by their names. */
function passingOf({ bytes, opCode }: Message): Passing | undefined {
  if (opCode !== opMsg) return undefined;
  const body: Document = {};
  for (let at = headerBytes + 4; at < bytes.length; ) {
    const kind = bytes[at];
    at += 1;
    if (kind === undefined || kind > 1) break;
    const size = bytes.readInt32LE(at);
    if (at + size > bytes.length) break;
    if (kind === 0) Object.assign(body, BSON.deserialize(bytes.subarray(at, at + size)));
    else Object.assign(body, sequenceOf(bytes.subarray(at + 4, at + size)));
    at += size;
  }
  const [name = ''] = Object.keys(body);
  return { name, collection: typeof body[name] === 'string' ? body[name] : '', body };
}

function sequenceOf(bytes: Buffer): Document {
  const end = bytes.indexOf(0);
  const documents: Document[] = [];
  for (let at = end + 1; at < bytes.length; ) {
    const size = bytes.readInt32LE(at);
    documents.push(BSON.deserialize(bytes.subarray(at, at + size)));
    at += size;
  }
  return { [bytes.subarray(0, end).toString()]: documents };
}

export class WireProxy {
  readonly #to: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Looks at what passes while it is there. */
  watcher: Watcher | undefined;
  /** Added to every answer of the server, in milliseconds. */
  slowMs = 0;

  private constructor(to: number) {
    this.#to = to;
    this.#server = createServer((client) => this.#join(client));
  }

  /** @param to the port of the server, on this machine */
  static async start(to: number): Promise<WireProxy> {
    const proxy = new WireProxy(to);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The address of the same database through here; the driver must not look for the server itself. */
  through(uri: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${uri.replace(/@[^/]+\//u, `@127.0.0.1:${port}/`).replace(/replicaSet=\w+/u, 'directConnection=true')}`;
  }

  #join(client: Socket): void {
    const server = dial(this.#to, '127.0.0.1');
    const asked = new Map<number, Passing>();
    const ends = [client, server];
    const cut = () => {
      for (const end of ends) end.destroy();
    };
    for (const end of ends) {
      this.#sockets.add(end);
      end.setNoDelay(true);
      end.on('error', cut);
      end.on('close', () => {
        this.#sockets.delete(end);
        cut();
      });
    }
    const [there, back] = [new Messages(), new Messages()];
    client.on('data', (piece: Buffer) => {
      for (const message of there.add(piece)) {
        const passing = this.watcher && passingOf(message);
        const verdict = passing && this.watcher?.('before', passing);
        if (verdict === 'cut') return cut();
        if (passing) asked.set(message.id, passing);
        if (verdict) void verdict.then(() => server.write(message.bytes));
        else server.write(message.bytes);
      }
    });
    let last = Promise.resolve();
    server.on('data', (piece: Buffer) => {
      for (const message of back.add(piece)) {
        const passing = asked.get(message.answers);
        asked.delete(message.answers);
        if (passing && this.watcher?.('after', passing) === 'cut') return cut();
        const { slowMs } = this;
        if (slowMs > 0) last = last.then(() => delay(slowMs, undefined, { ref: false }));
        last = last.then(() => void (client.writable && client.write(message.bytes)));
      }
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
