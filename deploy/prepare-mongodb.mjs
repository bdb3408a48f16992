/**
 * Makes one MongoDB server a replica set with a user for cwsync, once it answers; does nothing where that is done.
 * For compose.yaml. From the environment:
 *   MONGODB_HOST            host and port, by which cwsync will reach it too
 *   ROOT_PASSWORD_FILE      password of the server's user "root"
 *   CWSYNC_PASSWORD_FILE    password that the user "cwsync" gets, of the database "cwsync"
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

const patienceMs = 120_000;
const alreadyInitialized = 23;
const userExists = 51_003;
const host = process.env.MONGODB_HOST ?? 'mongodb:27017';
const secretOf = (name) => {
  const file = process.env[name];
  if (!file) throw new Error(`${name} is not set: it names the file with the password`);
  return readFileSync(file, 'utf8').trim();
};
const deadline = Date.now() + patienceMs;

/** Again until it works: the server may still be starting, or electing itself. */
async function eventually(what, work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${what}: ${error.message}`, { cause: error });
      await delay(500);
    }
  }
}

/** Runs a command; an error of one of these codes says that it was done before. */
async function once(db, command, ...doneCodes) {
  try {
    await db.command(command);
    return true;
  } catch (error) {
    if (!doneCodes.includes(error.code)) throw error;
    return false;
  }
}

const client = new MongoClient(`mongodb://${host}/`, {
  directConnection: true,
  auth: { username: 'root', password: secretOf('ROOT_PASSWORD_FILE') },
  authSource: 'admin',
  serverSelectionTimeoutMS: 5_000,
});
try {
  await eventually('the server does not answer', () => client.connect());
  const admin = client.db('admin');
  const config = { _id: 'rs0', members: [{ _id: 0, host }] };
  const made = await once(admin, { replSetInitiate: config }, alreadyInitialized);
  console.log(made ? `replica set rs0 made of ${host}` : 'the replica set is there');
  await eventually('the server does not become primary', async () => {
    const { isWritablePrimary } = await admin.command({ hello: 1 });
    if (!isWritablePrimary) throw new Error('it is none yet');
  });
  // dbAdmin of this one database: migrations change the rules of collections, which readWrite may not.
  const user = { pwd: secretOf('CWSYNC_PASSWORD_FILE'), roles: ['readWrite', 'dbAdmin'] };
  const created = await once(client.db('cwsync'), { createUser: 'cwsync', ...user }, userExists);
  if (!created) await client.db('cwsync').command({ updateUser: 'cwsync', ...user });
  console.log(created ? 'user cwsync made' : 'user cwsync is there, its password as in the file');
} catch (error) {
  console.error(`MongoDB could not be prepared: ${error.message}`);
  process.exitCode = 1;
} finally {
  await client.close();
}
