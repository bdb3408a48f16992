/** Callbacks over real HTTP: the receiver on the shared server, with the simulator as the ConnectWise that signs. */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  answerWithinMs,
  callbackPath,
  maxCallbackBytes,
  maxInHand,
  mountCallbacks,
} from '../../adapters/connectwise/callbacks/receiver.ts';
import { fetchesPerMinute, keyTimings } from '../../adapters/connectwise/callbacks/signing-keys.ts';
import { callbackUrl, connectWiseSubscriptions } from '../../adapters/connectwise/callbacks/subscriptions.ts';
import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { defaultBudget, LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { createHttpServer } from '../../adapters/http/server.ts';
import { callbackKeeper } from '../../src/app/sync/callbacks-keeper.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';
import { type Callback, callbackTypes } from '../../src/ports/callbacks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { type Rig, startRig } from './connectwise-simulator-rig.ts';

let simulator: Rig;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeEach(async () => {
  simulator = await startRig();
  receiver = await startReceiver(simulator.url);
});
afterEach(async () => {
  await receiver.stop();
  await simulator.stop();
});

async function startReceiver(connectWiseUrl: string) {
  const clock = new HandClock();
  const logger = new RecordingLogger();
  const taken: Callback[] = [];
  const state = { answer: async (): Promise<'stored' | 'busy'> => 'stored' };
  const door = {
    async take(callback: Callback) {
      taken.push(callback);
      return await state.answer();
    },
  };
  const http = createHttpServer(async () => ({ database: true, worker: true, chat: true }), { logger });
  mountCallbacks(http.app, {
    connectWise: { url: connectWiseUrl, companyId: 'Acme' },
    door,
    clock,
    logger,
    redact: (text) => text,
  });
  const port = await http.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  return {
    clock,
    logger,
    taken,
    state,
    url,
    post: (body: string | Buffer, headers: Record<string, string> = {}, query = '') =>
      fetch(`${url}${callbackPath}${query}`, { method: 'POST', body, headers }).then(({ status }) => status),
    stop: () => http.close(),
  };
}

type Message = { readonly [field: string]: unknown };

function message(more: Message = {}): Message {
  return {
    Action: 'updated',
    CallbackObjectRecId: 1,
    CompanyId: 'acme',
    Entity: JSON.stringify({ id: 5, project: { id: 3 } }),
    ID: 5,
    MessageId: 'm-1',
    Metadata: { key_url: simulator.callbacks.keyUrl() },
    Type: 'ticket',
    ...more,
  };
}

/** As ConnectWise sends it: signed with the simulator's key, whatever it says. */
function signed(said: Message): Promise<number> {
  const body = JSON.stringify(said);
  return receiver.post(body, { 'x-content-signature': simulator.callbacks.keys.sign(body) });
}

const keyRequests = async () =>
  ((await simulator.control('GET', '/requests')).json as { path: string }[]).filter(({ path }) =>
    path.endsWith('index.rails'),
  ).length;

describe('what is taken', () => {
  test('a signed callback is read, stored, and answered', async () => {
    expect(await signed(message())).toBe(204);
    const ids = { recordId: 5, projectId: 3, ticketId: 5, foreign: false, messageId: 'm-1' };
    expect(receiver.taken).toEqual([{ type: 'ticket', action: 'updated', ...ids }]);
  });

  test('made again it is taken again: it does no harm, and may be one that came twice', async () => {
    const body = JSON.stringify(message());
    const headers = { 'x-content-signature': simulator.callbacks.keys.sign(body) };
    expect([await receiver.post(body, headers), await receiver.post(body, headers)]).toEqual([204, 204]);
    expect(receiver.taken.length).toBe(2);
  });

  test('parameters of the address, which nobody signed, count for nothing; nor does the content type', async () => {
    const body = JSON.stringify(message());
    const signature = {
      'x-content-signature': simulator.callbacks.keys.sign(body),
      'content-type': 'text/plain',
    };
    expect(await receiver.post(body, signature, '?recordId=999&action=deleted')).toBe(204);
    expect(receiver.taken[0]).toMatchObject({ recordId: 5, action: 'updated' });
  });

  const foreign = { projectId: null, ticketId: null, foreign: true };
  const unknown = { projectId: null, ticketId: null, foreign: false };
  test.each([
    ['schedule', { objectId: 9, type: { identifier: 'S' } }, { ...unknown, ticketId: 9 }],
    ['schedule', { objectId: 9, type: { identifier: 'C' } }, foreign],
    ['time', { project: { id: 4 }, ticket: { id: 9 } }, { projectId: 4, ticketId: 9, foreign: false }],
    ['time', { chargeToId: 9, chargeToType: 'ProjectTicket' }, { ...unknown, ticketId: 9 }],
    ['time', { chargeToId: 9, chargeToType: 'ChargeCode' }, foreign],
    ['ticket', { recordType: 'ServiceTicket' }, { ...foreign, ticketId: 5 }],
    ['ticket', { project: { id: 'x' }, recordType: 7 }, { ...unknown, ticketId: 5 }],
    ['Project', null, { ...unknown, projectId: 5 }],
    ['time', [], unknown],
  ] as const)('%s %j', async (Type, entity, expected) => {
    expect(await signed(message({ Type, Entity: JSON.stringify(entity) }))).toBe(204);
    expect(receiver.taken[0]).toMatchObject({ type: Type.toLowerCase(), ...expected });
  });

  test('whatever the entity is, nothing breaks', async () => {
    const entities = fc.oneof(fc.constant(null), fc.string(), fc.json(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(entities, fc.constantFrom(...callbackTypes), async (Entity, Type) => {
        receiver.taken.length = 0;
        expect(await signed(message({ Entity, Type }))).toBe(204);
        expect(receiver.taken).toMatchObject([{ type: Type, recordId: 5 }]);
      }),
      { numRuns: 60 },
    );
  });

  test('types and actions that are of no use are answered like the others, so that nobody counts them as failed', async () => {
    expect(await signed(message({ Type: 'contact' }))).toBe(204);
    expect(await signed(message({ Action: 'merged' }))).toBe(204);
    expect(receiver.taken).toEqual([]);
  });
});

describe('what is refused', () => {
  test('any change of one byte, of the body or the signature', async () => {
    const body = Buffer.from(JSON.stringify(message()));
    const signature = simulator.callbacks.keys.sign(body.toString());
    const changed = (bytes: Buffer, at: number, by: number) => {
      const copy = Buffer.from(bytes);
      copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ by;
      return copy;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 127 }),
        fc.boolean(),
        async (at, by, ofBody) => {
          const forged = changed(Buffer.from(signature, 'base64'), at, by).toString('base64');
          const status = ofBody
            ? await receiver.post(changed(body, at, by), { 'x-content-signature': signature })
            : await receiver.post(body, { 'x-content-signature': forged });
          expect([400, 401]).toContain(status);
        },
      ),
      { numRuns: 80 },
    );
    expect(receiver.taken).toEqual([]);
    expect(await keyRequests()).toBeLessThanOrEqual(1 + fetchesPerMinute);
  });

  test.each([
    ['without a signature', {}],
    ['with an empty one', { 'x-content-signature': '' }],
    ['with one that is no base64', { 'x-content-signature': 'ü'.repeat(10) }],
    ['with one too short', { 'x-content-signature': Buffer.alloc(31).toString('base64') }],
  ])('%s: 401', async (_name, headers: Record<string, string>) => {
    expect(await receiver.post(JSON.stringify(message()), headers)).toBe(401);
    expect(receiver.taken).toEqual([]);
  });

  test('what is no callback: 400, whatever it is', async () => {
    const key_url = simulator.callbacks.keyUrl();
    const broken = fc.oneof(
      fc.string().map((text) => text),
      fc.json(),
      fc.constantFrom(
        JSON.stringify(message({ ID: 0 })),
        JSON.stringify(message({ ID: 2 ** 31 })),
        JSON.stringify(message({ ID: '5' })),
        JSON.stringify(message({ Type: undefined })),
        JSON.stringify(message({ Metadata: [key_url] })),
        JSON.stringify([message()]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(broken, async (body) => {
        expect(
          await receiver.post(body, { 'x-content-signature': simulator.callbacks.keys.sign(body) }),
        ).toBe(400);
      }),
      { numRuns: 60 },
    );
  });

  test('another company, be it in the body or in the address of the key', async () => {
    expect(await signed(message({ CompanyId: 'evil' }))).toBe(401);
    const own = simulator.callbacks.keyUrl();
    for (const key_url of [
      own.replace('=acme', '=evil'),
      `${own}&CompanyName=evil`,
      own.replace('companyName', 'x'),
    ]) {
      expect(await signed(message({ Metadata: { key_url } }))).toBe(401);
    }
    expect(await keyRequests()).toBe(0);
  });

  test('an address of the key that is not ConnectWise’s is never asked', async () => {
    const strange = await startRig();
    const { keys } = strange.callbacks;
    const path = '/v2025_1//system/callbackkey/index.rails?companyName=acme&id=1';
    const addresses = [
      strange.callbacks.keyUrl(),
      strange.callbacks.keyUrl().replace('127.0.0.1', 'localhost'),
      `http://na.myconnectwise.net${path}`,
      `https://na.myconnectwise.net:8443${path}`,
      `https://na.myconnectwise.net.evil.example${path}`,
      `https://evil.myconnectwise.net${path}`,
      `https://na.myconnectwise.net@evil.example${path}`,
      `http://user:word@${new URL(simulator.url).host}${path}`,
      `${simulator.url}/v4_6_release/apis/3.0/system/info?companyName=acme`,
      `${simulator.url}/x/../../system/documents/index.rails?companyName=acme`,
      `file:///system/callbackkey/index.rails?companyName=acme`,
      `${simulator.callbacks.keyUrl()}&pad=${'x'.repeat(2_000)}`,
      'not an address',
    ];
    for (const key_url of addresses) {
      const body = JSON.stringify(message({ Metadata: { key_url } }));
      expect(await receiver.post(body, { 'x-content-signature': keys.sign(body) }), key_url).toBe(401);
    }
    expect((await strange.control('GET', '/requests')).json).toEqual([]);
    expect(await keyRequests()).toBe(0);
    await strange.stop();
  });

  test('methods, sizes and encodings', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${receiver.url}${callbackPath}`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect(await receiver.post(Buffer.alloc(maxCallbackBytes + 1, ' '))).toBe(413);
    expect(await receiver.post(JSON.stringify(message()), { 'content-encoding': 'gzip' })).toBe(415);
    expect(await receiver.post('')).toBe(400);
  });

  test('told in the log once a minute, without anything of what came', async () => {
    for (let i = 0; i < 5; i++) await receiver.post(JSON.stringify(message({ MessageId: 'secret' })));
    expect(receiver.logger.lines).toEqual([
      {
        level: 'warn',
        fields: { door: 'callbacks', refused: { 401: 1 } },
        message: 'requests were refused',
      },
    ]);
  });
});

describe('the key', () => {
  test('one request for a flood, without keys of ours', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => signed(message()))))).toEqual(
      new Set([204]),
    );
    expect(await keyRequests()).toBe(1);
  });

  test('changed under its address: fetched anew, but not for each forged callback', async () => {
    expect(await signed(message())).toBe(204);
    await simulator.control('POST', '/callbacks/rotate-key', { sameAddress: true });
    expect(await signed(message())).toBe(401);
    await receiver.clock.advance(keyTimings.againMs);
    expect(await signed(message())).toBe(204);
    const forged = { 'x-content-signature': Buffer.alloc(32, 7).toString('base64') };
    for (let i = 0; i < 20; i++) expect(await receiver.post(JSON.stringify(message()), forged)).toBe(401);
    expect(await keyRequests()).toBe(2);
    expect(await signed(message())).toBe(204);
  });

  test('changed with its address: fetched at once', async () => {
    expect(await signed(message())).toBe(204);
    await simulator.control('POST', '/callbacks/rotate-key', {});
    expect(await signed(message())).toBe(204);
  });

  test('made-up addresses of keys cost ConnectWise no more than so many requests a minute', async () => {
    expect(await signed(message())).toBe(204);
    const statuses: number[] = [];
    for (let i = 0; i < 2 * fetchesPerMinute; i++) {
      const key_url = `${simulator.callbacks.keyUrl()}${i}`;
      statuses.push(await signed(message({ Metadata: { key_url } })));
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(await keyRequests()).toBe(fetchesPerMinute);
    expect(await signed(message())).toBe(204);
  });

  test.each([
    ['cannot be reached now: come again', { kind: 'status', status: 500 }, 429],
    ['is refused', { kind: 'status', status: 401 }, 401],
    ['is HTML', { kind: 'html', status: 404 }, 401],
  ])('it %s', async (_name, fault, status) => {
    await simulator.control('POST', '/faults', { path: 'callbackkey', ...fault });
    expect(await signed(message())).toBe(status);
    expect(receiver.taken).toEqual([]);
  });

  test('redirects are not followed', async () => {
    const elsewhere = createHttpServer(async () => ({ database: true, worker: true, chat: true }));
    let asked = 0;
    elsewhere.app.get(/system\/callbackkey/, (request, response) => {
      asked += 1;
      if (request.query.id === 'moved') response.type('text').send('{"signing_key":"known"}');
      else response.redirect(302, request.originalUrl.replace('id=1', 'id=moved'));
    });
    const port = await elsewhere.listen(0, '127.0.0.1');
    const other = await startReceiver(`http://127.0.0.1:${port}`);
    const key_url = `http://127.0.0.1:${port}/v2025_1//system/callbackkey/index.rails?companyName=acme&id=1`;
    const body = JSON.stringify(message({ Metadata: { key_url } }));
    const key = createHash('sha256').update('known').digest();
    const signature = createHmac('sha256', key).update(body).digest('base64');
    expect(await other.post(body, { 'x-content-signature': signature })).toBe(401);
    expect(asked).toBe(1);
    await other.stop();
    await elsewhere.close();
  });
});

