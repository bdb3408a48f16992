import type { Slack } from '../../adapters/slack/app.ts';
import type { Parts } from './compose.ts';

/** Absent until Slack is configured, and then its library is not loaded either. */
export async function composeSlack({
  config,
  clock,
  ids,
  logger,
  metrics,
}: Parts): Promise<Slack | undefined> {
  if (!config.slack) return undefined;
  const { slack } = await import('../../adapters/slack/app.ts');
  return slack({ ...config.slack, clock, ids, logger, metrics });
}
