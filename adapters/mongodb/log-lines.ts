import type { ClientSession, Db } from 'mongodb';
import type { LogEntry } from '../../src/ports/log-store.ts';

/** Lines of the Integration Log, by themselves or in the transaction of what they tell of. */
export function logLines(db: Db, tenantId: string) {
  const log = db.collection<LogEntry & { readonly tenantId: string }>('integration_log');
  return {
    async insert(entries: readonly LogEntry[], session?: ClientSession): Promise<void> {
      if (entries.length === 0) return;
      const documents = entries.map((entry) => ({ ...entry, tenantId }));
      await log.insertMany(documents, { ordered: false, ...(session ? { session } : {}) });
    },
  };
}
