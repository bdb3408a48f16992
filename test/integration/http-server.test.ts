import { afterEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../adapters/http/server.ts';
import type { Readiness } from '../../src/ports/health-checks.ts';

let server: HttpServer | undefined;
afterEach(() => server?.close());

async function answer(path: string, readiness: Readiness, method = 'GET') {
  server = createHttpServer(async () => readiness);
  const port = await server.listen(0, '127.0.0.1');
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const all: Readiness = { database: true, worker: true, chat: true };

describe('health endpoints', () => {
  it('healthz: the process lives, whatever is ready', async () => {
    const { status, text, headers } = await answer('/healthz', {
      database: false,
      worker: false,
      chat: false,
    });
    expect([status, JSON.parse(text)]).toEqual([200, { alive: true }]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('readyz: 200 with names where everything works', async () => {
    const { status, text } = await answer('/readyz', all);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ ready: true, database: 'ok', worker: 'ok', chat: 'ok' });
  });

  it.each(['database', 'worker', 'chat'] as const)('readyz: 503 where %s does not work', async (name) => {
    const { status, text } = await answer('/readyz', { ...all, [name]: false });
    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({
      ready: false,
      database: 'ok',
      worker: 'ok',
      chat: 'ok',
      [name]: 'not ok',
    });
  });

  it('answers GET and HEAD, and nothing that could change something', async () => {
    expect((await answer('/readyz', all, 'HEAD')).status).toBe(200);
    await server?.close();
    const posted = await answer('/readyz', all, 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    await server?.close();
    expect((await answer('/metrics', all)).status).toBe(404);
  });
});
