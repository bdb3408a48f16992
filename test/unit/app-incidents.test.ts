/** `incidents` and `alerts`, over stores in memory. */
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/domain/incident.ts';
import type { ConversationFacts, Delivered, Destination } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { doorsRig } from '../support/doors-rig.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { FakeIncidentStore } from '../support/fake-incident-store.ts';
import { FakeReferenceStore } from '../support/fake-reference-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { makeSyncTask, testStart } from '../support/make-sync-task.ts';

const channel = { platform: 'slack', tenant: 'T1', conversation: 'C1' } as const;

function problem(n: number): Problem {
  return {
    id: `incident-${String(n).padStart(12, '0')}`,
    key: `task:t:p${n}`,
    scope: 'project',
    since: testStart,
    cause: { is: 'failure', failure: { code: 'cw.rejected' } },
    projects: [
      { taskId: `t:p${n}`, projectId: `p${n}`, externalId: n, name: `Project ${n}`, customer: null },
    ],
  };
}

async function withIncidents(count: number) {
  const incidents = new FakeIncidentStore(() => testStart);
  for (let n = 1; n <= count; n += 1) await incidents.raise(problem(n), []);
  return { incidents, ...commandRig([], { incidents }) };
}

describe('incidents', () => {
  it('says that none is open', async () => {
    const { say } = await withIncidents(0);
    expect(wordsOf(await say('incidents', 'viewer'))).toMatch(/No incident is open/u);
  });

  it('lists ten a page, each with what an operator can do, and a viewer can look only', async () => {
    const { say } = await withIncidents(12);
    const first = await say('incidents');
    expect(wordsOf(first)).toMatch(/12 incidents open, page 1 of 2/u);
    expect(first?.blocks.filter(({ block }) => block === 'row')).toHaveLength(10);
    expect(actionsOf(first).map(({ label }) => label)).toEqual([
      ...Array.from({ length: 10 }, () => [
        'Acknowledge',
        'Snooze 1 h',
        'Snooze 4 h',
        'Snooze 1 day',
        'Sync now',
      ]).flat(),
      'Next ›',
    ]);
    const second = await say('incidents --page 2', 'viewer');
    expect(second?.blocks.filter(({ block }) => block === 'row')).toHaveLength(2);
    expect(actionsOf(second).map(({ label }) => label)).toEqual(['‹ Previous']);
  });

  it('acknowledges by the button and by the id that is shown, once, and writes it down', async () => {
    const { say, incidents, audited } = await withIncidents(2);
    const press = actionsOf(await say('incidents')).find(({ label }) => label === 'Acknowledge');
    expect(wordsOf(await say(press?.command ?? ''))).toMatch(/You see to it: Project 1/u);
    expect(incidents.all[0]).toMatchObject({ acknowledged: { by: { name: 'The operator' } } });
    expect(audited).toMatchObject([
      {
        command: 'incidents',
        target: 'incident 00000001: Project 1',
        projectId: 'p1',
        outcome: 'acknowledged',
      },
    ]);
    expect(wordsOf(await say('incidents ack 00000001'))).toMatch(/already/u);
    expect(incidents.all[0]?.updates).toHaveLength(1);
    expect(wordsOf(await say('incidents'))).toMatch(/Acknowledged by The operator at/u);
    expect(wordsOf(await say('incidents ack 00000002', 'admin'))).toMatch(/Project 2/u);
  });

  it.each([
    ['1h', 3_600_000],
    ['4H', 14_400_000],
    ['1d', 86_400_000],
  ])('snoozes for %s', async (word, ms) => {
    const { say, incidents, audited } = await withIncidents(1);
    expect(wordsOf(await say(`incidents snooze 00000001 ${word}`))).toMatch(/Snoozed for/u);
    expect(incidents.all[0]?.snoozed?.until.getTime()).toBe(testStart.getTime() + ms);
    expect(audited[0]?.outcome).toMatch(/snoozed for/u);
  });

  it.each(['incidents snooze 00000001', 'incidents snooze 00000001 2h'])(
    '%s: for how long?',
    async (typed) => {
      const { say, incidents } = await withIncidents(1);
      expect(wordsOf(await say(typed))).toMatch(/1h, 4h or 1d/u);
      expect(incidents.all[0]?.snoozed).toBeUndefined();
    },
  );

  it('refuses whoever may only look, to them alone, and changes nothing', async () => {
    const { say, incidents, audited } = await withIncidents(1);
    for (const typed of ['incidents ack 00000001', 'incidents snooze 00000001 1h']) {
      expect(wordsOf(await say(typed, 'viewer'))).toMatch(/needs the role operator; yours is viewer/u);
    }
    expect(incidents.all[0]?.revision).toBe(1);
    expect(audited.map(({ outcome }) => outcome)).toEqual(['refused: role viewer', 'refused: role viewer']);
  });

  it('says that it is over, or changing right now', async () => {
    const { say, incidents } = await withIncidents(1);
    expect(wordsOf(await say('incidents ack nothing'))).toMatch(/not open any more/u);
    incidents.save = async () => false;
    expect(wordsOf(await say('incidents ack 00000001'))).toMatch(/changing right now/u);
  });
});

