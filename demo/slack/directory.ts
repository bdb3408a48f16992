/** Who and what exists in the demo workspace. Fixed: the local Slack has no sign-up and no channel making. */

export const TEAM = { id: 'T0DEMO', name: 'Demo Workspace', domain: 'demo' } as const;
export const APP_ID = 'A0CWSYNC';
export const BOT_ID = 'B0CWSYNC';
export const BOT_USER = 'U0CWSYNC';
/** The author of Slack's own notices, such as a command that failed. */
export const SLACKBOT = 'USLACKBOT';
export const COMMAND = '/cwsync';
/** The retired verification token: still part of every payload, and worth nothing. */
export const LEGACY_TOKEN = 'local-slack-verification-token';

export type Person = {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly email: string;
  /** IANA time zone. */
  readonly tz: string;
  readonly isBot: boolean;
  readonly isAdmin: boolean;
  /** What this person is for in the demo; shown in the person picker. */
  readonly part: 'admin' | 'viewer' | 'bot' | 'slack';
};

export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'channel' | 'im';
  readonly members: readonly string[];
};

export const PEOPLE: readonly Person[] = [
  {
    id: 'U0ALEX',
    name: 'alex',
    realName: 'Alex Admin',
    email: 'alex.admin@example.com',
    tz: 'Europe/Berlin',
    isBot: false,
    isAdmin: true,
    part: 'admin',
  },
  {
    id: 'U0VERA',
    name: 'vera',
    realName: 'Vera Viewer',
    email: 'vera.viewer@example.com',
    tz: 'America/New_York',
    isBot: false,
    isAdmin: false,
    part: 'viewer',
  },
  {
    id: BOT_USER,
    name: 'cwsync',
    realName: 'cwsync',
    email: '',
    tz: 'Etc/UTC',
    isBot: true,
    isAdmin: false,
    part: 'bot',
  },
  {
    id: SLACKBOT,
    name: 'slackbot',
    realName: 'Slackbot',
    email: '',
    tz: 'Etc/UTC',
    isBot: false,
    isAdmin: false,
    part: 'slack',
  },
];

export const CHANNELS: readonly Channel[] = [
  { id: 'C0PROJECTS', name: 'projects', kind: 'channel', members: ['U0ALEX', 'U0VERA', BOT_USER] },
  { id: 'C0GENERAL', name: 'general', kind: 'channel', members: ['U0ALEX', 'U0VERA'] },
  // Slack calls every direct conversation by this one name in its payloads.
  { id: 'D0ALEX', name: 'directmessage', kind: 'im', members: ['U0ALEX', BOT_USER] },
  { id: 'D0VERA', name: 'directmessage', kind: 'im', members: ['U0VERA', BOT_USER] },
];

export function personById(id: string): Person | undefined {
  return PEOPLE.find((person) => person.id === id);
}

export function channelById(id: string): Channel | undefined {
  return CHANNELS.find((channel) => channel.id === id);
}

/** The direct conversation between a person and the bot; undefined for bots and strangers. */
export function directChannelOf(personId: string): Channel | undefined {
  return CHANNELS.find((channel) => channel.kind === 'im' && channel.members[0] === personId);
}
