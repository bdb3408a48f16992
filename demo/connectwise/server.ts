import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { API_VERSION, answerApi, answerCompanyInfo, type Credentials } from './api/answer.ts';
import { type Reply, tooManyRequests, urlTooLong } from './api/errors.ts';
import type { Entity, WithheldWrite } from './api/kinds.ts';
import type { Callbacks } from './callbacks/callbacks.ts';
import { answerControl } from './control/control-api.ts';
import {
  bentReply,
  type FaultInput,
  type FaultSpec,
  faultSchema,
  preventsWork,
  replacingReply,
} from './control/faults.ts';
import { createState, type SimulatorState, strike } from './control/simulator-state.ts';
import { VirtualClock } from './control/virtual-clock.ts';
import { type LifeSettings, LifeSwitch } from './life/life.ts';
import { answerPage, isPagePath } from './page/pages.ts';
import { DEFAULT_SWITCHES, type Switches, worldRules } from './switches.ts';
import { createWorld } from './world/create-world.ts';
import { loadWorld, StateFile } from './world/state-file.ts';
import type { World } from './world/world.ts';
import type { WorldSize } from './world/world-options.ts';
import type { Notice } from './write/write-kind.ts';

export type ConnectWiseOptions = {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** A world that was made already, or what to make one of. */
  readonly world: World | WorldSize;
  /** Where the world outlives the process. A file that is there wins over `world`. */
  readonly stateFile?: string;
  readonly companyId?: string;
  readonly publicKey?: string;
  readonly privateKey?: string;
  readonly clientId?: string;
  /** Stamps changes, dates a new world, and sets the Date header. */
  readonly clock?: () => Date;
  /**
   * In place of `clock`: one that starts at the present (or there) and stands still until it is moved, by
   * `RunningConnectWise.virtualClock` or `PUT /_control/clock`. The rate limit goes by it too.
   */
  readonly virtualClock?: boolean | Date;
  /** People work in the tenant by themselves from the start; `/_control/life` turns it on and off as well. */
  readonly life?: LifeSettings;
  /** Faults that are set from the start. */
  readonly faults?: readonly FaultInput[];
  /** Rights that the API member lacks from the start. */
  readonly withheld?: readonly Entity[];
  /** The same for writing: `tickets:edit`. */
  readonly withheldWrites?: readonly WithheldWrite[];
  /** Added to every answer of the API, in milliseconds. */
  readonly latencyMs?: number;
  readonly switches?: Partial<Switches>;
  /** Told when the state file could not be written; without it the process is warned. */
  readonly onError?: (error: unknown) => void;
};

export type RunningConnectWise = {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly world: World;
  readonly credentials: Credentials;
  readonly virtualClock: VirtualClock | null;
  readonly life: LifeSwitch;
  readonly callbacks: Callbacks;
  /** Saves, if there is a state file, and ends all connections. */
  stop(): Promise<void>;
};

/** Values for demo and tests only: nothing real answers to them. */
export const DEMO_CREDENTIALS: Credentials = {
  companyId: 'acme',
  publicKey: 'demo-public',
  privateKey: 'demo-private',
  clientId: '00000000-0000-4000-8000-000000000001',
};

const MAXIMUM_BODY_BYTES = 1_048_576;
/** Room for an address that is over the limit of 414: Node's own limit would answer 431 first. */
const MAXIMUM_HEADER_BYTES = 262_144;
const RATE_LIMIT_RETRY_AFTER = 30;
const BODY_KEPT = 20_000;
const NO_ANSWER: Reply = { status: 500, headers: {}, body: '' };

type Running = {
  readonly state: SimulatorState;
  readonly clock: () => Date;
  /** Ends the waits of slow answers when the server stops. */
  readonly stopping: AbortSignal;
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAXIMUM_BODY_BYTES) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, reply: Reply): void {
  const body = Buffer.from(reply.body);
  const length = reply.status === 204 ? {} : { 'Content-Length': body.length };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.end(body);
}

