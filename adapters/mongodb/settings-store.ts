import type { Db } from 'mongodb';
import type { Actor } from '../../src/domain/sync-task.ts';
import {
  defaultSettings,
  type Settings,
  type SettingsRead,
  type SettingsStore,
} from '../../src/ports/settings.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { type Expression, literal } from './sync-task-expressions.ts';

type SettingsDocument = Partial<SettingsRead> & { readonly _id: string; readonly tenantId: string };

/**
 * @param seed what the installation says beside the defaults, while nothing was ever saved
 * @param now the database server's time, as an expression
 */
export function mongoSettingsStore(
  db: Db,
  tenantId: string,
  seed: Partial<Settings>,
  now: Expression,
): SettingsStore {
  const collection = db.collection<SettingsDocument>('settings');

  async function read(): Promise<SettingsRead> {
    const projection = { _id: 0, tenantId: 0 } as const;
    const saved = await collection.findOne<Partial<Settings> & Pick<SettingsRead, 'revision' | 'changed'>>(
      { _id: tenantId },
      { projection },
    );
    // A setting that came with a later build was not in what was saved: it has its default.
    return saved ? { ...defaultSettings, ...saved } : { ...defaultSettings, ...seed, revision: 0 };
  }

  async function save(settings: Settings, revision: number, by: Actor): Promise<boolean> {
    const values = Object.entries(settings).map(([field, value]) => [field, literal(value)] as const);
    // Last: what was read, with its revision in it, is often what is saved again.
    const next = {
      ...Object.fromEntries(values),
      tenantId: literal(tenantId),
      revision: revision + 1,
      changed: { by: literal(by), at: now },
    };
    if (revision > 0) {
      const saved = await collection.updateOne({ _id: tenantId, revision }, [{ $set: next }]);
      return saved.matchedCount === 1;
    }
    try {
      const none = { _id: tenantId, revision: { $exists: false } };
      await collection.updateOne(none, [{ $set: next }], { upsert: true });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  return { read, save };
}
