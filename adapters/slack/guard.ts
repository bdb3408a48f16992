/** Between Slack's ways in and Bolt: whose event it is, and that every one is acknowledged, once and in time. */
import type { App, ReceiverEvent } from '@slack/bolt';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Acknowledgement, Metrics } from '../../src/ports/metrics.ts';
import type { SlackIdentity } from './identity.ts';
import { teamsOf } from './payloads.ts';

/** Slack gives up after 3 s. In milliseconds; the answers that are acknowledgements have less, see `submit.ts`. */
const forgottenAfterMs = 2_600;

export type GuardOptions = {
  readonly identity: Pick<SlackIdentity, 'current'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Pick<Metrics, 'acknowledged'> | undefined;
};

export type Entrance = { processEvent(event: ReceiverEvent): Promise<void> };

/** The app as receivers see it. */
export function guarded(app: Entrance, options: GuardOptions): Entrance {
  return {
    async processEvent(event) {
      const { ack, acknowledged, end } = acknowledgeInTime(event, options);
      try {
        if (!isReadable(event.body, options) || isForeign(event.body, options)) return;
        await app.processEvent({ ...event, ack });
      } catch (error) {
        options.logger.error({ err: error }, 'a Slack event could not be handled');
      } finally {
        end();
        if (!acknowledged()) await ack();
      }
    },
  };
}

/** Receivers want a whole app and use one method of it. */
export function asApp(app: App, entrance: Entrance): App {
  const seen: App = Object.create(app);
  seen.processEvent = (event) => entrance.processEvent(event);
  return seen;
}

function acknowledgeInTime({ ack, body }: ReceiverEvent, { clock, logger, metrics }: GuardOptions) {
  let done = false;
  const over = new AbortController();
  const began = clock.monotonicMs();

  function count(how: Acknowledgement): void {
    metrics?.acknowledged({ platform: 'slack', how, durationMs: clock.monotonicMs() - began });
  }

  /** An acknowledgement that Slack does not get makes it send the event again: no reason to drop what was asked. */
  async function once(answer?: unknown, how: Acknowledgement = 'done'): Promise<void> {
    if (done) return;
    done = true;
    try {
      await ack(answer);
      count(how);
    } catch (error) {
      count('failed');
      logger.warn({ err: error }, 'Slack could not be told that its event has come');
    }
  }

  clock.sleep(forgottenAfterMs, over.signal).then(
    async () => {
      if (done) return;
      logger.error({ type: body.type }, 'a Slack event was not acknowledged by its handler');
      await once(undefined, 'forgotten');
    },
    () => {},
  );
  return { ack: (answer?: unknown) => once(answer), acknowledged: () => done, end: () => over.abort() };
}

/** Signed it is Slack's, and Bolt takes it for granted that there is something in it. */
function isReadable(body: unknown, { logger }: GuardOptions): boolean {
  if (typeof body === 'object' && body !== null) return true;
  logger.warn({}, 'a Slack event could not be read');
  return false;
}

/**
 * An app may be installed in a second workspace, whose people are not ours. Until Slack has told which one is ours
 * everything signed is let in: an app that is not distributed has but one, and roles are kept by workspace anyway.
 */
function isForeign(body: unknown, { identity, logger }: GuardOptions): boolean {
  const ours = identity.current()?.team;
  const teams = teamsOf(body);
  if (ours === undefined || teams.includes(ours)) return false;
  logger.warn({ team: teams[0] }, 'an event of another Slack workspace is left alone');
  return true;
}
