/** Who and what exists in the demo workspace at its start. The local Slack has no sign-up and no channel making. */

export const TEAM = { id: 'T0DEMO', name: 'Demo Workspace', domain: 'demo' } as const;
/** The other company of the Slack Connect channel. */
const PARTNER_TEAM = { id: 'T0PARTNER', name: 'Partner Company', domain: 'partner' } as const;
export const APP_ID = 'A0CWSYNC';
export const BOT_ID = 'B0CWSYNC';
export const BOT_USER = 'U0CWSYNC';
/** Another app's bot. */
export const OTHER_BOT = { user: 'U0BUILDBOT', bot: 'B0BUILDBOT', app: 'A0BUILDBOT' } as const;
/** The author of Slack's own notices, such as a command that failed. */
export const SLACKBOT = 'USLACKBOT';
export const COMMAND = '/cwsync';
/** The retired verification token: still part of every payload, and worth nothing. */
export const LEGACY_TOKEN = 'local-slack-verification-token';

export type Person = {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly realName: string;
  readonly email: string;
  /** IANA time zone. */
  readonly tz: string;
  readonly isBot: boolean;
  readonly isAdmin: boolean;
  /** What this person is for in the demo; shown in the person picker. */
  readonly part: 'admin' | 'viewer' | 'guest' | 'single-channel guest' | 'stranger' | 'bot' | 'slack';
};

export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'channel' | 'im';
  readonly isPrivate: boolean;
  /** Shared with another company by Slack Connect. */
  readonly isShared: boolean;
  readonly isArchived: boolean;
  readonly members: readonly string[];
};

const MEMBER = { teamId: TEAM.id, isBot: false, isAdmin: false, tz: 'Europe/Berlin' } as const;

export const PEOPLE: readonly Person[] = [
  {
    ...MEMBER,
    id: 'U0ALEX',
    name: 'alex',
    realName: 'Alex Admin',
    email: 'alex.admin@example.com',
    isAdmin: true,
    part: 'admin',
  },
  {
    ...MEMBER,
    id: 'U0VERA',
    name: 'vera',
    realName: 'Vera Viewer',
    email: 'vera.viewer@example.com',
    tz: 'America/New_York',
    part: 'viewer',
  },
  {
    ...MEMBER,
    id: 'U0GUS',
    name: 'gus',
    realName: 'Gus Guest',
    email: 'gus.guest@example.com',
    part: 'guest',
  },
  {
    ...MEMBER,
    id: 'U0SOLO',
    name: 'solo',
    realName: 'Solveig Single',
    email: 'solveig.single@example.com',
    part: 'single-channel guest',
  },
  {
    ...MEMBER,
    teamId: PARTNER_TEAM.id,
    id: 'U0SAM',
    name: 'sam',
    realName: 'Sam Stranger',
    email: 'sam.stranger@partner.example',
    part: 'stranger',
  },
  {
    ...MEMBER,
    id: BOT_USER,
    name: 'cwsync',
    realName: 'cwsync',
    email: '',
    tz: 'Etc/UTC',
    isBot: true,
    part: 'bot',
  },
  {
    ...MEMBER,
    id: OTHER_BOT.user,
    name: 'buildbot',
    realName: 'Build Bot',
    email: '',
    tz: 'Etc/UTC',
    isBot: true,
    part: 'bot',
  },
  {
    ...MEMBER,
    id: SLACKBOT,
    name: 'slackbot',
    realName: 'Slackbot',
    email: '',
    tz: 'Etc/UTC',
    part: 'slack',
  },
];

const OPEN = { kind: 'channel', isPrivate: false, isShared: false, isArchived: false } as const;

/** Slack calls every direct conversation by this one name in its payloads. */
function direct(id: string, person: string): Channel {
  const members = [person, BOT_USER];
  return { ...OPEN, id, name: 'directmessage', kind: 'im', isPrivate: true, members };
}

export const FIRST_CHANNELS: readonly Channel[] = [
  {
    ...OPEN,
    id: 'C0PROJECTS',
    name: 'projects',
    members: ['U0ALEX', 'U0VERA', 'U0GUS', 'U0SOLO', BOT_USER, OTHER_BOT.user],
  },
  { ...OPEN, id: 'C0GENERAL', name: 'general', members: ['U0ALEX', 'U0VERA', 'U0GUS'] },
  { ...OPEN, id: 'C0OPS', name: 'operations', isPrivate: true, members: ['U0ALEX', 'U0VERA', BOT_USER] },
  { ...OPEN, id: 'C0SECRET', name: 'secret', isPrivate: true, members: ['U0ALEX', 'U0VERA'] },
  {
    ...OPEN,
    id: 'C0SHARED',
    name: 'shared',
    isShared: true,
    members: ['U0ALEX', 'U0VERA', 'U0SAM', BOT_USER],
  },
  direct('D0ALEX', 'U0ALEX'),
  direct('D0VERA', 'U0VERA'),
  direct('D0GUS', 'U0GUS'),
  direct('D0SOLO', 'U0SOLO'),
  direct('D0SAM', 'U0SAM'),
];

export function personById(id: string): Person | undefined {
  return PEOPLE.find((person) => person.id === id);
}

export function isRestricted(person: Person): boolean {
  return person.part === 'guest' || person.part === 'single-channel guest';
}

/** The team that a person belongs to, as payloads name it. */
export function teamOf(person: Person): { readonly id: string; readonly domain: string } {
  const { id, domain } = person.teamId === TEAM.id ? TEAM : PARTNER_TEAM;
  return { id, domain };
}
