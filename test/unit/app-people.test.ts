import { describe, expect, test } from 'vitest';
import { claimCode, claimDigest } from '../../src/app/claim-code.ts';
import { provideAdmin } from '../../src/bootstrap/first-admin.ts';
import type { Person } from '../../src/domain/person.ts';
import { personMentioned } from '../../src/domain/person-mention.ts';
import type { Role } from '../../src/domain/roles.ts';
import type { AuditEntry } from '../../src/ports/people.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeClaimStore } from '../support/fake-claim-store.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { FakeRoleStore } from '../support/fake-role-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const guid = '01234567-89ab-cdef-0123-456789abcdef';
const slack = { platform: 'slack', tenant: 'T1' } as const;
const teams = { platform: 'teams', tenant: guid } as const;

describe('somebody is named', () => {
  test.each([
    ['<@U123>', slack, 'slack:T1/U123'],
    ['<@W123|ann lee>', slack, 'slack:T1/W123'],
    ['@U123', slack, 'slack:T1/U123'],
    ['U123', slack, 'slack:T1/U123'],
    ['slack:T9/U123', slack, 'slack:T9/U123'],
    [`teams:${guid}/${guid}`, slack, `teams:${guid}/${guid}`],
    [guid.toUpperCase(), teams, `teams:${guid}/${guid}`],
    ['slack:T9/U123', teams, 'slack:T9/U123'],
  ])('by %s', (typed, asker, key) => {
    const who = personMentioned(typed, asker);
    expect(who && `${who.platform}:${who.tenant}/${who.userId}`).toBe(key);
  });

  test.each([
    '@ann',
    'ann lee',
    '',
    '@',
    '<@>',
    '<@U1><@U2>',
    'slack:T1',
    'irc:T1/U1',
    'slack:T1/U1/U2',
    guid,
  ])('not by %j in Slack', (typed) => {
    expect(personMentioned(typed, slack)).toBeUndefined();
  });

  test.each(['terminal:box/ann', 'ann', 'U123', '<@U123>', guid])('not by %j in a terminal', (typed) => {
    expect(personMentioned(typed, { platform: 'terminal', tenant: 'box' })).toBeUndefined();
  });

  test('nobody of a terminal can be named anywhere', () => {
    expect(personMentioned('terminal:box/ann', slack)).toBeUndefined();
    expect(personMentioned('slack:T9/U123', { platform: 'terminal', tenant: 'box' })).toEqual({
      platform: 'slack',
      tenant: 'T9',
      userId: 'U123',
    });
  });
});

