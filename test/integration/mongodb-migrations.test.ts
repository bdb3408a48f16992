import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../adapters/mongodb/migrations/all.ts';
import { type CollectionSpec, ensureCollections } from '../../adapters/mongodb/migrations/collections.ts';
import {
  type MigrateOptions,
  MigrationLeaseLostError,
  migrate,
  NewerSchemaError,
  type SchemaDocument,
} from '../../adapters/mongodb/migrations/migrate.ts';
import { type Migration, versionOf } from '../../adapters/mongodb/migrations/migration.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import { killHard, startChild } from '../support/child-process.ts';
import { type FreshDatabase, freshDatabase } from '../support/mongodb.ts';

let fresh: FreshDatabase;
let db: Db;
let told: string[];

beforeEach(async () => {
  fresh = await freshDatabase();
  db = fresh.db;
  told = [];
});
afterEach(() => fresh.drop());

function options(overrides: Partial<MigrateOptions> = {}): MigrateOptions {
  return {
    appVersion: '1.0.0',
    onStep: (text) => told.push(text),
    clock: systemClock,
    ids: { next: () => randomUUID(), random: () => 0.5 },
    leaseMs: 2_000,
    ...overrides,
  };
}

function counting(name: string, ran: string[]): Migration {
  return {
    name,
    async up() {
      ran.push(name);
    },
  };
}

function schema(): Promise<SchemaDocument | null> {
  return db.collection<SchemaDocument>('schema').findOne({ _id: 'schema' });
}

