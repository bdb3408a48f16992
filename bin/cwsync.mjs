#!/usr/bin/env node
// Plain JavaScript, so that an older Node can read it and say what is wrong.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `cwsync needs Node 24 or newer; this is ${process.versions.node}. Run "npm ci" and start it with "npm start", which uses the Node that it brings.`,
  );
  process.exit(1);
}
const { main } = await import('../src/main.ts');
await main();
