/** What strangers and broken callers send to each door, as arbitraries, each with the statuses it is answered with. */
import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { Knock } from './knock.ts';

/** What is known of the doors; of their secrets only so much that what is made with them is wrong otherwise. */
export type Known = {
  readonly slackSecret: string;
  readonly teams: {
    /** A token of the right claims but for these, by a stranger's key or the right one. */
    readonly token: (claims: object, by: 'us' | 'somebody else') => string;
    /** Whether a token with the right key is right: the keys can be had. */
    readonly judged: boolean;
  };
  readonly callbacks: {
    readonly keyUrl: string;
    readonly companyId: string;
    readonly sign: (body: string) => string;
  };
  /** Of an operator, for what is malformed behind it. */
  readonly apiToken: string;
};

const seconds = (): number => Math.floor(Date.now() / 1_000);
const megabyte = Buffer.alloc(1_024 * 1_024 + 1, ' ');

/** Bodies of every kind, also what parsers choke on. */
const anyBody: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 3, arbitrary: fc.json({ maxDepth: 4 }) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'null',
      '[]',
      '{}',
      '"',
      '{"__proto__":{"type":"message"}}',
      '{"type":"url_verification"',
      `${'['.repeat(20_000)}`,
      `{"a":${'9'.repeat(400)}}`,
      'payload=%7B',
      'payload=%E0%A4%A',
      `${'a='.repeat(3_000)}`,
      '\ufeff{}',
      '\ud800',
      '{"type":"\u0000"}',
    ),
  },
);
/** What is no record: an object is one, and nothing at all is an empty one; whether it can be stored the plan says. */
const noObject = anyBody.filter((body) => {
  if (body === '') return false;
  try {
    const value: unknown = JSON.parse(body.replace(/^\ufeff/u, ''));
    return typeof value !== 'object' || value === null || Array.isArray(value);
  } catch {
    return true;
  }
});
const headerText = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 120,
});
const wrongType = fc.constantFrom(
  'text/plain',
  'text/html',
  'application/xml',
  'multipart/form-data',
  'application/jsonp',
  '',
);
const encodings = fc.constantFrom('gzip', 'br', 'deflate', 'compress', 'nonsense');
const methods = (...allowed: readonly string[]) =>
  fc.constantFrom(
    ...['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'POST'].filter(
      (one) => !allowed.includes(one),
    ),
  );

type Draft = Omit<Knock, 'door' | 'documented'> & { readonly documented: number | readonly number[] };

const forDoor = (door: string, drafts: readonly fc.Arbitrary<Draft>[]): fc.Arbitrary<Knock> =>
  fc.oneof(...drafts).map(({ documented, ...rest }) => ({ ...rest, door, documented: [documented].flat() }));

export const slackPath = '/slack/events';

