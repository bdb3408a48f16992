/** Every door of the HTTP server with its real adapter; behind each a use case that only writes down that it was reached. */
import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationServiceClientCredentialFactory } from 'botbuilder';
import { mountPlannerApi } from '../../adapters/api/app.ts';
import { mountCallbacks } from '../../adapters/connectwise/callbacks/receiver.ts';
import { createHttpServer, type HttpServerOptions } from '../../adapters/http/server.ts';
import { slack } from '../../adapters/slack/app.ts';
import { teams } from '../../adapters/teams/app.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import { type Role, roles } from '../../src/domain/roles.ts';
import type { ChatDoors } from '../../src/ports/chat.ts';
import type { PlannerDoor } from '../../src/ports/planner-door.ts';
import { FakeChatReferences, FakeKeepsakes } from './fake-chat-references.ts';
import { countingIds, RecordingLogger } from './recording-logger.ts';
import { KeyServer } from './teams-service.ts';

const appId = '22222222-2222-4222-8222-222222222222';
const tenantId = '11111111-1111-4111-8111-111111111111';
const companyId = 'Acme';
/** Nothing listens there, and nothing needs to. */
const nowhere = 'http://127.0.0.1:9/';

export type AllDoors = Awaited<ReturnType<typeof openAllDoors>>;

export async function openAllDoors(options: HttpServerOptions = {}) {
  const reached: string[] = [];
  const logger = new RecordingLogger();
  const http = createHttpServer(async () => ({ database: true, worker: true, chat: true }), {
    logger,
    publicUrl: 'https://cwsync.example',
    ...options,
  });
  const seen = new Set<string>();
  const doors: ChatDoors = {
    // As the real ones do: a repeat is handled once.
    async request({ id }) {
      if (seen.has(id)) return;
      seen.add(id);
      reached.push('request');
    },
    async submit() {
      reached.push('submit');
      return { result: 'closed' };
    },
    async suggest() {
      reached.push('suggest');
      return [];
    },
  };
  const slackSecret = randomUUID();
  const common = { clock: systemClock, ids: { ...countingIds(), next: () => randomUUID() }, logger };
  const inSlack = slack({
    ...common,
    botToken: 'xoxb-x',
    signingSecret: slackSecret,
    apiUrl: nowhere,
  }).connect(http.app, doors);
  const keys = await KeyServer.start();
  const keepsakes = new FakeKeepsakes(() => systemClock.now());
  const inTeams = teams({
    ...common,
    credentials: { appId, appPassword: 'a-password', tenantId },
    authority: { keysUrl: keys.url, tokens: tokensOfNobody() },
    publicUrl: 'https://cwsync.example',
    references: new FakeChatReferences(),
    keepsakes,
  }).connect(http.app, doors);
  const signing = await signingKeyServer();
  mountCallbacks(http.app, {
    connectWise: { url: signing.origin, companyId },
    door: {
      async take() {
        reached.push('callback');
        return 'stored';
      },
    },
    clock: systemClock,
    logger,
    redact: (text) => text,
  });
  const made = () => `cwsync_${randomBytes(32).toString('base64url')}`;
  const tokens: { readonly [role in Role]: string } = { viewer: made(), operator: made(), admin: made() };
  mountPlannerApi(http.app, {
    door: plannerDoor(reached, tokens),
    clock: systemClock,
    logger,
    toFailure: failureClassifier(countingIds()),
    limits: { perSecond: 100_000, burst: 100_000 },
  });
  const port = await http.listen(0, '127.0.0.1');
  return {
    port,
    logger,
    reached,
    tokens,
    known: {
      slackSecret,
      apiToken: tokens.operator,
      teams: {
        judged: true,
        token: (claims: object, by: 'us' | 'somebody else') =>
          keys.token({ aud: appId, serviceurl: nowhere, ...claims }, by),
      },
      callbacks: { companyId, keyUrl: signing.keyUrl, sign: signing.sign },
    },
    teams: { tenantId, serviceUrl: nowhere, keys },
    async stop() {
      await Promise.all([inSlack.stop(), inTeams.stop(), http.close()]);
      await Promise.all([keys.stop(), signing.stop()]);
    },
  };
}

/** Nobody is answered here, so no token of the bot's own is needed. */
function tokensOfNobody(): ConfigurationServiceClientCredentialFactory {
  return new ConfigurationServiceClientCredentialFactory({
    MicrosoftAppId: appId,
    MicrosoftAppPassword: 'a-password',
    MicrosoftAppTenantId: tenantId,
    MicrosoftAppType: 'SingleTenant',
  });
}

async function signingKeyServer() {
  const signingKey = randomUUID();
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ signing_key: signingKey })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = createHash('sha256').update(signingKey).digest();
  return {
    origin,
    keyUrl: `${origin}/system/callbackkey/index.rails?companyName=${companyId}&id=1`,
    sign: (body: string) => createHmac('sha256', key).update(body).digest('base64'),
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function plannerDoor(reached: string[], tokens: { readonly [role in Role]: string }): PlannerDoor {
  const use =
    <T>(what: string, answer: T) =>
    async () => {
      reached.push(what);
      return answer;
    };
  return {
    async caller(given) {
      const role = roles.find((one) => tokens[one] === given);
      return role && { name: `a program of ${role}`, role };
    },
    list: use('list', []),
    read: use('read', undefined),
    create: use('create', { result: 'missing' } as const),
    change: use('change', { result: 'missing' } as const),
    remove: use('remove', { result: 'missing' } as const),
    table: use('table', []),
    mappings: use('mappings', []),
    setMemberStatus: use('setMemberStatus', 'missing' as const),
  };
}
