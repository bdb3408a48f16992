import { randomUUID } from 'node:crypto';
import { migrate } from '../../adapters/mongodb/migrations/migrate.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { Ids } from '../../src/ports/ids.ts';
import { type FreshDatabase, freshDatabase } from '../support/mongodb.ts';

export const randomIds: Ids = { next: () => randomUUID(), random: () => 0.5 };

/** A database of its own with the product's collections, validators and indexes. */
export async function migratedDatabase(make = freshDatabase): Promise<FreshDatabase> {
  const fresh = await make();
  await migrate(fresh.db, { appVersion: '0.0.0-test', onStep: () => {}, clock: systemClock, ids: randomIds });
  return fresh;
}
