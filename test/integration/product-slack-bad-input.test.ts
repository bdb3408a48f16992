/** The whole product and the careless user: old buttons, forms that come too late, odd words, and no set-up. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  alex,
  eventually,
  imported,
  type ProductRig,
  projectsChannel,
  startProductRig,
  storedTask,
} from '../support/product-rig.ts';
import { Answer, Conversation } from '../support/slack-conversation.ts';

let rig: ProductRig;
let chat: Conversation;
let direct: Conversation;

const person = (id: string = alex) => rig.slack.as(id);
const openProduct = async (options: Parameters<typeof startProductRig>[0]) => {
  rig = await startProductRig(options);
  chat = new Conversation(rig.slack);
  direct = new Conversation(rig.slack, { channel: 'D0ALEX' });
};

const field = (id: string, value: string | string[]) => ({
  blockId: `field:${id}`,
  actionId: `field:${id}`,
  value,
});

/** The modal on top of this person's window, once it says this. */
function modalThat(says: RegExp, who: string = alex) {
  return eventually(() => {
    const view = person(who).modal();
    const words = JSON.stringify(view?.blocks ?? []);
    if (!view || !says.test(words)) throw new Error(`the modal says: ${words}`);
    return view;
  });
}

/** The newest message of the product there that says this. */
function told(words: RegExp, place: Conversation = chat): Promise<Answer> {
  return eventually(async () => {
    const found = (await place.messages())
      .map((one) => new Answer(one))
      .findLast((one) => words.test(one.words));
    if (!found) throw new Error(`nobody said ${words}`);
    return found;
  });
}

/** Presses a button of what only Alex sees, and resolves when the message says this in its place. */
async function pressed(answer: Answer, label: string, says: RegExp): Promise<Answer> {
  await person().press(answer.ts, answer.buttonNamed(label));
  return await chat.until(answer, says);
}

/** Asked last: what was let in before has been handled by now. */
async function handledAll(): Promise<void> {
  const answer = await chat.ask('/cwsync help logs');
  expect(answer.words).toContain('logs [project]');
}

async function finishedRuns(externalId: number): Promise<number> {
  const { projectId } = await storedTask(rig.db, externalId);
  return await rig.db.collection('integration_log').countDocuments({ action: 'finished', projectId });
}