describe('migrate', () => {
  it('runs every step of this build in a fresh database and records it', async () => {
    const before = new Date();
    await migrate(db, options());
    const written = await schema();
    const names = migrations.map(({ name }) => name);
    const version = Math.max(...names.map(versionOf));
    expect(written).toMatchObject({ version, writtenBy: '1.0.0', steps: names.map((name) => ({ name })) });
    expect(written?.steps[0]?.at.getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(told).toEqual(names.map((name) => `migrating the database: ${name}`));
    await expect(db.collection('seen_requests').insertOne({ at: 'noon' })).rejects.toThrow(/validation/);
    expect((await db.collection('seen_requests').indexes()).map((index) => index.key)).toContainEqual({
      at: 1,
    });
  });

  it('runs nothing in a database that is up to date, and only what is new in an older one', async () => {
    const ran: string[] = [];
    const one = counting('0001-one', ran);
    const two = counting('0002-two', ran);
    await migrate(db, options({ migrations: [one] }));
    await migrate(db, options({ migrations: [one] }));
    expect(ran).toEqual(['0001-one']);
    await migrate(db, options({ migrations: [one, two], appVersion: '1.1.0' }));
    expect(ran).toEqual(['0001-one', '0002-two']);
    expect(await schema()).toMatchObject({ version: 2, writtenBy: '1.1.0' });
  });

  it('refuses a database that a newer build wrote, and changes nothing', async () => {
    const ran: string[] = [];
    const list = [counting('0001-one', ran), counting('0002-two', ran)];
    await migrate(db, options({ migrations: list, appVersion: '2.0.0' }));
    const before = await schema();
    const older = migrate(db, options({ migrations: [counting('0001-one', ran)] }));
    await expect(older).rejects.toThrow(NewerSchemaError);
    await expect(older).rejects.toThrow('written by cwsync 2.0.0; install that or newer');
    expect(await schema()).toEqual(before);
  });

  it('lets one of several processes migrate while the others wait', async () => {
    const ran: string[] = [];
    const gate = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    const slow: Migration = {
      name: '0001-slow',
      async up() {
        ran.push('0001-slow');
        await gate.promise;
      },
    };
    const first = migrate(db, options({ migrations: [slow] }));
    await expect.poll(() => ran.length).toBe(1);
    const second = migrate(db, options({ migrations: [slow], onStep: () => waiting.resolve() }));
    await waiting.promise;
    gate.resolve();
    await Promise.all([first, second]);
    expect(ran).toEqual(['0001-slow']);
    expect((await schema())?.steps).toHaveLength(1);
  });

  it('renews the lease while a step takes longer than its term', async () => {
    const ran: string[] = [];
    const leaseMs = 300;
    const slow: Migration = {
      name: '0001-slow',
      async up() {
        ran.push('0001-slow');
        const start = performance.now();
        await expect.poll(() => performance.now() - start, { timeout: 5_000 }).toBeGreaterThan(4 * leaseMs);
      },
    };
    await Promise.all([
      migrate(db, options({ migrations: [slow], leaseMs })),
      migrate(db, options({ migrations: [slow], leaseMs })),
    ]);
    expect(ran).toEqual(['0001-slow']);
  });

  it('takes over from a process that died and let its lease expire', async () => {
    const until = new Date(Date.now() + 400);
    await db.collection<{ _id: string; owner: string; until: Date }>('schema').insertOne({
      _id: 'lease',
      owner: 'a process that died',
      until,
    });
    const ran: string[] = [];
    await migrate(db, options({ migrations: [counting('0001-one', ran)] }));
    expect(ran).toEqual(['0001-one']);
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
    expect(told[0]).toContain('waiting');
  });

  it('records nothing once another process has taken the lease over', async () => {
    const stalled: Migration = {
      name: '0001-stalled',
      async up() {
        await db
          .collection<{ _id: string }>('schema')
          .updateOne(
            { _id: 'lease' },
            { $set: { owner: 'somebody else', until: new Date(Date.now() + 60_000) } },
          );
      },
    };
    await expect(migrate(db, options({ migrations: [stalled] }))).rejects.toThrow(MigrationLeaseLostError);
    expect(await schema()).toBeNull();
  });

  it('finishes what a process began that was killed in the middle of a step', async () => {
    const hang = join(import.meta.dirname, '../support/processes/migrate-and-hang.ts');
    const { child, firstLine } = await startChild(hang, [fresh.uri, db.databaseName, '1000']);
    expect(firstLine).toBe('in step');
    await killHard(child);
    const list: CollectionSpec[] = [
      { name: 'first', indexes: [{ key: { a: 1 }, unique: true }] },
      { name: 'second', indexes: [{ key: { b: 1 } }] },
    ];
    const whole: Migration = {
      name: '0001-two-collections',
      up: (target) => ensureCollections(target, list),
    };
    await migrate(db, options({ migrations: [whole] }));
    expect(told).toEqual([
      expect.stringContaining('waiting'),
      'migrating the database: 0001-two-collections',
    ]);
    expect(await schema()).toMatchObject({ version: 1, steps: [{ name: '0001-two-collections' }] });
    expect(await db.collection('first').indexes()).toHaveLength(2);
    expect(await db.collection('second').indexes()).toHaveLength(2);
  });

  it('runs a step again that failed in the middle', async () => {
    const list: CollectionSpec[] = [
      { name: 'first', indexes: [{ key: { a: 1 }, unique: true }] },
      { name: 'second', validator: { bsonType: 'object', required: ['b'] }, indexes: [{ key: { b: 1 } }] },
    ];
    let failing = true;
    const step: Migration = {
      name: '0001-two-collections',
      async up(target) {
        if (failing) {
          await ensureCollections(target, list.slice(0, 1));
          throw new Error('fails here');
        }
        await ensureCollections(target, list);
      },
    };
    await expect(migrate(db, options({ migrations: [step] }))).rejects.toThrow('fails here');
    expect(await schema()).toBeNull();
    failing = false;
    await migrate(db, options({ migrations: [step] }));
    expect(await schema()).toMatchObject({ version: 1, steps: [{ name: '0001-two-collections' }] });
    expect(await db.collection('second').indexes()).toHaveLength(2);
    await expect(db.collection('second').insertOne({ a: 1 })).rejects.toThrow(/validation/);
  });
});

describe('ensureCollections', () => {
  it('may be run again, keeps the documents and takes a changed validator', async () => {
    const index = { key: { a: 1 } };
    await ensureCollections(db, [{ name: 'things', validator: { required: ['a'] }, indexes: [index] }]);
    await db.collection('things').insertOne({ a: 1 });
    await ensureCollections(db, [{ name: 'things', validator: { required: ['b'] }, indexes: [index] }]);
    expect(await db.collection('things').countDocuments()).toBe(1);
    await expect(db.collection('things').insertOne({ a: 1 })).rejects.toThrow(/validation/);
    await expect(db.collection('things').insertOne({ b: 1 })).resolves.toBeDefined();
  });
});
