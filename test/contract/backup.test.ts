/** A backup is all of the database as of one moment, and a database restored from it goes on as if nothing had been. */
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Binary, type Db, Decimal128, Double, Long } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restoreBackup } from '../../adapters/mongodb/backup/restore-backup.ts';
import { isMigrated, knownSchema, markRestoring } from '../../adapters/mongodb/migrations/migrate.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { runBackup, runRestore } from '../../src/bootstrap/backup.ts';
import { engineSchedule, startEngineRig } from '../support/engine-rig.ts';
import { type FreshDatabase, freshDatabase } from '../support/mongodb.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { migratedDatabase } from './migrated-database.ts';

let folder: string;
let fresh: FreshDatabase;
let rig: Awaited<ReturnType<typeof startEngineRig>>;
const hour = 3_600_000;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cwsync-backup-'));
  fresh = await migratedDatabase();
  // Of the moment, and in no backup.
  await fresh.db.collection<{ _id: string }>('schema').deleteOne({ _id: 'lease' });
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
  const size = { seed: 3, projects: 2, tickets: 5, phases: 2, schedule: 3, time: 3, notes: 2 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  rig = await startEngineRig(fresh, { world, time });
  await rig.stores.tasks.tick(engineSchedule);
  await rig.runDue();
  await rig.stores.log.flush();
  // Types that JavaScript has no number of its own for, and an index that nobody foresaw.
  const odd = {
    double: new Double(5),
    long: Long.fromNumber(7),
    decimal: new Decimal128('1.50'),
    bytes: bytes(),
  };
  await fresh.db
    .collection('odd')
    .insertOne({ ...odd, text: 'naïve – \u2028 🙂', nothing: null, pattern: /a/iu });
  await fresh.db
    .collection('odd')
    .createIndex({ text: 1 }, { unique: true, partialFilterExpression: { long: 7 } });
});
const bytes = () => new Binary(Buffer.from([0, 10, 255]));
afterAll(async () => {
  await rig.stop();
  await fresh.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The command as it is typed, on this test's database. */
async function run(command: 'backup' | 'restore', file: string, db: Db = fresh.db, replace = false) {
  const lines: string[] = [];
  const uri = fresh.uri.replace(/\/[^/?]*(?=\?)/u, `/${db.databaseName}`);
  const options = {
    env: { MONGODB_URI: uri },
    appVersion: '0.0.0-test',
    file: path.join(folder, file),
    print: (line: string) => void lines.push(line),
    say: (line: string) => void lines.push(line),
  };
  const code = command === 'backup' ? await runBackup(options) : await runRestore({ ...options, replace });
  return { code, said: lines.join('\n') };
}

/** Of each collection: its documents byte by byte, its validator and its indexes. */
async function contents(db: Db) {
  const { collections } = await db.command({ dbHash: 1 });
  const listed = await db.listCollections().toArray();
  const shapes = listed.map(async (info) => [
    info.name,
    {
      hash: collections[info.name],
      options: 'options' in info && info.options,
      indexes: new Set(
        (await db.collection(info.name).listIndexes().toArray()).map((one) => JSON.stringify(one)),
      ),
    },
  ]);
  const all = Object.fromEntries(await Promise.all(shapes)) as Record<string, unknown>;
  delete all.liveness;
  return all;
}

test('what is restored is what was there, and the sync goes on without a request or a record too many', async () => {
  const before = await contents(fresh.db);
  const saved = await run('backup', 'whole');
  expect(saved).toEqual({ code: 0, said: expect.stringMatching(/whole: [\d,]+ documents/u) });
  expect((await stat(path.join(folder, 'whole'))).mode & 0o777).toBe(0o600);
  expect(await run('backup', 'whole')).toEqual({
    code: 1,
    said: expect.stringContaining('is there already'),
  });

  const plan = ['plan_projects', 'plan_tasks', 'integration_log', 'api_requests', 'sync_tasks'];
  for (const name of plan) expect(await fresh.db.collection(name).countDocuments(), name).toBeGreaterThan(0);
  for (const name of Object.keys(before)) await fresh.db.dropCollection(name);
  expect(await run('restore', 'whole')).toEqual({ code: 0, said: expect.stringContaining('were restored') });
  expect(await contents(fresh.db)).toEqual(before);
  expect(await isMigrated(fresh.db, 'test')).toBe(true);

  const records = await counts(fresh.db);
  // Twice as long as any project may wait for its turn.
  await rig.pass(9 * hour, engineSchedule, 3 * hour);
  expect(await counts(fresh.db)).toEqual(records);
  const over = await fresh.db.collection('sync_tasks').find({ kind: 'project' }).toArray();
  expect(over.map(({ failure, lastSync }) => [failure, lastSync.mode])).toEqual(
    over.map(() => [undefined, 'comprehensive']),
  );
  for (const { lastSync } of over) {
    expect(lastSync.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, conflicts: 0 });
  }
});

async function counts(db: Db) {
  const names = [
    'plan_projects',
    'plan_phases',
    'plan_tasks',
    'plan_events',
    'plan_time',
    'plan_notes',
    'pairs',
  ];
  return await Promise.all(names.map((name) => db.collection(`plan_${name}`).countDocuments()));
}

test('refused, with nothing changed: over data, beside a running cwsync, of a newer version, cut short, of something else', async () => {
  await run('backup', 'good');
  const hash = async () => (await fresh.db.command({ dbHash: 1 })).md5;
  async function refused(file: string, words: string, replace = true) {
    const before = await hash();
    expect(await run('restore', file, fresh.db, replace)).toEqual({
      code: 1,
      said: expect.stringContaining(words),
    });
    expect(await hash()).toBe(before);
  }
  const good = path.join(folder, 'good');
  await refused('good', 'restore with --replace', false);
  const beat = {
    _id: 't:bot' as never,
    tenantId: 't',
    kind: 'bot',
    at: new Date(Date.now() - 50_000),
    by: 'b',
  };
  await fresh.db.collection('liveness').insertOne(beat);
  await refused('good', 'Stop every process of cwsync');
  await fresh.db.collection('liveness').deleteMany({});

  const lines = gunzipSync(await readFile(good)).toString('utf8');
  const newer = lines.replace(/"schema":\d+/u, `"schema":${knownSchema() + 1}`);
  await writeFile(path.join(folder, 'newer'), gzipSync(newer));
  await refused('newer', 'install that or newer');
  await writeFile(path.join(folder, 'endless'), gzipSync(lines.slice(0, lines.lastIndexOf('{'))));
  await refused('endless', 'cut short');
  await writeFile(path.join(folder, 'torn'), await readFile(good));
  await truncate(path.join(folder, 'torn'), 20_000);
  await refused('torn', 'cut short');
  await writeFile(path.join(folder, 'other'), gzipSync('{"hello":1}\n'));
  await refused('other', 'not a backup of cwsync');
  await writeFile(path.join(folder, 'plain'), 'hello');
  await refused('plain', 'not a backup of cwsync');
  await refused('nowhere', 'is not there');
});

test('a restore that was interrupted leaves a database on which nothing starts, until it is restored again', async () => {
  await run('backup', 'again');
  await using other = await freshDatabase();
  const file = path.join(folder, 'again');
  const interrupted = restoreBackup({
    db: other.db,
    file,
    replace: false,
    onProgress(step) {
      if (step === 'restoring') throw new Error('killed');
    },
  });
  await expect(interrupted).rejects.toThrow('killed');
  await expect(isMigrated(other.db, 'test')).rejects.toThrow('not finished');
  expect(await run('backup', 'half', other.db)).toMatchObject({ code: 1 });
  expect(await run('restore', 'again', other.db)).toMatchObject({ code: 1 });
  expect(await run('restore', 'again', other.db, true)).toMatchObject({ code: 0 });
  expect(await contents(other.db)).toEqual(await contents(fresh.db));
  await markRestoring(other.db, false);
});
