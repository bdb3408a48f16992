/** How the simulator calls: by a virtual clock, to a listener that answers as the test says. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSignedWith } from '../../adapters/connectwise/callbacks/signature.ts';
import { startRig } from './connectwise-simulator-rig.ts';

const seconds = 1_000;
const hours = 3_600 * seconds;
const days = 24 * hours;

type Call = { readonly url: string; readonly signature: string; readonly text: string };
type Body = {
  readonly ID: number;
  readonly Action: string;
  readonly Entity: string | null;
  readonly MessageId: string;
};
const bodyOf = ({ text }: Call) => JSON.parse(text) as Body & { Metadata: { key_url: string } };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Answers with the next status said, then with 200; null is no answer at all. */
async function startListener() {
  const calls: Call[] = [];
  const answers: (number | null)[] = [];
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const signature = String(request.headers['x-content-signature'] ?? '');
    calls.push({ url: request.url ?? '', signature, text });
    const status = answers.length > 0 ? answers.shift() : 200;
    if (status !== null) response.writeHead(status ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    calls,
    answers,
    url: `http://127.0.0.1:${port}/hook?recordId=`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

let rig: Awaited<ReturnType<typeof startRig>>;
let listener: Awaited<ReturnType<typeof startListener>>;

beforeEach(async () => {
  rig = await startRig({ virtualClock: new Date('2026-03-02T09:30:15.678Z') });
  listener = await startListener();
});
afterEach(async () => {
  await rig.stop();
  await listener.stop();
});

const subscription = (more: object = {}) =>
  JSON.stringify({
    type: 'ticket',
    level: 'owner',
    objectId: 0,
    url: listener.url,
    description: 'mine',
    ...more,
  });
const subscribe = (more?: object) => rig.send('POST', '/system/callbacks', subscription(more));

function aTicket(at = 0) {
  const ticket = rig.world.stores.tickets.rows()[at];
  if (!ticket) throw new Error('no ticket');
  return ticket;
}
const edit = (summary: string, at = 0) => rig.world.editTicket('areyes', aTicket(at).id, { summary });
const outcomes = () => rig.callbacks.deliveries().map(({ attempt, outcome }) => [attempt, outcome]);
const untilDelivered = (count: number) => expect.poll(() => rig.callbacks.deliveries().length).toBe(count);
const advance = (ms: number) => rig.virtualClock?.advance(ms);
const entries = () => rig.callbacks.entries.rows();

describe('/system/callbacks', () => {
  test('keeps entries: the owner is 1, words as they came, who did it stands in it', async () => {
    const { status, json } = await subscribe({ type: 'Ticket' });
    const kept = {
      id: 1,
      type: 'Ticket',
      level: 'owner',
      objectId: 1,
      inactiveFlag: false,
      url: listener.url,
    };
    expect([status, json]).toMatchObject([201, kept]);
    expect((await rig.get('/system/callbacks?fields=id,url')).json).toEqual([{ id: 1, url: listener.url }]);
    expect((await rig.get('/system/callbacks/count')).json).toEqual({ count: 1 });
    expect((await rig.get('/system/callbacks?conditions=type="time"')).json).toEqual([]);
    expect((await rig.get('/system/callbacks', { clientId: '' })).status).toBe(401);
    const off = JSON.stringify([{ op: 'replace', path: '/inactiveFlag', value: true }]);
    expect((await rig.send('PATCH', '/system/callbacks/1', off)).json).toMatchObject({
      id: 1,
      inactiveFlag: true,
    });
    expect((await rig.send('DELETE', '/system/callbacks/1', '')).status).toBe(204);
    expect((await rig.get('/system/callbacks/1')).json).toEqual({
      code: 'NotFound',
      message: 'CallbackEntry 1 not found',
    });
  });

  test.each([
    ['one like it', {}, 'callbackEntry object is invalid', 'ObjectExists', 'objectId'],
    [
      'an address that cannot be called',
      { url: 'http://x.example/' },
      'callbackEntry object is invalid',
      'InvalidField',
      'url',
    ],
    ['no address', { url: undefined }, 'callbackEntry object is invalid', 'MissingRequiredField', 'url'],
    [
      'a level of another type',
      { level: 'territory' },
      'Unrecognized level for type, see',
      undefined,
      undefined,
    ],
    ['a type that there is not', { type: 'phase' }, 'Unrecognized level for type, see', undefined, undefined],
  ])('refuses %s', async (_name, more, words, code, field) => {
    await subscribe();
    const { status, json } = await subscribe(more);
    expect([status, json]).toMatchObject([400, { message: expect.stringContaining(words) }]);
    const [first] = (json as { errors: { code: string; field: string }[] | null }).errors ?? [];
    expect([first?.code, first?.field]).toEqual([code, field]);
    expect(entries().length).toBe(1);
  });
});

describe('a call', () => {
  test('is signed, names record and action in the address, and says who, what and where the key is', async () => {
    await subscribe();
    edit('Changed');
    await untilDelivered(1);
    const [call] = listener.calls;
    if (!call) throw new Error('no call');
    const { id, project } = aTicket();
    expect(call.url).toBe(`/hook?recordId=${id}&action=updated`);
    const body = bodyOf(call);
    expect(body).toMatchObject({
      Action: 'updated',
      ID: id,
      CompanyId: 'acme',
      MemberId: 'areyes',
      Type: 'ticket',
    });
    expect(JSON.parse(body.Entity ?? '')).toMatchObject({
      id,
      summary: 'Changed',
      project: { id: project.id },
    });
    const key = await (await fetch(body.Metadata.key_url)).text();
    expect(isSignedWith(JSON.parse(key).signing_key, Buffer.from(call.text), call.signature)).toBe(true);
    expect((await fetch(body.Metadata.key_url.replace(/id=.*/, 'id=x'))).status).toBe(404);
  });

  test('comes without entity where the record is gone, and by level', async () => {
    const { project } = aTicket();
    await subscribe();
    await subscribe({ level: 'project', objectId: project.id });
    await subscribe({ level: 'project', objectId: 999_999 });
    await subscribe({ level: 'ticket', objectId: aTicket().id });
    edit('Changed');
    await untilDelivered(3);
    rig.world.deleteTicket('areyes', aTicket().id);
    await untilDelivered(5);
    const gone = rig.callbacks.deliveries().filter(({ action }) => action === 'deleted');
    expect(gone.map(({ entryId }) => entryId).toSorted()).toEqual([1, 4]);
    expect(listener.calls.map(bodyOf).filter(({ Entity }) => Entity === null).length).toBe(2);
  });

  test('is not made of what asks for none: skipCallback on a ticket, and one’s own changes where one said so', async () => {
    await subscribe();
    await subscribe({ isSelfSuppressedFlag: true, level: 'ticket', objectId: aTicket().id });
    const patch = (...more: object[]) =>
      rig.send(
        'PATCH',
        `/project/tickets/${aTicket().id}`,
        JSON.stringify([{ op: 'replace', path: 'summary', value: `${more.length}` }, ...more]),
      );
    expect((await patch({ op: 'replace', path: 'skipCallback', value: true })).status).toBe(200);
    expect((await patch()).status).toBe(200);
    edit('By somebody else');
    await untilDelivered(3);
    expect(
      rig.callbacks
        .deliveries()
        .map(({ entryId }) => entryId)
        .toSorted(),
    ).toEqual([1, 1, 2]);
  });
});

describe('after a failure', () => {
  test.each([404, 409, 419, 429])('%s is tried again after 2 s and 4 s', async (status) => {
    await subscribe();
    listener.answers.push(status, status, status);
    edit('Changed');
    await untilDelivered(1);
    advance(2 * seconds - 1);
    advance(1);
    await untilDelivered(2);
    advance(4 * seconds);
    await untilDelivered(3);
    advance(60 * seconds);
    expect(outcomes()).toEqual([1, 2, 3].map((attempt) => [attempt, status]));
  });

  test.each([400, 401, 500, 503, 301])('%s is lost', async (status) => {
    await subscribe();
    listener.answers.push(status);
    edit('Changed');
    await untilDelivered(1);
    advance(60 * seconds);
    edit('Changed again');
    await untilDelivered(2);
    expect(outcomes()).toEqual([
      [1, status],
      [1, 200],
    ]);
  });

  test('no answer within 5 s is lost as well', async () => {
    await subscribe();
    listener.answers.push(null);
    edit('Changed');
    await expect.poll(() => listener.calls.length).toBe(1);
    advance(5 * seconds - 1);
    expect(outcomes()).toEqual([]);
    advance(1);
    await untilDelivered(1);
    expect(outcomes()).toEqual([[1, 'time-out']]);
  });

  test('three days without a success switch the entry off; one success starts the count anew', async () => {
    await subscribe();
    async function call(status: number) {
      const before = rig.callbacks.deliveries().length;
      listener.answers.push(status);
      edit(`Change ${before}`);
      await untilDelivered(before + 1);
    }
    await call(500);
    advance(3 * days - 1);
    await call(200);
    await call(500);
    advance(3 * days - 1);
    await call(500);
    expect(entries()[0]?.inactiveFlag).toBe(false);
    advance(1);
    await call(500);
    expect(entries()[0]).toMatchObject({
      inactiveFlag: true,
      _info: { lastUpdated: '2026-03-08T09:30:15Z' },
    });
    edit('Nobody hears of it');
    const on = JSON.stringify([{ op: 'replace', path: 'inactiveFlag', value: false }]);
    await rig.send('PATCH', '/system/callbacks/1', on);
    await call(500);
    expect(entries()[0]?.inactiveFlag).toBe(false);
    expect(listener.calls.length).toBe(6);
  });
});

describe('the knobs', () => {
  const set = (knobs: object) => rig.control('PUT', '/callbacks/knobs', knobs);
  const summaries = () => listener.calls.map((call) => JSON.parse(bodyOf(call).Entity ?? '{}').summary);

  test('drop and duplicate, so many at the next', async () => {
    await subscribe();
    await set({ drop: { next: 1 }, duplicate: { next: 1 } });
    for (const summary of ['dropped', 'twice', 'once']) edit(summary);
    await untilDelivered(4);
    expect(summaries().toSorted()).toEqual(['once', 'twice', 'twice']);
    const ids = listener.calls.map((call) => bodyOf(call).MessageId);
    expect(new Set(ids).size).toBe(2);
    expect((await rig.control('GET', '/callbacks')).json).toMatchObject({
      knobs: { drop: { next: 0 }, duplicate: { next: 0 } },
    });
  });

  test('reorder: the next one overtakes, and where none comes it goes by itself', async () => {
    await subscribe();
    await set({ reorder: { next: 1 } });
    edit('first');
    expect(listener.calls).toEqual([]);
    edit('second');
    await untilDelivered(2);
    expect(summaries()).toEqual(['second', 'first']);
    await set({ reorder: { next: 1 } });
    edit('alone');
    advance(1 * seconds);
    await untilDelivered(3);
  });

  test('delay, and chances that are the same for the same seed', async () => {
    await subscribe();
    await set({ delayMs: 3 * seconds, seed: 5, drop: { chance: 0.5 } });
    const run = async () => {
      const before = rig.callbacks.deliveries().length;
      for (let at = 0; at < 12; at++) edit(`Change ${before}`, at);
      const dropped = rig.callbacks.deliveries().slice(before);
      advance(3 * seconds);
      await untilDelivered(before + 12);
      return dropped.map(({ recordId }) => recordId);
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(1);
    expect(first.length).toBeLessThan(12);
    await set({ delayMs: 3 * seconds, seed: 5, drop: { chance: 0.5 } });
    expect(await run()).toEqual(first);
  });
});
