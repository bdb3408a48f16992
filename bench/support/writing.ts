import type { SettingsStore } from '../../src/ports/settings.ts';

/** From now on edits of the plan go to the simulator. */
export async function turnWritingOn(store: SettingsStore): Promise<void> {
  const { revision, changed: _changed, ...settings } = await store.read();
  const on = { ...settings, writeToConnectWise: true };
  const saved = await store.save(on, revision, { id: 'bench', name: 'Bench' });
  if (!saved) throw new Error('the settings were saved by somebody else');
}
