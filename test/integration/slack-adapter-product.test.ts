/** The whole product behind Socket Mode: who is let in, and where answers stand. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalSlack, startSlack } from '../../demo/slack/start-slack.ts';
import {
  eventually,
  imported,
  type ProductRig,
  slackSecrets,
  startProductRig,
} from '../support/product-rig.ts';
import { textsIn } from '../support/slack-adapter-rig.ts';

const projects = 'C0PROJECTS';
let local: LocalSlack;
let rig: ProductRig;

beforeAll(async () => {
  local = await startSlack({
    mode: 'socket',
    port: 0,
    botToken: slackSecrets.botToken,
    clock: () => new Date(),
    // An event that meets the broken socket comes again, as in Slack, only sooner.
    eventRetriesMs: [100, 500, 1_000, 2_000, 4_000],
  });
  rig = await startProductRig({
    projects: 2,
    tickets: 2,
    env: { SLACK_API_URL: local.apiUrl, SLACK_APP_TOKEN: local.appToken, SLACK_SIGNING_SECRET: '' },
  });
  await eventually(() => expect(local.knobs.socketCount()).toBe(1));
});
afterAll(async () => {
  await rig?.stop();
  await local?.stop();
});

/** All that the bot says to this person there, a line for each text. */
const said = (user: string, channel: string): string =>
  local
    .as(user)
    .messages(channel)
    .filter((message) => message.user === 'U0CWSYNC')
    .flatMap(({ blocks }) => textsIn(blocks))
    .join('\n');

it('answers a command, words in direct messages and a mention', async () => {
  const alex = local.as('U0ALEX');
  await alex.command(projects, '/cwsync help');
  await eventually(() => expect(said('U0ALEX', projects)).toMatch(/status/u));
  await alex.sendDirect('“help” sync');
  await eventually(() => expect(said('U0ALEX', 'D0ALEX')).toMatch(/sync <project>|sync &lt;project&gt;/u));
  const thread = await alex.write(projects, 'A thread');
  await alex.mention(projects, 'help logs', { threadTs: thread });
  await eventually(() => {
    const inThread = alex
      .messages(projects)
      .filter((one) => one.threadTs === thread && one.user === 'U0CWSYNC');
    expect(inThread).toMatchObject([{ visibleTo: 'U0ALEX' }]);
  });
});

it('answers guests and strangers with one refusal, for them alone, and other bots with nothing', async () => {
  await local.as('U0GUS').command(projects, '/cwsync status');
  await eventually(() => expect(said('U0GUS', projects)).toMatch(/members of this organisation only/u));
  await local.as('U0SAM').mention('C0SHARED', 'status');
  await eventually(() => expect(said('U0SAM', 'C0SHARED')).toMatch(/members of this organisation only/u));
  expect(said('U0VERA', 'C0SHARED')).toBe('');
  await local.knobs.otherBotSays(projects, '@cwsync status');
  expect(said('U0VERA', projects)).toBe('');
});

it('follows a sync in its answer to the end, also after the socket broke', async () => {
  await imported(rig);
  local.knobs.dropSockets();
  await local.as('U0ALEX').sendDirect('sync #101 --now');
  await eventually(() => expect(said('U0ALEX', 'D0ALEX')).toMatch(/✓ in sync/u));
});
