import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';

type Env = Readonly<Record<string, string>>;

function configOf(env: Env): Config {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return read.config;
}

function faultsOf(env: Env): readonly string[] {
  const read = readConfig(env);
  return read.ok ? [] : read.faults;
}

const connectWise = {
  CONNECTWISE_URL: 'https://api.psa.example/v4_6_release/apis/3.0',
  CONNECTWISE_COMPANY_ID: 'acme',
  CONNECTWISE_PUBLIC_KEY: 'pub',
  CONNECTWISE_PRIVATE_KEY: 'priv',
  CONNECTWISE_CLIENT_ID: 'client',
};
const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'sign' };
const ann = 'teams:0f0f0f0f-0000-4000-8000-000000000001/0f0f0f0f-0000-4000-8000-000000000002';

describe('what is read', () => {
  test('an empty environment: everything has its default, and what is missing is named', () => {
    expect(configOf({})).toMatchObject({
      role: 'all',
      dataDir: '.cwsync',
      port: 3000,
      host: '127.0.0.1',
      admins: [],
      defaultRole: 'viewer',
      linkOpenProjects: false,
      writeToConnectWise: false,
      logLevel: 'info',
      timings: { coolDownMs: 600_000, leaseMs: 60_000, pollMs: 2_000, tickMs: 10_000 },
      schedule: {
        comprehensiveMs: 4 * 3_600_000,
        miscMs: 4 * 3_600_000,
        scoutMs: 60_000,
        notesMs: 60_000,
        comprehensiveRequestsPerSecond: 4,
      },
      requests: { perSecond: 8, atOnce: 4 },
      slots: { total: 4, forPeople: 1, perWorker: 100 },
      workerMemoryMb: 512,
      missing: [
        'ConnectWise needs CONNECTWISE_URL, CONNECTWISE_COMPANY_ID, CONNECTWISE_PUBLIC_KEY, CONNECTWISE_PRIVATE_KEY, CONNECTWISE_CLIENT_ID',
        'Slack needs SLACK_BOT_TOKEN, SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET)',
      ],
    });
  });

  test('everything set', () => {
    const config = configOf({
      ...connectWise,
      ...slack,
      MONGODB_URI: 'mongodb+srv://u:p@db.example/cwsync',
      REDIS_URL: 'rediss://me:word@redis.example:6380/2',
      CWSYNC_DATA_DIR: '/var/lib/cwsync',
      CONNECTWISE_UI_URL: 'https://psa.example',
      CONNECTWISE_API_VERSION: '2025.12',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_API_URL: 'http://127.0.0.1:4000/api/',
      PORT: '8080',
      CWSYNC_HOST: '127.0.0.2',
      PUBLIC_URL: 'https://cwsync.example',
      HEARTBEAT_URL: 'https://watch.example/ping/1',
      CWSYNC_ADMINS: ` slack:T1/U1 , ${ann},`,
      CWSYNC_DEFAULT_ROLE: 'operator',
      CWSYNC_ALERT_CHANNELS: 'slack:T1/C1',
      CWSYNC_ROLE: 'worker',
      CWSYNC_LINK_OPEN_PROJECTS: 'true',
      CWSYNC_WRITE_TO_CONNECTWISE: 'true',
      CWSYNC_COOL_DOWN_SECONDS: '0',
      CWSYNC_COMPREHENSIVE_SECONDS: '300',
      CWSYNC_MISC_SECONDS: '600',
      CWSYNC_SCOUT_SECONDS: '5',
      CWSYNC_NOTES_SECONDS: '20',
      CWSYNC_REQUESTS_PER_SECOND: '2.5',
      CWSYNC_REQUESTS_AT_ONCE: '2',
      CWSYNC_SLOTS: '8',
      CWSYNC_SLOTS_FOR_PEOPLE: '0',
      CWSYNC_SLOTS_PER_WORKER: '2',
      CWSYNC_WORKER_MEMORY_MB: '512',
      CWSYNC_LEASE_SECONDS: '5',
      CWSYNC_POLL_SECONDS: '0.1',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      role: 'worker',
      mongodbUri: 'mongodb+srv://u:p@db.example/cwsync',
      redisUrl: 'rediss://me:word@redis.example:6380/2',
      dataDir: '/var/lib/cwsync',
      connectWise: {
        url: connectWise.CONNECTWISE_URL,
        uiUrl: 'https://psa.example',
        companyId: 'acme',
        publicKey: 'pub',
        privateKey: 'priv',
        clientId: 'client',
        apiVersion: '2025.12',
      },
      slack: {
        botToken: 'xoxb-1',
        appToken: 'xapp-1',
        signingSecret: 'sign',
        apiUrl: 'http://127.0.0.1:4000/api/',
      },
      port: 8080,
      host: '127.0.0.2',
      heartbeatUrl: 'https://watch.example/ping/1',
      admins: ['slack:T1/U1', ann],
      defaultRole: 'operator',
      linkOpenProjects: true,
      writeToConnectWise: true,
      logLevel: 'debug',
      timings: { coolDownMs: 0, leaseMs: 5_000, pollMs: 100, tickMs: 5_000 },
      schedule: {
        comprehensiveMs: 300_000,
        miscMs: 600_000,
        scoutMs: 5_000,
        notesMs: 20_000,
        comprehensiveRequestsPerSecond: 1.25,
      },
      requests: { perSecond: 2.5, atOnce: 2 },
      slots: { total: 8, forPeople: 0, perWorker: 2 },
      workerMemoryMb: 512,
      missing: [],
    });
  });

  test.each(['COMPREHENSIVE', 'MISC', 'SCOUT', 'NOTES'] as const)(
    'the clock asks for no %s where it is off',
    (name) => {
      const { schedule, timings } = configOf({ [`CWSYNC_${name}_SECONDS`]: 'off' });
      const key = `${name.toLowerCase() as Lowercase<typeof name>}Ms` as const;
      expect(schedule[key]).toBeGreaterThan(500 * 365 * 86_400_000);
      // A date that far must still be one.
      expect(new Date(Date.now() + 2.2 * schedule[key]).getTime()).not.toBeNaN();
      expect(timings.tickMs).toBe(10_000);
    },
  );

  test('empty settings count as not set, blanks around words do not count', () => {
    expect(configOf({ PORT: '', MONGODB_URI: '' })).toEqual(configOf({}));
    const blanks = { ...connectWise, CONNECTWISE_PUBLIC_KEY: ' pub\n' };
    expect(configOf(blanks).connectWise?.publicKey).toBe('pub');
  });

  test.each(Object.keys(connectWise))('without %s ConnectWise is not set up, and that is named', (name) => {
    const { missing, connectWise: made } = configOf({ ...connectWise, ...slack, [name]: '' });
    expect(made).toBeUndefined();
    expect(missing).toEqual([`ConnectWise needs ${name}`]);
  });

  test.each([
    ['SLACK_BOT_TOKEN', 'Slack needs SLACK_BOT_TOKEN'],
    ['SLACK_SIGNING_SECRET', 'Slack needs SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET)'],
  ])('without %s Slack is not set up, and that is named', (name, words) => {
    const { missing, slack: made } = configOf({ ...connectWise, ...slack, [name]: '' });
    expect(made).toBeUndefined();
    expect(missing).toEqual([words]);
  });

  const teams = {
    TEAMS_APP_ID: '22222222-2222-4222-8222-22222222222A',
    TEAMS_APP_PASSWORD: 'a-password',
    TEAMS_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  };

  test('Teams alone is enough', () => {
    const { missing, teams: made, slack: none } = configOf({ ...connectWise, ...teams });
    expect(made).toEqual({
      appId: '22222222-2222-4222-8222-22222222222a',
      appPassword: 'a-password',
      tenantId: '11111111-1111-4111-8111-111111111111',
    });
    expect([none, missing]).toEqual([undefined, []]);
  });

  test.each(Object.keys(teams))('without %s Teams is not set up, and that is named', (name) => {
    const { missing, teams: made } = configOf({ ...connectWise, ...teams, [name]: '' });
    expect(made).toBeUndefined();
    expect(missing).toEqual([`Teams needs ${name}`]);
    expect(configOf({ ...connectWise, ...slack, ...teams, [name]: '' }).missing).toEqual([
      `Teams needs ${name}`,
    ]);
  });

  test('Slack that was begun is to be finished, also beside Teams', () => {
    const { missing } = configOf({ ...connectWise, ...teams, SLACK_BOT_TOKEN: 'xoxb-1' });
    expect(missing).toEqual(['Slack needs SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET)']);
  });

  test('everybody is let in by Teams on this machine alone, and beside no credentials', () => {
    const anonymous = { CWSYNC_TEAMS_ANONYMOUS: 'true' };
    expect(configOf({ ...connectWise, ...anonymous })).toMatchObject({
      teams: { anonymous: true },
      missing: [],
    });
    expect(faultsOf({ ...anonymous, CWSYNC_HOST: '0.0.0.0' }).join()).toContain('CWSYNC_TEAMS_ANONYMOUS');
    expect(faultsOf({ ...anonymous, ...teams }).join()).toContain('CWSYNC_TEAMS_ANONYMOUS');
    expect(faultsOf({ TEAMS_APP_ID: 'not-a-guid' }).join()).toMatch(/TEAMS_APP_ID(?!.*not-a-guid)/u);
  });

  test('an app token alone is enough: Slack is reached by socket', () => {
    const { missing, slack: made } = configOf({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' });
    expect(made).toEqual({ botToken: 'xoxb-1', appToken: 'xapp-1' });
    expect(missing.join()).not.toContain('Slack');
  });

  test.each(['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000', 'https://far.example'])(
    '%s may be an address of ConnectWise',
    (url) => {
      expect(faultsOf({ CONNECTWISE_URL: url })).toEqual([]);
    },
  );
});

/** For each setting, values that are no good. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  MONGODB_URI: ['postgres://x', 'db.example:27017', 'Mongodb ://x'],
  REDIS_URL: ['redis.example:6379', 'http://redis.example', 'redis://'],
  CWSYNC_DATA_DIR: ['   '],
  CONNECTWISE_URL: [
    'not an address',
    'api.psa.example',
    'http://',
    'https://',
    'ftp://psa.example',
    'http://psa.example',
    'http://127.0.0.1.psa.example',
    'https://user:word@psa.example',
  ],
  CONNECTWISE_UI_URL: ['javascript:alert(1)', 'nowhere'],
  CONNECTWISE_COMPANY_ID: ['ac me', 'acme+1', '   '],
  CONNECTWISE_PUBLIC_KEY: ['   '],
  CONNECTWISE_PRIVATE_KEY: ['   '],
  CONNECTWISE_CLIENT_ID: ['   '],
  CONNECTWISE_API_VERSION: ['3.0.0', 'latest', '2025'],
  SLACK_BOT_TOKEN: ['xoxp-user-token', 'xapp-1', '   '],
  SLACK_APP_TOKEN: ['xoxb-1'],
  SLACK_SIGNING_SECRET: ['   '],
  SLACK_API_URL: ['http://slack.example/api/', 'nowhere'],
  PORT: ['-1', '65536', '80.5', 'http', 'Infinity'],
  PUBLIC_URL: ['http://cwsync.example', 'cwsync.example'],
  HEARTBEAT_URL: ['http://watch.example/ping', 'watch.example', 'https://me:word@watch.example/ping'],
  CWSYNC_ADMINS: [
    'ann',
    'slack:T1',
    'slack:T1/U1;slack:T1/U2',
    'teams:a/b',
    'slack:t1/u1',
    'terminal:box/ann',
  ],
  CWSYNC_DEFAULT_ROLE: ['owner', 'Admin'],
  CWSYNC_ROLE: ['both'],
  CWSYNC_LINK_OPEN_PROJECTS: ['yes', '1'],
  CWSYNC_WRITE_TO_CONNECTWISE: ['on'],
  CWSYNC_COOL_DOWN_SECONDS: ['-1', '10 min', '999999999'],
  CWSYNC_COMPREHENSIVE_SECONDS: ['9', 'never'],
  CWSYNC_MISC_SECONDS: ['9', 'Off'],
  CWSYNC_SCOUT_SECONDS: ['0', 'x'],
  CWSYNC_NOTES_SECONDS: ['0', '-5'],
  CWSYNC_REQUESTS_PER_SECOND: ['0', 'many', '-1', '1001'],
  CWSYNC_REQUESTS_AT_ONCE: ['0', '1.5', 'x'],
  CWSYNC_SLOTS: ['0', '2.5', 'x'],
  CWSYNC_SLOTS_FOR_PEOPLE: ['-1', 'x', '4'],
  CWSYNC_SLOTS_PER_WORKER: ['0', '1.5', 'x'],
  CWSYNC_WORKER_MEMORY_MB: ['64', 'x'],
  CWSYNC_LEASE_SECONDS: ['0', 'NaN'],
  CWSYNC_POLL_SECONDS: ['0', 'Infinity'],
  LOG_LEVEL: ['verbose', 'INFO'],
};
const wrongPairs = Object.entries(wrong).flatMap(([name, values]) =>
  values.map((value) => [name, value] as const),
);

describe('what is refused', () => {
  test.each(wrongPairs)('%s=%s', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toMatch(new RegExp(`^${name} (?:must|Invalid|Too)`, 'u'));
  });

  test('all faults at once', () => {
    const env = Object.fromEntries(Object.entries(wrong).map(([name, [value = '']]) => [name, value]));
    const named = new Set(faultsOf(env).map((fault) => fault.split(' ')[0]));
    expect([...named].sort()).toEqual(Object.keys(wrong).sort());
  });

  test.each(['bot', 'worker'])('CWSYNC_ROLE=%s needs a database that is shared', (role) => {
    expect(faultsOf({ CWSYNC_ROLE: role })).toEqual([
      'MONGODB_URI is needed where bot and worker are processes of their own: they share one database',
      'CONNECTWISE_COMPANY_ID is needed where bot and worker are processes of their own: it names the data they share',
    ]);
    const shared = { MONGODB_URI: 'mongodb://db.example', CONNECTWISE_COMPANY_ID: 'acme' };
    expect(faultsOf({ CWSYNC_ROLE: role, ...shared })).toEqual([]);
  });

  test('a password that is not percent-encoded', () => {
    expect(faultsOf({ MONGODB_URI: 'mongodb://me:50%off@db.example/' })).toEqual([
      'MONGODB_URI has a % that does not encode anything: write it as %25',
    ]);
    expect(faultsOf({ MONGODB_URI: 'mongodb://me:50%25off@db.example/' })).toEqual([]);
  });

  test('a lone role is told beside the other faults', () => {
    const named = faultsOf({ CWSYNC_ROLE: 'worker', PORT: 'x' }).map((fault) => fault.split(' ')[0]);
    expect(named).toContain('MONGODB_URI');
    expect(named).toContain('PORT');
  });
});

describe('secrets', () => {
  const names = [...Object.keys(wrong), 'CWSYNC_HOST', 'CWSYNC_ALERT_CHANNELS'];
  // A marker that no message of ours holds, within shapes that come near to what is wanted.
  const value = fc
    .tuple(
      fc.constantFrom('', 'https://', 'http://', 'mongodb://', 'xoxb', 'slack:', 'teams:', '-', '20'),
      fc.constantFrom('', ' ', '@', '/', ':', '+', '%', '[', ','),
      fc.string(),
    )
    .map(([head, middle, tail]) => `${head}zq7zq${middle}${tail}`);

  test('no value appears in a fault, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true }), (env) => {
        const text = JSON.stringify(faultsOf(env));
        expect(text).not.toContain('zq7zq');
      }),
      { numRuns: 500 },
    );
  });
});

describe('alert channels', () => {
  test('of both platforms, in a list', () => {
    const teams = 'teams:0f0f0f0f-0000-4000-8000-000000000001/19:abc@thread.tacv2';
    expect(configOf({ CWSYNC_ALERT_CHANNELS: ` slack:T1/C1 , ${teams},` }).alertChannels).toEqual([
      { platform: 'slack', tenant: 'T1', conversation: 'C1' },
      {
        platform: 'teams',
        tenant: '0f0f0f0f-0000-4000-8000-000000000001',
        conversation: '19:abc@thread.tacv2',
      },
    ]);
    expect(configOf({}).alertChannels).toEqual([]);
  });

  test.each([
    '#alerts',
    'C1',
    'slack:T1',
    'slack:T1/U1',
    'slack:T1/C1 slack:T1/C2',
    'teams:x/19:a',
    'irc:a/b',
  ])('%j is a fault, told without its value', (value) => {
    expect(faultsOf({ CWSYNC_ALERT_CHANNELS: value })).toEqual([
      'CWSYNC_ALERT_CHANNELS must be a list of slack:<team id>/<channel id>, separated by commas',
    ]);
  });
});

test('beside the faults stands what is not set at all', () => {
  const read = readConfig({ ...slack, PORT: 'x', CONNECTWISE_URL: 'https://psa.example' });
  expect(read).toMatchObject({
    ok: false,
    missing: [
      'ConnectWise needs CONNECTWISE_COMPANY_ID, CONNECTWISE_PUBLIC_KEY, CONNECTWISE_PRIVATE_KEY, CONNECTWISE_CLIENT_ID',
    ],
  });
});
