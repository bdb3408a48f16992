import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Delivery, DeliveryKind, DeliveryResult, Retry } from './delivery.ts';
import { APP_ID } from './directory.ts';
import { isObject, parseJsonObject } from './json-object.ts';

/** Slack allows an app so many sockets at a time. */
const MOST_SOCKETS = 10;
/** How long Slack leaves a socket open after the warning that it will be closed. */
const WARNING_MS = 10_000;
const GOODBYE_MS = 300;

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled';

type SocketHubOptions = {
  /** Whether Socket Mode is on: otherwise every socket is told so and closed. */
  readonly isEnabled: boolean;
  /** How long the app has for its acknowledgement, in ms. */
  readonly deadlineMs: number;
  /** Time between two pings on a socket, in ms. */
  readonly pingMs: number;
};

type Waiting = { readonly socket: WebSocket; readonly settle: (result: DeliveryResult) => void };

/** Socket Mode: the app's open sockets, and the envelopes that wait for an acknowledgement. */
export class SocketHub implements Delivery {
  readonly #options: SocketHubOptions;
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #tickets = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  #sockets: WebSocket[] = [];
  #timers = new Set<NodeJS.Timeout>();
  #isEnabled: boolean;
  #isStalled = false;
  #turn = 0;

  constructor(options: SocketHubOptions) {
    this.#options = options;
    this.#isEnabled = options.isEnabled;
  }

  /** Takes the WebSocket upgrades of this server on addresses that `newAddress` made. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const ticket = new URL(request.url ?? '/', 'http://local').searchParams.get('ticket') ?? '';
      if (!this.#tickets.delete(ticket)) {
        socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened));
    });
  }

  /** An address for one connection, as apps.connections.open hands it out. */
  newAddress(root: string): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `${root.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${APP_ID}`;
  }

  /** Open sockets now. */
  get size(): number {
    return this.#sockets.length;
  }

  deliver(kind: DeliveryKind, payload: Record<string, unknown>, retry?: Retry): Promise<DeliveryResult> {
    const socket = this.#next();
    if (!socket) return Promise.resolve({ kind: 'dispatch_failed' });
    const envelope = {
      envelope_id: randomUUID(),
      type: kind,
      accepts_response_payload: kind !== 'events_api',
      payload,
      ...(kind === 'events_api' && { retry_attempt: retry?.num ?? 0, retry_reason: retry?.reason ?? '' }),
    };
    return new Promise((resolve) => {
      const settle = (result: DeliveryResult) => {
        clearTimeout(timer);
        this.#waiting.delete(envelope.envelope_id);
        resolve(result);
      };
      const timer = setTimeout(() => settle({ kind: 'operation_timeout' }), this.#options.deadlineMs);
      this.#waiting.set(envelope.envelope_id, { socket, settle });
      if (!this.#isStalled) socket.send(JSON.stringify(envelope));
    });
  }

  /** Tells the app to connect anew; the socket is closed at once, or 10 s after a warning. */
  disconnect(reason: DisconnectReason): void {
    for (const socket of this.#sockets) {
      sendDisconnect(socket, reason);
      if (reason === 'warning') this.#later(() => socket.close(1000), WARNING_MS);
      else socket.close(1000);
    }
  }

  enable(isEnabled: boolean): void {
    this.#isEnabled = isEnabled;
    if (!isEnabled) this.disconnect('link_disabled');
  }

  /** Breaks every socket without a word, as a lost network does. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** True: the sockets stay open, but nothing comes through any more, pings and pongs included. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
  }

  /** Says goodbye on every socket, and breaks those that do not answer it soon. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = this.#sockets.map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    for (const socket of this.#sockets) socket.close(1001);
    const impatience = setTimeout(() => this.drop(), GOODBYE_MS);
    await Promise.all(closed);
    clearTimeout(impatience);
    this.#server.close();
  }

  #next(): WebSocket | undefined {
    const open = this.#sockets.filter((socket) => socket.readyState === WebSocket.OPEN);
    this.#turn += 1;
    return open[this.#turn % Math.max(open.length, 1)];
  }

  #welcome(socket: WebSocket): void {
    // A broken socket closes by itself after this.
    socket.on('error', () => {});
    const isFull = this.#sockets.length >= MOST_SOCKETS;
    if (isFull || !this.#isEnabled) {
      sendDisconnect(socket, isFull ? 'too_many_websockets' : 'link_disabled');
      socket.close(1000);
      return;
    }
    this.#sockets.push(socket);
    const pings = setInterval(() => this.#isStalled || socket.ping('Ping from Slack'), this.#options.pingMs);
    socket.on('ping', (data) => this.#isStalled || socket.pong(data));
    socket.on('message', (data) => this.#take(data));
    socket.on('close', () => {
      clearInterval(pings);
      this.#forget(socket);
    });
    const hello = {
      type: 'hello',
      num_connections: this.#sockets.length,
      debug_info: { ...debugInfo(), build_number: 1, approximate_connection_time: 18_060 },
      connection_info: { app_id: APP_ID },
    };
    socket.send(JSON.stringify(hello));
  }

  #take(data: RawData): void {
    const message = parseJsonObject(String(data));
    const waiting = this.#waiting.get(String(message?.envelope_id));
    if (!message || !waiting) return;
    const { payload } = message;
    const isEmpty = !isObject(payload) || Object.keys(payload).length === 0;
    waiting.settle({ kind: 'answered', body: isEmpty ? '' : JSON.stringify(payload), isJson: true });
  }

  #forget(socket: WebSocket): void {
    this.#sockets = this.#sockets.filter((other) => other !== socket);
    for (const { socket: used, settle } of [...this.#waiting.values()]) {
      if (used === socket) settle({ kind: 'dispatch_failed' });
    }
  }

  #later(run: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}

function sendDisconnect(socket: WebSocket, reason: DisconnectReason | 'too_many_websockets'): void {
  socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: debugInfo() }));
}

function debugInfo(): Record<string, string> {
  return { host: `applink-local-${randomBytes(3).toString('hex')}` };
}
