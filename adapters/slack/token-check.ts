/** Whether Slack takes the bot's token, and what it may do: `auth.test` and the scopes that its answer names. */
import { ErrorCode } from '@slack/web-api';
import type { ChatIdentity, ChatIdentityCheck } from '../../src/ports/health-checks.ts';
import { type SlackApiOptions, slackClient } from './api.ts';

export function slackTokenCheck(options: SlackApiOptions): ChatIdentityCheck {
  const client = slackClient(options);
  return {
    async identity(): Promise<ChatIdentity> {
      try {
        const { response_metadata: metadata } = await client.auth.test();
        return { result: 'accepted', scopes: metadata?.scopes ?? [] };
      } catch (error) {
        const { code, data } = error as { code?: string; data?: { error?: string } };
        return code === ErrorCode.PlatformError
          ? { result: 'refused', reason: data?.error ?? 'for no reason given' }
          : { result: 'no-answer' };
      }
    },
  };
}
