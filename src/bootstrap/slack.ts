import { type Slack, slack } from '../../adapters/slack/app.ts';
import type { Parts } from './compose.ts';

/** Absent until Slack is configured. */
export function composeSlack({ config, clock, ids, logger }: Parts): Slack | undefined {
  return config.slack && slack({ ...config.slack, clock, ids, logger });
}
