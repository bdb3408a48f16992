/*
 * A cwsync that hangs in the middle of a migration, for a test that kills it. Arguments: address, database, lease in ms.
 * Prints "in step" when half of the step is done.
 */
import { connectMongo } from '../../../adapters/mongodb/connection.ts';
import { ensureCollections } from '../../../adapters/mongodb/migrations/collections.ts';
import { migrate } from '../../../adapters/mongodb/migrations/migrate.ts';
import { systemClock } from '../../../src/bootstrap/system.ts';

const [uri = '', database = '', leaseMs = ''] = process.argv.slice(2);
const connection = await connectMongo(uri, { appName: 'cwsync-test-child' });
await migrate(connection.db(database), {
  appVersion: '1.0.0',
  onStep: () => {},
  clock: systemClock,
  ids: { next: () => 'the process that is killed', random: () => 0.5 },
  leaseMs: Number(leaseMs),
  migrations: [
    {
      name: '0001-two-collections',
      async up(db) {
        await ensureCollections(db, [{ name: 'first', indexes: [{ key: { a: 1 }, unique: true }] }]);
        console.log('in step');
        await new Promise(() => {});
      },
    },
  ],
});
