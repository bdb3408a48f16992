import type { ReferenceStore } from '../../ports/reference-data.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';

export type MappingTriggersDeps = {
  readonly reference: Pick<ReferenceStore, 'mappingsToTrigger' | 'mappingTriggered'>;
  readonly tasks: Pick<SyncTaskStore, 'triggerAll'>;
};

/**
 * Asks for a comprehensive sync of every project whose statuses mean something else since they were last asked:
 * those of the board, or all where it is the statuses of projects. The mark that a save leaves goes only after the
 * triggers are stored, so whoever is killed between the two leaves it to the next caller; asking twice does no harm.
 */
export async function syncChangedMappings({ reference, tasks }: MappingTriggersDeps): Promise<void> {
  const again = { kinds: ['comprehensive'], prio: 0 } as const;
  const changed = await reference.mappingsToTrigger();
  const all = changed.some(({ of }) => of === 'projects');
  if (all) await tasks.triggerAll(again);
  for (const mapping of changed) {
    if (!all && mapping.of !== 'projects') await tasks.triggerAll(again, mapping.of);
    await reference.mappingTriggered(mapping);
  }
}
