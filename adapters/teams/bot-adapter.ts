/** botbuilder's adapter, with its tokens checked and nothing of its own answers left. */
import {
  type Activity,
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  ConfigurationServiceClientCredentialFactory,
  type TurnContext,
} from 'botbuilder';
import type { Clock } from '../../src/ports/clock.ts';
import { KeyGate } from './key-gate.ts';
import { quietConsole } from './quiet-console.ts';

/** Whose tokens are made and taken. Without an id everybody is taken: in the demo alone. */
export type Credentials =
  | { readonly appId: string; readonly appPassword: string; readonly tenantId: string }
  | { readonly anonymous: true; readonly tenantId: string };

export type TokenFactory = ConfigurationServiceClientCredentialFactory;

/** Where Microsoft's public cloud says who signs; a test names its own. */
export const publicCloud = {
  ToChannelFromBotLoginUrl: 'https://login.microsoftonline.com/botframework.com',
  ToChannelFromBotOAuthScope: 'https://api.botframework.com',
  ToBotFromChannelTokenIssuer: 'https://api.botframework.com',
  OAuthUrl: 'https://api.botframework.com',
  ToBotFromEmulatorOpenIdMetadataUrl:
    'https://login.microsoftonline.com/botframework.com/v2.0/.well-known/openid-configuration',
} as const;
const publicKeys = 'https://login.botframework.com/v1/.well-known/openidconfiguration';

export function tokenFactory(credentials: Credentials): TokenFactory {
  if ('anonymous' in credentials) return new ConfigurationServiceClientCredentialFactory();
  return new ConfigurationServiceClientCredentialFactory({
    MicrosoftAppId: credentials.appId,
    MicrosoftAppPassword: credentials.appPassword,
    MicrosoftAppTenantId: credentials.tenantId,
    MicrosoftAppType: 'SingleTenant',
  });
}

export class TeamsAdapter extends CloudAdapter {
  readonly #gate: KeyGate;

  /** @param keysUrl of the OpenID metadata by whose keys tokens are checked */
  constructor(tokens: TokenFactory, clock: Pick<Clock, 'monotonicMs'>, keysUrl = publicKeys) {
    const settings = { ...publicCloud, ToBotFromChannelOpenIdMetadataUrl: keysUrl };
    super(new ConfigurationBotFrameworkAuthentication(settings, tokens));
    this.#gate = new KeyGate(clock);
    quietConsole();
  }

  /** Runs the logic where the token is good; rejects before it where it is not, or cannot be checked. */
  async accept(
    authorization: string,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<void> {
    await this.#gate.through(async (good) => {
      await this.processActivity(authorization, activity, async (context) => {
        good();
        await logic(context);
      });
    });
  }
}