/** Cuts the connection: at once, or when half of the answer is on its way. */
function cut(response: ServerResponse, reply: Reply, half: boolean): void {
  if (!half) {
    response.socket?.destroy();
    return;
  }
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': body.length + 1 });
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await wait(ms, undefined, { signal: stopping }).catch(() => undefined);
}

function realReply(state: SimulatorState, request: IncomingMessage, url: URL, body: string): Reply {
  const { rateLimit, switches, world, credentials, withheld, withheldWrites, codebase, firstCodebase } =
    state;
  const { callbacks } = state;
  if ((request.url ?? '').length > switches.maximumUrlLength) return urlTooLong(switches);
  if (!rateLimit.take(state.monotonic())) return tooManyRequests(RATE_LIMIT_RETRY_AFTER);
  const onNotice = (notice: Notice) => state.notifications.add(notice, world.clock());
  const tenant = {
    world,
    credentials,
    switches,
    withheld,
    withheldWrites,
    onNotice,
    callbackEntries: callbacks.entries,
    codebase,
    firstCodebase,
  };
  const companyInfo = /^\/login\/companyinfo\/([^/]+)$/.exec(url.pathname);
  if (companyInfo?.[1] && request.method === 'GET') {
    return answerCompanyInfo(tenant, decodeURIComponent(companyInfo[1]));
  }
  if (/^\/[^/]+\/+system\/callbackkey\/index\.rails$/.test(url.pathname) && request.method === 'GET') {
    return callbacks.keys.answer(url.searchParams.get('id') ?? '');
  }
  return answerApi(tenant, { method: request.method ?? 'GET', url, headers: request.headers, body });
}

function faultyReply(fault: FaultSpec | null, running: Running, url: URL, real: () => Reply): Reply {
  if (!fault) return real();
  strike(running.state, fault);
  const { switches } = running.state;
  // Nobody gets the answer of a connection that is cut before the work.
  if (preventsWork(fault)) return replacingReply(fault, switches) ?? NO_ANSWER;
  const reply = real();
  return replacingReply(fault, switches) ?? bentReply(fault, reply, url);
}

async function serveApi(
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { state, clock, stopping } = running;
  const method = request.method ?? 'GET';
  const at = clock();
  const started = performance.now();
  const body = await readBody(request);
  const fault = state.faults.take(method, request.url ?? '');
  const delay = fault?.delayMs ?? 0;
  await pause(state.latencyMs + (fault?.when === 'after' ? 0 : delay), stopping);
  const reply = faultyReply(fault, running, url, () => realReply(state, request, url, body));
  if (fault?.when === 'after') await pause(delay, stopping);
  const date = new Date(clock().getTime() + state.switches.clockSkewSeconds * 1_000).toUTCString();
  const headers = { 'api-current-version': API_VERSION, Date: date, ...reply.headers };
  if (fault?.kind === 'reset') cut(response, { ...reply, headers }, fault.half ?? false);
  else send(response, { ...reply, headers });
  state.requests.add({
    method,
    path: url.pathname,
    query: url.search,
    status: fault?.kind === 'reset' ? 0 : reply.status,
    at: at.toISOString(),
    ms: Math.round(performance.now() - started),
    ...(body === '' ? {} : { body: body.slice(0, BODY_KEPT) }),
  });
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address ?? '');
}

const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether the control API may be used: from this machine, and not by a page of some other site. */
function mayControl(request: IncomingMessage, url: URL): boolean {
  const { origin } = request.headers;
  const ours = origin === undefined || origin === url.origin;
  return isLoopback(request.socket.remoteAddress) && LOOPBACK_NAMES.includes(url.hostname) && ours;
}

async function serveControl(
  state: SimulatorState,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (!mayControl(request, url)) {
    send(response, { status: 403, headers: {}, body: '{"error":"only from this machine and this page"}' });
    return;
  }
  const body = await readBody(request);
  send(response, answerControl(state, { method: request.method ?? 'GET', url, body }));
}

