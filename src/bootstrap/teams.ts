import type { Teams } from '../../adapters/teams/app.ts';
import type { Config } from '../config.ts';
import type { ChatIdentityCheck } from '../ports/health-checks.ts';
import type { Parts } from './compose.ts';

type TeamsParts = Pick<Parts, 'config' | 'clock' | 'ids' | 'logger'> & {
  readonly metrics?: Parts['metrics'];
  readonly stores: Pick<Parts['stores'], 'chatReferences' | 'keepsakes'>;
};

/** Absent until Teams is configured, and then its library, the largest of all, is not loaded either. */
export async function composeTeams({
  config,
  clock,
  ids,
  logger,
  metrics,
  stores,
}: TeamsParts): Promise<Teams | undefined> {
  const { teams: credentials, publicUrl = `http://127.0.0.1:${config.port}` } = config;
  if (!credentials) return undefined;
  const { teams } = await import('../../adapters/teams/app.ts');
  const { chatReferences: references, keepsakes } = stores;
  const counting = metrics ? { metrics } : {};
  return teams({ credentials, publicUrl, references, keepsakes, clock, ids, logger, ...counting });
}

/** Whether Microsoft gives the bot a token; the library is loaded when that is asked. */
export function teamsIdentity({ teams }: Config): ChatIdentityCheck | undefined {
  if (!teams) return undefined;
  return {
    async identity() {
      const { teamsTokenCheck } = await import('../../adapters/teams/token-check.ts');
      return await teamsTokenCheck(teams).identity();
    },
  };
}
