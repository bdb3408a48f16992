import { z } from 'zod';
import type { RecordStore, Row } from './record-store.ts';
import { REFERENCE_FIELDS, type StoreName } from './stores.ts';
import { World } from './world.ts';

const FORMAT = 1;

const snapshotSchema = z.object({
  format: z.literal(FORMAT),
  counters: z.object({ projects: z.int(), phases: z.int(), tickets: z.int() }),
  stores: z.record(z.string(), z.array(z.looseObject({ id: z.int() }))),
});

/** Everything that must outlive the process, as JSON text. */
export function toSnapshot(world: World): string {
  const stores = Object.fromEntries(
    Object.entries(world.stores).map(([name, store]) => [name, store.rows()]),
  );
  return JSON.stringify({ format: FORMAT, counters: world.counters, stores });
}

/** Points the fields of a row that was read from JSON to the shared references again. */
function relink(world: World, name: StoreName, row: Record<string, unknown>): void {
  for (const [field, target] of Object.entries(REFERENCE_FIELDS[name] ?? {})) {
    const id = z.object({ id: z.int() }).safeParse(row[field]).data?.id;
    const shared = id === undefined ? undefined : world.references.find(target, id);
    if (shared) row[field] = shared;
  }
}

/** The world of `toSnapshot`. Throws when the text is not one; the rows themselves are taken as they are. */
export function fromSnapshot(text: string, clock: () => Date): World {
  const snapshot = snapshotSchema.parse(JSON.parse(text));
  const world = new World(clock);
  const names = Object.keys(world.stores) as StoreName[];
  for (const name of names) {
    for (const row of snapshot.stores[name] ?? []) world.references.to(name, row);
  }
  for (const name of names) {
    // The file was written by toSnapshot of this very format: its rows have the shape of their store.
    const store = world.stores[name] as unknown as RecordStore<Row>;
    for (const row of snapshot.stores[name] ?? []) {
      relink(world, name, row);
      store.put(row);
    }
  }
  Object.assign(world.counters, snapshot.counters);
  return world;
}
