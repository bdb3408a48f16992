/** Who the bot is in Slack and what it may do, asked at the start and now and then after it. */
import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { backOffMs } from './back-off.ts';
import { refusesToken, slackErrorOf } from './errors.ts';

export type Identity = {
  readonly team: string;
  /** The bot's own user id. */
  readonly user: string;
  /** What the token may do, where Slack says so. */
  readonly scopes?: readonly string[];
};

export type SlackIdentity = {
  /** Undefined until Slack has told it; kept when Slack does not answer later. */
  current(): Identity | undefined;
  /** Why the last try failed; undefined after one that did not. */
  lastError(): string | undefined;
  /** Asks where it is not known yet; rejects as Slack does. */
  known(): Promise<Identity>;
  /** Asks at once, again until Slack answers, and then every five minutes. Never rejects. */
  watch(signal: AbortSignal): Promise<void>;
};

const watchedEveryMs = 5 * 60_000;
/** A token that is refused is not accepted a second later. */
const refusedEveryMs = 60_000;

export type IdentityOptions = {
  readonly client: WebClient;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'random'>;
  readonly logger: Logger;
};

export function slackIdentity({ client, clock, ids, logger }: IdentityOptions): SlackIdentity {
  let identity: Identity | undefined;
  let failure: string | undefined;

  async function ask(): Promise<Identity> {
    try {
      const { team_id: team, user_id: user, response_metadata } = await client.auth.test();
      if (team === undefined || user === undefined) throw new Error('auth.test names no workspace');
      const scopes = response_metadata?.scopes;
      identity = { team, user, ...(scopes ? { scopes } : {}) };
      failure = undefined;
      return identity;
    } catch (error) {
      failure = slackErrorOf(error).reason;
      throw error;
    }
  }

  async function watch(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const before = failure;
      const known = await ask().catch(() => undefined);
      failures = known ? 0 : failures + 1;
      if (failure !== undefined && failure !== before) tell(failure);
      await clock.sleep(pauseMs(failures), signal).catch(() => {});
    }
  }

  function tell(reason: string): void {
    if (refusesToken(reason)) logger.error({ reason }, 'Slack refuses SLACK_BOT_TOKEN: renew it');
    else logger.warn({ reason }, 'Slack does not answer: trying again');
  }

  function pauseMs(failures: number): number {
    if (failures === 0) return watchedEveryMs;
    return failure !== undefined && refusesToken(failure)
      ? refusedEveryMs
      : backOffMs(failures, ids.random());
  }

  return {
    current: () => identity,
    lastError: () => failure,
    known: async () => identity ?? (await ask()),
    watch,
  };
}
