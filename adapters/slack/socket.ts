/**
 * Socket Mode, supervised: one session after the other, each with a receiver of its own.
 *
 * The library's own way of coming back is switched off. It calls `start()` from a timer whose promise nobody holds,
 * so that a refused `apps.connections.open` ends the process as an unhandled rejection, unless it may ask a hundred
 * times; it also writes that number into options that are shared with others. And a socket that opens and never says
 * hello keeps it waiting for good.
 */
import { type App, SocketModeReceiver } from '@slack/bolt';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { oneTry } from './api.ts';
import { backOffMs } from './back-off.ts';
import { refusesToken, slackErrorOf } from './errors.ts';
import { quietLogger } from './log.ts';

export type SocketOptions = {
  readonly app: App;
  readonly appToken: string;
  readonly apiUrl?: string;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'random'>;
  readonly logger: Logger;
};

export type Socket = {
  /** Whether Slack said hello and has not gone since. */
  connected(): boolean;
  /** Why the last try failed; undefined after one that did not. */
  lastError(): string | undefined;
  /** Never rejects. */
  stop(): Promise<void>;
};

/** From the first request to Slack's hello, in milliseconds. */
const helloWithinMs = 15_000;
/** The library waits half a minute for the other side to say goodbye. */
const goodbyeWithinMs = 1_000;
/** A session that lasted so long ended in the ordinary way: Slack renews each after some hours. */
const steadyAfterMs = 10_000;
/** A token that is refused is not accepted a second later. */
const refusedEveryMs = 60_000;

export function openSocket(options: SocketOptions): Socket {
  const { clock, ids, logger } = options;
  const stopping = new AbortController();
  let connected = false;
  let failure: string | undefined;

  async function supervise(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedMs = clock.monotonicMs();
      const ended = await session(options, stopping.signal, () => {
        connected = true;
        failure = undefined;
      });
      const steady = connected && clock.monotonicMs() - startedMs >= steadyAfterMs;
      connected = false;
      if (stopping.signal.aborted) return;
      failures = steady ? 0 : failures + 1;
      if (ended.error !== undefined) tell(ended.error);
      const pause = steady ? 0 : Math.max(pauseMs(failures), ended.retryAfterMs ?? 0);
      await clock.sleep(pause, stopping.signal).catch(() => {});
    }
  }

  function tell(reason: string): void {
    if (reason !== failure) logger.warn({ reason }, 'Slack cannot be reached by socket: trying again');
    failure = reason;
  }

  function pauseMs(failures: number): number {
    return failure !== undefined && refusesToken(failure)
      ? refusedEveryMs
      : backOffMs(failures, ids.random());
  }

  const ended = supervise();
  return {
    connected: () => connected,
    lastError: () => failure,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

type Ended = { readonly error?: string; readonly retryAfterMs?: number };

/** From opening to the end of one socket. Never rejects. */
async function session(options: SocketOptions, stop: AbortSignal, onHello: () => void): Promise<Ended> {
  const receiver = receiverFor(options);
  const { client } = receiver;
  const over = new AbortController();
  // The library opens its socket also when it was closed while it still asked for the address.
  client.on('authenticated', () => over.signal.throwIfAborted());
  const gone = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
  try {
    const stopped = aborted(stop, over.signal);
    const started = await inTime(options.clock, stopped, receiver.start());
    if (!started) return { error: 'no hello' };
    onHello();
    await Promise.race([gone, stopped]);
    return {};
  } catch (error) {
    // A socket that closes before its hello rejects with nothing.
    const { reason, retryAfterMs } = error ? slackErrorOf(error) : { reason: 'closed before its hello' };
    return { error: reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } finally {
    over.abort();
    await close(client, options.clock);
  }
}

type Client = SocketModeReceiver['client'];

function receiverFor({ app, appToken, apiUrl, logger }: SocketOptions): SocketModeReceiver {
  const receiver = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    logger: quietLogger(logger),
    installerOptions: { clientOptions: oneTry(apiUrl) },
    // What is thrown here would have nobody to catch it; our guard acknowledges what was not.
    processEventErrorHandler: async () => false,
  });
  receiver.init(app);
  tolerateOddMessages(receiver.client, logger);
  return receiver;
}

/** The library reads a message in a promise that nobody holds: one that is not as expected would end the process. */
function tolerateOddMessages(client: Client, logger: Logger): void {
  const readers = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (...message: unknown[]) => {
    for (const read of readers) {
      Promise.resolve(read(...message)).catch((error: unknown) => {
        logger.warn({ err: error }, 'a message of Slack could not be read');
      });
    }
  });
}

/** False where it takes too long, or is not wanted any more. */
async function inTime(clock: Clock, stopped: Promise<void>, starting: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  // Whichever loses must not be an unhandled rejection later.
  const started = starting.then(() => true);
  started.catch(() => {});
  const late = clock.sleep(helloWithinMs, over.signal).catch(() => {});
  try {
    return await Promise.race([started, Promise.race([late, stopped]).then(() => false)]);
  } finally {
    over.abort();
  }
}

function aborted(signal: AbortSignal, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: until });
  });
}

/** Says goodbye; to whoever does not answer, none is waited for. */
async function close(client: Client, clock: Clock): Promise<void> {
  const over = new AbortController();
  const closed = client.disconnect().catch(() => {});
  await Promise.race([closed, clock.sleep(goodbyeWithinMs, over.signal).catch(() => {})]);
  over.abort();
  // The second time it is closed at once; where it is closed already nothing happens.
  client.disconnect().catch(() => {});
}
