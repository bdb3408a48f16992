/** Whether Microsoft gives the bot a token, by which everything is sent. */
import type { ChatIdentity, ChatIdentityCheck } from '../../src/ports/health-checks.ts';
import { type Credentials, publicCloud, type TokenFactory, tokenFactory } from './bot-adapter.ts';
import { refusalOf } from './errors.ts';

/** @param tokens in the place of Microsoft's: a test's own */
export function teamsTokenCheck(credentials: Credentials, tokens?: TokenFactory): ChatIdentityCheck {
  const factory = tokens ?? tokenFactory(credentials);
  return {
    async identity(): Promise<ChatIdentity> {
      if ('anonymous' in credentials) return { result: 'accepted', scopes: [] };
      const { ToChannelFromBotOAuthScope: audience, ToChannelFromBotLoginUrl: login } = publicCloud;
      try {
        const made = await factory.createCredentials(credentials.appId, audience, login, true);
        await (made as unknown as { getToken(refresh: boolean): Promise<string> }).getToken(true);
        return { result: 'accepted', scopes: [] };
      } catch (error) {
        return answerOf(error);
      }
    },
  };
}

/** Only what Microsoft says itself is a refusal. */
function answerOf(error: unknown): ChatIdentity {
  const { reason, token } = refusalOf(error);
  const unreachable = /network|endpoints|timeout|unreachable|untrusted/iu.test(reason);
  return token && !unreachable ? { result: 'refused', reason } : { result: 'no-answer' };
}