describe('a product that is set up', () => {
  beforeAll(async () => {
    await openProduct({ projects: 6, tickets: 3, env: { CWSYNC_COOL_DOWN_SECONDS: '600' } });
    await imported(rig);
    // The first words in the direct messages bring the welcome, which is no answer.
    await direct.ask('help');
    await told(/Hello!/u, direct);
  }, 90_000);
  afterAll(() => rig?.stop());
  afterEach(async () => {
    rig.slack.knobs.setFaults({});
    while (person().modal()) await person().close({ all: true });
  });

  describe('what somebody writes', () => {
    const meansTheCard = [
      'STATUS #101',
      'Status  \u00a0#101',
      'status\u2003“Contoso – Office 365 migration”',
      'status „contoso – OFFICE 365 migration“',
      'status\n#101',
      '  /cwsync status #101',
      'status 101',
    ];
    for (const text of meansTheCard) {
      it(`is understood in direct messages: ${JSON.stringify(text)}`, async () => {
        const answer = await direct.ask(text);
        expect(answer.words).toContain('Last Comprehensive Sync');
        expect(answer.words).toContain('Contoso – Office 365 migration');
      });
    }

    for (const text of ['logs —errors', 'logs –errors', 'logs −errors', 'Logs --errors', 'logs  --errors ']) {
      it(`a switch is one by any dash: ${JSON.stringify(text)}`, async () => {
        expect((await direct.ask(text)).words).toContain('Nothing like that in the log.');
      });
    }

    const nonsense: readonly (readonly [string, RegExp])[] = [
      ['nothing but blanks', /You may write|status/u],
      ['🚀', /There is no command/u],
      ['-', /There is no command/u],
      ['"', /quote is opened and not closed/u],
      ['status --', /projects|does not know/u],
      [`sync ${'x'.repeat(2_900)}`, /No project matches/u],
      ['sync #0', /No project matches/u],
      ['sync #99999999999999999999', /No project matches/u],
      ['logs --page 99999', /Nothing older/u],
      ['status --page -3', /--page needs a value/u],
      ['status --page 99', /6 projects|5 projects/u],
      ['logs --since 99999d', /--since takes|Integration Log/u],
      ['sync #101 #102', /No project matches/u],
      ['__proto__', /There is no command/u],
      ['constructor #101', /There is no command/u],
      ['status --board __proto__', /board/iu],
    ];
    for (const [text, expected] of nonsense) {
      it(`gets words and a next step: ${text.slice(0, 40)}`, async () => {
        const answer = await chat.ask(`/cwsync ${text === 'nothing but blanks' ? '   ' : text}`);
        expect(answer.words).toMatch(expected);
        expect(answer.words).not.toMatch(/undefined|\[object|NaN|\bError\b/u);
      });
    }
  });

  describe('what others write, and what comes twice', () => {
    it('edits, other bots, and second deliveries ask for nothing', async () => {
      const before = await rig.db.collection('audit_log').countDocuments();
      rig.slack.knobs.setFaults({ doubleEvents: true });
      const ts = await person().sendDirect('disable #106 once');
      await told(/disabled: once/u, direct);
      rig.slack.knobs.setFaults({});
      await rig.slack.knobs.repeatEvent();
      await person().edit(ts, 'disable #105 by an edit');
      await person().delete(ts);
      await rig.slack.knobs.otherBotSays(projectsChannel, '@cwsync disable #104 by a bot');
      await rig.slack.knobs.otherBotSays('D0ALEX', 'disable #104 by a bot');
      await handledAll();
      expect(await rig.db.collection('audit_log').countDocuments()).toBe(before + 1);
      expect((await storedTask(rig.db, 105)).link.state).toBe('active');
      expect((await storedTask(rig.db, 104)).link.state).toBe('active');
      await direct.ask('enable #106');
    });

    it('events of another workspace are left alone', async () => {
      const before = await rig.db.collection('seen_requests').countDocuments();
      rig.slack.knobs.setFaults({ foreignTeam: 'T0OTHER' });
      await person().sendDirect('disable #105');
      await person().command(projectsChannel, '/cwsync disable #105');
      rig.slack.knobs.setFaults({});
      await handledAll();
      expect(await rig.db.collection('seen_requests').countDocuments()).toBe(before + 1);
      expect((await storedTask(rig.db, 105)).link.state).toBe('active');
    });
  });

  describe('a button that is older than what it is about', () => {
    it('Refresh while a sync is asked for already follows that one', async () => {
      const card = await chat.ask('/cwsync status #102');
      const first = await chat.ask('/cwsync sync #102');
      expect(first.words).toMatch(/Requested/u);
      const before = await finishedRuns(102);
      const asked = await pressed(card, 'Refresh', /Requested/u);
      await pressed(asked, 'Sync now', /in sync\. The delta sync ended/u);
      await chat.until(first, /in sync\. The delta sync ended/u);
      expect(await finishedRuns(102)).toBe(before + 1);
      // What is told later would be taken for the answer to what is asked next.
      const { _id } = await storedTask(rig.db, 102);
      const waiting = () => rig.db.collection('interactions').countDocuments({ taskId: _id });
      await eventually(async () => expect(await waiting()).toBe(0));
    });

    it('of a project that was switched off meanwhile says so, with the way back', async () => {
      const card = await chat.ask('/cwsync status #103');
      await chat.ask('/cwsync archive #103 put away');
      const refresh = await pressed(card, 'Refresh', /is archived, so it cannot be synced\./u);
      expect(refresh.buttons()).toEqual(['Unarchive']);
      await pressed(refresh, 'Unarchive', /is out of the archive\./u);
    });

    it('an entry of the log that is older than what is kept', async () => {
      const log = await chat.ask('/cwsync logs #101');
      await rig.db.collection('integration_log').deleteMany({});
      const message = rig.slack
        .as(alex)
        .messages(projectsChannel)
        .find(({ ts }) => ts === log.ts);
      const row = message?.blocks.find((block) => 'accessory' in block);
      const { action_id, options } = Object(row).accessory;
      const before = { ts: log.ts };
      await person().press(log.ts, {
        actionId: action_id,
        blockId: String(row?.block_id),
        option: options[0].value,
      });
      await chat.until(before, /This entry is not in the log any more\./u);
    });

    it('Undo of settings that somebody has changed again', async () => {
      await person().command(projectsChannel, '/cwsync settings');
      await modalThat(/Miscellaneous Data Sync/u);
      await person().submit([field('retention-days', '60')]);
      const saved = await told(/Settings saved: 1 change/u);
      await person().command(projectsChannel, '/cwsync settings');
      await modalThat(/Miscellaneous Data Sync/u);
      await person().submit([field('retention-days', '61')]);
      await told(/60 days → 61 days|60 days[\s\S]*61 days/u);
      await pressed(saved, 'Undo', /Not undone: it has changed since/u);
    });
  });

  describe('a form', () => {
    it('that two admins submit for the same project disconnects it once, and tells the second', async () => {
      await chat.ask('/cwsync roles grant @vera admin');
      for (const who of [alex, 'U0VERA']) {
        await person(who).command(projectsChannel, '/cwsync disconnect #106');
        await modalThat(/cannot be undone/u, who);
      }
      const { projectName } = (await storedTask(rig.db, 106)).link;
      const both = await Promise.all([
        person().submit([field('name', projectName)]),
        person('U0VERA').submit([field('name', projectName)]),
      ]);
      expect(both.map(({ outcome }) => outcome)).toEqual(['cleared', 'cleared']);
      const vera = new Conversation(rig.slack, { user: 'U0VERA' });
      await eventually(async () => {
        const said = [...(await chat.messages()), ...(await vera.messages())].map(
          (one) => new Answer(one).words,
        );
        expect(said.filter((words) => words.includes('is disconnected for good.'))).toHaveLength(1);
        expect(said.filter((words) => words.includes('is disconnected already.'))).toHaveLength(1);
      });
      const done = { command: 'disconnect', outcome: 'disconnected' };
      expect(await rig.db.collection('audit_log').countDocuments(done)).toBe(1);
    });

    it('that is submitted when its role is gone changes nothing and says so', async () => {
      await person('U0VERA').command(projectsChannel, '/cwsync disconnect #104');
      await modalThat(/cannot be undone/u, 'U0VERA');
      await chat.ask('/cwsync roles revoke @vera');
      const { projectName } = (await storedTask(rig.db, 104)).link;
      await person('U0VERA').submit([field('name', projectName)]);
      await modalThat(/needs the role admin/u, 'U0VERA');
      expect((await storedTask(rig.db, 104)).link.state).toBe('active');
      await person('U0VERA').close({ all: true });
    });

    it('where words can open none there is a button that does', async () => {
      const answer = await direct.ask('disconnect #104');
      expect(answer.words).toMatch(/To disconnect .* \(#104\), press the button/u);
      const [label = ''] = answer.buttons();
      await person().press(answer.ts, answer.buttonNamed(label));
      await modalThat(/cannot be undone/u);
    });
  });

  describe('Slack in trouble', () => {
    it('a revoked token loses nothing: what was asked for is done, and the next answer comes', async () => {
      rig.slack.knobs.setFaults({ tokenError: 'token_revoked' });
      await person().sendDirect('disable #104 while Slack is deaf');
      await eventually(async () => {
        expect((await storedTask(rig.db, 104)).link.state).toBe('disabled');
      });
      rig.slack.knobs.setFaults({});
      const answer = await direct.ask('status #104');
      expect(answer.words).toContain('while Slack is deaf');
      await direct.ask('enable #104');
    });

    it('a channel that the bot was removed from gets nothing public', async () => {
      rig.slack.knobs.removeBot(projectsChannel);
      const answer = await chat.ask('/cwsync status #101 --here');
      expect(answer.words).toContain('/invite @cwsync');
      expect(answer.ephemeral).toBe(true);
      rig.slack.knobs.inviteBot(projectsChannel);
    });

    it('an answer that Slack does not take at first comes all the same', async () => {
      rig.slack.knobs.setFaults({ responseUrl: { status: 500, times: 1 } });
      await person().command(projectsChannel, '/cwsync tasks #105');
      await eventually(async () => {
        const shown = [...(await chat.messages()), ...(await direct.messages())];
        const said = shown.map((one) => new Answer(one).words);
        expect(said.filter((words) => /\d+ tasks? in \d+ phases?/u.test(words))).toHaveLength(1);
      });
    });
  });
});

describe.each([
  [
    'without keys',
    { CONNECTWISE_PRIVATE_KEY: undefined },
    /no keys for ConnectWise yet/u,
    /operates cwsync/u,
  ],
  [
    'with keys that are refused',
    { CONNECTWISE_PRIVATE_KEY: 'wrong' },
    /ConnectWise refuses the API keys/u,
    /An admin checks/u,
  ],
] as const)('a product %s', (_, env, why, next) => {
  beforeAll(() => openProduct({ projects: 2, tickets: 1, env }), 90_000);
  afterAll(() => rig?.stop());

  it('answers every command with what is missing and whose job it is, and asks for nothing', async () => {
    await eventually(async () => {
      const answer = await chat.ask('/cwsync status');
      expect(answer.words).toMatch(why);
      expect(answer.words).toMatch(next);
    });
    for (const command of [
      'sync #101',
      'sync --misc',
      'tasks #101',
      'enable #101',
      'import #101',
      'deletions #101',
    ]) {
      const answer = await chat.ask(`/cwsync ${command}`);
      expect(answer.words).toMatch(why);
      expect(answer.words).toContain('Nothing was asked for.');
    }
    const projects = { kind: 'project' };
    expect(await rig.db.collection('sync_tasks').countDocuments(projects)).toBe(0);
    expect(JSON.stringify(rig.said)).not.toContain('wrong');
  });

  it('says the same on the Home tab and in set-up, and help and roles work', async () => {
    await person().openHome();
    await eventually(() => expect(JSON.stringify(person().home()?.blocks)).toMatch(why));
    await person().command(projectsChannel, '/cwsync setup');
    await modalThat(/no keys for ConnectWise yet|keys/u);
    await person().close({ all: true });
    expect((await chat.ask('/cwsync help')).words).toContain('You may write');
    expect((await chat.ask('/cwsync roles')).words).toContain('a role of their own');
    expect((await chat.ask('/cwsync doctor')).words).toMatch(/Failed|Look at/u);
  });

  it('opens one incident at most', async () => {
    expect(await rig.db.collection('incidents').countDocuments()).toBeLessThanOrEqual(1);
  });
});
