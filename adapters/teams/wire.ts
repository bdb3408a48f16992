/** Teams' own service: messages posted and edited, personal chats opened, members looked up. */
import {
  type Activity,
  type CloudAdapter,
  type ConversationReference,
  type TeamsChannelAccount,
  TeamsInfo,
  type TurnContext,
} from 'botbuilder';
import type {
  ConversationReference as KnownConversation,
  PersonReference,
} from '../../src/ports/chat-references.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Reach } from './reach.ts';

/** Where a conversation is reached. */
export type Spot = Pick<KnownConversation, 'conversation' | 'serviceUrl' | 'bot'> & {
  readonly tenant: string;
};

export type Member = {
  readonly name: string;
  readonly role?: string;
  readonly tenant?: string;
  readonly email?: string;
};

/** Who reads along somewhere; not `all` where there are more than can be looked through. */
export type Members = { readonly members: readonly Member[]; readonly all: boolean };

/** Every call rejects as botbuilder does: a `statusCode` where Teams answered. */
export type Wire = {
  /** @returns the id of the new message */
  post(to: Spot, activity: Partial<Activity>): Promise<string>;
  update(at: Spot, id: string, activity: Partial<Activity>): Promise<void>;
  /** Opens the chat with this person alone. @returns its id */
  openPersonal(person: PersonReference): Promise<string>;
  member(at: Spot, user: string): Promise<Member>;
  members(at: Spot): Promise<Members>;
};

export const channelId = 'msteams';
/** Whose token the platform's service takes. */
const audience = 'https://api.botframework.com';
/** One call, with the repeats that botbuilder makes by itself, in milliseconds. */
const callWithinMs = 20_000;
const pageSize = 100;
const pagesAtMost = 5;

export type WireOptions = {
  readonly adapter: CloudAdapter;
  /** Empty in the demo. */
  readonly appId: string;
  readonly clock: Clock;
  readonly reach: Pick<Reach, 'watch'>;
};

export function teamsWire({ adapter, appId, clock, reach }: WireOptions): Wire {
  const within = <T>(call: Promise<T>): Promise<T> => reach.watch(() => inTime(call));

  /** botbuilder waits as long as the service does. */
  async function inTime<T>(call: Promise<T>): Promise<T> {
    const answered = new AbortController();
    const late = clock.sleep(callWithinMs, answered.signal).then(() => {
      throw new Error('Teams did not answer in time');
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      answered.abort();
      late.catch(() => {});
    }
  }

  async function at<T>(spot: Spot, call: (context: TurnContext) => Promise<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    await within(
      adapter.continueConversationAsync(appId, referenceOf(spot), async (context) => {
        result = { value: await call(context) };
      }),
    );
    if (!result) throw new Error('the conversation was not continued');
    return result.value;
  }

  return {
    post: (to, activity) =>
      at(to, async (context) => {
        // Made up by botbuilder; with it the message would be an answer to nothing.
        context.activity.id = '';
        const posted = await context.sendActivity(activity);
        if (!posted?.id) throw new Error('Teams gave the message no id');
        return posted.id;
      }),
    update: (spot, id, activity) =>
      at(spot, async (context) => {
        await context.updateActivity({ ...activity, id });
      }),
    async openPersonal({ tenant, account, serviceUrl, bot }) {
      let opened: string | undefined;
      const parameters = {
        isGroup: false,
        bot: { id: bot, name: 'cwsync' },
        members: [{ id: account, name: '' }],
        tenantId: tenant,
        channelData: { tenant: { id: tenant } },
      };
      await within(
        // Its type wants an activity that opens the conversation; the service does not.
        adapter.createConversationAsync(
          appId,
          channelId,
          serviceUrl,
          audience,
          parameters as never,
          async (context) => {
            opened = context.activity.conversation.id;
          },
        ),
      );
      if (!opened) throw new Error('Teams gave the conversation no id');
      return opened;
    },
    member: (spot, user) => at(spot, async (context) => memberOf(await TeamsInfo.getMember(context, user))),
    members: (spot) => at(spot, allMembers),
  };
}

async function allMembers(context: TurnContext): Promise<Members> {
  const found: Member[] = [];
  let token: string | undefined;
  for (let page = 0; page < pagesAtMost; page += 1) {
    const { members, continuationToken } = await TeamsInfo.getPagedMembers(context, pageSize, token);
    found.push(...members.map(memberOf));
    if (!continuationToken) return { members: found, all: true };
    token = continuationToken;
  }
  return { members: found, all: false };
}

function memberOf({ name, userRole, tenantId, email, userPrincipalName }: TeamsChannelAccount): Member {
  const address = email || userPrincipalName;
  return {
    name: name ?? '',
    ...(userRole ? { role: userRole } : {}),
    ...(tenantId ? { tenant: tenantId } : {}),
    ...(address ? { email: address } : {}),
  };
}

/** What is not known is left out: an empty text is refused. botbuilder's type wants all of it. */
function referenceOf({ conversation, serviceUrl, bot, tenant }: Spot): Partial<ConversationReference> {
  const account = { id: conversation, tenantId: tenant };
  return {
    channelId,
    serviceUrl,
    bot: { id: bot, name: 'cwsync' },
    conversation: account as ConversationReference['conversation'],
  };
}
