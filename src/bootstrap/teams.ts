import { type Teams, teams } from '../../adapters/teams/app.ts';
import type { Parts } from './compose.ts';

type TeamsParts = Pick<Parts, 'config' | 'clock' | 'ids' | 'logger'> & {
  readonly stores: Pick<Parts['stores'], 'chatReferences' | 'keepsakes'>;
};

/** Absent until Teams is configured. */
export function composeTeams({ config, clock, ids, logger, stores }: TeamsParts): Teams | undefined {
  const { teams: credentials, publicUrl = `http://127.0.0.1:${config.port}` } = config;
  const { chatReferences: references, keepsakes } = stores;
  return credentials && teams({ credentials, publicUrl, references, keepsakes, clock, ids, logger });
}
