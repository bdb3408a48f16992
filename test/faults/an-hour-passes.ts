import type { Db } from 'mongodb';

/** As if all that is over had been so for an hour: what soon comes back is the same incident, which ends more slowly. */
export async function anHourPasses(db: Db): Promise<void> {
  const before = { $subtract: ['$overAt', 3_600_000] };
  await db.collection('incidents').updateMany({ overAt: { $exists: true } }, [{ $set: { overAt: before } }]);
}
