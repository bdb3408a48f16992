import type { Db } from 'mongodb';
import { defaultSettings, type Settings, type SettingsStore } from '../../src/ports/settings.ts';
import { isDuplicateKey } from './duplicate-key.ts';

type SettingsDocument = Partial<Settings> & {
  readonly _id: string;
  readonly tenantId: string;
  readonly revision: number;
};

/** @param seed what the installation says beside the defaults, while nothing was ever saved */
export function mongoSettingsStore(db: Db, tenantId: string, seed: Partial<Settings>): SettingsStore {
  const collection = db.collection<SettingsDocument>('settings');

  async function read() {
    const projection = { _id: 0, tenantId: 0 } as const;
    const saved = await collection.findOne<Partial<Settings> & { readonly revision: number }>(
      { _id: tenantId },
      { projection },
    );
    // A setting that came with a later build was not in what was saved: it has its default.
    return saved ? { ...defaultSettings, ...saved } : { ...defaultSettings, ...seed, revision: 0 };
  }

  async function save(settings: Settings, revision: number): Promise<boolean> {
    // Last: what was read, with its revision in it, is often what is saved again.
    const next = { ...settings, revision: revision + 1 };
    if (revision > 0) {
      return (await collection.updateOne({ _id: tenantId, revision }, { $set: next })).matchedCount === 1;
    }
    try {
      await collection.insertOne({ _id: tenantId, tenantId, ...next });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  return { read, save };
}
