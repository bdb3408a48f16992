/** What an installation has around the product: a database, ConnectWise, and Slack by Socket Mode. */
import { type Integration, startIntegration } from './integration.ts';
import { startHelper } from './processes.ts';

const tokens = { bot: 'xoxb-bench-token', app: 'xapp-1-bench-token' } as const;

/** Uses what is around the product, with the settings that lead there, and ends it whatever happens. */
export async function withSurroundings<T>(
  simulatorArgs: readonly string[],
  use: (integration: Integration, env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const integration = await startIntegration(...simulatorArgs);
  try {
    const slack = await startHelper('local-slack.ts', [tokens.bot, tokens.app], /slack (\S+)/u);
    try {
      return await use(integration, {
        ...integration.env,
        CWSYNC_ADMINS: 'slack:T0DEMO/U0ALEX',
        CWSYNC_LINK_OPEN_PROJECTS: 'true',
        SLACK_BOT_TOKEN: tokens.bot,
        SLACK_APP_TOKEN: tokens.app,
        SLACK_API_URL: slack.said,
      });
    } finally {
      await slack.stop();
    }
  } finally {
    await integration.stop();
  }
}
