import { z } from 'zod';
import type { Platform } from './domain/person.ts';
import { roles } from './domain/roles.ts';

/**
 * Everything that can be set, as one schema over the environment. All faults are told at once, by the name of
 * the setting and never by its value.
 */

export const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

const httpUrl = z
  .url({ protocol: /^https?$/u, message: 'must be an http(s) address', abort: true })
  .refine((value) => new URL(value).protocol === 'https:' || loopbackHosts.has(new URL(value).hostname), {
    message: 'must be https; http is allowed for this machine only',
  })
  .refine((value) => new URL(value).username === '' && new URL(value).password === '', {
    message: 'must not carry a user name or password',
  });

const mongoUri = z
  .string()
  .regex(/^mongodb(\+srv)?:\/\//u, { message: 'must begin with mongodb:// or mongodb+srv://', abort: true })
  .refine(isPercentEncoded, 'has a % that does not encode anything: write it as %25');
const redisUrl = z
  .string()
  .regex(/^rediss?:\/\//u, { message: 'must begin with redis:// or rediss://', abort: true })
  .refine((value) => URL.canParse(value) && new URL(value).hostname !== '', {
    message: 'must be an address, such as redis://:password@host:6379',
    abort: true,
  })
  .refine(isPercentEncoded, 'has a % that does not encode anything: write it as %25');
const word = z.string().trim().min(1, 'must not be empty');
const seconds = (fallback: number, least: number) =>
  z.coerce
    .number('must be a number of seconds')
    .min(least, `must be at least ${least} seconds`)
    .max(7 * 86_400, 'must be at most 7 days')
    .default(fallback);
/** For what the clock asks for; `off`: never by the clock. */
const everySeconds = (fallback: number, least: number) =>
  z.union(
    [z.literal('off'), seconds(fallback, least)],
    `must be a number of seconds from ${least} up, or off`,
  );
const whole = (fallback: number, least: number, most: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`)
    .default(fallback);
const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');
const guid = word
  .toLowerCase()
  .regex(
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u,
    'must look like 00000000-0000-0000-0000-000000000000',
  );
const port = z.coerce.number('must be a port number').int().min(0).max(65_535, 'must be a port number');

const personKey = /^(?:slack:[A-Z0-9]+\/[A-Z0-9]+|teams:[0-9a-f-]{36}\/[0-9a-f-]{36})$/u;
/** A channel of a workspace, or of a team: Teams' ids hold colons and signs of their own. */
const channelKey = /^(?:slack:([A-Z0-9]+)\/([CG][A-Z0-9]+)|teams:([0-9a-f-]{36})\/(19:[^\s,/]+))$/u;
const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

const sharedRoles: ReadonlySet<string> = new Set(['bot', 'worker']);

type Channel = { readonly platform: Platform; readonly tenant: string; readonly conversation: string };

function channelOf(key: string): Channel {
  const [, team, channel, organisation = '', conversation = ''] = channelKey.exec(key) ?? [];
  return team !== undefined && channel !== undefined
    ? { platform: 'slack', tenant: team, conversation: channel }
    : { platform: 'teams', tenant: organisation, conversation };
}

function isPercentEncoded(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}

const schema = z
  .object({
    MONGODB_URI: mongoUri.optional(),
    REDIS_URL: redisUrl.optional(),
    CWSYNC_DATA_DIR: word.default('.cwsync'),
    CWSYNC_MONGOD_PORT: port.default(27_117),
    CONNECTWISE_URL: httpUrl.optional(),
    CONNECTWISE_UI_URL: httpUrl.optional(),
    CONNECTWISE_COMPANY_ID: word.regex(/^[\w.-]+$/u, 'must be the company id used to sign in').optional(),
    CONNECTWISE_PUBLIC_KEY: word.optional(),
    CONNECTWISE_PRIVATE_KEY: word.optional(),
    CONNECTWISE_CLIENT_ID: word.optional(),
    CONNECTWISE_API_VERSION: word.regex(/^\d{4}\.\d{1,2}$/u, 'must look like 2025.8').default('2025.8'),
    SLACK_BOT_TOKEN: word.startsWith('xoxb-', 'must begin with xoxb-').optional(),
    SLACK_APP_TOKEN: word.startsWith('xapp-', 'must begin with xapp-').optional(),
    SLACK_SIGNING_SECRET: word.optional(),
    SLACK_API_URL: httpUrl.optional(),
    TEAMS_APP_ID: guid.optional(),
    TEAMS_APP_PASSWORD: word.optional(),
    TEAMS_TENANT_ID: guid.optional(),
    CWSYNC_TEAMS_ANONYMOUS: yesOrNo,
    PORT: port.default(3000),
    CWSYNC_HOST: word.default('127.0.0.1'),
    PUBLIC_URL: httpUrl.optional(),
    HEARTBEAT_URL: httpUrl.optional(),
    CWSYNC_METRICS_PORT: port.optional(),
    CWSYNC_METRICS_TOKEN: word
      .min(20, 'must be at least 20 characters')
      .regex(/^[\x21-\x7e]*$/u, 'must be of letters, digits and signs without blanks')
      .optional(),
    CWSYNC_ADMINS: list.refine((keys) => keys.every((key) => personKey.test(key)), {
      message: 'must be a list of slack:<team>/<user> and teams:<tenant>/<object id>, separated by commas',
    }),
    CWSYNC_DEFAULT_ROLE: z.enum(roles, `must be one of ${roles.join(', ')}`).default('viewer'),
    CWSYNC_ALERT_CHANNELS: list
      .refine((keys) => keys.every((key) => channelKey.test(key)), {
        message: 'must be a list of slack:<team id>/<channel id>, separated by commas',
        abort: true,
      })
      .transform((keys) => keys.map(channelOf)),
    CWSYNC_ROLE: z.enum(['all', 'bot', 'worker'], 'must be all, bot or worker').default('all'),
    CWSYNC_LINK_OPEN_PROJECTS: yesOrNo,
    CWSYNC_WRITE_TO_CONNECTWISE: yesOrNo,
    CWSYNC_COOL_DOWN_SECONDS: seconds(600, 0),
    CWSYNC_COMPREHENSIVE_SECONDS: everySeconds(4 * 3_600, 10),
    CWSYNC_MISC_SECONDS: everySeconds(4 * 3_600, 10),
    CWSYNC_SCOUT_SECONDS: everySeconds(60, 1),
    CWSYNC_NOTES_SECONDS: everySeconds(60, 1),
    CWSYNC_REQUESTS_PER_SECOND: z
      .union(
        [
          z.literal('off'),
          z.coerce
            .number('must be a number')
            .min(0.1, 'must be at least 0.1')
            .max(1_000, 'must be at most 1000'),
        ],
        'must be a number from 0.1 to 1000, or off',
      )
      .default(8),
    CWSYNC_REQUESTS_AT_ONCE: whole(4, 1, 100),
    CWSYNC_SLOTS: whole(4, 1, 100),
    CWSYNC_SLOTS_FOR_PEOPLE: whole(1, 0, 99),
    CWSYNC_SLOTS_PER_WORKER: whole(100, 1, 100),
    CWSYNC_WORKER_MEMORY_MB: whole(512, 128, 65_536),
    CWSYNC_LEASE_SECONDS: seconds(60, 1),
    CWSYNC_POLL_SECONDS: seconds(2, 0.05),
    LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error')
      .default('info'),
  })
  .refine(({ CWSYNC_SLOTS: all, CWSYNC_SLOTS_FOR_PEOPLE: kept }) => all < 1 || kept < all, {
    path: ['CWSYNC_SLOTS_FOR_PEOPLE'],
    message: 'must be less than CWSYNC_SLOTS',
  })
  .refine(({ CWSYNC_ROLE: role, MONGODB_URI: uri }) => uri !== undefined || !sharedRoles.has(role), {
    path: ['MONGODB_URI'],
    message: 'is needed where bot and worker are processes of their own: they share one database',
    // Also beside other faults: all are told at once.
    when: () => true,
  })
  .refine(({ CWSYNC_ROLE: role, CONNECTWISE_COMPANY_ID: id }) => id !== undefined || !sharedRoles.has(role), {
    path: ['CONNECTWISE_COMPANY_ID'],
    message: 'is needed where bot and worker are processes of their own: it names the data they share',
    when: () => true,
  })
  .refine(
    ({ CWSYNC_TEAMS_ANONYMOUS: anonymous, CWSYNC_HOST: host }) => !anonymous || loopbackHosts.has(host),
    {
      path: ['CWSYNC_TEAMS_ANONYMOUS'],
      message: 'lets everybody in who can reach this machine: only where CWSYNC_HOST is 127.0.0.1',
    },
  )
  .refine(
    ({ CWSYNC_TEAMS_ANONYMOUS: anonymous, TEAMS_APP_ID: id, TEAMS_APP_PASSWORD: password }) =>
      !anonymous || (id === undefined && password === undefined),
    {
      path: ['CWSYNC_TEAMS_ANONYMOUS'],
      message: 'must not be set beside TEAMS_APP_ID or TEAMS_APP_PASSWORD',
    },
  );

type Env = z.infer<typeof schema>;

/** Every setting of this schema, by name. */
export const settingNames: readonly string[] = Object.keys(schema.shape);

export type ConnectWiseConfig = {
  readonly url: string;
  readonly uiUrl?: string;
  readonly companyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
  readonly clientId: string;
  readonly apiVersion: string;
};

export type SlackConfig = {
  readonly botToken: string;
  /** Of Socket Mode; else Slack calls by HTTP, signed with `signingSecret`. One of the two is there. */
  readonly appToken?: string;
  readonly signingSecret?: string;
  readonly apiUrl?: string;
};

/** One tenant is served. Without an id nothing is signed: in the demo alone, on this machine alone. */
export type TeamsConfig =
  | { readonly appId: string; readonly appPassword: string; readonly tenantId: string }
  | { readonly anonymous: true; readonly tenantId: string };

export type Config = {
  readonly role: Env['CWSYNC_ROLE'];
  readonly mongodbUri?: string;
  /** Where workers learn of due projects by BullMQ; absent: from MongoDB. Holds a password. */
  readonly redisUrl?: string;
  readonly dataDir: string;
  /** Of the embedded MongoDB server; 0 takes any free one. */
  readonly embeddedMongodbPort: number;
  /** Absent until every one of its settings is there. */
  readonly connectWise?: ConnectWiseConfig;
  readonly slack?: SlackConfig;
  readonly teams?: TeamsConfig;
  /** Where people's browsers and ConnectWise reach the HTTP server; absent: on this machine alone. */
  readonly publicUrl?: string;
  readonly port: number;
  /** The address that the HTTP server listens on. */
  readonly host: string;
  /** Asked once a minute while everything is alive. A secret. */
  readonly heartbeatUrl?: string;
  readonly metrics: {
    /** Where they are read, apart from everything else; absent: on `port`, where there is a bot. */
    readonly port?: number;
    /** Without it this machine alone may read them. A secret. */
    readonly token?: string;
  };
  readonly admins: readonly string[];
  readonly defaultRole: Env['CWSYNC_DEFAULT_ROLE'];
  readonly linkOpenProjects: boolean;
  readonly writeToConnectWise: boolean;
  /** Where alerts go while nobody has chosen anything in chat. */
  readonly alertChannels: readonly Channel[];
  readonly logLevel: Env['LOG_LEVEL'];
  readonly timings: {
    readonly coolDownMs: number;
    readonly leaseMs: number;
    readonly pollMs: number;
    /** How often the clock of the queue is turned. */
    readonly tickMs: number;
  };
  /** What the clock asks for, and how often. */
  readonly schedule: {
    readonly comprehensiveMs: number;
    readonly miscMs: number;
    readonly scoutMs: number;
    readonly notesMs: number;
    readonly comprehensiveRequestsPerSecond: number;
  };
  /** Requests to ConnectWise, over all processes; absent where nothing but ConnectWise's own 429 limits them. */
  readonly requests?: { readonly perSecond: number; readonly atOnce: number };
  /** Runs of projects at once, over all processes; so many of them only for what a person waits for; so many in one process. */
  readonly slots: { readonly total: number; readonly forPeople: number; readonly perWorker: number };
  /** The heap of the background thread. */
  readonly workerMemoryMb: number;
  /** What nothing can sync or be asked without, in words for people. */
  readonly missing: readonly string[];
};

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  /** One line for each fault, with the name of the setting and never its value; and what is not set at all. */
  | { readonly ok: false; readonly faults: readonly string[]; readonly missing: readonly string[] };

/** @param env the environment; empty strings count as not set */
export function readConfig(env: { readonly [name: string]: string | undefined }): ConfigResult {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    return {
      ok: false,
      faults: parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`),
      missing: missingOf(set),
    };
  }
  return { ok: true, config: toConfig(parsed.data) };
}

