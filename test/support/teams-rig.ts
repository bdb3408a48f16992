/** The Teams adapter as it is shipped, over the wire, with an application that a test plays. */
import { randomUUID } from 'node:crypto';
import { ConfigurationServiceClientCredentialFactory } from 'botbuilder';
import { createHttpServer } from '../../adapters/http/server.ts';
import { type Teams, teams } from '../../adapters/teams/app.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { ChatDoors, ChatRequest, Delivered, FormSubmission } from '../../src/ports/chat.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FormAnswer } from '../../src/ports/form.ts';
import type { Acknowledgement } from '../../src/ports/metrics.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { FakeChatReferences, FakeKeepsakes } from './fake-chat-references.ts';
import { eventually, freePort } from './product-rig.ts';
import { RecordingLogger } from './recording-logger.ts';
import { type Claims, KeyServer, TeamsService } from './teams-service.ts';

export const tenant = '11111111-1111-4111-8111-111111111111';
export const appId = '22222222-2222-4222-8222-222222222222';
export const bot = { id: `28:${appId}`, name: 'cwsync' } as const;
export const alex = {
  id: '29:alex',
  name: 'Alex Wilber',
  aadObjectId: '33333333-3333-4333-8333-333333333331',
} as const;
export const vera = {
  id: '29:vera',
  name: 'Vera Vogel',
  aadObjectId: '33333333-3333-4333-8333-333333333332',
} as const;
export type Account = { readonly id: string; readonly name: string; readonly aadObjectId: string };

export const channel = '19:projects@thread.tacv2';
export const personal = (who: Account): string => `a:${who.id}`;

/** Tokens of the bot's own, without Microsoft. */
class LocalTokens extends ConfigurationServiceClientCredentialFactory {
  constructor() {
    super({
      MicrosoftAppId: appId,
      MicrosoftAppPassword: 'not-used',
      MicrosoftAppTenantId: tenant,
      MicrosoftAppType: 'SingleTenant',
    });
  }

  override async createCredentials(): Promise<never> {
    const signRequest = async (request: { headers: { set(name: string, value: string): void } }) => {
      request.headers.set('authorization', 'Bearer of-the-bot');
      return request;
    };
    return { signRequest } as never;
  }
}

export type Played = {
  /** Nothing: no answer. */
  request(request: ChatRequest): Promise<Reply | undefined>;
  submit(submission: FormSubmission): Promise<FormAnswer>;
};

export type TeamsRig = Awaited<ReturnType<typeof startTeamsRig>>;

type TeamsRigOptions = {
  readonly clock?: Clock;
  /** What stands behind the adapter; an application that the test plays unless given. */
  readonly doors?: (adapter: Teams) => ChatDoors;
};

