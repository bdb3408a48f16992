import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { BOT_TOKEN, type Rig, startSocketRig } from './local-slack-rig.ts';

const CHANNEL = 'C0PROJECTS';
let rig: Rig;
let sockets: WebSocket[];

beforeEach(async () => {
  sockets = [];
  rig = await startSocketRig({ deadlineMs: 500, eventRetriesMs: [0, 50, 50], pingMs: 50 });
});
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await rig.stop();
});

async function api(method: string, token: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${rig.slack.apiUrl}${method}`, { method: 'POST', headers });
  return (await response.json()) as Record<string, unknown>;
}

type Envelope = Record<string, unknown>;

/** A socket without Bolt, which keeps what it gets and acknowledges nothing by itself. */
async function bareSocket(): Promise<{ socket: WebSocket; got: Envelope[] }> {
  const { url } = await api('apps.connections.open', rig.slack.appToken);
  const socket = new WebSocket(String(url));
  sockets.push(socket);
  const got: Envelope[] = [];
  socket.on('message', (data) => got.push(JSON.parse(String(data)) as Envelope));
  await vi.waitFor(() => expect(got.length).toBeGreaterThan(0));
  return { socket, got };
}

const alex = () => rig.slack.as('U0ALEX');
const connected = () => vi.waitFor(() => expect(rig.slack.knobs.socketCount()).toBe(1), 10_000);

/** Ends Bolt's own socket, so that only bare ones are left. */
async function withoutBolt(): Promise<void> {
  await rig.app.stop();
  await vi.waitFor(() => expect(rig.slack.knobs.socketCount()).toBe(0));
}

describe('Socket Mode', () => {
  it('serves a command with the answer in the acknowledgement', async () => {
    rig.app.command('/cwsync', ({ ack, command }) => ack(`heard ${command.text}`));
    expect(await alex().command(CHANNEL, '/cwsync status')).toBe('answered');
    expect(alex().messages(CHANNEL)).toMatchObject([{ text: 'heard status', visibleTo: 'U0ALEX' }]);
  });

  it('opens only for the app’s own token, and an address works once', async () => {
    expect(await api('apps.connections.open', BOT_TOKEN)).toMatchObject({ error: 'not_allowed_token_type' });
    expect(await api('auth.test', rig.slack.appToken)).toMatchObject({ error: 'not_allowed_token_type' });
    expect(await api('apps.connections.open', 'xapp-other')).toMatchObject({ error: 'invalid_auth' });
    const { url } = await api('apps.connections.open', rig.slack.appToken);
    const open = () => {
      const socket = new WebSocket(String(url));
      sockets.push(socket);
      return new Promise((resolve) => {
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
      });
    };
    expect(await open()).toBe('open');
    expect(await open()).toContain('401');
  });

  it('greets, pings, and puts payloads into envelopes', async () => {
    await withoutBolt();
    const { socket, got } = await bareSocket();
    expect(got[0]).toMatchObject({
      type: 'hello',
      num_connections: 1,
      connection_info: { app_id: 'A0CWSYNC' },
      debug_info: { approximate_connection_time: 18_060 },
    });
    await new Promise((resolve) => socket.once('ping', resolve));
    socket.ping('x');
    await new Promise((resolve) => socket.once('pong', resolve));
    const typed = alex().command(CHANNEL, '/cwsync help');
    await vi.waitFor(() => expect(got[1]).toBeDefined());
    expect(got[1]).toMatchObject({
      type: 'slash_commands',
      accepts_response_payload: true,
      payload: { command: '/cwsync', text: 'help', team_id: 'T0DEMO' },
    });
    socket.send(JSON.stringify({ envelope_id: got[1]?.envelope_id, payload: { text: 'helped' } }));
    expect(await typed).toBe('answered');
    expect(alex().messages(CHANNEL)).toMatchObject([{ text: 'helped' }]);
  });

  it('repeats an event that is not acknowledged, and only an event', async () => {
    await withoutBolt();
    const { socket, got } = await bareSocket();
    expect(await alex().command(CHANNEL, '/cwsync help')).toBe('operation_timeout');
    await alex().sendDirect('hello');
    await vi.waitFor(() => expect(got).toHaveLength(4), 5000);
    socket.send(JSON.stringify({ envelope_id: got[3]?.envelope_id }));
    expect(got.map(({ type }) => type)).toEqual(['hello', 'slash_commands', 'events_api', 'events_api']);
    expect(got[2]).toMatchObject({ retry_attempt: 0, accepts_response_payload: false });
    expect(got[3]).toMatchObject({ retry_attempt: 1, retry_reason: 'timeout' });
    const ids = got.slice(2).map(({ payload }) => (payload as Envelope).event_id);
    expect(new Set(ids).size).toBe(1);
  });

  it('allows ten sockets', async () => {
    for (let count = 1; count < 10; count += 1) await bareSocket();
    expect(rig.slack.knobs.socketCount()).toBe(10);
    const { socket, got } = await bareSocket();
    expect(got).toMatchObject([{ type: 'disconnect', reason: 'too_many_websockets' }]);
    await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
    expect(rig.slack.knobs.socketCount()).toBe(10);
  });

  it.each(['warning', 'refresh_requested', 'link_disabled'] as const)(
    'says disconnect: %s',
    async (reason) => {
      await withoutBolt();
      const { socket, got } = await bareSocket();
      rig.slack.knobs.disconnectSockets(reason);
      await vi.waitFor(() => expect(got.at(-1)).toMatchObject({ type: 'disconnect', reason }));
      if (reason === 'warning') expect(socket.readyState).toBe(WebSocket.OPEN);
      else await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
    },
  );

  it('is opened anew by Bolt after a disconnect and after a broken line', async () => {
    rig.app.command('/cwsync', ({ ack }) => ack('here'));
    rig.slack.knobs.disconnectSockets('refresh_requested');
    await vi.waitFor(() => expect(rig.slack.knobs.socketCount()).toBe(0));
    await connected();
    expect(await alex().command(CHANNEL, '/cwsync one')).toBe('answered');
    rig.slack.knobs.dropSockets();
    await vi.waitFor(() => expect(rig.slack.knobs.socketCount()).toBe(0));
    expect(await alex().command(CHANNEL, '/cwsync two')).toBe('dispatch_failed');
    await connected();
    expect(await alex().command(CHANNEL, '/cwsync three')).toBe('answered');
  });

  it('turned off tells every socket so, new ones too', async () => {
    await withoutBolt();
    const { socket, got } = await bareSocket();
    rig.slack.knobs.setSocketMode(false);
    await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
    expect(got.at(-1)).toMatchObject({ type: 'disconnect', reason: 'link_disabled' });
    expect((await bareSocket()).got).toMatchObject([{ type: 'disconnect', reason: 'link_disabled' }]);
    rig.slack.knobs.setSocketMode(true);
    expect((await bareSocket()).got).toMatchObject([{ type: 'hello' }]);
  });

  it('can stall: the socket stays open and nothing comes', async () => {
    rig.app.command('/cwsync', ({ ack }) => ack('here'));
    rig.slack.knobs.stallSockets(true);
    expect(await alex().command(CHANNEL, '/cwsync one')).toBe('operation_timeout');
    rig.slack.knobs.stallSockets(false);
    expect(await alex().command(CHANNEL, '/cwsync two')).toBe('answered');
  });
});