function toConfig(env: Env): Config {
  const connectWise = connectWiseOf(env);
  const slack = slackOf(env);
  const teams = teamsOf(env);
  const perSecond = env.CWSYNC_REQUESTS_PER_SECOND === 'off' ? undefined : env.CWSYNC_REQUESTS_PER_SECOND;
  return {
    role: env.CWSYNC_ROLE,
    dataDir: env.CWSYNC_DATA_DIR,
    embeddedMongodbPort: env.CWSYNC_MONGOD_PORT,
    ...(env.MONGODB_URI === undefined ? {} : { mongodbUri: env.MONGODB_URI }),
    ...(env.REDIS_URL === undefined ? {} : { redisUrl: env.REDIS_URL }),
    ...(connectWise ? { connectWise } : {}),
    ...(slack ? { slack } : {}),
    ...(teams ? { teams } : {}),
    ...(env.PUBLIC_URL === undefined ? {} : { publicUrl: env.PUBLIC_URL }),
    port: env.PORT,
    host: env.CWSYNC_HOST,
    ...(env.HEARTBEAT_URL === undefined ? {} : { heartbeatUrl: env.HEARTBEAT_URL }),
    metrics: {
      ...(env.CWSYNC_METRICS_PORT === undefined ? {} : { port: env.CWSYNC_METRICS_PORT }),
      ...(env.CWSYNC_METRICS_TOKEN === undefined ? {} : { token: env.CWSYNC_METRICS_TOKEN }),
    },
    admins: env.CWSYNC_ADMINS,
    defaultRole: env.CWSYNC_DEFAULT_ROLE,
    linkOpenProjects: env.CWSYNC_LINK_OPEN_PROJECTS,
    writeToConnectWise: env.CWSYNC_WRITE_TO_CONNECTWISE,
    alertChannels: env.CWSYNC_ALERT_CHANNELS,
    logLevel: env.LOG_LEVEL,
    timings: {
      coolDownMs: env.CWSYNC_COOL_DOWN_SECONDS * 1_000,
      leaseMs: env.CWSYNC_LEASE_SECONDS * 1_000,
      pollMs: env.CWSYNC_POLL_SECONDS * 1_000,
      tickMs: Math.min(longestTickMs, everyMs(env.CWSYNC_SCOUT_SECONDS)),
    },
    schedule: {
      comprehensiveMs: everyMs(env.CWSYNC_COMPREHENSIVE_SECONDS),
      miscMs: everyMs(env.CWSYNC_MISC_SECONDS),
      scoutMs: everyMs(env.CWSYNC_SCOUT_SECONDS),
      notesMs: everyMs(env.CWSYNC_NOTES_SECONDS),
      // The other half is for changes and people.
      comprehensiveRequestsPerSecond: (perSecond ?? unlimitedPerSecond) / 2,
    },
    ...(perSecond === undefined ? {} : { requests: { perSecond, atOnce: env.CWSYNC_REQUESTS_AT_ONCE } }),
    slots: {
      total: env.CWSYNC_SLOTS,
      forPeople: env.CWSYNC_SLOTS_FOR_PEOPLE,
      perWorker: env.CWSYNC_SLOTS_PER_WORKER,
    },
    workerMemoryMb: env.CWSYNC_WORKER_MEMORY_MB,
    missing: missingOf(env),
  };
}

