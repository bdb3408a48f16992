/** Teams' way in, and what is sent there. */
import type { Application } from 'express';
import type { ChatDelivery, ChatDirectory, ChatDoors } from '../../src/ports/chat.ts';
import type { ChatReferences, Keepsakes } from '../../src/ports/chat-references.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { sparingly } from '../http/sparing-logger.ts';
import { type Credentials, TeamsAdapter, type TokenFactory, tokenFactory } from './bot-adapter.ts';
import { teamsDelivery } from './delivery.ts';
import { teamsDirectory } from './directory.ts';
import { mountMessages } from './entrance.ts';
import { mountFiles } from './files.ts';
import { openForms } from './forms.ts';
import { Invokes } from './invokes.ts';
import { receive } from './listeners.ts';
import type { Sending } from './messages.ts';
import { teamsReach } from './reach.ts';
import { signer } from './signature.ts';
import { teamsTokenCheck } from './token-check.ts';
import { teamsWire } from './wire.ts';

export type TeamsOptions = {
  readonly credentials: Credentials;
  /** Where people's browsers reach the shared server: files are fetched there. */
  readonly publicUrl: string;
  readonly references: ChatReferences;
  readonly keepsakes: Keepsakes;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
  readonly logger: Logger;
  readonly metrics?: Pick<Metrics, 'acknowledged'>;
  /** In the place of Microsoft's: a test's own. */
  readonly authority?: { readonly keysUrl: string; readonly tokens: TokenFactory };
};

export type TeamsConnection = {
  /** Takes nothing in any more, and ends what was begun. Never rejects. */
  stop(): Promise<void>;
};

export type Teams = {
  readonly delivery: ChatDelivery;
  readonly directory: ChatDirectory;
  /** Whether Teams can be told anything; kept for a minute. Never rejects. */
  reachable(): Promise<boolean>;
  /** @param http the shared HTTP server's application */
  connect(http: Application, doors: ChatDoors): TeamsConnection;
};

export function teams(options: TeamsOptions): Teams {
  const { credentials, clock, ids, logger, references, keepsakes, authority } = options;
  const anonymous = 'anonymous' in credentials;
  const adapter = new TeamsAdapter(authority?.tokens ?? tokenFactory(credentials), clock, authority?.keysUrl);
  const reach = teamsReach(clock, teamsTokenCheck(credentials, authority?.tokens));
  const wire = teamsWire({ adapter, appId: anonymous ? '' : credentials.appId, clock, reach });
  const sending: Sending = { wire, references, invokes: new Invokes(clock), clock, logger };
  const secret = anonymous ? ids.next() : credentials.appPassword;
  const files = { ...options, signer: signer(secret, 'files') };
  const forms = openForms({ keepsakes, clock, signer: signer(secret, 'forms') }, sending);
  const delivery = teamsDelivery({ sending, files, forms, ids });
  return {
    delivery,
    directory: teamsDirectory(sending, credentials.tenantId),
    reachable: () => reach.reachable(),
    connect(http, doors) {
      const underWay = new Set<Promise<void>>();
      let stopped = false;
      const listening = {
        sending,
        forms,
        delivery,
        doors,
        tenantId: credentials.tenantId,
        background(work: Promise<void>) {
          const counted = work.finally(() => underWay.delete(counted));
          underWay.add(counted);
        },
      };
      mountFiles(http, files);
      mountMessages(http, {
        adapter,
        clock,
        logger: sparingly(logger, clock),
        metrics: options.metrics,
        anonymous,
        receive: async (activity) => (stopped ? undefined : await receive(listening, activity)),
      });
      return {
        async stop() {
          stopped = true;
          await Promise.allSettled(underWay);
        },
      };
    },
  };
}
