/*
 * Run by official-download.ts as a process of its own, because the package prints to stdout, retries for minutes and
 * cannot be cancelled: a child can be listened to and ended.
 * Arguments: work folder, version. Last line of stdout: {"path"}, or {"error"} and exit code 1.
 */
import { MongoBinary } from 'mongodb-memory-server-core';

const [downloadDir = '', version = ''] = process.argv.slice(2);
try {
  const path = await MongoBinary.getPath({ downloadDir, version });
  console.log(JSON.stringify({ path }));
} catch (error) {
  const code = (error as { code?: unknown }).code;
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  console.log(JSON.stringify({ error: typeof code === 'string' ? code : message }));
  process.exitCode = 1;
}
