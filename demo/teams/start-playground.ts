/** The Microsoft 365 Agents Playground: a window in which one person acts in Teams, without an account. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Playground = {
  /** Of the window. */
  readonly url: string;
  stop(): Promise<void>;
};

export type PlaygroundOptions = {
  /** Where the bot listens; the window waits until it does. */
  readonly endpoint: string;
  /** It takes the next one where this is taken. */
  readonly port: number;
  /** Where its configuration and its log are kept. */
  readonly folder: string;
  /** Who acts in it; a window of its own for each. Alex unless given. */
  readonly person?: PlaygroundPerson;
};

export const playgroundTenant = '00000000-0000-4000-8000-000000000001';
/** Who may act in a window, by their object ids. */
export const playgroundPeople = {
  alex: '00000000-0000-4000-8000-000000000020',
  vera: '00000000-0000-4000-8000-000000000030',
} as const;
export type PlaygroundPerson = keyof typeof playgroundPeople;

const readyWithinMs = 60_000;
const stopWithinMs = 5_000;
const retryMs = 200;

type Account = { readonly name: string; readonly id: string };

const accounts: Readonly<Record<PlaygroundPerson, Account>> = {
  alex: { name: 'Alex Wilber', id: playgroundPeople.alex },
  vera: { name: 'Vera Vogel', id: playgroundPeople.vera },
};
/** It wants five people beside the one who acts. */
const others = ['Oskar Olsen', 'Megan Bowen', 'Adele Vance', 'Isaiah Langer'].map((name, n) => ({
  name,
  id: `00000000-0000-4000-8000-00000000003${n + 1}`,
}));

/** Its own ids are no GUIDs, which those of Teams are. Each person has a chat of their own with the bot. */
function configuration(person: PlaygroundPerson): string {
  const me = accounts[person];
  const rest = [...Object.values(accounts).filter((one) => one !== me), ...others];
  return `version: "0.1.1"
tenantId: ${playgroundTenant}
bot:
  id: 28:00000000-0000-4000-8000-000000000011
  name: cwsync
currentUser:
${account(me, '  ')}
users:
${rest.map((one) => `  -\n${account(one, '    ')}`).join('\n')}
personalChat:
  id: a:personal-chat-${person}
groupChat:
  id: 19:group-chat
  name: Project managers
team:
  id: 19:team
  name: Acme
  aadGroupId: 00000000-0000-4000-8000-000000000051
  channels:
    - id: 19:projects@thread.tacv2
      name: Projects
`;
}

function account({ name, id }: Account, indent: string): string {
  const [given = '', surname = ''] = name.split(' ');
  const address = `${given.toLowerCase()}@acme.example`;
  const lines = {
    id: `29:${given.toLowerCase()}`,
    name,
    userPrincipleName: address,
    aadObjectId: id,
    givenName: given,
    surname,
    email: address,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${indent}${key}: ${value}`)
    .join('\n');
}

/** @throws Error where it does not start; what it said is in its log */
export async function startPlayground({
  endpoint,
  port,
  folder,
  person = 'alex',
}: PlaygroundOptions): Promise<Playground> {
  await mkdir(folder, { recursive: true });
  const config = path.join(folder, 'playground.yml');
  await writeFile(config, configuration(person));
  const args = [programPath(), '-e', endpoint, '-c', 'msteams', '-p', String(port), '--disable-telemetry'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TEAMSAPPTESTER_BROWSER: 'none',
      M365_AGENTS_PLAYGROUND_CONFIG_PATH: config,
      M365_AGENTS_PLAYGROUND_LOGFILE: path.join(folder, 'playground.log'),
    },
  });
  try {
    const url = `http://127.0.0.1:${await portOf(child)}`;
    await answers(url, child);
    return { url, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function programPath(): string {
  return fileURLToPath(import.meta.resolve('@microsoft/m365agentsplayground/cli.js'));
}

/** The one that it says it took. */
async function portOf(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error('the playground has no output');
  const lines = createInterface({ input: child.stdout });
  const said = Promise.withResolvers<number>();
  const timer = setTimeout(
    () => said.reject(new Error('the playground did not start in time')),
    readyWithinMs,
  );
  lines.on('line', (line) => {
    const port = /Listening on (\d+)/u.exec(line)?.[1];
    if (port) said.resolve(Number(port));
  });
  child.once('exit', (code) => said.reject(new Error(`the playground ended with code ${code}`)));
  child.once('error', (error) => said.reject(error));
  try {
    return await said.promise;
  } finally {
    clearTimeout(timer);
  }
}

/** It listens before it has read its configuration, and ends where it cannot. */
async function answers(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + readyWithinMs;
  while (Date.now() < until && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await delay(retryMs);
  }
  throw new Error('the playground does not answer: its log says why');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await gone;
  clearTimeout(timer);
}
