/** Who may read metrics, and who may not. */
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpServer, type HttpServer } from '../../adapters/http/server.ts';
import { type MetricsAccess, mountMetrics } from '../../adapters/telemetry/metrics-endpoint.ts';
import { accessOnSharedPort } from '../../src/bootstrap/metrics.ts';
import { readConfig } from '../../src/config.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const token = 'a-token-that-nobody-guesses';
const text = 'cwsync_circuit_open 0\n';
const logger = new RecordingLogger();

async function serve(
  access: MetricsAccess,
  read = async () => ({ contentType: 'text/plain; version=0.0.4', text }),
) {
  const server = createHttpServer(async () => ({}));
  servers.push(server);
  mountMetrics(server.app, access, { read, logger });
  const port = await server.listen(0, '127.0.0.1');
  return (headers: Readonly<Record<string, string>> = {}, method = 'GET') => ask(port, method, headers);
}

type Answer = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
};

/** Unlike `fetch` it sends any header, the name of the host among them. */
function ask(port: number, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ port, host: '127.0.0.1', path: '/metrics', method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('without a token', () => {
  test('this machine reads', async () => {
    const asked = await serve({ exposed: false });
    for (const host of ['127.0.0.1:3000', 'localhost', 'LOCALHOST:9464', '[::1]:3000']) {
      const { status, headers, body } = await asked({ host });
      expect([status, body], host).toEqual([200, text]);
      expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/u);
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  test.each([
    ['what a proxy of this machine passes on', { 'x-forwarded-for': '203.0.113.7' }],
    ['the same, by the standard header', { forwarded: 'for=203.0.113.7' }],
    ['the same, by another', { via: '1.1 proxy' }],
    ['a page in a browser of this machine', { origin: 'https://evil.example' }],
    ['a name that somebody led here', { host: 'evil.example:3000' }],
    ['a name that begins like ours', { host: 'localhost.evil.example' }],
  ])('is refused: %s', async (_name, headers) => {
    const asked = await serve({ exposed: false });
    const { status, body } = await asked(headers);
    expect(status).toBe(403);
    expect(body).toContain('CWSYNC_METRICS_TOKEN');
    expect(body).not.toContain('cwsync_circuit_open');
  });

  test('nobody reads on a port that others reach, by a proxy that may say nothing', async () => {
    const asked = await serve({ exposed: true });
    expect((await asked()).status).toBe(403);
  });
});

describe('with a token', () => {
  test.each([
    ['no header', undefined],
    ['another token', 'Bearer a-token-that-somebody-tries'],
    ['a part of it', `Bearer ${token.slice(0, -1)}`],
    ['more than it', `Bearer ${token}x`],
    ['it by another scheme', `Basic ${token}`],
    ['nothing', 'Bearer '],
  ])('is refused: %s', async (_name, authorization) => {
    const asked = await serve({ token, exposed: false });
    const { status, headers, body } = await asked(authorization === undefined ? {} : { authorization });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(body).not.toContain(token);
  });

  test('whoever has it reads, also from outside and by a proxy', async () => {
    const asked = await serve({ token, exposed: true });
    const headers = {
      authorization: `bearer ${token}`,
      host: 'metrics.example',
      'x-forwarded-for': '203.0.113.7',
    };
    expect(await asked(headers)).toMatchObject({ status: 200, body: text });
  });
});

test('nothing but reading is possible', async () => {
  const asked = await serve({ exposed: false });
  expect((await asked({}, 'POST')).status).toBe(405);
  expect(await asked({}, 'HEAD')).toMatchObject({ status: 200, body: '' });
});

test('a fault in reading is told to the log, and to nobody else', async () => {
  const asked = await serve({ exposed: false }, () => Promise.reject(new Error('secret inside')));
  const { status, body } = await asked();
  expect([status, body]).toEqual([500, 'This did not work; the log of cwsync says why.\n']);
  expect(logger.messages()).toEqual(['metrics could not be read']);
});

describe('the shared port is reached from outside', () => {
  const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'sign' };
  const id = '0f0f0f0f-0000-4000-8000-000000000001';
  const teams = { TEAMS_APP_ID: id, TEAMS_APP_PASSWORD: 'pw', TEAMS_TENANT_ID: id };
  test.each([
    ['nothing is set up', {}, false],
    ['Slack is called by socket', { ...slack, SLACK_APP_TOKEN: 'xapp-1' }, false],
    ['Slack calls', slack, true],
    ['Teams calls', teams, true],
    ['the demo', { CWSYNC_TEAMS_ANONYMOUS: 'true', PUBLIC_URL: 'http://127.0.0.1:3000' }, false],
    ['there is a public address', { PUBLIC_URL: 'https://cwsync.example' }, true],
  ])('%s', (_name, env, exposed) => {
    const read = readConfig({ ...env, CWSYNC_METRICS_TOKEN: token });
    if (!read.ok) throw new Error(read.faults.join());
    expect(accessOnSharedPort(read.config)).toEqual({ token, exposed });
  });
});

test.each(['short', 'a token with blanks in it'])('a token that is none is refused at start: %s', (value) => {
  const read = readConfig({ CWSYNC_METRICS_TOKEN: value });
  expect(read).toMatchObject({
    ok: false,
    faults: [expect.stringMatching(/^CWSYNC_METRICS_TOKEN must be/u)],
  });
});