const longestTickMs = 10_000;
/** What schedules reckon with where there is no limit. */
export const unlimitedPerSecond = 1_000;
/** Off: first turns are spread by chance over the interval, so it is long enough that none falls into a life. */
const neverMs = 1_000 * 365 * 86_400_000;
const everyMs = (every: number | 'off'): number => (every === 'off' ? neverMs : every * 1_000);

const connectWiseNames = [
  'CONNECTWISE_URL',
  'CONNECTWISE_COMPANY_ID',
  'CONNECTWISE_PUBLIC_KEY',
  'CONNECTWISE_PRIVATE_KEY',
  'CONNECTWISE_CLIENT_ID',
] as const;

type Names = { readonly [name in keyof Env]?: unknown };

function missingOf(env: Names): readonly string[] {
  const chat = env.CWSYNC_ROLE === 'worker' ? [] : missingInChat(env);
  return [...missingIn('ConnectWise', env, connectWiseNames), ...chat];
}

function missingIn(system: string, env: Names, names: readonly (keyof Env)[]): readonly string[] {
  const absent = names.filter((name) => env[name] === undefined);
  return absent.length === 0 ? [] : [`${system} needs ${absent.join(', ')}`];
}

const teamsNames = ['TEAMS_APP_ID', 'TEAMS_APP_PASSWORD', 'TEAMS_TENANT_ID'] as const;