export async function startTeamsRig(options: TeamsRigOptions = {}) {
  const { clock = systemClock } = options;
  const service = await TeamsService.start();
  const keys = await KeyServer.start();
  const logger = new RecordingLogger();
  const references = new FakeChatReferences();
  const keepsakes = new FakeKeepsakes(() => clock.now());
  const acknowledged: Acknowledgement[] = [];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const http = createHttpServer(async () => ({ database: true, worker: true, chat: true }), {
    // A busy machine must not have a connection closed under a request.
    times: { keptAlive: 60_000 },
    logger,
  });
  for (const who of [alex, vera]) {
    service.members.set(who.id, {
      ...who,
      tenantId: tenant,
      userRole: 'user',
      email: `${who.id.slice(3)}@acme.example`,
    });
  }
  const adapter: Teams = teams({
    credentials: { appId, appPassword: 'a-password-of-the-rig', tenantId: tenant },
    authority: { keysUrl: keys.url, tokens: new LocalTokens() },
    publicUrl: url,
    references,
    keepsakes,
    clock,
    ids: { next: () => randomUUID() },
    logger,
    metrics: { acknowledged: ({ platform, how }) => void (platform === 'teams' && acknowledged.push(how)) },
  });
  const application = play(adapter);
  const connection = adapter.connect(http.app, options.doors?.(adapter) ?? application.doors);
  await http.listen(port, '127.0.0.1');
  let said = 0;

  /** What Teams sends for somebody who does something. */
  function event(from: Account, conversation: object, more: object): Record<string, unknown> {
    said += 1;
    return {
      id: `e${said}`,
      channelId: 'msteams',
      serviceUrl: service.url,
      from,
      recipient: bot,
      conversation,
      channelData: { tenant: { id: tenant } },
      ...more,
    };
  }

  const inPersonal = (who: Account) => ({
    id: personal(who),
    conversationType: 'personal',
    tenantId: tenant,
  });
  const inChannel = {
    id: `${channel};messageid=100`,
    conversationType: 'channel',
    isGroup: true,
    tenantId: tenant,
  };

  async function deliver(
    body: unknown,
    headers: Record<string, string> = {},
    claims: Partial<Claims> = {},
    by: 'us' | 'somebody else' = 'us',
  ) {
    const token = keys.token({ aud: appId, serviceurl: service.url, ...claims }, by);
    const response = await fetch(`${url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, text, answer: text.startsWith('{') ? JSON.parse(text) : undefined };
  }

  return {
    acknowledged,
    ...application,
    adapter,
    service,
    keys,
    logger,
    references,
    url,
    deliver,
    event,
    inPersonal,
    inChannel,
    /** Words in the personal chat. */
    write: (who: Account, text: string) => deliver(event(who, inPersonal(who), { type: 'message', text })),
    /** Words with a mention of the bot in a channel. */
    mention: (who: Account, before: string, after: string) =>
      deliver(
        event(who, inChannel, {
          type: 'message',
          text: `${before}<at>cwsync</at>${after}`,
          entities: [{ type: 'mention', text: '<at>cwsync</at>', mentioned: bot }],
        }),
      ),
    /** A press on a card. */
    press: (
      who: Account,
      at: { conversation: object; message: string },
      verb: string,
      data: object,
      id?: string,
    ) =>
      deliver(
        event(who, at.conversation, {
          type: 'invoke',
          name: 'adaptiveCard/action',
          replyToId: at.message,
          value: { action: { type: 'Action.Execute', verb, data }, trigger: 'manual' },
          ...(id === undefined ? {} : { id }),
        }),
      ),
    asked: (count = 1) =>
      eventually(() => {
        const { requests } = application;
        const last = requests.at(-1);
        if (!last || requests.length !== count) throw new Error(`${requests.length} of ${count} requests`);
        return last;
      }),
    /** Waits until so many messages stand in a conversation. */
    shown: (conversation: string, count = 1) =>
      eventually(() => {
        const found = service.in(conversation);
        if (found.length !== count) throw new Error(`${found.length} of ${count} messages`);
        return found;
      }),
    async stop() {
      await Promise.all([connection.stop(), http.close()]);
      await Promise.all([service.stop(), keys.stop()]);
    },
  };
}

function play(adapter: Teams) {
  const requests: ChatRequest[] = [];
  const submissions: FormSubmission[] = [];
  const delivered: Delivered[] = [];
  const seen = new Set<string>();
  const played: Played = {
    request: async ({ text }) => words(`You said: ${text}`),
    submit: async () => ({ result: 'closed' }),
  };
  const doors: ChatDoors = {
    async request(request) {
      // As the real ones do: a repeat is handled once.
      if (seen.has(request.id)) return;
      seen.add(request.id);
      requests.push(request);
      const reply = await played.request(request);
      if (reply) delivered.push(await adapter.delivery.send(request.handle, reply));
    },
    async submit(submission) {
      submissions.push(submission);
      return await played.submit(submission);
    },
    suggest: async () => [],
  };
  return { requests, submissions, delivered, played, doors };
}

export function words(text: string, ...blocks: Reply['blocks']): Reply {
  return { summary: text, blocks: [{ block: 'text', text: [{ part: 'text', text }] }, ...blocks] };
}