describe('roles', () => {
  function rigWith(given: { readonly [key: string]: Role }, directory = new FakeDirectory()) {
    const roles = new FakeRoleStore({ 'slack:T1/admin': 'admin', ...given });
    return { ...commandRig([], { roles, directory }), roles };
  }

  test('are listed, ten a page, with what each may do and ways to change it', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 11 }, (_, i) => [`slack:T1/U${10 + i}`, 'operator'] as const),
    );
    const rig = rigWith(many);
    const reply = await rig.say('roles', 'admin');
    expect(reply?.summary).toBe('12 people have a role of their own; everybody else is viewer.');
    expect(wordsOf(reply)).toContain('slack:T1/U10 · operator');
    expect(wordsOf(reply)).not.toContain('slack:T1/admin · admin');
    expect(actionsOf(reply)).toContainEqual({
      label: 'Make admin',
      command: 'roles grant slack:T1/U10 admin',
    });
    expect(actionsOf(reply)).toContainEqual({ label: 'Next ›', command: 'roles --page 2' });
    expect(wordsOf(await rig.say('roles --page 9', 'admin'))).toContain('slack:T1/admin · admin');
  });

  test('are granted, told with what they allow, and audited', async () => {
    const rig = rigWith({ 'slack:T1/U22': 'viewer' });
    const reply = await rig.say('roles grant <@U22|ann> OPERATOR', 'admin');
    expect(reply?.summary).toBe('They have the role operator now.');
    expect(wordsOf(reply)).toContain('Operator: also syncs');
    expect(rig.audited).toMatchObject([
      {
        command: 'roles',
        target: 'slack:T1/U22',
        before: 'viewer',
        after: 'operator',
        outcome: 'role granted',
      },
    ]);
    expect((await rig.say('roles grant @U22 operator', 'admin'))?.summary).toBe(
      'They have the role operator already.',
    );
    const revoked = await rig.say('roles revoke @U22', 'admin');
    expect(revoked?.summary).toBe('They have no role of their own now, so the default counts, viewer.');
    expect(rig.audited.at(-1)).toMatchObject({
      before: 'operator',
      after: 'none (viewer)',
      outcome: 'role revoked',
    });
    expect(await rig.roles.all()).toEqual([{ key: 'slack:T1/admin', role: 'admin' }]);
  });

  test.each(['roles revoke slack:T1/admin', 'roles grant slack:T1/admin viewer'])(
    '%s: the last admin stays one',
    async (text) => {
      const rig = rigWith({ 'slack:T1/U22': 'operator' });
      const reply = await rig.say(text, 'admin');
      expect(reply?.summary).toBe('The last admin stays one: somebody must be left who may give roles.');
      expect(rig.audited).toMatchObject([{ target: 'slack:T1/admin', outcome: 'refused: the last admin' }]);
      expect(await rig.roles.holders('admin')).toEqual(['slack:T1/admin']);
    },
  );

  test('are for people whom the platform knows; a guest is named as one', async () => {
    const directory = new FakeDirectory();
    directory.people.set('UBOT', { bot: true, name: 'Robot' });
    directory.people.set('UGONE', undefined);
    directory.people.set('UGUEST', { guest: true });
    const rig = rigWith({}, directory);
    expect((await rig.say('roles grant @UBOT viewer', 'admin'))?.summary).toBe(
      'Robot is a bot: bots get no role.',
    );
    expect((await rig.say('roles grant @UGONE viewer', 'admin'))?.summary).toBe(
      'Nobody is known by that id here.',
    );
    expect(wordsOf(await rig.say('roles grant @UGUEST viewer', 'admin'))).toContain(
      'from outside your organisation',
    );
    directory.people.set(guid, undefined);
    await rig.say(`roles grant teams:${guid}/${guid} viewer`, 'admin');
    expect((await rig.roles.all()).map(({ key }) => key)).toEqual([
      'slack:T1/UGUEST',
      'slack:T1/admin',
      `teams:${guid}/${guid}`,
    ]);
  });

  test.each([
    ['roles grant @ann operator', 'Whom? Name the person by a mention'],
    ['roles grant @U22', 'Whose role, and which?'],
    ['roles revoke', 'Whom?'],
    ['roles give @U22 admin', 'Whose role, and which?'],
  ])('%s changes nothing and says how it is written', async (text, words) => {
    const rig = rigWith({});
    const reply = await rig.say(text, 'admin');
    expect(reply?.summary).toContain(words);
    expect(wordsOf(reply)).toContain('roles grant @user');
    expect(await rig.roles.all()).toHaveLength(1);
  });
});

