/**
 * `npm run demo`: the product as shipped, with stand-ins for everything it talks to, on this machine alone.
 * Nothing here is a shortcut through the product: it is started from its environment like in production.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startProduct } from '../src/bootstrap/start.ts';
import { DEMO_CREDENTIALS, startConnectWise } from './connectwise/server.ts';
import { demoWorld } from './demo-world.ts';
import { type LocalSlack, startSlack } from './slack/start-slack.ts';
import { playgroundPeople, playgroundTenant, startPlayground } from './teams/start-playground.ts';

const help = `Usage: npm run demo -- [options]

  --empty             begin before set-up: nothing chosen, no project linked; its data are kept apart
  --fresh             start over: forget what was kept from the last time
  --data DIR          where the data are kept (default .demo, with --empty .demo-empty)
  --port N            port of cwsync (default 4000)
  --connectwise N     port of the ConnectWise simulator (default 4010)
  --slack N           port of the Slack window (default 4020)
  --teams N           port of the Teams window (default 4030)
  --no-teams          without the Teams window
  --mongodb N         port of the embedded MongoDB (default 27117)
  --help              this text
`;

/** What takes minutes and hours in production takes seconds and minutes here, so that it can be watched. */
const timings = {
  coolDownSeconds: 30,
  leaseSeconds: 20,
  pollSeconds: 0.5,
  comprehensiveSeconds: 300,
  miscSeconds: 300,
  scoutSeconds: 15,
} as const;
/** Somebody in the simulated company does something so often, in milliseconds. */
const lifeEveryMs = 20_000;
/** Made up for the demo; nothing real answers to them. */
const slackBotToken = 'xoxb-demo-token';
const people = { admins: `slack:T0DEMO/U0ALEX,teams:${playgroundTenant}/${playgroundPeople.alex}` } as const;
/** The API of the simulator takes this long, so that a sync can be watched. */
const latencyMs = 150;

type Options = {
  readonly empty: boolean;
  readonly fresh: boolean;
  readonly data: string;
  readonly port: number;
  readonly connectwise: number;
  readonly slack: number;
  /** Undefined: without the Teams window. */
  readonly teams: number | undefined;
  readonly mongodb: number;
};

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return;
  const end = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.resolve(0));
  const ends: (() => Promise<void>)[] = [];
  try {
    await startAll(options, ends, () => end.resolve(1));
    process.exitCode = await end.promise;
    say('\nstopping …');
  } catch (error) {
    say(`The demo could not start: ${explain(error)}`);
    process.exitCode = 1;
  }
  // One that cannot stop keeps none of the others from stopping.
  for (const stop of ends.reverse())
    await stop().catch((error: unknown) => say(`While stopping: ${explain(error)}`));
}

