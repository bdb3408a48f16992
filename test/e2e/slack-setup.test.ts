/** The first hour in the Slack window: nobody is an admin, nothing is chosen, nothing is imported. */
import { expect, it } from 'vitest';
import { eventually, storedTasks } from '../support/product-rig.ts';
import { slackSuite } from '../support/slack-suite.ts';

const empty = { CWSYNC_ADMINS: '', CWSYNC_LINK_OPEN_PROJECTS: 'false' };
const suite = slackSuite(
  'setup',
  { projects: 12, tickets: 4, slackBy: 'socket', env: empty },
  async ({ said }) => {
    if (!said.some((line) => line.includes('/cwsync claim '))) throw new Error(said.join('\n'));
  },
);

const code = () => /claim (\S+)/u.exec(suite.rig.said.join('\n'))?.[1] ?? '';
const linked = () => storedTasks(suite.rig.db).countDocuments({ kind: 'project' });

// In this order: each begins where the one before has ended.

it('before there is an admin the Home tab greets, says why the list is empty, and that nobody is admin', async () => {
  const vera = await suite.open('vera');
  const home = await vera.openHome();
  await home.says(
    '0 projects',
    'No project is linked yet: no project boards are chosen.',
    'An admin chooses',
  );
  expect(await home.buttons()).not.toContain('Set up');
  await vera.openDirect();
  const welcome = await vera.told('Hello!');
  await welcome.says('keeps your ConnectWise projects and their plans in step', 'Your role: viewer');
  await welcome.has('Status', 'My projects', 'Help', 'Follow my projects');
  await welcome.hasNone('Set up');
  await vera.openChannel('projects');
  for (const command of ['status', 'status --problems', 'tasks #101', 'logs #101']) {
    const answer = await vera.write(`/cwsync ${command}`);
    await answer.says(/no project boards are chosen|No project matches/u);
  }
  await (await vera.write('/cwsync sync #101')).says('needs the role operator', 'nobody');
});

it('the code of the start-up screen makes the first admin, once', async () => {
  const alex = await suite.open('alex');
  await alex.writeOnly('/cwsync setup');
  await alex.modal.says('setup needs the role admin; yours is viewer.', 'start-up screen of cwsync says how');
  await alex.modal.dismiss();
  await (await alex.write('/cwsync claim')).says('Which code?');
  await (await alex.write('/cwsync claim WRNG-CODE')).says('That is not the code.', 'start-up screen');
  const claimed = await alex.write(`/cwsync claim ${code().toLowerCase()}`);
  await claimed.says('You are the admin now.', 'roles grant @user operator');
  await claimed.has('Set up', 'Roles', 'Help');
  const vera = await suite.open('vera');
  await (await vera.write(`/cwsync claim ${code()}`)).says('There is an admin already', '@Alex Admin');
});

it('what an admin asks for before boards are chosen says so and leads to Set up; nothing is queued', async () => {
  const alex = await suite.open('alex');
  for (const command of ['sync #101', 'disable #101', 'disconnect #101']) {
    await alex.writeOnly(`/cwsync ${command}`);
    await eventually(async () => {
      const modal = await alex.modal.root.isVisible();
      const shown = modal ? alex.modal : await alex.told('no project boards are chosen');
      expect(await shown.text()).toContain('no project boards are chosen');
    });
    if (await alex.modal.root.isVisible()) await alex.modal.dismiss();
  }
  const list = await alex.write('/cwsync status');
  await list.says('no project boards are chosen');
  await list.has('Set up');
  expect(await linked()).toBe(0);
});

it('set-up goes through its five steps, back to the boards, and starts the import, which is told to its end', async () => {
  const alex = await suite.open('alex');
  const home = await alex.openHome();
  await home.press('Set up');
  const modal = await alex.modal.titled('1 of 5: ConnectWise');
  await modal.says('✓ ConnectWise is reached', 'version', /All 17 kinds of records can be read/u);
  await modal.submit();
  await modal.titled('2 of 5: Set-up data');
  await modal.says('were loaded Today');
  await modal.submit();
  await modal.titled('3 of 5: Boards to sync');
  await modal.submit();
  await modal.refuses(/Choose at least one board|Please complete/u);
  const boards = await modal.root.getByLabel('Project boards').locator('option').allTextContents();
  expect(boards.length).toBeGreaterThan(1);
  await modal.choose('Project boards', boards[0] ?? '');
  await modal.submit();
  await modal.titled('4 of 5: First import');
  await modal.says(
    /\d+ open projects?, about \d+ requests/u,
    boards[0] ?? '',
    'It only reads from ConnectWise',
  );
  await modal.press('‹ Back');
  await modal.titled('3 of 5: Boards to sync');
  await modal.choose('Project boards', ...boards);
  await modal.submit();
  await modal.titled('4 of 5: First import');
  await modal.says('11 open projects');
  await suite.rig.control('PUT', '/latency', { ms: 600 });
  await modal.submit();
  await modal.titled('5 of 5: Alerts');
  await modal.choose('Alert channels', 'general');
  await modal.submit();
  await modal.refuses('write /invite @cwsync there');
  await modal.choose('Alert channels', 'projects');
  await modal.submit();
  await modal.refuses('guests read along');
  await modal.choose('Alert channels', 'operations');
  await modal.submit();
  await modal.isGone();
  await alex.openDirect();
  await alex.told('Saved. The first import starts now.');
  const told = await alex.told(/First import(?: over)?:/u);
  await told.says(/First import: (?:the projects of the chosen boards|\d+ of \d+ projects)/u);
  await alex.openChannel('projects');
  const list = await alex.write('/cwsync status');
  await list.says('The first import is under way: its projects are being looked for.');
  await suite.rig.control('PUT', '/latency', { ms: 0 });
  await alex.openDirect();
  await (await alex.told(/First import(?: over)?:/u)).says(
    /First import over: all 11 projects are imported, in \d+/u,
  );
  expect(await linked()).toBe(11);
  await alex.openChannel('projects');
  await (await alex.told('The first import is under way')).press('Reload');
  await (await alex.told('Narrow it down')).says('11 projects');
});

it('set-up again keeps what was chosen, and the welcome of a new admin is over', async () => {
  const alex = await suite.open('alex');
  await alex.writeOnly('/cwsync setup boards');
  const modal = await alex.modal.titled('3 of 5: Boards to sync');
  expect((await modal.chosen('Project boards')).length).toBeGreaterThan(1);
  await modal.dismiss();
  await alex.openDirect();
  expect(await alex.page.locator('#messages article', { hasText: 'Hello!' }).count()).toBe(1);
});

it('an empty list says which filter leaves nothing, and the next step', async () => {
  const alex = await suite.open('alex');
  const none = await alex.write('/cwsync status nothing like that');
  await none.says('No project matches nothing like that.', 'Try a shorter part');
  await none.press('Show all projects');
  await none.says('11 projects');
});
