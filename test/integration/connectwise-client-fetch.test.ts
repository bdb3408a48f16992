import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchJson, type HttpAttempt } from '../../adapters/http/fetch-json.ts';
import { SkippingClock } from '../support/hand-clock.ts';
import { HttpStandIn } from '../support/http-stand-in.ts';

let standIn: HttpStandIn;

beforeEach(async () => {
  standIn = await HttpStandIn.start();
});

afterEach(async () => {
  await standIn.stop();
  standIn.verify();
});

function fetching(url: string, more: { method?: string; timeoutMs?: number } = {}) {
  const clock = new SkippingClock();
  const attempts: HttpAttempt[] = [];
  const { signal } = new AbortController();
  const request = {
    method: 'GET',
    headers: { authorization: 'Basic x' },
    timeoutMs: 5_000,
    maxBytes: 1_000,
    signal,
  };
  const result = fetchJson(
    { ...request, ...more, url: new URL(url) },
    {
      redact: (text) => text.replaceAll('hunter2', '***'),
      monotonicMs: () => clock.monotonicMs(),
      now: () => clock.now(),
      onAttempt: (attempt) => attempts.push(attempt),
    },
  );
  return { result, attempts };
}

describe('fetchJson', () => {
  it('parses what came, and tells the hook of it without secrets', async () => {
    standIn.expect({ path: '/a' }, { json: { n: 1 }, headers: { date: 'Mon, 05 Jan 2026 10:00:00 GMT' } });
    const { result, attempts } = fetching(`${standIn.url}/a?key=hunter2`);
    expect(await result).toMatchObject({
      kind: 'answer',
      status: 200,
      json: { kind: 'json', value: { n: 1 } },
      date: new Date('2026-01-05T10:00:00Z'),
      retryAfterMs: null,
    });
    expect(attempts).toEqual([{ method: 'GET', path: '/a?key=***', status: 200, durationMs: 0, bytes: 7 }]);
  });

  it('reads a body up to its bound and not one byte more', async () => {
    standIn.expect({ path: '/a' }, { text: 'x'.repeat(1_000) });
    expect(await fetching(`${standIn.url}/a`).result).toMatchObject({ kind: 'answer', status: 200 });
    standIn.expect({ path: '/a' }, { text: 'x'.repeat(1_001) });
    const { result, attempts } = fetching(`${standIn.url}/a`);
    expect(await result).toMatchObject({ kind: 'fault', fault: 'too-large', status: 200 });
    expect(attempts[0]).toMatchObject({ fault: 'too-large', status: 200 });
  });

  it('bounds what a small compressed body becomes', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('0'.repeat(5_000_000)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await fetching(`http://127.0.0.1:${port}/`).result).toMatchObject({ fault: 'too-large' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('waits no longer than it was given', async () => {
    standIn.expect({ path: '/a' }, 'silence');
    const { result, attempts } = fetching(`${standIn.url}/a`, { timeoutMs: 50 });
    expect(await result).toMatchObject({ kind: 'fault', fault: 'time-out' });
    expect(attempts[0]).toMatchObject({ fault: 'time-out' });
  });

  it('says what happened where nobody listens', async () => {
    const gone = await HttpStandIn.start();
    const { url } = gone;
    await gone.stop();
    const result = await fetching(url).result;
    expect(result).toMatchObject({ kind: 'fault', fault: 'network' });
    expect(result.kind === 'fault' && result.message).toContain('ECONNREFUSED');
  });

  it('takes its keys to no other host, and repeats no write', async () => {
    const other = await HttpStandIn.start();
    standIn.expect({ path: '/a' }, { status: 302, headers: { location: `${other.url}/b` } });
    expect(await fetching(`${standIn.url}/a`).result).toMatchObject({ kind: 'fault', fault: 'redirected' });
    standIn.expect({ method: 'POST', path: '/a' }, { status: 307, headers: { location: '/b' } });
    const posted = fetching(`${standIn.url}/a`, { method: 'POST' });
    expect(await posted.result).toMatchObject({ kind: 'fault', fault: 'redirected' });
    expect(other.calls).toEqual([]);
    await other.stop();
  });
});
