import { z } from 'zod';
import { addSmallTables } from './generate-small-tables.ts';
import type { RecordStore, Row } from './record-store.ts';
import { REFERENCE_FIELDS, type StoreName } from './stores.ts';
import { World } from './world.ts';
import type { CounterName } from './world-core.ts';

const FORMAT = 1;

const snapshotSchema = z.object({
  format: z.literal(FORMAT),
  counters: z.record(z.string(), z.int()),
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

/** Stores that records refer to: only theirs need shared references. */
const REFERRED: ReadonlySet<string> = new Set(
  Object.values(REFERENCE_FIELDS).flatMap((fields) => Object.values(fields)),
);

/** Counters of an older file go on after the highest id there is. */
function restoreCounters(world: World, saved: Readonly<Record<string, number>>): void {
  for (const name of Object.keys(world.counters) as CounterName[]) {
    world.counters[name] = saved[name] ?? world.stores[name].ids().at(-1) ?? 0;
  }
}

/**
 * The world of `toSnapshot`. Throws when the text is not one; the rows themselves are taken as they are.
 * A file from before some stores were there gives them empty, the small set-up tables with their usual rows.
 */
export function fromSnapshot(text: string, clock: () => Date): World {
  const snapshot = snapshotSchema.parse(JSON.parse(text));
  const world = new World(clock);
  const names = Object.keys(world.stores) as StoreName[];
  addSmallTables(world, clock(), (name) => snapshot.stores[name] === undefined);
  for (const name of names.filter((one) => REFERRED.has(one))) {
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
  restoreCounters(world, snapshot.counters);
  return world;
}
