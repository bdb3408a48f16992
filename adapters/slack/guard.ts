/** Between Slack's ways in and Bolt: whose event it is, and that every one is acknowledged, once and in time. */
import type { App, ReceiverEvent } from '@slack/bolt';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { SlackIdentity } from './identity.ts';
import { teamsOf } from './payloads.ts';

/** Slack gives up after 3 s. In milliseconds; the answers that are acknowledgements have less, see `submit.ts`. */
const forgottenAfterMs = 2_600;

export type GuardOptions = {
  readonly identity: Pick<SlackIdentity, 'current'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type Entrance = { processEvent(event: ReceiverEvent): Promise<void> };

/** The app as receivers see it. */
export function guarded(app: Entrance, options: GuardOptions): Entrance {
  return {
    async processEvent(event) {
      const { ack, acknowledged, end } = acknowledgeInTime(event, options);
      try {
        if (isForeign(event.body, options)) return;
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

function acknowledgeInTime({ ack, body }: ReceiverEvent, { clock, logger }: GuardOptions) {
  let done = false;
  const over = new AbortController();

  /** An acknowledgement that Slack does not get makes it send the event again: no reason to drop what was asked. */
  async function once(answer?: unknown): Promise<void> {
    if (done) return;
    done = true;
    try {
      await ack(answer);
    } catch (error) {
      logger.warn({ err: error }, 'Slack could not be told that its event has come');
    }
  }

  clock.sleep(forgottenAfterMs, over.signal).then(
    async () => {
      if (done) return;
      logger.error({ type: body.type }, 'a Slack event was not acknowledged by its handler');
      await once();
    },
    () => {},
  );
  return { ack: once, acknowledged: () => done, end: () => over.abort() };
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