describe('when it cannot be stored', () => {
  test('busy, broken and too slow are all 429, which alone makes ConnectWise come again', async () => {
    receiver.state.answer = async () => 'busy';
    expect(await signed(message())).toBe(429);
    receiver.state.answer = () => Promise.reject(new Error('down'));
    expect(await signed(message())).toBe(429);
    const reached = Promise.withResolvers<void>();
    receiver.state.answer = () => {
      reached.resolve();
      return new Promise(() => {});
    };
    const slow = signed(message());
    await reached.promise;
    await receiver.clock.advance(answerWithinMs);
    expect(await slow).toBe(429);
  });
});

test('more than so many at a time are sent away at once, to come again', async () => {
  const { promise, resolve } = Promise.withResolvers<'stored'>();
  receiver.state.answer = () => promise;
  const many = Array.from({ length: maxInHand }, () => signed(message()));
  await expect.poll(() => receiver.taken.length, { timeout: 10_000 }).toBe(maxInHand);
  expect(await signed(message())).toBe(429);
  resolve('stored');
  expect(new Set(await Promise.all(many))).toEqual(new Set([204]));
  expect(await signed(message())).toBe(204);
});

describe('the entries in ConnectWise', () => {
  const clock = new HandClock();
  function keeperOf(publicUrl: string) {
    const { url, credentials } = simulator;
    const redactor = new Redactor();
    const budget = new LocalRequestBudget({ ...defaultBudget, perSecond: 1_000, burst: 1_000 }, systemClock);
    const parts = { clock: systemClock, ids: systemIds, log: { record: async () => {} }, budget, redactor };
    const transport = new ConnectWiseTransport(
      { url, ...credentials },
      { ...parts, mayWrite: async () => true },
    );
    const subscriptions = connectWiseSubscriptions(new ConnectWiseClient(transport), transport);
    const keep = callbackKeeper({
      subscriptions,
      url: callbackUrl(publicUrl),
      mayWrite: async () => true,
      gate: { read: async () => ({ now: new Date(), enabled: true }) },
      clock,
      logger: new RecordingLogger(),
    });
    return { subscriptions, run: () => keep(new AbortController().signal) };
  }
  const entries = () => simulator.callbacks.entries.rows();

  test('are registered once, also by two processes, switched on again, and moved to a new address; others are left alone', async () => {
    const others = {
      url: 'https://other.example/',
      type: 'ticket',
      level: 'board',
      objectId: 1,
      description: 'other',
    };
    await simulator.send('POST', '/system/callbacks', JSON.stringify(others));
    await Promise.all([keeperOf(receiver.url).run(), keeperOf(receiver.url).run()]);
    const ours = entries().slice(1);
    expect(ours.map(({ type }) => type).toSorted()).toEqual(callbackTypes.toSorted());
    expect(ours.every(({ level, objectId }) => level === 'owner' && objectId === 1)).toBe(true);
    const ticket = ours.find(({ type }) => type === 'ticket');
    const off = [{ op: 'replace', path: 'inactiveFlag', value: true }];
    await simulator.send('PATCH', `/system/callbacks/${ticket?.id}`, JSON.stringify(off));
    const keeper = keeperOf(receiver.url);
    const listed = await keeper.subscriptions.list(new AbortController().signal);
    expect(listed.filter(({ inactive }) => inactive).map(({ type }) => type)).toEqual(['ticket']);
    const { signal } = new AbortController();
    await keeper.subscriptions.register('ticket', callbackUrl(receiver.url), signal);
    await expect(keeper.subscriptions.register('ticket', 'http://x.example/', signal)).rejects.toThrow();
    await keeper.subscriptions.remove(999, signal);
    await keeper.run();
    expect(entries().every(({ inactiveFlag }) => !inactiveFlag)).toBe(true);
    await keeperOf('https://new.example/ignored').run();
    const urls = new Set(entries().map((entry) => entry.url));
    expect(urls).toEqual(new Set([others.url, `https://new.example${callbackPath}?recordId=`]));
    expect(entries().length).toBe(1 + callbackTypes.length);
  });

  test('a change in ConnectWise arrives, with what it says of itself; a deletion without', async () => {
    await keeperOf(receiver.url).run();
    const { world } = simulator;
    const [ticket] = world.stores.tickets.rows();
    if (!ticket) throw new Error('no ticket');
    const patch = JSON.stringify([{ op: 'replace', path: 'summary', value: 'Changed' }]);
    // By the API member itself: cwsync asks not to be told of that.
    await simulator.send('PATCH', `/project/tickets/${ticket.id}`, patch);
    world.editTicket('areyes', ticket.id, { summary: 'Changed by somebody' });
    world.deleteTicket('areyes', ticket.id);
    const ofTicket = () => receiver.taken.filter(({ type }) => type === 'ticket');
    await expect.poll(() => ofTicket().length).toBe(2);
    const recordId = ticket.id;
    expect(ofTicket().toSorted((a, b) => b.action.localeCompare(a.action))).toMatchObject([
      { action: 'updated', recordId, projectId: ticket.project.id, foreign: false },
      { action: 'deleted', recordId, projectId: null, foreign: false },
    ]);
  });
});