describe('audit', () => {
  const entry = (n: number, given: Partial<AuditEntry> = {}): AuditEntry => ({
    at: atMs(n * 60_000),
    actor: 'slack:T1/U1',
    actorName: 'Ann',
    platform: 'slack',
    command: 'disable',
    target: 'Office move (#1042)',
    before: 'active',
    after: 'disabled',
    outcome: `disabled ${n}`,
    ...given,
  });

  function rigWith(entries: readonly AuditEntry[]) {
    const asked: object[] = [];
    const rig = commandRig([makeSyncTask()], {
      audit: {
        append: async () => {},
        async entries(query) {
          asked.push(query);
          const found = entries.slice(query.offset, query.offset + query.limit);
          return { entries: found, more: query.offset + query.limit < entries.length };
        },
      },
    });
    return { ...rig, asked };
  }

  test('tells who, what, to what, before and after, ten a page', async () => {
    const rig = rigWith(Array.from({ length: 12 }, (_, n) => entry(12 - n)));
    const reply = await rig.say('audit', 'admin');
    expect(wordsOf(reply)).toContain(
      '2026-01-05T00:12:00.000Z · Ann (slack) · disable Office move (#1042) · active → disabled 12',
    );
    expect(wordsOf(reply)).not.toContain('disabled 2\n');
    expect(actionsOf(reply)).toEqual([{ label: 'Older ›', command: 'audit --page 2' }]);
    const older = await rig.say('audit --page 2', 'admin');
    expect(wordsOf(older)).toContain('disabled 1');
    expect(actionsOf(older)).toEqual([{ label: '‹ Newer', command: 'audit --page 1' }]);
    expect(rig.asked).toEqual([
      { offset: 0, limit: 10 },
      { offset: 10, limit: 10 },
    ]);
  });

  test.each([
    [
      {
        command: 'integration',
        target: 'integration',
        before: 'disabled',
        after: 'enabled',
        outcome: 'enabled',
      },
      'Ann (slack) · integration · disabled → enabled\n',
    ],
    [
      { command: 'import', target: 'X (#7)', before: undefined, after: 'active', outcome: 'imported' },
      'Ann (slack) · import X (#7) · now active · imported\n',
    ],
    [
      { command: 'enable', target: 'X (#7)', before: 'disabled', after: 'active', outcome: 'enabled' },
      'Ann (slack) · enable X (#7) · disabled → active · enabled\n',
    ],
  ])('says nothing twice: %j', async ({ before, ...given }, line) => {
    const { before: _b, ...rest } = entry(1);
    const one = { ...rest, ...given, ...(before === undefined ? {} : { before }) };
    expect(wordsOf(await rigWith([one]).say('audit', 'admin'))).toContain(line);
  });

  test('of one project asks for that one', async () => {
    const { target: _none, before: _b, after: _a, ...bare } = entry(1);
    const rig = rigWith([bare]);
    const reply = await rig.say('audit office', 'admin');
    expect(rig.asked).toEqual([{ projectId: 'p1', offset: 0, limit: 10 }]);
    expect(wordsOf(reply)).toContain('Ann (slack) · disable · disabled 1');
    expect(wordsOf(await rigWith([]).say('audit #1042', 'admin'))).toContain(
      'Nothing was changed by anybody yet.',
    );
  });

  test.each([
    ['sync #1042', 'operator'],
    ['disable #1042', 'operator'],
    ['archive #1042', 'admin'],
    ['enable #1042', 'operator'],
    ['unarchive #1042', 'admin'],
    ['disconnect #1042 --confirm wrong', 'admin'],
    ['disconnect #1042 --confirm "Office move"', 'admin'],
  ])('%s is about its project', async (text, role) => {
    const rig = commandRig([makeSyncTask()]);
    await rig.say(text, role);
    expect(rig.audited).toMatchObject([{ projectId: 'p1', target: 'Office move (#1042)' }]);
  });
});

