/** Socket Mode when the line is bad: sockets that end, stall, never greet, and a Slack that does not let us in. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, type Receiver } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { openSocket, type Socket } from '../../adapters/slack/socket.ts';
import { HandClock } from '../support/hand-clock.ts';
import { eventually } from '../support/product-rig.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';
import { type AdapterRig, projects, startAdapterRig } from '../support/slack-adapter-rig.ts';

const unhandled: unknown[] = [];
const keep = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', keep);
});
afterEach(() => {
  process.off('unhandledRejection', keep);
  expect(unhandled).toEqual([]);
});

describe('with the local Slack', () => {
  let rig: AdapterRig;
  beforeEach(async () => {
    rig = await startAdapterRig('socket');
  });
  afterEach(() => rig.stop());

  const ask = async (text: string): Promise<void> => {
    await eventually(async () => {
      const kind = await rig.local.as('U0ALEX').command(projects, `/cwsync ${text}`);
      if (kind !== 'answered') throw new Error(kind);
    });
    await eventually(() => expect(rig.requests.map((request) => request.text)).toContain(text));
  };
  const connected = (is: boolean) =>
    eventually(() => {
      if (rig.connection.health().connected !== is) throw new Error(JSON.stringify(rig.connection.health()));
    });

  it('health says how it stands', () => {
    expect(rig.connection.health()).toEqual({ way: 'socket', connected: true, missingScopes: [] });
  });

  it.each(['drop', 'refresh_requested', 'link_disabled'] as const)('comes back after: %s', async (what) => {
    await ask('before');
    if (what === 'drop') rig.local.knobs.dropSockets();
    else rig.local.knobs.disconnectSockets(what);
    await eventually(() => expect(rig.local.knobs.socketCount()).toBe(1));
    await ask('after');
    expect(rig.local.knobs.socketCount()).toBe(1);
    await connected(true);
  });

  it('comes back when Slack does not let it in for a while, and says why meanwhile', async () => {
    rig.local.knobs.setFaults({
      webApi: { kind: 'server-error', status: 503, methods: ['apps.connections.open'] },
    });
    rig.local.knobs.dropSockets();
    await eventually(() => {
      expect(rig.connection.health()).toMatchObject({ connected: false, lastError: expect.any(String) });
    });
    rig.local.knobs.setFaults({
      webApi: { kind: 'rate-limited', retryAfterSeconds: 1, times: 1, methods: ['apps.connections.open'] },
    });
    await ask('after');
    expect(rig.connection.health()).toEqual({ way: 'socket', connected: true, missingScopes: [] });
    expect(rig.logger.messages()).toContain('Slack cannot be reached by socket: trying again');
  });

  it('stops while it is shut out, and leaves no socket', async () => {
    rig.local.knobs.setFaults({ tokenError: 'invalid_auth' });
    rig.local.knobs.dropSockets();
    await eventually(() => expect(rig.connection.health()).toMatchObject({ lastError: 'invalid_auth' }));
    await rig.connection.stop();
    rig.local.knobs.setFaults({});
    expect(rig.local.knobs.socketCount()).toBe(0);
  });

  it('stops in the middle of an open socket that does not answer any more', async () => {
    rig.local.knobs.stallSockets(true);
    const startedMs = performance.now();
    await rig.connection.stop();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    rig.local.knobs.stallSockets(false);
    await connected(false);
  });
});

/** A Slack whose sockets do what a test says. */
class OddSlack {
  readonly #http: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ok: true, url: this.url.replace('http', 'ws') }));
  });
  readonly #sockets = new WebSocketServer({ noServer: true });
  upgrades = 0;
  /** Upgraded, or asked to be, and not closed. */
  open = 0;
  readonly taken: string[] = [];

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** @param messages sent on each socket, in order; `silence`: the upgrade is never answered */
  async start(messages: readonly string[] | 'silence'): Promise<void> {
    this.#http.on('upgrade', (request, socket, head) => {
      this.upgrades += 1;
      this.open += 1;
      socket.once('close', () => {
        this.open -= 1;
      });
      // Read, or its end is never seen.
      if (messages === 'silence')
        return void socket
          .on('error', () => {})
          .once('end', () => socket.end())
          .resume();
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        opened.on('message', (data) => this.taken.push(String(data)));
        for (const message of messages) opened.send(message);
      });
    });
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

describe('with an odd Slack', () => {
  let odd: OddSlack;
  let socket: Socket | undefined;
  let clock: HandClock;
  const logger = new RecordingLogger();
  beforeEach(() => {
    odd = new OddSlack();
    clock = new HandClock();
  });
  afterEach(async () => {
    let stopped = false;
    const stopping = socket?.stop().then(() => {
      stopped = true;
    });
    await eventually(async () => {
      await clock.advance(1_000);
      if (!stopped) throw new Error('does not stop');
    });
    await stopping;
    await eventually(() => expect(odd.open).toBe(0));
    await odd.stop();
  });

  function open(): Socket {
    const nobody: Receiver = { init() {}, start: async () => {}, stop: async () => {} };
    const app = new App({ receiver: nobody, authorize: async () => ({}), convoStore: false });
    socket = openSocket({
      app,
      appToken: 'xapp-1',
      apiUrl: `${odd.url}/api/`,
      clock,
      ids: countingIds(),
      logger,
    });
    return socket;
  }

  it('one that opens and never says hello is given up after 15 s', async () => {
    await odd.start([]);
    const opened = open();
    await eventually(() => expect(odd.upgrades).toBe(1));
    await clock.advance(15_000);
    await eventually(() => expect(opened.lastError()).toBe('no hello'));
    expect(opened.connected()).toBe(false);
    await eventually(async () => {
      await clock.advance(1_000);
      expect(odd.upgrades).toBeGreaterThan(1);
    });
  });

  it('one that never answers the upgrade is given up, too', async () => {
    await odd.start('silence');
    const opened = open();
    await eventually(() => expect(odd.upgrades).toBe(1));
    await clock.advance(15_000);
    await eventually(async () => {
      await clock.advance(1_000);
      expect(opened.lastError()).toBe('no hello');
    });
  });

  it('messages that are none of Slack’s end nothing', async () => {
    await odd.start([
      JSON.stringify({ type: 'hello' }),
      'null',
      '{',
      JSON.stringify({ type: 'events_api', envelope_id: 'e1' }),
      JSON.stringify({ type: 'events_api', envelope_id: 'e2', payload: { event: null } }),
      JSON.stringify({ type: 'interactive', envelope_id: 'e3', payload: null }),
    ]);
    const opened = open();
    await eventually(() => expect(opened.connected()).toBe(true));
    await eventually(() => expect(logger.messages()).toContain('a message of Slack could not be read'));
    expect(opened.connected()).toBe(true);
    expect(odd.upgrades).toBe(1);
  });
});
