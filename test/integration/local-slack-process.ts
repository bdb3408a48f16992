import { startSlack } from '../../demo/slack/start-slack.ts';
import { BOT_TOKEN, SIGNING_SECRET } from './local-slack-rig.ts';

/** A local Slack as a process of its own, to be killed: node local-slack-process.ts <state file> <events address>. */
const [stateFile = '', eventsUrl = ''] = process.argv.slice(2);
const slack = await startSlack({
  port: 0,
  signingSecret: SIGNING_SECRET,
  botToken: BOT_TOKEN,
  eventsUrl,
  stateFile,
  clock: () => new Date(),
});
console.log(slack.url);
