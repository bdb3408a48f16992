/** The half that talks with people: chat adapters on the shared HTTP server, and the answers that follow runs. */
import { mountPlannerApi } from '../../adapters/api/app.ts';
import { pictures } from '../../adapters/charts/pictures.ts';
import { psaLinks } from '../../adapters/connectwise/links.ts';
import { createHttpServer } from '../../adapters/http/server.ts';
import type { SlackHealth } from '../../adapters/slack/app.ts';
import { countedDelivery } from '../../adapters/telemetry/counted-ports.ts';
import { type MetricsText, mountMetrics } from '../../adapters/telemetry/metrics-endpoint.ts';
import { chatDoors } from '../app/chat-doors.ts';
import type { CommandDeps } from '../app/commands/command.ts';
import { commands } from '../app/commands/registry.ts';
import { formHandlers } from '../app/forms/registry.ts';
import { startHomeRefresher } from '../app/home-refresher.ts';
import { apiDoor } from '../app/plan-door/api-door.ts';
import { setupFacts } from '../app/setup-facts.ts';
import { tellSetupProgress } from '../app/setup-progress.ts';
import { startTellingWaiting } from '../app/tell-waiting.ts';
import { type Config, unlimitedPerSecond } from '../config.ts';
import type { ChatDoors } from '../ports/chat.ts';
import type { PsaLinks } from '../ports/psa.ts';
import { startAlertsOf } from './alerts.ts';
import { receiveCallbacks } from './callbacks.ts';
import { deliveryOf, directoryOf, type Platforms } from './chat-platforms.ts';
import type { Parts } from './compose.ts';
import { productHealth } from './health.ts';
import { startHeartbeat } from './heartbeat.ts';
import { accessOnSharedPort } from './metrics.ts';
import { projectImport } from './project-import.ts';
import { projectPush } from './project-push.ts';
import { composeSlack } from './slack.ts';
import { composeTeams } from './teams.ts';

export type Bot = {
  /** The port of the HTTP server. */
  readonly port: number;
  /** How the connection with Slack stands; absent until Slack is configured. */
  readonly slackHealth?: () => SlackHealth;
  stop(): Promise<void>;
};

const tellPollMs = 1_000;
/** A message about a first import is edited every 3 s at most. */
const progressPollMs = 3_000;
const answerWithinMs = 5_000;
const homes = { pollMs: 5_000, everyMs: 60_000, lookedWithinMs: 600_000 } as const;

/** @param readMetrics what `/metrics` answers; absent where they are read on another port */
export async function startBot(parts: Parts, readMetrics?: () => Promise<MetricsText>): Promise<Bot> {
  const { config, tenantId, clock, ids, logger, metrics, stores, psa, psaWrites, access, toFailure } = parts;
  const perSecond = config.requests?.perSecond ?? unlimitedPerSecond;
  const shutdown = new AbortController();
  const [slack, teams] = await Promise.all([composeSlack(parts), composeTeams(parts)]);
  const platforms: Platforms = { ...(slack ? { slack } : {}), ...(teams ? { teams } : {}) };
  const uncounted = deliveryOf(platforms);
  const delivery = countedDelivery(uncounted, 'answer', metrics, clock);
  const directory = directoryOf(platforms);
  const health = productHealth(parts, directory, {
    slack: () => connection?.health(),
    teams: teams && (() => teams.reachable()),
  });
  const http = createHttpServer(() => health.readiness(), {
    publicUrl: config.publicUrl,
    logger,
    monotonicMs: () => clock.monotonicMs(),
  });
  const teller = startTellingWaiting(
    { ...stores, delivery, clock, logger },
    {
      owner: `bot-${ids.next()}`,
      pollMs: tellPollMs,
      requestsPerSecond: perSecond,
      shutdown: shutdown.signal,
    },
  );
  const answering = new Set<Promise<void>>();
  function underWay(work: Promise<void>): void {
    const counted = work.finally(() => answering.delete(counted));
    answering.add(counted);
  }
  const progress = tellSetupProgress(
    { ...stores, delivery, links: linksOf(config), clock, logger },
    { tenantId, owner: `bot-${ids.next()}`, pollMs: progressPollMs, shutdown: shutdown.signal },
  );
  const answers = {
    ...stores,
    ...(psa ? { imports: projectImport({ ...stores, psa, ids, clock }) } : {}),
    ...(psa && psaWrites ? { pushes: projectPush({ ...stores, psa, writes: psaWrites, clock }) } : {}),
    ...(access ? { setupFacts: setupFacts({ access, perSecond, clock, toFailure }) } : {}),
    tenantId,
    links: linksOf(config),
    clock,
    ids,
    logger,
    toFailure,
    commands,
    delivery,
    directory,
    doctor: health.doctor,
    pictures: pictures({ logger }),
    installation: installationOf(config),
  };
  const alerting = { ...answers, delivery: countedDelivery(uncounted, 'alert', metrics, clock) };
  const alerts = startAlertsOf(parts, alerting, shutdown.signal);
  const refresher = startHomeRefresher({ ...answers, ids }, { ...homes, shutdown: shutdown.signal });
  const doors = chatDoors({
    ...answers,
    forms: formHandlers,
    onFollowed: () => teller.nudge(),
    onHomeUsed: (request) => refresher.used(request),
    onBackground: underWay,
  });
  const counted: ChatDoors = {
    ...doors,
    request(request) {
      const answer = doors.request(request);
      underWay(answer);
      return answer;
    },
  };
  mountPlannerApi(http.app, { door: apiDoor({ ...parts, ...stores }), clock, logger, toFailure });
  if (readMetrics) mountMetrics(http.app, accessOnSharedPort(config), { read: readMetrics, logger });
  const connection = slack?.connect(http.app, counted);
  const teamsConnection = teams?.connect(http.app, counted);
  receiveCallbacks(parts, http.app, shutdown.signal);
  async function stopTelling(): Promise<void> {
    shutdown.abort(new Error('shutting down'));
    await Promise.all([teller.ended, refresher.ended, alerts.ended, progress]);
  }
  try {
    const port = await http.listen(config.port, config.host);
    const heartbeat = config.heartbeatUrl
      ? startHeartbeat(config.heartbeatUrl, { ...parts, ...health })
      : undefined;
    return {
      port,
      ...(connection ? { slackHealth: () => connection.health() } : {}),
      async stop() {
        await heartbeat?.stop();
        await Promise.all([http.close(), connection?.stop(), teamsConnection?.stop()]);
        // What was acknowledged is answered before the connection goes.
        await Promise.race([Promise.all(answering), clock.sleep(answerWithinMs)]);
        await stopTelling();
      },
    };
  } catch (error) {
    // Else it goes on asking a database that is closed, and the process never ends.
    await Promise.all([stopTelling(), connection?.stop(), teamsConnection?.stop()]);
    throw error;
  }
}

/** What whoever installed it decided, as far as commands tell of it. */
export function installationOf({ defaultRole, missing, requests }: Config): CommandDeps['installation'] {
  return { defaultRole, missing, ...(requests ? { requestsPerSecond: requests.perSecond } : {}) };
}

export function linksOf(config: Config): PsaLinks {
  const { connectWise } = config;
  if (connectWise) return psaLinks({ ...connectWise, apiUrl: connectWise.url });
  const nowhere = 'https://www.connectwise.com/';
  return { record: () => nowhere, home: () => ({ url: nowhere, label: 'not set up yet' }) };
}
