/** What is kept for a time only. Any process may remove it, however often. */
import type { Gate } from '../../ports/gate.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { SeenStore } from '../../ports/people.ts';
import type { Planner } from '../../ports/planner.ts';
import type { SettingsStore } from '../../ports/settings.ts';

export type RetentionDeps = {
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly log: Pick<LogStore, 'retain'>;
  readonly planner: Pick<Planner, 'purgeTombstones'>;
  readonly seen: Pick<SeenStore, 'forget'>;
  /** For the database server's time: a host whose clock runs ahead must not remove what is young. */
  readonly gate: Pick<Gate, 'read'>;
};

const dayMs = 86_400_000;
/** For so long a deletion can be taken back. */
const tombstoneDays = 30;

/** @param stop at a shutdown: what is left is removed by whoever comes next */
export async function removeOld(deps: RetentionDeps, stop: AbortSignal): Promise<void> {
  const { retentionDays } = await deps.settings.read();
  const { now } = await deps.gate.read();
  const before = (days: number) => new Date(now.getTime() - days * dayMs);
  await deps.log.retain({ before: before(retentionDays), stop });
  if (stop.aborted) return;
  await deps.planner.purgeTombstones(before(tombstoneDays));
  // The platforms repeat a request for minutes at most.
  await deps.seen.forget(dayMs);
}
