/**
 * Slack's Web API as we use it: nothing is repeated by the library, nothing waits unseen. Its defaults (no
 * time-out, ten retries also of `chat.postMessage`, everything paused on 429) would double or delay messages.
 */
import { WebClient } from '@slack/web-api';
import type { Logger } from '../../src/ports/logger.ts';
import { quietLogger } from './log.ts';

export type SlackApiOptions = {
  readonly botToken: string;
  /** Ends with a slash; Slack's own where absent. */
  readonly apiUrl?: string;
  readonly logger: Logger;
};

/** In milliseconds. Two calls fit into the time for which one process keeps a waiting person to itself. */
export const callTimeoutMs = 5_000;

/** The methods that are called, each with the scopes it needs: the manifest asks for these and for no more. */
export const methodScopes = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.open': ['im:write'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.members': ['channels:read', 'groups:read'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history'],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
  'users.info': ['users:read', 'users:read.email'],
  'views.open': [],
  'views.push': [],
  'views.update': [],
  'views.publish': [],
} as const satisfies { readonly [method: string]: readonly string[] };

export function slackClient({ botToken, apiUrl, logger }: SlackApiOptions): WebClient {
  return new WebClient(botToken, { ...oneTry(apiUrl), logger: quietLogger(logger) });
}

/** Options of a client that asks once; a new object each time, since the libraries write into it. */
export function oneTry(apiUrl: string | undefined) {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: callTimeoutMs,
  };
}
