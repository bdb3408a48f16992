/** Every command as somebody writes it in the Slack window, and every button of its answer. */
import { beforeEach, describe, expect, it } from 'vitest';
import { imported } from '../support/product-rig.ts';
import { slackSuite } from '../support/slack-suite.ts';
import type { Shown, SlackWindow } from '../support/slack-window.ts';

const suite = slackSuite('commands', { projects: 12, tickets: 12 }, imported);
let alex: SlackWindow;
beforeEach(async () => {
  alex = await suite.open('alex');
});

const contoso = 'Contoso – Office 365 migration';
const write = (command: string) => alex.write(`/cwsync ${command}`);

async function says(command: string, ...words: readonly (string | RegExp)[]): Promise<Shown> {
  return await (await write(command)).says(...words);
}

describe('status', () => {
  it('takes its switches, and the other button of an empty list shows all again', async () => {
    const boards = await says('status --by-board', '11 projects', 'Cloud Projects');
    const headings = await boards.root.getByRole('heading').allTextContents();
    expect(headings.length).toBeGreaterThan(1);
    expect(headings).toContain('Cloud Projects');
    const some = await says('status --board "Cloud Projects"', /\d+ projects matching/u);
    expect(await some.rows()).toBeLessThan(11);
    await says('status --state healthy', '11 projects matching');
    const none = await says('status --problems', '0 projects matching');
    await none.press('Show all projects');
    await none.says('11 projects', 'Narrow it down');
  });

  it('says what it takes where a switch is wrong', async () => {
    await says('status --state broken', /healthy/iu);
    await says('status --board Nowhere', /Cloud Projects/u);
  });

  it('--mine says whose e-mail found nothing, and --as corrects it', async () => {
    await says('status --mine', 'alex.admin@example.com');
    const mine = await says('status --mine --as areyes', /\d+ projects? of yours/u);
    expect(await mine.rows()).toBeGreaterThan(0);
    await says('status --mine', /\d+ projects? of yours/u);
  });

  it('one project is a card, and each of its buttons leads where it says', async () => {
    const card = await says('status #101', contoso, 'Idle', 'Healthy');
    await card.press('Tasks');
    await card.says(/\d+ tasks in \d+ phases/u);
    await card.press('Details');
    await card.says('Last Comprehensive Sync');
    await card.press('Integration Log');
    await card.says('Integration Log, Contoso');
    await card.press('API Request Details');
    await card.says('API Request Details, Contoso', '/project/');
    await card.press('Details');
    await card.says('Last Comprehensive Sync');
    for (const [button, explained] of [
      ['What the states mean', 'Sync Status and health'],
      ['Delta', 'Delta sync'],
      ['Comprehensive', 'Comprehensive sync'],
    ] as const) {
      const again = await says('status #101', contoso);
      await again.press(button);
      await again.says(explained);
    }
    const last = await says('status #101', contoso);
    await last.press('Refresh');
    await last.says(/in sync\. The delta sync ended at/u);
  });
});

describe('sync', () => {
  it('--full tells what it costs and compares everything', async () => {
    await says('sync #101 --full', /in sync\. The comprehensive sync ended at .*nothing changed/u);
  });

  it('--now, and --misc for the set-up tables', async () => {
    await says('sync #101 --now', /in sync\. The delta sync ended at/u);
    await says('sync --misc', 'in sync. ConnectWise’s set-up tables were read');
    await says('sync --misc #101', '--misc stands alone');
  });

  it('--dry-run lists what would be written, and writes nothing', async () => {
    await says('sync #101 --dry-run', 'would write nothing to ConnectWise', 'Nothing is sent');
  });

  it('alone asks which project, and shows them', async () => {
    const asked = await says('sync', 'Which project?', 'sync #1042');
    await asked.press('Show projects');
    await asked.says('11 projects');
  });
});

describe('logs', () => {
  it('an entry opens with all that is known of it, and leads back', async () => {
    const log = await says('logs #101', 'Integration Log');
    await log.pick('finished', 'All about it');
    await log.says('Integration Log entry', 'Severity', 'What to do: nothing.');
    await log.press('Logs of the project');
    await log.says('Integration Log, Contoso');
    await log.press('API Request Details');
    await log.pick('/project/tickets', 'All about it');
    await log.says('API request', 'HTTP 200', /\d+ ms/u);
    await log.press('Logs of all projects');
    await log.says('API Request Details');
    await log.press('Integration Log');
    await log.pick(/(?:Delta|Comprehensive) sync of “/u, 'The project');
    await log.says('Last Comprehensive Sync');
  });

  it('--errors and --since narrow it down', async () => {
    await says('logs --errors --since 1h', 'Nothing like that in the log.');
    await says('logs --since soon', '--since takes a span such as 30m, 24h or 7d');
  });

  it('--export brings a CSV file in the direct messages', async () => {
    await says('logs #101 --export', /entr(?:y|ies) as a CSV file/u);
    await alex.openDirect();
    const told = await alex.told('.csv');
    const href = await told.root.getByRole('link', { name: /Integration Log/u }).getAttribute('href');
    const csv = await alex.page.evaluate(async (url) => await (await fetch(url)).text(), href ?? '');
    expect(csv).toContain('time,severity,action,message');
    expect(csv).toContain(contoso);
  });
});

