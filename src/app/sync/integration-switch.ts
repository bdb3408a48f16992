/** The switch of the whole integration, and what follows when it may sync again. */
import type { Actor } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Gate } from '../../ports/gate.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';

export type IntegrationDeps = {
  readonly gate: Pick<Gate, 'setEnabled'>;
  readonly log: Pick<LogStore, 'append'>;
  readonly tasks: Pick<SyncTaskStore, 'trigger'>;
  readonly tenantId: string;
  readonly clock: Clock;
};

/**
 * Switches the integration on or off. False where it stood so already. No project's own state is touched: what
 * was asked for meanwhile is kept, and the scout, whose cursors stood still, finds what changed.
 */
export async function setIntegration(
  deps: IntegrationDeps,
  enabled: boolean,
  by: Actor,
  reason?: string,
): Promise<boolean> {
  const changed = await deps.gate.setEnabled(enabled, by, reason);
  if (!changed) return false;
  const why = reason === undefined ? '' : `: ${reason}`;
  await deps.log.append([
    {
      ...integrationEntry(deps.clock.now()),
      severity: 'info',
      action: enabled ? 'enabled' : 'disabled',
      message: `The integration was ${enabled ? 'enabled' : 'disabled'} by ${by.name}${why}`,
    },
  ]);
  if (enabled) await triggerScout(deps);
  return true;
}

/** At once: changes in ConnectWise are as old as the time without syncs. */
export async function triggerScout({
  tasks,
  tenantId,
}: Pick<IntegrationDeps, 'tasks' | 'tenantId'>): Promise<void> {
  await tasks.trigger(`${tenantId}:scout`, { kinds: ['delta'], prio: 1, forceNow: true });
}

/** What entries about the integration have in common: they belong to no project. */
export function integrationEntry(at: Date): Pick<LogEntry, 'at' | 'direction'> {
  return { at, direction: 'none' };
}
