/** The half that talks with people: chat adapters on the shared HTTP server, and the answers that follow runs. */
import { psaLinks } from '../../adapters/connectwise/links.ts';
import { createHttpServer } from '../../adapters/http/server.ts';
import { mountSlack } from '../../adapters/slack/app.ts';
import { slackDelivery } from '../../adapters/slack/delivery.ts';
import { chatInbox } from '../app/chat-inbox.ts';
import { commands } from '../app/commands/registry.ts';
import { startTellingWaiting } from '../app/tell-waiting.ts';
import { type Config, unlimitedPerSecond } from '../config.ts';
import type { Platform } from '../domain/person.ts';
import type { ChatDelivery, ChatInbox } from '../ports/chat.ts';
import type { PsaLinks } from '../ports/psa.ts';
import type { Parts } from './compose.ts';
import { projectImport } from './project-import.ts';

export type Bot = {
  /** The port of the HTTP server. */
  readonly port: number;
  stop(): Promise<void>;
};

const tellPollMs = 1_000;
const answerWithinMs = 5_000;

export async function startBot(parts: Parts): Promise<Bot> {
  const { config, tenantId, clock, ids, logger, stores, psa, toFailure } = parts;
  const shutdown = new AbortController();
  const http = createHttpServer();
  const delivery = composeDelivery(parts);
  const teller = startTellingWaiting(
    { ...stores, delivery, clock, logger },
    {
      owner: `bot-${ids.next()}`,
      pollMs: tellPollMs,
      requestsPerSecond: config.requests?.perSecond ?? unlimitedPerSecond,
      shutdown: shutdown.signal,
    },
  );
  const { defaultRole, missing, linkOpenProjects: linksByItself } = config;
  const inbox = chatInbox({
    ...stores,
    ...(psa ? { imports: projectImport({ ...stores, psa, ids, clock }) } : {}),
    tenantId,
    links: linksOf(config),
    clock,
    logger,
    toFailure,
    commands,
    delivery,
    settings: { defaultRole, missing, linksByItself },
    onFollowed: () => teller.nudge(),
  });
  const answering = new Set<Promise<void>>();
  const counted: ChatInbox = (request) => {
    const answer = inbox(request).finally(() => answering.delete(answer));
    answering.add(answer);
    return answer;
  };
  if (config.slack) mountSlack({ http: http.app, ...config.slack, inbox: counted, clock, logger });
  async function stopTelling(): Promise<void> {
    shutdown.abort(new Error('shutting down'));
    await teller.ended;
  }
  try {
    const port = await http.listen(config.port, config.host);
    return {
      port,
      async stop() {
        await http.close();
        // What was acknowledged is answered before the connection goes.
        await Promise.race([Promise.all(answering), clock.sleep(answerWithinMs)]);
        await stopTelling();
      },
    };
  } catch (error) {
    // Else it goes on asking a database that is closed, and the process never ends.
    await stopTelling();
    throw error;
  }
}

/** Each handle goes to the adapter of its platform. */
function composeDelivery({ config, clock }: Parts): ChatDelivery {
  const platforms: { readonly [platform in Platform]?: ChatDelivery } = {
    ...(config.slack ? { slack: slackDelivery({ ...config.slack, clock }) } : {}),
  };
  return {
    async send(handle, reply) {
      const delivery = platforms[handle.platform];
      return delivery
        ? await delivery.send(handle, reply)
        : { result: 'gone', reason: `${handle.platform} is not configured` };
    },
  };
}

function linksOf(config: Config): PsaLinks {
  const { connectWise } = config;
  if (connectWise) return psaLinks({ ...connectWise, apiUrl: connectWise.url });
  const nowhere = 'https://www.connectwise.com/';
  return { record: () => nowhere, home: () => ({ url: nowhere, label: 'not set up yet' }) };
}
