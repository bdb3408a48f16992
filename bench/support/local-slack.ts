/** A local Slack by Socket Mode as a process of its own: prints `slack <API address>` once it may be used. */
import { startSlack } from '../../demo/slack/start-slack.ts';

const [botToken = '', appToken = ''] = process.argv.slice(2);
const slack = await startSlack({
  mode: 'socket',
  port: 0,
  botToken,
  appToken,
  clock: () => new Date(),
});
console.log(`slack ${slack.apiUrl}`);
