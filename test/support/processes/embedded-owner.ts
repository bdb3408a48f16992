/*
 * A cwsync that owns an embedded server, for tests that kill it. Arguments: data folder, path and version of mongod.
 * Prints the server's address, then lives until it is killed.
 */
import { startEmbeddedMongo } from '../../../adapters/mongodb/embedded/start-embedded.ts';

const [dataDir = '', path = '', version = ''] = process.argv.slice(2);
const { uri } = await startEmbeddedMongo({ dataDir, port: 0, binary: { path, version } });
console.log(uri);
process.stdin.resume();
