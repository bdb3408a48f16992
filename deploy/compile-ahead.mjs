// Loads all that the product may load, so that Node keeps it compiled; run while an image is built.
import nodeModule from 'node:module';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
nodeModule.enableCompileCache(path.join(root, 'node_modules/.cache/cwsync'));
const entries = [
  'src/main.ts',
  'src/bootstrap/start.ts',
  'src/bootstrap/bot.ts',
  'src/bootstrap/worker-runtime.ts',
  'src/bootstrap/terminal.ts',
  'src/bootstrap/doctor.ts',
  'adapters/slack/app.ts',
  'adapters/teams/app.ts',
];
await Promise.all(entries.map((entry) => import(path.join(root, entry))));
console.log(`compiled code is kept in ${nodeModule.getCompileCacheDir()}`);
// What was loaded may keep handles open.
process.exit(0);
