import { defaultSettings, type Settings, type SettingsStore } from '../../src/ports/settings.ts';

/** Settings in memory; bound to the same contract as the real store. */
export class FakeSettingsStore implements SettingsStore {
  #current: Settings & { readonly revision: number };

  constructor(seed: Partial<Settings> = {}) {
    this.#current = { ...defaultSettings, ...seed, revision: 0 };
  }

  async read() {
    return this.#current;
  }

  async save(settings: Settings, revision: number): Promise<boolean> {
    if (revision !== this.#current.revision) return false;
    this.#current = { ...settings, revision: revision + 1 };
    return true;
  }
}
