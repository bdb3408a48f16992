/** `npm run slack:manifest -- [--url https://…]`: what to paste where Slack asks for the app's manifest. */
import { parseArgs } from 'node:util';
import { slackManifest } from '../../adapters/slack/manifest.ts';

const usage = `Usage: npm run --silent slack:manifest -- [options]

Prints the manifest of the Slack app as JSON; docs/slack.md says where it is pasted.

  --url URL   the public https address of cwsync, for signed HTTP; without it Socket Mode is set up
  --help      this text
`;

function wrong(problem: string): void {
  process.stderr.write(`${problem}\n\n${usage}`);
  process.exitCode = 2;
}

function main(): void {
  const { url, help } = parseArgs({
    options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  }).values;
  if (help) process.stdout.write(usage);
  else if (url !== undefined && URL.parse(url)?.protocol !== 'https:')
    wrong('--url takes the public https address of cwsync.');
  else process.stdout.write(`${JSON.stringify(slackManifest(url), undefined, 2)}\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof TypeError && 'code' in error)) throw error;
  wrong(error.message);
}