/** One of the two is enough; one that was begun is to be finished. */
function missingInChat(env: Names): readonly string[] {
  const slackBegun = Boolean(env.SLACK_BOT_TOKEN ?? env.SLACK_APP_TOKEN ?? env.SLACK_SIGNING_SECRET);
  if (isTeamsSet(env)) return slackBegun ? missingInSlack(env) : [];
  const teamsBegun = teamsNames.some((name) => env[name] !== undefined);
  const inTeams = teamsBegun ? missingIn('Teams', env, teamsNames) : [];
  return [...(slackBegun || !teamsBegun ? missingInSlack(env) : []), ...inTeams];
}

/** Also where only its names are known, because some other setting is malformed. */
function isTeamsSet(env: Names): boolean {
  return String(env.CWSYNC_TEAMS_ANONYMOUS) === 'true' || teamsNames.every((name) => env[name] !== undefined);
}

function missingInSlack(env: Names): readonly string[] {
  const absent = [
    ...(env.SLACK_BOT_TOKEN ? [] : ['SLACK_BOT_TOKEN']),
    // By either way; the first needs no address that Slack can reach.
    ...(env.SLACK_APP_TOKEN || env.SLACK_SIGNING_SECRET ? [] : ['SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET)']),
  ];
  return absent.length === 0 ? [] : [`Slack needs ${absent.join(', ')}`];
}