/** The open project with the most tickets. */
function largest(): number {
  const { projects, tickets } = suite.rig.connectWise.world.stores;
  const size = (id: number) => tickets.rows().filter(({ project }) => project.id === id).length;
  const open = projects.rows().filter((project) => !project.closedFlag);
  return open.map(({ id }) => id).reduce((most, id) => (size(id) > size(most) ? id : most));
}

describe('tasks and worktype', () => {
  it('tasks are paged, each with who changed it', async () => {
    const tasks = await says(
      `tasks #${largest()}`,
      /\d+ tasks in \d+ phases?, page 1 of 2/u,
      /changed .* by /u,
    );
    await tasks.press('Next ›');
    await tasks.says('page 2 of 2');
  });

  it('a work type is set by a part of its name, shown on the card, and put back', async () => {
    await says('worktype #101 trav', `The work type of ${contoso} is Travel.`);
    await says('status #101', /Work Type\s*Travel/u);
    const unclear = await says(
      'worktype #101 Sleeping',
      'ConnectWise has no work type “Sleeping”',
      'nearest',
    );
    expect((await unclear.buttons()).length).toBeGreaterThan(1);
    await says('worktype #101 default', 'is the default');
    await says('status #101', '<Enterprise Default Work Type>');
  });
});

describe('help', () => {
  it('explains each command and each topic, and leads on by its buttons', async () => {
    const help = await says('help', 'You may write');
    const listed = /You may write: ([^.]+)\./u.exec(await help.text())?.[1]?.split(', ') ?? [];
    expect(listed).toContain('setup');
    for (const command of listed) await says(`help ${command}`, /Needs the role \w+\./u);
    for (const topic of ['states', 'delta', 'comprehensive', 'logs', 'disconnect']) {
      const shown = await says(`help ${topic}`);
      expect((await shown.text()).length).toBeGreaterThan(150);
    }
    await help.press('Status');
    await help.says('11 projects');
  });

  it('an unknown word gets the nearest one, with a button', async () => {
    const unknown = await says('help stauts', 'There is no help on “stauts”.', 'Did you mean status?');
    await unknown.press('Help on status');
    await unknown.says('Needs the role viewer.');
  });
});

describe('follow', () => {
  it('a project and what is mine, listed, and ended', async () => {
    await says('follow', 'You follow nothing yet.');
    await says('follow #101', `You follow ${contoso}.`, 'direct messages');
    await says('follow #101', 'already');
    await says('follow mine --as areyes', 'You follow your own projects.');
    await says('follow', 'your own projects and 1 project by name');
    await says('unfollow #101', `You no longer follow ${contoso}.`);
    await says('unfollow mine');
    await says('follow', 'You follow nothing yet.');
  });
});

describe('who may do what', () => {
  it('a role is given, counts at once, and is taken away; the audit tells it', async () => {
    await says('roles', '1 person has a role of their own', 'Alex Admin');
    await says('roles grant @vera operator', 'Vera Viewer', 'has the role operator now');
    const vera = await suite.open('vera');
    await (await vera.write('/cwsync sync #102 --now')).says(/in sync\./u);
    await says('roles revoke @vera', 'no role of their own now');
    await (await vera.write('/cwsync sync #102')).says('needs the role operator');
    await says('roles revoke @alex', 'The last admin stays one');
    await says('audit', 'Who did what', '@Vera Viewer', 'role granted', 'refused: the last admin');
    await says('audit #102', 'Who did what', 'requested');
  });
});

describe('doctor', () => {
  it('shows each check with a sign and a word, and checks again', async () => {
    const doctor = await says('doctor', 'Doctor', '✓ OK: ', 'ConnectWise');
    await doctor.press('Check again');
    await doctor.says('✓ OK: ');
  });
});

