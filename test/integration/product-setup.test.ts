/** The first hour from outside: an empty product, its Slack, its ConnectWise, and an admin who sets it up. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, type ProductRig, startProductRig, storedTasks } from '../support/product-rig.ts';
import { textsIn } from '../support/slack-adapter-rig.ts';

// No guest reads along there.
const projects = 'C0OPS';
let rig: ProductRig | undefined;

function start(env: NodeJS.ProcessEnv = {}): Promise<ProductRig> {
  return startProductRig({
    projects: 12,
    tickets: 4,
    env: { CWSYNC_LINK_OPEN_PROJECTS: 'false', CWSYNC_SCOUT_SECONDS: '1', ...env },
  });
}

let started: ProductRig;
const alex = () => started.slack.as('U0ALEX');
const modalWords = () => textsIn(alex().modal()?.blocks).join('\n');
const direct = () => alex().messages('D0ALEX');

async function modalSays(words: RegExp): Promise<void> {
  await eventually(() => expect(modalWords()).toMatch(words));
}

/** What the last answer of the bot in the channel says. */
async function channelSays(words: RegExp, timeout?: number): Promise<void> {
  await eventually(() => {
    const last = alex().messages(projects).at(-1);
    expect(textsIn(last?.blocks).join('\n')).toMatch(words);
  }, timeout);
}

beforeEach(() => {
  rig = undefined;
});
afterEach(() => rig?.stop());

it('from the welcome to what was imported', { timeout: 60_000 }, async () => {
  rig = await start();
  started = rig;
  const { world } = rig.connectWise;
  await eventually(() => expect(started.said.join('\n')).toMatch(/✓ ConnectWise answers, version/u));

  await alex().openHome();
  await eventually(() =>
    expect(textsIn(alex().home()?.blocks).join('\n')).toContain('no project boards are chosen'),
  );
  await eventually(() => {
    const welcome = direct().find(({ text }) => text.startsWith('Hello!'));
    expect(textsIn(welcome?.blocks)).toContain('Set up');
  });
  await alex().command(projects, '/cwsync sync contoso');
  await channelSays(/no project boards are chosen[\s\S]*Set up/u);

  await alex().command(projects, '/cwsync setup');
  await modalSays(/ConnectWise is reached/u);
  await alex().submit([]);
  await eventually(async () => {
    if (/are loaded|were loaded/u.test(modalWords())) return;
    await alex().submit([]);
    throw new Error(modalWords());
  });
  await alex().submit([]);
  await modalSays(/Open projects on these boards/u);
  const [board] = world.stores.boards.rows().filter(({ projectFlag }) => projectFlag);
  const open = world.stores.projects
    .rows()
    .filter(({ closedFlag, board: on }) => !closedFlag && on.id === board?.id);
  expect(open.length).toBeGreaterThan(0);
  await alex().submit([{ actionId: 'field:boards', value: [String(board?.id)] }]);
  await modalSays(new RegExp(`The first import: .*${open.length} open project`, 'su'));
  await alex().submit([]);
  await modalSays(/When a sync fails/u);
  await alex().submit([]);
  await eventually(async () => {
    expect(await storedTasks(started.db).countDocuments({ kind: 'project' })).toBe(open.length);
  });
  await eventually(() => {
    const told = direct().map(({ text }) => text);
    expect(told.filter((text) => text.startsWith('First import'))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^First import over: (?:all ${open.length} projects are|the one project is) imported`,
          'u',
        ),
      ),
    ]);
  });
  const settings = await rig.db.collection('settings').findOne();
  expect(settings).toMatchObject({
    boards: [board?.id],
    alertChannels: [{ platform: 'slack', tenant: 'T0DEMO', conversation: projects }],
  });
  // No incident, no failure on the way.
  expect(await storedTasks(rig.db).countDocuments({ failure: { $exists: true } })).toBe(0);
});

it('refused keys are said at the start, in the chat and in the form, and nothing is asked of the queue', async () => {
  rig = await start({ CONNECTWISE_PRIVATE_KEY: 'wrong-key-of-the-test' });
  started = rig;
  await eventually(() => expect(started.said.join('\n')).toContain('✕ ConnectWise refused the API keys.'));
  expect(rig.said.join('\n')).not.toContain('wrong-key-of-the-test');
  await eventually(async () => {
    await alex().command(projects, '/cwsync sync --misc');
    // The first may have been accepted before any sync had met the refusal.
    await channelSays(/ConnectWise refuses the API keys/u, 2_000);
  });
  await alex().command(projects, '/cwsync setup');
  await modalSays(/ConnectWise refused the API keys/u);
});

it('without keys it answers all the same, and names what is missing', async () => {
  rig = await start({ CONNECTWISE_PRIVATE_KEY: '', CWSYNC_ALERT_CHANNELS: `slack:T0DEMO/${projects}` });
  started = rig;
  expect(rig.said).toContain('✕ ConnectWise needs CONNECTWISE_PRIVATE_KEY');
  await alex().command(projects, '/cwsync sync contoso');
  await channelSays(/no keys for ConnectWise yet: ConnectWise needs CONNECTWISE_PRIVATE_KEY/u);
  await alex().command(projects, '/cwsync setup');
  await modalSays(/Whoever operates cwsync sets what is missing/u);
});
