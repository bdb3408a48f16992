/** Alerts with the stores and platforms that they are told by. */
import { type Alerts, startAlerts } from '../app/alerts/watch-incidents.ts';
import { projectsOf } from '../app/projects-of-person.ts';
import type { ChatDelivery, ChatDirectory } from '../ports/chat.ts';
import type { PsaLinks } from '../ports/psa.ts';
import type { Parts } from './compose.ts';

/** An alert leaves within two seconds: `npm run bench -- alert`. */
const lookEveryMs = 1_000;

export type AlertsChat = {
  readonly delivery: ChatDelivery;
  readonly directory: ChatDirectory;
  readonly links: PsaLinks;
};

export function startAlertsOf(parts: Parts, chat: AlertsChat, shutdown: AbortSignal): Alerts {
  const { stores, tenantId, clock, ids, logger } = parts;
  const mine = (key: string) => projectsOf({ ...stores, directory: chat.directory }, key);
  return startAlerts(
    { ...stores, ...chat, followers: { ...stores.follows, mine }, tenantId, clock, logger },
    { owner: `alerts-${ids.next()}`, pollMs: lookEveryMs, shutdown },
  );
}