async function alertsRig(given: Partial<ConversationFacts> = {}) {
  const directory = new FakeDirectory();
  directory.conversations.set('C1', { name: 'ops', ...given });
  const settings = new FakeSettingsStore();
  const reference = new FakeReferenceStore();
  await reference.storePage('board', [{ id: 7, name: 'Service Board' } as never], {
    startedAt: testStart,
  } as never);
  const posted: { readonly to: Destination; readonly reply: Reply }[] = [];
  let answer: Delivered = { result: 'sent', handle: { platform: 'slack' } };
  const delivery = {
    async post(to: Destination, reply: Reply): Promise<Delivered> {
      posted.push({ to, reply });
      return answer;
    },
  };
  const rig = commandRig([makeSyncTask()], { directory, settings, reference, delivery });
  const say = (typed: string) => rig.say(typed, 'admin');
  const channels = async () => (await settings.read()).alertChannels;
  return {
    ...rig,
    say,
    directory,
    channels,
    settings,
    posted,
    fails: (delivered: Delivered) => {
      answer = delivered;
    },
  };
}

describe('alerts', () => {
  it('here: the channel gets everything, or what was asked for; again takes the place of before', async () => {
    const rig = await alertsRig();
    expect(wordsOf(await rig.say('alerts here'))).toMatch(/#ops gets all warnings and errors/u);
    expect(await rig.channels()).toEqual([channel]);
    await rig.say('alerts here --min error --board "service board" --project #1042');
    expect(await rig.channels()).toEqual([{ ...channel, min: 'error', boards: [7], project: 'p1' }]);
    expect(wordsOf(await rig.say('alerts list'))).toMatch(
      /#ops: errors of the board Service Board and of the project Office move/u,
    );
    expect(wordsOf(await rig.say('alerts here --min error --board "service board" --project #1042'))).toMatch(
      /so already/u,
    );
    expect(rig.audited.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['#ops', 'alerts on'],
      ['#ops', 'alerts on'],
    ]);
    expect(wordsOf(await rig.say('alerts off'))).toMatch(/no alerts any more/u);
    expect(await rig.channels()).toEqual([]);
    expect(wordsOf(await rig.say('alerts off'))).toMatch(/so already/u);
  });

  it.each([
    ['alerts here --min loud', /warning or error/u],
    ['alerts here --board Nowhere', /Which board\?[\s\S]*Service Board/u],
    ['alerts here --project Nowhere', /Nowhere/u],
    ['alerts there', /here, off, list or test/u],
  ])('%s: changes nothing', async (typed, words) => {
    const rig = await alertsRig();
    expect(wordsOf(await rig.say(typed))).toMatch(words);
    expect(await rig.channels()).toEqual([]);
  });

  it('asks first where people outside read along: the default is no', async () => {
    const rig = await alertsRig({ external: true });
    const asked = await rig.say('alerts here --min error --board "Service Board" --project #1042');
    expect(wordsOf(asked)).toMatch(/People outside your organisation will see this/u);
    expect(await rig.channels()).toEqual([]);
    const [no, yes] = actionsOf(asked);
    expect(no?.style).toBe('primary');
    await rig.say(no?.command ?? '');
    expect(await rig.channels()).toEqual([]);
    await rig.say(yes?.command ?? '');
    expect(await rig.channels()).toEqual([{ ...channel, min: 'error', boards: [7], project: 'p1' }]);
  });

  it.each([
    [true, /guests read along/u],
    [undefined, /whether guests read along is not known/u],
  ])('asks first where guests may read along (%s)', async (guests, words) => {
    const rig = await alertsRig();
    rig.directory.withGuests.set('C1', guests);
    const asked = await rig.say('alerts here');
    expect(wordsOf(asked)).toMatch(words);
    expect(await rig.channels()).toEqual([]);
    await rig.say(actionsOf(asked)[1]?.command ?? '');
    expect(await rig.channels()).toEqual([channel]);
  });

  it.each([
    [{ direct: true }, /Write this in the channel/u],
    [{ member: false }, /invite @cwsync/u],
    [{ archived: true }, /archived/u],
  ])('%j: says why it cannot post here', async (facts, words) => {
    const rig = await alertsRig(facts);
    expect(wordsOf(await rig.say('alerts here'))).toMatch(words);
    expect(await rig.channels()).toEqual([]);
  });

  it('saves upon what somebody else saved meanwhile', async () => {
    const rig = await alertsRig();
    let once = true;
    rig.settings.beforeSave = async () => {
      if (!once) return;
      once = false;
      const { revision, ...read } = await rig.settings.read();
      await rig.settings.save({ ...read, retentionDays: 7 }, revision, { id: 'x', name: 'X' });
    };
    await rig.say('alerts here');
    expect(await rig.settings.read()).toMatchObject({ retentionDays: 7, alertChannels: [channel] });
  });

  it('test: posts a marked message, and says how that went', async () => {
    const rig = await alertsRig();
    expect(wordsOf(await rig.say('alerts test'))).toMatch(/no alert channel/u);
    await rig.say('alerts here');
    await rig.deps.incidents.unblock(channel);
    expect(wordsOf(await rig.say('alerts test'))).toMatch(/posted in 1 channel[\s\S]*✓ #ops/u);
    expect(rig.posted).toHaveLength(1);
    expect(rig.posted[0]?.to).toEqual(channel);
    expect(wordsOf(rig.posted[0]?.reply)).toMatch(/^Test[\s\S]*Asked for by The admin/u);
    rig.fails({ result: 'gone', reason: 'not_in_channel', touches: 'channel' });
    expect(wordsOf(await rig.say('alerts test'))).toMatch(/#ops: not_in_channel; invite cwsync/u);
  });

  it('what was held up there is told at once after a test that arrived', async () => {
    const rig = await alertsRig();
    const store = rig.deps.incidents as FakeIncidentStore;
    await rig.say('alerts here');
    await store.block(channel, 'not_in_channel', 900_000);
    expect(wordsOf(await rig.say('alerts list'))).toMatch(
      /1 alert channel, 1 cannot be posted in[\s\S]*not_in_channel/u,
    );
    expect(wordsOf(await rig.say('status'))).toMatch(/Alerts cannot be delivered to #ops: invite cwsync\./u);
    expect(wordsOf(await rig.say('home'))).toMatch(/Alerts cannot be delivered to #ops: invite cwsync\./u);
    await rig.say('alerts test');
    expect(await store.blockedDestinations()).toEqual([]);
    expect(wordsOf(await rig.say('status'))).not.toMatch(/cannot be delivered/u);
  });

  it('is about the channel it is written in', async () => {
    const settings = new FakeSettingsStore();
    const { typed, delivery } = doorsRig([], { settings });
    await typed('alerts here');
    expect(wordsOf(delivery.sent.at(-1)?.reply)).toMatch(/in the channel that it is about/u);
    expect((await settings.read()).alertChannels).toEqual([]);
  });
});

it('a line about a project goes to the channels that cover it, however bad something must be there', async () => {
  const on = (conversation: string, scope: object) => ({ ...channel, conversation, ...scope });
  const alertChannels = [
    on('C1', { min: 'error' }),
    on('C2', { boards: [7] }),
    on('C3', { boards: [8] }),
    on('C4', { project: 'p1' }),
    on('C5', { project: 'p2' }),
  ];
  const settings = new FakeSettingsStore({ alertChannels });
  const { typed, delivery } = doorsRig([makeSyncTask({ link: { boardId: 7 } })], { settings });
  await typed('disable #1042 holidays');
  const places = delivery.posted.map(({ to }) => ('conversation' in to ? to.conversation : ''));
  expect(places).toEqual(['C1', 'C2', 'C4']);
});
