/** Alerts with the stores and platforms that they are told by. */
import { kept } from '../../adapters/http/kept.ts';
import { type Alerts, startAlerts } from '../app/alerts/watch-incidents.ts';
import { projectsOf } from '../app/projects-of-person.ts';
import type { ChatDelivery, ChatDirectory } from '../ports/chat.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { PsaLinks } from '../ports/psa.ts';
import type { Parts } from './compose.ts';

/** An alert leaves within two seconds: `npm run bench -- alert`. */
const lookEveryMs = 1_000;
/** A worker counts as down after minutes without a beat: its last one need not be read with every look. */
const beatKeptMs = 5_000;

export type AlertsChat = {
  readonly delivery: ChatDelivery;
  readonly directory: ChatDirectory;
  readonly links: PsaLinks;
};

export function startAlertsOf(parts: Parts, chat: AlertsChat, shutdown: AbortSignal): Alerts {
  const { stores, tenantId, clock, ids, logger } = parts;
  const mine = (key: string) => projectsOf({ ...stores, directory: chat.directory }, key);
  const { liveness } = stores;
  const lastBeat = kept<{ readonly id: string; readonly at: Date }>(clock, beatKeptMs);
  const watched: Liveness = {
    beat: liveness.beat,
    lastBeat: (kind) => lastBeat(kind, () => liveness.lastBeat(kind)),
  };
  return startAlerts(
    {
      ...stores,
      ...chat,
      liveness: watched,
      followers: { ...stores.follows, mine },
      tenantId,
      clock,
      logger,
    },
    { owner: `alerts-${ids.next()}`, pollMs: lookEveryMs, shutdown },
  );
}
