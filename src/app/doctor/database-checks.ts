import type { DatabaseFacts, DatabaseHealth, HealthCheck, HealthResult } from '../../ports/health-checks.ts';
import { onlyWith } from './only-with.ts';

/** Before this one nothing works. */
const leastMajor = 6;
/** Older ones get no more repairs from their maker. */
const oldestSupportedMajor = 7;

/** @param embedded whether the server is the one that cwsync brings and runs by itself */
export function databaseChecks(database: DatabaseHealth, embedded: boolean): readonly HealthCheck[] {
  const withDatabase = (check: HealthCheck) => onlyWith('MongoDB', () => database.ping(), check);
  return [
    {
      name: 'MongoDB',
      async run() {
        const { replicaSet } = await database.facts();
        if (!replicaSet) return standalone;
        return embedded
          ? {
              ok: 'warn',
              words: 'The embedded server answers, a replica set of one member.',
              next: 'Fine for trying; for your customers’ data set MONGODB_URI (docs/operate.md).',
            }
          : { ok: 'pass', words: 'A replica set answers.' };
      },
    },
    withDatabase({ name: 'MongoDB version', run: async () => versionResult(await database.facts()) }),
    withDatabase({
      name: 'MongoDB writing',
      async run() {
        await database.tryWrite();
        return { ok: 'pass', words: 'A write was confirmed by most of the members.' };
      },
    }),
  ];
}

const standalone: HealthResult = {
  ok: 'fail',
  words: 'The server is no replica set, so it has neither transactions nor change streams.',
  next: 'Start it as a replica set, one member is enough: docs/operate.md says how.',
};

function versionResult({ version }: DatabaseFacts): HealthResult {
  const major = Number(version.split('.')[0]);
  if (major >= oldestSupportedMajor) return { ok: 'pass', words: `${version}.` };
  const next = 'Move to MongoDB 8.0.';
  return major >= leastMajor
    ? { ok: 'warn', words: `${version} works, and is past its maker’s support.`, next }
    : { ok: 'fail', words: `${version} is too old: cwsync needs ${leastMajor}.0 or newer.`, next };
}