describe('which projects are tied to ConnectWise', () => {
  it('import by id: one that is closed, one that is linked, one that is none', async () => {
    const projects = suite.rig.connectWise.world.stores.projects.rows();
    const closed = projects.find((project) => project.closedFlag);
    await says(`import #${closed?.id}`, /in sync\. The comprehensive sync ended/u);
    await says('import #101', `${contoso} (#101) is linked already`);
    await says('import #99999', 'ConnectWise shows no project #99999.');
  });

  it('archive hides it until unarchive, then enable; Undo takes it back', async () => {
    const done = await says('archive #104 it is over', 'archived', 'status --archived');
    await done.has('Undo', 'Unarchive');
    await says('status', '1 archived not shown');
    await says('status --archived fourth', /Archived by alex.*it is over/iu);
    await says('enable #104', /Unarchive/iu);
    await says('unarchive #104', 'is out of the archive', 'stays disabled');
    await alex.told('is out of the archive').then((told) => told.press('Enable'));
    await alex.told(/Fourth Coffee.*The comprehensive sync ended/su);
    const again = await says('archive #104', 'archived');
    await again.press('Undo');
    await again.says('Undone:', 'is enabled again');
    await again.has('Details', 'Logs');
    await again.hasNone('Undo');
  });
});

describe('what is gone from ConnectWise', () => {
  it('can be had back; where it is much, somebody answers first', async () => {
    const { world } = suite.rig.connectWise;
    const ticketsOf = (id: number) => world.stores.tickets.rows().filter(({ project }) => project.id === id);
    const [one] = ticketsOf(105);
    world.deleteTicket('areyes', one?.id ?? 0);
    await says('sync #105 --full', /in sync\..*deleted/su);
    const gone = await says('restore #105', /deleted records?, newest first/u);
    await gone.pick(/ · by /u, 'Restore');
    await gone.says('is back in the plan of');

    const most = largest();
    for (const { id } of ticketsOf(most)) world.deleteTicket('areyes', id);
    await says(`sync #${most} --full`, 'Nothing was deleted yet');
    await alex.writeOnly(`/cwsync deletions #${most} apply`);
    await alex.modal.says('Apply deletions');
    await alex.modal.dismiss();
    const kept = await says(`deletions #${most}`, 'Nothing was deleted yet.');
    await kept.press('Keep');
    await kept.says('in the plan.');
  });
});

describe('integration', () => {
  it('says that all is well, and by its button asks before everything stops', async () => {
    const shown = await says('integration', 'The integration is enabled and ConnectWise answers');
    await shown.press('Disable integration');
    const asked = await alex.modal.titled('⚠ Disable integration');
    await asked.says(/\d+ projects stop syncing, all at once\./u);
    await asked.dismiss();
    await says('integration', 'The integration is enabled');
  });
});

describe('a failure', () => {
  it('is told in the channel that asked for it, seen to by its buttons, and told to be over', {
    timeout: 60_000,
  }, async () => {
    const { rig } = suite;
    const ops = await suite.open('alex', 'C0OPS');
    const chosen = await ops.write('/cwsync alerts here');
    await chosen.says('gets all warnings and errors');
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    await ops.write('/cwsync sync #103 --now');
    const alert = await ops.told(/ · incident \w+/u);
    await (await ops.write('/cwsync incidents')).says(/incidents? open/u);
    await (await ops.pressForAnswer(alert, 'Acknowledge')).says('You see to it');
    await alert.says('Acknowledged by');
    for (const [button, words] of [
      ['Snooze 1 h', /Snoozed/u],
      ['Logs', 'Integration Log'],
    ] as const) {
      await (await ops.pressForAnswer(alert, button)).says(words);
    }
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
    await ops.pressForAnswer(alert, 'Sync now');
    await alert.says('Recovered after');
    await chosen.press('Post a test');
    await ops.told(/Test: alerts of cwsync arrive here/u);
    await (await ops.write('/cwsync alerts list')).says('1 alert channel');
    await (await ops.write('/cwsync alerts off')).says('This channel gets no alerts any more.');
  });
});

it('no command of the product was left out', async () => {
  for (const command of ['settings', 'setup', 'disconnect #101']) {
    await alex.writeOnly(`/cwsync ${command}`);
    await alex.modal.titled(/Advanced Settings|1 of 5|Disconnect project/u);
    await alex.modal.dismiss();
  }
  await says('disable #106 for now', 'is disabled: for now');
  await says('claim WRNG-CODE', 'There is an admin already');
  await says('undo nothing', 'There is nothing to undo here.');
  await says('token list', 'No token opens the HTTP API.');
  await says('tokens', 'No token opens the HTTP API.');
  await says('push', 'writing to ConnectWise is off');
  await says('report 1d', /\d+ syncs?: /u, /\d+ requests to ConnectWise/u);
  // The page has a tab of its own, whose tests are in a file of their own.
  expect(suite.usage.unwritten()).toEqual(['home']);
});