function readOptions(): Options | undefined {
  try {
    const port = { type: 'string' } as const;
    const { values } = parseArgs({
      options: {
        empty: { type: 'boolean' },
        fresh: { type: 'boolean' },
        help: { type: 'boolean' },
        data: { type: 'string' },
        port,
        connectwise: port,
        slack: port,
        teams: port,
        'no-teams': { type: 'boolean' },
        mongodb: port,
      },
    });
    if (values.help) {
      say(help);
      return undefined;
    }
    return {
      empty: values.empty === true,
      fresh: values.fresh === true,
      data: path.resolve(values.data ?? (values.empty ? '.demo-empty' : '.demo')),
      port: portOf('port', values.port, 4000),
      connectwise: portOf('connectwise', values.connectwise, 4010),
      slack: portOf('slack', values.slack, 4020),
      teams: values['no-teams'] ? undefined : portOf('teams', values.teams, 4030),
      mongodb: portOf('mongodb', values.mongodb, 27_117),
    };
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}

function portOf(name: string, value: string | undefined, fallback: number): number {
  const port = value === undefined ? fallback : Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--${name} takes a port, 1 to 65535`);
  return port;
}

async function startAll(
  options: Options,
  ends: (() => Promise<void>)[],
  onHopeless: () => void,
): Promise<void> {
  const { data } = options;
  if (options.fresh) await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  const clock = () => new Date();
  const connectWise = await startConnectWise({
    port: options.connectwise,
    world: demoWorld,
    stateFile: path.join(data, 'connectwise.json'),
    clock,
    latencyMs,
    life: { everyMs: lifeEveryMs, seed: 11 },
  });
  ends.push(() => connectWise.stop());
  const slack = await startSlack({
    mode: 'socket',
    botToken: slackBotToken,
    port: options.slack,
    stateFile: path.join(data, 'slack.json'),
    clock,
  });
  ends.push(() => slack.stop());
  const env = productEnv(options, connectWise.url, slack);
  await writeSettings(data, env);
  const product = await startProduct({
    env,
    appVersion: 'demo',
    say,
    onHopeless,
  });
  ends.push(() => product.stop());
  const teamsUrl = await startTeams(options, ends);
  say(welcome(options, { slackUrl: slack.url, teamsUrl, connectWiseUrl: connectWise.url }));
}

/** @returns the address of the window; undefined without one */
async function startTeams(
  { teams, port, data }: Options,
  ends: (() => Promise<void>)[],
): Promise<string | undefined> {
  if (teams === undefined) return undefined;
  const endpoint = `http://127.0.0.1:${port}/api/messages`;
  try {
    const playground = await startPlayground({ endpoint, port: teams, folder: path.join(data, 'teams') });
    ends.push(() => playground.stop());
    return playground.url;
  } catch (error) {
    // Everything else works without it.
    say(`The Teams window could not start: ${explain(error)} (npm run demo -- --no-teams leaves it out)`);
    return undefined;
  }
}

/** So that `npx cwsync status` in that folder means the demo, whatever is set up elsewhere. */
async function writeSettings(data: string, env: NodeJS.ProcessEnv): Promise<void> {
  const ofTheProduct = /^(?:CWSYNC|CONNECTWISE|SLACK|TEAMS)_|^PORT$|^PUBLIC_URL$/u;
  const lines = Object.entries(env).filter(([name]) => ofTheProduct.test(name));
  const text = lines.map(([name, value]) => `${name}="${value}"\n`).join('');
  await writeFile(path.join(data, '.env'), text, { mode: 0o600 });
}

function productEnv(options: Options, connectWiseUrl: string, slack: LocalSlack): NodeJS.ProcessEnv {
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  // Not MONGODB_URI: a demo must never write into a database that somebody works with.
  const inherited = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'CWSYNC_MONGOD', 'LOG_LEVEL'];
  return {
    LOG_LEVEL: 'warn',
    ...Object.fromEntries(
      inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
    CWSYNC_DATA_DIR: options.data,
    CWSYNC_MONGOD_PORT: String(options.mongodb),
    CONNECTWISE_URL: connectWiseUrl,
    CONNECTWISE_UI_URL: connectWiseUrl,
    CONNECTWISE_COMPANY_ID: companyId,
    CONNECTWISE_PUBLIC_KEY: publicKey,
    CONNECTWISE_PRIVATE_KEY: privateKey,
    CONNECTWISE_CLIENT_ID: clientId,
    SLACK_BOT_TOKEN: slackBotToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ...(options.teams === undefined
      ? {}
      : { CWSYNC_TEAMS_ANONYMOUS: 'true', TEAMS_TENANT_ID: playgroundTenant }),
    PORT: String(options.port),
    // The simulator calls it, once writing to ConnectWise is turned on.
    PUBLIC_URL: `http://127.0.0.1:${options.port}`,
    CWSYNC_ADMINS: people.admins,
    // In the empty one an admin chooses it.
    ...(options.empty ? {} : { CWSYNC_ALERT_CHANNELS: 'slack:T0DEMO/C0PROJECTS' }),
    CWSYNC_LINK_OPEN_PROJECTS: String(!options.empty),
    // In the empty one an admin turns it on, as in production.
    CWSYNC_WRITE_TO_CONNECTWISE: String(!options.empty),
    CWSYNC_COOL_DOWN_SECONDS: String(timings.coolDownSeconds),
    CWSYNC_LEASE_SECONDS: String(timings.leaseSeconds),
    CWSYNC_POLL_SECONDS: String(timings.pollSeconds),
    CWSYNC_COMPREHENSIVE_SECONDS: String(timings.comprehensiveSeconds),
    CWSYNC_MISC_SECONDS: String(timings.miscSeconds),
    CWSYNC_SCOUT_SECONDS: String(timings.scoutSeconds),
    CWSYNC_NOTES_SECONDS: String(timings.scoutSeconds),
  };
}

type Addresses = {
  readonly slackUrl: string;
  readonly teamsUrl: string | undefined;
  readonly connectWiseUrl: string;
};

function welcome({ empty, data }: Options, { slackUrl, teamsUrl, connectWiseUrl }: Addresses): string {
  const again = empty ? 'npm run demo -- --empty --fresh' : 'npm run demo -- --fresh';
  const teams = teamsUrl === undefined ? '' : `\n  Teams window           ${teamsUrl}`;
  return `
cwsync is running with stand-ins for Slack, Teams and ConnectWise:

  Slack window           ${slackUrl}${teams}
  ConnectWise simulator  ${connectWiseUrl}
  from a terminal        cd ${path.relative('', data) || '.'} && npx cwsync status

It lives by itself: people in the simulated company edit tickets, log time and delete things. cwsync looks for
changes every ${timings.scoutSeconds} s, waits ${timings.coolDownSeconds} s between two syncs of a project and reads everything anew every ${timings.comprehensiveSeconds / 60} min
(in production: 1 min, 10 min, 4 h). ${
    empty
      ? 'It only reads: writing to ConnectWise is turned on in the settings.'
      : 'Writing to ConnectWise is on: edits of the plan go to the simulator.'
  }

Three things to try:
${empty ? firstHour : everyDay}
As Vera you may look, but not change anything; she manages projects in ConnectWise:  /cwsync status --mine
shows hers, and Alex has some too. Ctrl-C stops everything; the next start goes on with the same
data (${again} starts over).
`;
}

/** Before anything was chosen. */
const firstHour = `  1. In the Slack window, as Alex, who is the admin, open the Home tab of cwsync: it says why it is empty, and the
     bot's direct messages hold its welcome.
  2. Write  /cwsync setup  and go through its five steps: ConnectWise and its rights, the set-up data, which boards
     to sync, what the first import costs, where alerts go (#projects). A direct message follows the import.
  3. Write  /cwsync status  before, during and after it: the header tells how far it is. As Vera it looks the
     same, without the buttons of an admin.
`;

const everyDay = `  1. In the Slack window, as Alex, write  /cwsync status  and pick Sync in a project's menu: the answer
     follows the sync to its end. In the Teams window write  status  to see the same.
  2. Change a ticket on the simulator's page and wait a minute: /cwsync tasks <project>  shows it, with nobody
     asking. Delete the ticket:  /cwsync restore <project>  has it for 30 days.
  3. Press "Revoke right: tickets" on the simulator's page: within two minutes #projects is told what failed, whose
     side it is on and what to do. Give the right back: cwsync sees it, syncs, and says there that it is over.
`;

function explain(error: unknown): string {
  const { code, port } = error as { code?: string; port?: number };
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use. Stop what uses it, or choose another one (npm run demo -- --help).`;
  }
  if (!(error instanceof Error)) return String(error);
  // These name settings of production, which the demo sets by itself.
  const ofMongodb = ['DataFolderError', 'EmbeddedMongoError'].includes(error.name);
  return ofMongodb
    ? `${error.message}\nThe demo has switches for that: npm run demo -- --data DIR --mongodb PORT`
    : error.message;
}

await main();
