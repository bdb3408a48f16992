import type { Actor } from '../../src/domain/sync-task.ts';
import {
  defaultSettings,
  type Settings,
  type SettingsRead,
  type SettingsStore,
} from '../../src/ports/settings.ts';
import { testStart } from './make-sync-task.ts';

/** Settings in memory; bound to the same contract as the real store. */
export class FakeSettingsStore implements SettingsStore {
  #current: SettingsRead;
  reads = 0;
  now: () => Date = () => testStart;
  /** Called before anything is saved: what somebody else does meanwhile. */
  beforeSave: () => void | Promise<void> = () => {};

  constructor(seed: Partial<Settings> = {}) {
    this.#current = { ...defaultSettings, ...seed, revision: 0 };
  }

  async read(): Promise<SettingsRead> {
    this.reads += 1;
    return this.#current;
  }

  async save(settings: Settings, revision: number, by: Actor): Promise<boolean> {
    await this.beforeSave();
    if (revision !== this.#current.revision) return false;
    this.#current = { ...settings, revision: revision + 1, changed: { by, at: this.now() } };
    return true;
  }
}
