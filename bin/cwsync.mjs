#!/usr/bin/env node
// Plain JavaScript, so that an older Node can read it and say what is wrong.
import nodeModule from 'node:module';
import path from 'node:path';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `cwsync needs Node 24 or newer; this is ${process.versions.node}. Run "npm ci" and start it with "npm start", which uses the Node that it brings.`,
  );
  process.exit(1);
}
// Compiled code is kept between starts, which halves them; beside the packages, where nobody else may write. Where
// that folder cannot be written, Node does without. The environment is how the background thread learns of it.
process.env.NODE_COMPILE_CACHE ??= path.join(import.meta.dirname, '../node_modules/.cache/cwsync');
nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { main } = await import('../src/main.ts');
await main();