/** As Slack signs. */
export function slackSigned(
  secret: string,
  body: string,
  at = seconds(),
): { readonly [name: string]: string } {
  const digest = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${digest}` };
}

function slackKnocks({ slackSecret }: Known): fc.Arbitrary<Knock> {
  const type = fc.constantFrom('application/json', 'application/x-www-form-urlencoded');
  const post = { method: 'POST', path: slackPath };
  const late = fc.oneof(
    fc.integer({ min: 301, max: 10_000_000 }),
    fc.integer({ min: -10_000_000, max: -900 }),
  );
  return forDoor('slack', [
    fc.tuple(anyBody, type).map(([body, of]) => ({
      ...post,
      what: 'forged',
      body,
      documented: 401,
      headers: { 'content-type': of, ...slackSigned('a stranger’s', body) },
    })),
    fc.tuple(anyBody, type, late).map(([body, of, by]) => ({
      ...post,
      what: 'stale',
      body,
      documented: 401,
      headers: { 'content-type': of, ...slackSigned(slackSecret, body, seconds() - by) },
    })),
    fc.tuple(anyBody, type).map(([body, of]) => ({
      ...post,
      what: 'altered',
      body: `${body} `,
      documented: 401,
      headers: { 'content-type': of, ...slackSigned(slackSecret, body) },
    })),
    fc.tuple(anyBody, headerText, headerText).map(([body, signature, at]) => ({
      ...post,
      what: 'no signature',
      body,
      documented: 401,
      headers: {
        'content-type': 'application/json',
        'x-slack-signature': signature,
        'x-slack-request-timestamp': at,
      },
    })),
    // Whoever knows the secret is Slack; what makes no sense is left alone.
    fc.tuple(anyBody, type).map(([body, of]) => ({
      ...post,
      what: 'signed nonsense',
      body,
      documented: [200, 400],
      headers: { 'content-type': of, ...slackSigned(slackSecret, body) },
    })),
    fc.tuple(anyBody, wrongType).map(([body, of]) => ({
      ...post,
      what: 'another type',
      body,
      documented: 415,
      headers: { 'content-type': of, ...slackSigned(slackSecret, body) },
    })),
    fc.tuple(anyBody, encodings).map(([body, encoding]) => ({
      ...post,
      what: 'compressed',
      body,
      documented: 415,
      headers: {
        'content-type': 'application/json',
        'content-encoding': encoding,
        ...slackSigned(slackSecret, body),
      },
    })),
    methods('POST').map((method) => ({
      what: 'another method',
      method,
      path: slackPath,
      headers: {},
      documented: 405,
    })),
  ]);
}

/** What is read at all. */
const tokenForm = /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/u;

export const teamsPath = '/api/messages';

function teamsKnocks({ teams: { token, judged } }: Known): fc.Arbitrary<Knock> {
  const post = { method: 'POST', path: teamsPath };
  const json = { 'content-type': 'application/json' };
  const event = JSON.stringify({
    type: 'message',
    text: 'status',
    serviceUrl: 'http://127.0.0.1:9/',
    from: { id: 'a' },
    recipient: { id: 'b' },
    conversation: { id: 'c' },
  });
  const body = fc.oneof(anyBody, fc.constant(event));
  const part = fc
    .oneof(fc.json({ maxDepth: 2 }), fc.string({ unit: 'binary' }))
    .map((text) => Buffer.from(text).toString('base64url'));
  const wrongClaims = fc.constantFrom<object>(
    { aud: 'another' },
    { iss: 'https://evil.example' },
    { serviceurl: 'https://evil.example/' },
    { exp: 1 },
    { nbf: 9_999_999_999 },
    { aud: [] },
    { iss: null },
  );
  const unsigned = (claims: object) => `${token(claims, 'us').split('.').slice(0, 2).join('.')}.`;
  const bearing =
    (what: string) =>
    ([said, authorization]: readonly [string, string]): Draft => ({
      ...post,
      what,
      body: said,
      // What cannot be read cannot be judged: its token is about what stands in it.
      documented: tokenForm.test(authorization) && said !== event ? [400, 401] : 401,
      headers: { ...json, authorization },
    });
  return forDoor('teams', [
    fc.tuple(body, headerText).map(bearing('no token')),
    fc
      .tuple(body, fc.tuple(part, part, part))
      .map(([said, parts]) => bearing('a made-up token')([said, `Bearer ${parts.join('.')}`])),
    // A malformed event is refused before anybody looks who signed it.
    fc
      .constant(event)
      .map((said) => bearing('a forged token')([said, `Bearer ${token({}, 'somebody else')}`])),
    wrongClaims.map((claims) => bearing('wrong claims')([event, `Bearer ${token(claims, 'us')}`])),
    wrongClaims.map((claims) => bearing('no signature')([event, `Bearer ${unsigned(claims)}`])),
    anyBody.map((said) => ({
      ...post,
      what: 'no event',
      body: said,
      documented: 400,
      headers: { ...json, authorization: `Bearer ${token({}, judged ? 'us' : 'somebody else')}` },
    })),
    fc.tuple(anyBody, wrongType).map(([said, type]) => ({
      ...post,
      what: 'another type',
      body: said,
      documented: 415,
      headers: { 'content-type': type, authorization: 'Bearer a.b.c' },
    })),
    encodings.map((encoding) => ({
      ...post,
      what: 'compressed',
      body: event,
      documented: 415,
      headers: { ...json, 'content-encoding': encoding, authorization: 'Bearer a.b.c' },
    })),
    methods('POST').map((method) => ({
      what: 'another method',
      method,
      path: teamsPath,
      headers: {},
      documented: 405,
    })),
  ]);
}

export const callbacksPath = '/connectwise/callback';

function callbackKnocks({ callbacks: { keyUrl, companyId, sign } }: Known): fc.Arbitrary<Knock> {
  const post = { method: 'POST', path: callbacksPath };
  const message = (more: object = {}) =>
    JSON.stringify({
      Action: 'updated',
      ID: 5,
      Type: 'ticket',
      CompanyId: companyId,
      Entity: '{}',
      Metadata: { key_url: keyUrl },
      ...more,
    });
  const forged = randomBytes(32).toString('base64');
  const elsewhere = fc.constantFrom(
    'http://127.0.0.1:9/system/callbackkey/index.rails',
    'file:///etc/passwd',
    keyUrl.replace(/\?.*$/u, ''),
    'http://169.254.169.254/latest',
    '',
  );
  return forDoor('callbacks', [
    fc.integer({ min: 1, max: 2_000_000_000 }).map((ID) => ({
      ...post,
      what: 'forged',
      body: message({ ID }),
      documented: 401,
      headers: { 'x-content-signature': forged },
    })),
    headerText.map((signature) => ({
      ...post,
      what: 'no signature',
      body: message(),
      documented: 401,
      headers: { 'x-content-signature': signature },
    })),
    fc.integer({ min: 1, max: 1_000 }).map((ID) => ({
      ...post,
      what: 'altered',
      body: `${message({ ID })} `,
      documented: 401,
      headers: { 'x-content-signature': sign(message({ ID })) },
    })),
    elsewhere.map((key_url) => ({
      ...post,
      what: 'another’s key',
      body: message({ Metadata: { key_url } }),
      documented: 401,
      headers: { 'x-content-signature': sign(message({ Metadata: { key_url } })) },
    })),
    fc.constantFrom('evil', 'x', '').map((CompanyId) => ({
      ...post,
      what: 'another company',
      body: message({ CompanyId }),
      documented: 401,
      headers: { 'x-content-signature': sign(message({ CompanyId })) },
    })),
    anyBody.map((body) => ({
      ...post,
      what: 'no callback',
      body,
      documented: 400,
      headers: { 'x-content-signature': sign(body) },
    })),
    encodings.map((encoding) => ({
      ...post,
      what: 'compressed',
      body: message(),
      documented: 415,
      headers: { 'content-encoding': encoding, 'x-content-signature': sign(message()) },
    })),
    methods('POST').map((method) => ({
      what: 'another method',
      method,
      path: callbacksPath,
      headers: {},
      documented: 405,
    })),
  ]);
}

const apiPaths = fc.constantFrom(
  'projects',
  'tasks',
  'tasks/t1',
  'events',
  'time-logs',
  'members',
  'members/5',
  'status-mappings',
  'nowhere',
  'a/b/c',
);

function apiKnocks({ apiToken }: Known): fc.Arbitrary<Knock> {
  const under = (path: string) => `/api/v1/${path}`;
  const json = { 'content-type': 'application/json' };
  const ours = { ...json, authorization: `Bearer ${apiToken}` };
  const any = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS', 'TRACE');
  const wrongToken = fc.oneof(
    headerText,
    headerText.map((text) => `Bearer ${text}`),
    fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => `Bearer cwsync_${Buffer.from(bytes).toString('base64url')}`),
    fc.constant(`Bearer ${apiToken.slice(0, -1)}`),
    fc.constant(`Basic ${Buffer.from(`x:${apiToken}`).toString('base64')}`),
  );
  const encoded = fc.constantFrom('%E0%A4%A', '%', '%zz', 'tasks/%C0');
  const queries = fc.constantFrom(
    'limit=0',
    'limit=abc',
    'limit=1&limit=2',
    'cursor=%20',
    'cursor=AAA=',
    'nonsense=1',
    'project[$ne]=1',
  );
  return forDoor('api', [
    fc.tuple(any, apiPaths, wrongToken, anyBody).map(([method, path, authorization, body]) => ({
      what: 'no token that counts',
      method,
      path: under(path),
      headers: { ...json, authorization },
      body,
      documented: 401,
    })),
    encoded.map((path) => ({
      what: 'an address that cannot be read',
      method: 'GET',
      path: under(path),
      headers: ours,
      documented: [400, 404],
    })),
    queries.map((query) => ({
      what: 'a query that cannot be read',
      method: 'GET',
      path: under(`tasks?${query}`),
      headers: ours,
      documented: 400,
    })),
    fc
      .tuple(fc.constantFrom('PUT', 'OPTIONS', 'TRACE', 'DELETE'), fc.constantFrom('projects', 'time-logs'))
      .map(([method, path]) => ({
        what: 'another method',
        method,
        path: under(path),
        headers: ours,
        documented: 405,
      })),
    fc.tuple(fc.constantFrom('POST', 'PATCH'), wrongType, anyBody).map(([method, type, body]) => ({
      what: 'another type',
      method,
      path: under(method === 'POST' ? 'tasks' : 'tasks/t1'),
      body,
      documented: method === 'POST' ? 415 : [415, 428],
      headers: { ...ours, 'content-type': type },
    })),
    fc.tuple(fc.constantFrom('POST', 'PATCH'), noObject).map(([method, body]) => ({
      what: 'no record',
      method,
      path: under(method === 'POST' ? 'tasks' : 'tasks/t1'),
      body,
      documented: [400, 422],
      headers: { ...ours, 'if-match': '"1"' },
    })),
    headerText.map((version) => ({
      what: 'no version',
      method: 'DELETE',
      path: under('tasks/t1'),
      documented: [400, 428],
      headers: { ...ours, 'if-match': version },
    })),
  ]);
}

function fileKnocks(): fc.Arbitrary<Knock> {
  const get = { method: 'GET', headers: {}, documented: 404 };
  const text = fc
    .string({ minLength: 1, maxLength: 60 })
    .map((one) => encodeURIComponent(one.toWellFormed()));
  return forDoor('files', [
    fc.tuple(text, fc.nat(), text).map(([id, until, signature]) => ({
      ...get,
      what: 'a made-up link',
      path: `/files/${id === '.' || id === '..' ? 'x' : id}?e=${until * 1_000_000}&t=${signature}`,
    })),
    fc
      .constantFrom(
        '/files/x',
        '/files/x?e=1',
        '/files/x?e[]=1&t[]=2',
        '/files/',
        '/files/../../etc/passwd',
        '/files/a/b',
      )
      .map((path) => ({
        ...get,
        what: 'half a link',
        path,
      })),
    fc.constant({ ...get, what: 'an address that cannot be read', path: '/files/%E0%A4%A', documented: 400 }),
    methods('GET').map((method) => ({
      what: 'another method',
      method,
      path: '/files/x',
      headers: {},
      documented: 405,
    })),
  ]);
}

function otherKnocks(): fc.Arbitrary<Knock> {
  const health = fc.constantFrom('/healthz', '/readyz');
  const unknown = fc.constantFrom(
    '/',
    '/admin',
    '/.env',
    '/wp-login.php',
    '/slack',
    '/slack/events/x',
    '/api',
    '/api/messages/x',
    '/healthz/x',
    '//',
    '/%2e%2e/etc',
  );
  return forDoor('health and elsewhere', [
    fc.tuple(health, methods('GET'), anyBody).map(([path, method, body]) => ({
      what: 'another method',
      method,
      path,
      headers: {},
      body,
      documented: 405,
    })),
    fc.tuple(unknown, fc.constantFrom('GET', 'POST', 'PUT'), anyBody).map(([path, method, body]) => ({
      what: 'no door',
      method,
      path,
      headers: {},
      body,
      documented: 404,
    })),
    fc.constant({
      what: 'an address that cannot be read',
      method: 'GET',
      path: '/%E0%A4%A',
      headers: {},
      documented: [400, 404],
    }),
  ]);
}

export function badKnocks(known: Known) {
  return {
    slack: slackKnocks(known),
    teams: teamsKnocks(known),
    callbacks: callbackKnocks(known),
    api: apiKnocks(known),
    files: fileKnocks(),
    others: otherKnocks(),
  };
}

/** Longer than any door takes. They cost a megabyte each, so they are few. */
export function longKnocks({ slackSecret, teams, callbacks, apiToken }: Known): readonly Knock[] {
  const long = { what: 'too long', method: 'POST', body: megabyte, documented: [413] };
  const json = { 'content-type': 'application/json' };
  return [
    {
      ...long,
      door: 'slack',
      path: slackPath,
      headers: { ...json, ...slackSigned(slackSecret, megabyte.toString()) },
    },
    {
      ...long,
      door: 'teams',
      path: teamsPath,
      headers: { ...json, authorization: `Bearer ${teams.token({}, 'somebody else')}` },
    },
    {
      ...long,
      door: 'callbacks',
      path: callbacksPath,
      headers: { 'x-content-signature': callbacks.sign(megabyte.toString()) },
    },
    {
      ...long,
      door: 'api',
      path: '/api/v1/tasks',
      headers: { ...json, authorization: `Bearer ${apiToken}` },
    },
  ];
}

/** What is not even HTTP, and what proxies and servers may understand differently. */
export const wireKnocks: readonly (readonly [what: string, bytes: string, documented: readonly number[]])[] =
  [
    ['no HTTP', 'hello\r\n\r\n', [400]],
    ['the beginning of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400]],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', [400]],
    [
      'two lengths',
      'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      [400],
    ],
    [
      'length and chunks',
      'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      [400],
    ],
    [
      'a chunk that is none',
      'POST /api/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a.b.c\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      [400, 401],
    ],
    ['a negative length', 'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', [400]],
    ['a bare line feed in a header', 'GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\nb: c\r\n\r\n', [400]],
    ['a NUL in a header', 'GET /healthz HTTP/1.1\r\nhost: x\r\nx: \0\r\n\r\n', [400]],
    ['a head without an end', `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, [431]],
    [
      'an upgrade',
      'GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
      [404],
    ],
  ];