describe('claim', () => {
  function rigWith(given: { readonly [key: string]: Role } = {}) {
    const roles = new FakeRoleStore(given);
    const clock = new HandClock();
    const claims = new FakeClaimStore(() => clock.now());
    const rig = commandRig([], { roles, claims });
    return { ...rig, roles, claims, time: clock };
  }

  async function started(rig: ReturnType<typeof rigWith>, named: readonly string[] = [], talks = true) {
    const lines: string[] = [];
    const randomBytes = () => Uint8Array.from({ length: 16 }, (_, i) => 37 * (i + 1));
    const say = (line: string) => void lines.push(line);
    const deps = { roles: rig.roles, claims: rig.claims, randomBytes, say };
    const offer = await provideAdmin(deps, { named, talks });
    await offer();
    return { lines, code: /claim (\S+)$/mu.exec(lines.join('\n'))?.[1] };
  }

  test('by the code of the start-up screen makes the first admin, once', async () => {
    const rig = rigWith();
    const { code, lines } = await started(rig);
    expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/u);
    expect(lines.join('\n')).toContain('within 15 minutes');
    const reply = await rig.say(`claim ${code?.toLowerCase().replace('-', ' ')}`, 'first');
    expect(reply?.summary).toBe('You are the admin now.');
    expect(actionsOf(reply).map(({ command }) => command)).toContain('roles');
    expect(await rig.roles.all()).toEqual([{ key: 'slack:T1/first', role: 'admin' }]);
    const late = await rig.say(`claim ${code}`, 'second');
    expect(wordsOf(late)).toContain('Ask for a role: slack:T1/first.');
    expect(await rig.roles.holders('admin')).toEqual(['slack:T1/first']);
    expect(JSON.stringify([rig.audited, rig.log.all, rig.logger.lines])).not.toContain(code);
    expect(rig.audited.map(({ outcome }) => outcome)).toEqual([
      'became the first admin',
      'refused: there is an admin',
    ]);
    expect((await started(rig)).lines).toEqual([]);
  });

  test('with a wrong code says so, and after five tries no code counts', async () => {
    const rig = rigWith();
    const { code } = await started(rig);
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await rig.say(`claim AAAA-AAA${tries + 2}`, 'guess'))?.summary).toBe('That is not the code.');
    }
    expect((await rig.say(`claim ${code}`, 'guess'))?.summary).toBe(
      'The code was missed 5 times and counts no more.',
    );
    expect(await rig.roles.all()).toEqual([]);
    expect(JSON.stringify(rig.audited)).not.toContain('AAAA');
    const anew = await started(rig);
    expect((await rig.say(`claim ${anew.code}`, 'guess'))?.summary).toBe('You are the admin now.');
  });

  test('after fifteen minutes, without a code, or where none was shown', async () => {
    const rig = rigWith();
    expect((await rig.say('claim', 'x'))?.summary).toBe('Which code?');
    expect((await rig.say('claim ABCD-2345', 'x'))?.summary).toBe('No code counts at present.');
    const { code } = await started(rig);
    await rig.time.advance(900_000);
    expect((await rig.say(`claim ${code}`, 'x'))?.summary).toBe('The code is over: it counts for 15 min.');
  });

  test('is not offered where an admin is named, nor by a worker; what is ignored is named', async () => {
    const rig = rigWith();
    expect((await started(rig, [], false)).lines).toEqual([]);
    expect((await started(rig, ['slack:T1/U1'])).lines).toEqual([]);
    expect((await started(rig, ['slack:T1/U1', 'slack:T1/U22'])).lines).toEqual([
      'CWSYNC_ADMINS: slack:T1/U22 ignored, roles are kept in the database already',
    ]);
    const viewers = rigWith({ 'slack:T1/U1': 'viewer' });
    const { lines, code } = await started(viewers, ['slack:T1/U22']);
    expect(lines[0]).toContain('slack:T1/U22 ignored');
    expect(code).toBeDefined();
  });

  test('a code is the same however it is typed, and another for other bytes', () => {
    const code = claimCode(new Uint8Array(16).fill(7));
    expect(code).toBe('HHHH-HHHH');
    expect(claimDigest(' hhhh hhhh')).toBe(claimDigest(code));
    expect(claimDigest('HHHH-HHHJ')).not.toBe(claimDigest(code));
    expect(claimDigest(code)).not.toContain('HHHH');
  });
});

