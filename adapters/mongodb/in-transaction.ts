import type { ClientSession, Db } from 'mongodb';

/** All of it or nothing. What it does may be done again from its beginning where another transaction was in its way. */
export function inTransaction<T>(db: Db, work: (session: ClientSession) => Promise<T>): Promise<T> {
  return db.client.withSession((session) => session.withTransaction(() => work(session)));
}