function connectWiseOf(env: Env): ConnectWiseConfig | undefined {
  const url = env.CONNECTWISE_URL;
  const companyId = env.CONNECTWISE_COMPANY_ID;
  const publicKey = env.CONNECTWISE_PUBLIC_KEY;
  const privateKey = env.CONNECTWISE_PRIVATE_KEY;
  const clientId = env.CONNECTWISE_CLIENT_ID;
  if (!url || !companyId || !publicKey || !privateKey || !clientId) return undefined;
  const uiUrl = env.CONNECTWISE_UI_URL;
  const apiVersion = env.CONNECTWISE_API_VERSION;
  return { url, companyId, publicKey, privateKey, clientId, apiVersion, ...(uiUrl ? { uiUrl } : {}) };
}

function slackOf(env: Env): SlackConfig | undefined {
  const botToken = env.SLACK_BOT_TOKEN;
  const appToken = env.SLACK_APP_TOKEN;
  const signingSecret = env.SLACK_SIGNING_SECRET;
  if (!botToken || !(appToken || signingSecret)) return undefined;
  return {
    botToken,
    ...(appToken ? { appToken } : {}),
    ...(signingSecret ? { signingSecret } : {}),
    ...(env.SLACK_API_URL ? { apiUrl: env.SLACK_API_URL } : {}),
  };
}

/** Of the tenant that the Agents Playground is given where none is named. */
const playgroundTenant = '00000000-0000-4000-8000-000000000001';

function teamsOf(env: Env): TeamsConfig | undefined {
  const { TEAMS_APP_ID: appId, TEAMS_APP_PASSWORD: appPassword, TEAMS_TENANT_ID: tenantId } = env;
  if (env.CWSYNC_TEAMS_ANONYMOUS) return { anonymous: true, tenantId: tenantId ?? playgroundTenant };
  if (!appId || !appPassword || !tenantId) return undefined;
  return { appId, appPassword, tenantId };
}