describe('follow', () => {
  const person: Person = { platform: 'slack', tenant: 'T1', userId: 'viewer', name: 'The viewer' };
  const two = makeSyncTask({
    id: 't:p2',
    projectId: 'p2',
    link: { externalId: 2, projectName: 'Mine', state: 'disconnected' },
  });

  /** The viewer is a member of ConnectWise, as far as e-mail addresses tell. */
  async function knownRig() {
    const directory = new FakeDirectory();
    directory.people.set('viewer', { email: 'Vera@acme.example' });
    const rig = commandRig([makeSyncTask(), two], { directory });
    await rig.deps.reference.storePage('member', members, { token: 'a' });
    return rig;
  }
  const memberRow = (id: number, name: string, email: string) => ({
    id,
    identifier: `M${id}`,
    name,
    inactive: false,
    lastUpdated: null,
    updatedBy: null,
    details: { email },
  });
  const members = [
    memberRow(1, 'Vera Lee', 'vera@acme.example'),
    memberRow(2, 'Vera Poe', 'vp@acme.example'),
  ];

  test('of mine by somebody whose member is not known keeps nothing, and asks who they are', async () => {
    const rig = await knownRig();
    const stranger = { ...person, userId: 'operator' };
    const asked = await rig.say('follow mine');
    expect(wordsOf(asked)).toMatch(/not known which projects are yours[\s\S]*follow mine --as <member>/u);
    expect(await rig.deps.follows.of(stranger)).toEqual([]);
    const which = await rig.say('follow mine --as vera');
    expect(actionsOf(which).map(({ command }) => command)).toEqual([
      'follow mine --as="M1"',
      'follow mine --as="M2"',
    ]);
    expect(await rig.deps.follows.of(stranger)).toEqual([]);
    const done = await rig.say(actionsOf(which)[1]?.command ?? '');
    expect(done?.summary).toBe('You follow your own projects.');
    expect(wordsOf(done)).toContain('Vera Poe');
    expect(await rig.deps.follows.of(stranger)).toEqual(['mine']);
  });

  test('a project and whatever is mine, once, and lists them', async () => {
    const rig = await knownRig();
    expect((await rig.say('follow', 'viewer'))?.summary).toBe('You follow nothing yet.');
    const reply = await rig.say('follow office', 'viewer');
    expect(reply?.summary).toBe('You follow Office move.');
    expect(wordsOf(reply)).toContain('come to your direct messages');
    expect(actionsOf(reply)[0]).toEqual({ label: 'Unfollow', command: 'unfollow #1042' });
    expect((await rig.say('follow #1042', 'viewer'))?.summary).toBe('You follow Office move already.');
    expect((await rig.say('follow MINE', 'viewer'))?.summary).toBe('You follow your own projects.');
    expect((await rig.say('follow mine', 'viewer'))?.summary).toBe('You follow your own projects already.');
    const list = await rig.say('follow', 'viewer');
    expect(list?.summary).toBe('You follow your own projects and 1 project by name.');
    expect(actionsOf(list).map(({ command }) => command)).toEqual([
      'status #1042',
      'unfollow #1042',
      'unfollow mine',
    ]);
    expect(await rig.deps.follows.of(person)).toEqual(['mine', { projectId: 'p1' }]);
    expect(await rig.deps.follows.of({ ...person, userId: 'other' })).toEqual([]);
  });

  test('ends, of each by itself', async () => {
    const rig = await knownRig();
    await rig.say('follow #1042', 'viewer');
    await rig.say('follow mine', 'viewer');
    const reply = await rig.say('unfollow #1042', 'viewer');
    expect(reply?.summary).toBe('You no longer follow Office move.');
    expect(wordsOf(reply)).toContain('You still follow whatever is yours');
    expect((await rig.say('unfollow #1042', 'viewer'))?.summary).toBe('You do not follow Office move.');
    expect((await rig.say('unfollow mine', 'viewer'))?.summary).toBe(
      'You no longer follow your own projects.',
    );
    expect((await rig.say('unfollow mine', 'viewer'))?.summary).toBe('You do not follow your own projects.');
    expect((await rig.say('unfollow', 'viewer'))?.summary).toBe('You follow nothing yet.');
  });

  test('of one that was disconnected can be ended, not begun', async () => {
    const rig = commandRig([makeSyncTask(), two]);
    expect((await rig.say('follow #2', 'viewer'))?.summary).toContain('No project matches');
    await rig.deps.follows.follow(person, { projectId: 'p2' });
    expect((await rig.say('unfollow #2', 'viewer'))?.summary).toBe('You no longer follow Mine.');
  });
});
