import type { ChatDirectory } from '../../ports/chat.ts';
import type { ChatIdentityCheck, HealthCheck, HealthResult } from '../../ports/health-checks.ts';
import type { BlockedDestination, IncidentStore } from '../../ports/incidents.ts';
import type { AlertChannel, SettingsStore } from '../../ports/settings.ts';

export type SlackCheckDeps = {
  /** Absent while Slack is not configured. */
  readonly slack: ChatIdentityCheck | undefined;
  /** Those without which something would be refused. */
  readonly scopes: readonly string[];
  /** How the running bot is reached by Slack; undefined where none runs in this process. */
  readonly connection: () => ChatConnection | undefined;
};

export type ChatConnection = {
  readonly way: 'socket' | 'http';
  readonly connected: boolean;
  readonly lastError?: string;
};

export function slackCheck({
  slack,
  scopes,
  connection,
  teams,
}: SlackCheckDeps & Partial<TeamsCheckDeps>): HealthCheck {
  return {
    name: 'Slack token',
    async run() {
      if (!slack)
        return teams ? { ok: 'pass', words: 'Not configured; Teams alone is enough.' } : notConfigured;
      const identity = await slack.identity();
      if (identity.result === 'no-answer') return noAnswer;
      if (identity.result === 'refused') return refused(identity.reason);
      const missing = scopes.filter((scope) => !identity.scopes.includes(scope));
      if (missing.length > 0) {
        return {
          ok: 'fail',
          words: `Accepted, but these scopes are missing: ${missing.join(', ')}.`,
          next: 'Put the app’s manifest in order (npm run slack:manifest) and install the app to the workspace again.',
        };
      }
      const state = connection();
      if (state?.way === 'socket' && !state.connected) return socketDown(state.lastError);
      return { ok: 'pass', words: `Accepted, with all ${scopes.length} scopes.` };
    },
  };
}

const notConfigured: HealthResult = {
  ok: 'fail',
  words: 'Not configured.',
  next: 'docs/slack.md leads through it; then start cwsync again.',
};
const noAnswer: HealthResult = {
  ok: 'fail',
  words: 'Slack does not answer.',
  next: 'Look whether slack.com can be reached from this machine, then check again.',
};

function socketDown(reason = 'no answer'): HealthResult {
  return {
    ok: 'fail',
    words: `Accepted, but Slack cannot reach the bot by socket: ${reason}.`,
    next: 'Look whether SLACK_APP_TOKEN is one of this app, with connections:write; the log says more.',
  };
}

function refused(reason: string): HealthResult {
  return {
    ok: 'fail',
    words: `Slack refused it: ${reason}.`,
    next: 'Copy the bot token anew from the app’s page “OAuth & Permissions” into SLACK_BOT_TOKEN and start cwsync again.',
  };
}

export type TeamsCheckDeps = {
  /** Absent while Teams is not configured. */
  readonly teams: ChatIdentityCheck | undefined;
};

/** Whether Microsoft gives the bot a token; whether Teams reaches the bot only Teams can tell. */
export function teamsCheck({ teams }: TeamsCheckDeps): HealthCheck {
  return {
    name: 'Teams credentials',
    async run() {
      if (!teams) return { ok: 'pass', words: 'Not configured; Slack alone is enough.' };
      const identity = await teams.identity();
      if (identity.result === 'accepted') return { ok: 'pass', words: 'Accepted.' };
      if (identity.result === 'no-answer') {
        return {
          ok: 'fail',
          words: 'Microsoft does not answer.',
          next: 'Look whether login.microsoftonline.com can be reached from this machine, then check again.',
        };
      }
      return {
        ok: 'fail',
        words: `Microsoft refused them: ${identity.reason}.`,
        next: 'Make a new client secret of the app in Entra, put it into TEAMS_APP_PASSWORD and start cwsync again.',
      };
    },
  };
}

export type ChannelCheckDeps = {
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly directory: Pick<ChatDirectory, 'conversation'>;
};

/** Whether alerts can be posted where they should go. */
export function channelCheck({ settings, directory }: ChannelCheckDeps): HealthCheck {
  return {
    name: 'Alert channels',
    async run() {
      const { alertChannels } = await settings.read();
      if (alertChannels.length === 0) {
        return {
          ok: 'warn',
          words: 'None chosen: nobody is told when a sync fails.',
          next: 'An admin chooses one in settings.',
        };
      }
      const faults = (await Promise.all(alertChannels.map((at) => channelFault(directory, at)))).flatMap(
        (fault) => fault ?? [],
      );
      if (faults.length === 0) return { ok: 'pass', words: postedIn(alertChannels.length) };
      return {
        ok: 'fail',
        words: `The bot cannot post in ${faults.length} of ${alertChannels.length}: ${faults.join('; ')}.`,
        next: 'Invite it there (/invite @cwsync), or choose another channel in settings.',
      };
    },
  };
}

const postedIn = (channels: number): string =>
  channels === 1 ? 'The bot can post in the alert channel.' : `The bot can post in all ${channels}.`;

async function channelFault(
  directory: Pick<ChatDirectory, 'conversation'>,
  { platform, tenant, conversation }: AlertChannel,
): Promise<string | undefined> {
  const facts = await directory.conversation({ platform, tenant, conversation });
  if (facts === undefined) return `${conversation} is not to be seen`;
  if (facts.archived) return `#${facts.name} is archived`;
  return facts.member ? undefined : `not a member of #${facts.name}`;
}

/** Where messages were tried and refused, which is not only alert channels. */
export function deliveryCheck(incidents: Pick<IncidentStore, 'blockedDestinations'>): HealthCheck {
  return {
    name: 'Delivery of alerts',
    async run() {
      const blocked = await incidents.blockedDestinations();
      if (blocked.length === 0) return { ok: 'pass', words: 'Nothing is held up.' };
      const places = blocked.slice(0, blockedAtMost).map(blockedWords);
      const more = blocked.length - places.length;
      return {
        ok: 'fail',
        words: `Held up: ${places.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`,
        next: 'It is tried again by itself, slowly: mend what Slack names, or choose another channel in settings.',
      };
    },
  };
}

const blockedAtMost = 5;

function blockedWords({ to, reason, since }: BlockedDestination): string {
  const where = 'user' in to ? `direct messages of ${to.user}` : to.conversation;
  return `${where} (${reason}, since ${since.toISOString().slice(0, 16).replace('T', ' ')} UTC)`;
}