/** The whole address of a request, or null when it is not one, or cannot be decoded. */
function addressOf(request: IncomingMessage): URL | null {
  try {
    const url = new URL(`http://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`);
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return null;
  }
}

async function serve(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = addressOf(request);
  if (!url) return send(response, { status: 400, headers: {}, body: 'the address cannot be read' });
  response.sendDate = false;
  if (url.pathname.startsWith('/_control/')) return serveControl(running.state, request, response, url);
  if (isPagePath(url.pathname)) return send(response, await answerPage(running.state, url));
  return serveApi(running, request, response, url);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function openWorld(options: ConnectWiseOptions, clock: () => Date): Promise<World> {
  const saved = options.stateFile === undefined ? null : await loadWorld(options.stateFile, clock);
  if (saved) return saved;
  if (!('stores' in options.world)) return createWorld({ ...options.world, now: clock(), clock });
  options.world.clock = clock;
  return options.world;
}

function virtualClockOf({ virtualClock }: ConnectWiseOptions): VirtualClock | null {
  if (!virtualClock) return null;
  return new VirtualClock(virtualClock === true ? new Date() : virtualClock);
}

function credentialsOf(options: ConnectWiseOptions): Credentials {
  return {
    companyId: options.companyId ?? DEMO_CREDENTIALS.companyId,
    publicKey: options.publicKey ?? DEMO_CREDENTIALS.publicKey,
    privateKey: options.privateKey ?? DEMO_CREDENTIALS.privateKey,
    clientId: options.clientId ?? DEMO_CREDENTIALS.clientId,
  };
}

/**
 * Starts a ConnectWise of our own: the API with its keys, the page, and the control API under `/_control`.
 * Rejects when the port is taken (code EADDRINUSE) or the state file cannot be read.
 */
export async function startConnectWise(options: ConnectWiseOptions): Promise<RunningConnectWise> {
  const virtualClock = virtualClockOf(options);
  const clock = virtualClock ? () => virtualClock.now() : (options.clock ?? (() => new Date()));
  const onError = options.onError ?? ((error: unknown) => process.emitWarning(String(error)));
  const world = await openWorld(options, clock);
  const credentials = credentialsOf(options);
  const switches = { ...DEFAULT_SWITCHES, ...options.switches };
  world.applyRules(worldRules(switches));
  const state = createState({
    world,
    credentials,
    switches,
    latencyMs: options.latencyMs ?? 0,
    monotonic: virtualClock ? () => virtualClock.now().getTime() : () => performance.now(),
    virtualClock,
    life: new LifeSwitch(world, onError),
  });
  for (const fault of options.faults ?? []) state.faults.set(faultSchema.parse(fault));
  for (const entity of options.withheld ?? []) state.withheld.add(entity);
  for (const right of options.withheldWrites ?? []) state.withheldWrites.add(right);
  const stopper = new AbortController();
  const running: Running = { state, clock, stopping: stopper.signal };
  const server = createServer({ maxHeaderSize: MAXIMUM_HEADER_BYTES }, (request, response) => {
    serve(running, request, response).catch((error: unknown) => {
      onError(error);
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, headers: {}, body: '' });
    });
  });
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, options.port ?? 0, host);
  state.callbacks.origin = `http://${host}:${port}`;
  const stateFile = options.stateFile === undefined ? null : new StateFile(options.stateFile, world, onError);
  await stateFile?.save();
  if (options.life) state.life.turnOn(options.life);
  return {
    url: `http://${host}:${port}`,
    port,
    world,
    credentials,
    virtualClock,
    life: state.life,
    callbacks: state.callbacks,
    stop: async () => {
      stopper.abort();
      state.callbacks.stop();
      state.life.turnOff();
      await close(server);
      await stateFile?.close();
    },
  };
}
