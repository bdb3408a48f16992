import { describe, expect, test } from 'vitest';
import { renderReply } from '../../adapters/slack/render.ts';
import { type AllChecksDeps, allChecks } from '../../src/app/doctor/all-checks.ts';
import { channelCheck, deliveryCheck, slackCheck, teamsCheck } from '../../src/app/doctor/chat-checks.ts';
import { clockCheck, worstSkewSeconds } from '../../src/app/doctor/clock-check.ts';
import { connectWiseChecks } from '../../src/app/doctor/connectwise-checks.ts';
import { databaseChecks } from '../../src/app/doctor/database-checks.ts';
import { diskCheck, fewFreeBytes, leastFreeBytes } from '../../src/app/doctor/disk-check.ts';
import { checkWithinMs, runChecks } from '../../src/app/doctor/run-checks.ts';
import { workerAlive, workerCheck } from '../../src/app/doctor/worker-check.ts';
import { doctorReply } from '../../src/app/replies/doctor.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { type Failure, FailureError, nextStep } from '../../src/domain/failure.ts';
import { workerDownAfterMs } from '../../src/domain/incident.ts';
import type { DatabaseHealth, HealthCheck, HealthResult } from '../../src/ports/health-checks.ts';
import type { ReadRight } from '../../src/ports/psa-access.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { extremeNames } from '../support/extreme-replies.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { HandClock } from '../support/hand-clock.ts';
import { countingIds } from '../support/recording-logger.ts';
import { slackProblems } from '../support/slack-limits.ts';

const toFailure = failureClassifier(countingIds());
const signal = new AbortController().signal;
const clock = new HandClock();
const healthy: DatabaseHealth = {
  ping: async () => {},
  facts: async () => ({ version: '8.0.4', replicaSet: true, now: clock.now() }),
  tryWrite: async () => {},
};
const down = async (): Promise<never> => {
  throw new FailureError({ code: 'store.unavailable' });
};
const broken: DatabaseHealth = { ping: down, facts: down, tryWrite: down };

const allowed: ReadRight = { kind: 'ticket', right: 'Project › Project Tickets', state: 'allowed' };
const access = {
  info: async () => ({ version: 'v2025.1', clockSkewMs: 0 }),
  rights: async () => [allowed],
};

function only(checks: readonly HealthCheck[], name: string): Promise<HealthResult> {
  const check = checks.find((one) => one.name === name);
  if (!check) throw new Error(`no check ${name}`);
  return check.run(signal);
}

const everything: AllChecksDeps = {
  clock,
  database: healthy,
  liveness: { lastBeat: async () => ({ id: 'w', at: clock.now() }) },
  access,
  callbackUrl: undefined,
  subscriptions: undefined,
  mayWrite: async () => true,
  missing: [],
  slack: { identity: async () => ({ result: 'accepted', scopes: ['commands', 'chat:write'] }) },
  scopes: ['commands', 'chat:write'],
  connection: () => ({ way: 'http', connected: true }),
  settings: new FakeSettingsStore({
    alertChannels: [{ platform: 'slack', tenant: 'T1', conversation: 'C1' }],
  }),
  directory: new FakeDirectory(),
  incidents: { blockedDestinations: async () => [] },
  disk: async () => ({ freeBytes: fewFreeBytes }),
  dataDir: undefined,
};

describe('running them', () => {
  test('all is well: every check passes and none has anything to do', async () => {
    const checked = await runChecks(allChecks(everything), { clock, toFailure });
    expect(checked.map(({ name, ok }) => [name, ok])).toEqual(
      [
        'MongoDB',
        'MongoDB version',
        'MongoDB writing',
        'Disk',
        'Background worker',
        'ConnectWise reachable',
        'ConnectWise keys',
        'ConnectWise rights',
        'Clocks',
        'ConnectWise callbacks',
        'Slack token',
        'Alert channels',
        'Delivery of alerts',
        'Teams credentials',
      ].map((name) => [name, 'pass']),
    );
    expect(checked.filter(({ next }) => next !== undefined)).toEqual([]);
  });

  test('everything broken: every check answers all the same, and says what to do', async () => {
    const nothing = async (): Promise<never> => {
      throw new Error('connect ECONNREFUSED mongodb://user:s3cret@db');
    };
    const deps: AllChecksDeps = {
      ...everything,
      database: broken,
      liveness: { lastBeat: nothing },
      access: { info: nothing, rights: nothing },
      slack: { identity: nothing },
      settings: { read: nothing },
      incidents: { blockedDestinations: nothing },
      disk: nothing,
      dataDir: '.cwsync',
    };
    const checked = await runChecks(allChecks(deps), { clock, toFailure });
    const open = checked.filter(({ name }) => !['ConnectWise callbacks', 'Teams credentials'].includes(name));
    expect(open.filter(({ ok }) => ok === 'pass')).toEqual([]);
    expect(open.filter(({ next }) => !next)).toEqual([]);
    // What was thrown may hold an address with its password.
    expect(JSON.stringify(checked)).not.toMatch(/s3cret|ECONNREFUSED/);
  });

  test('one that never answers is given up in time, and told so; the others are told all the same', async () => {
    let givenUp = false;
    const stuck: HealthCheck = {
      name: 'stuck',
      run: (given) =>
        new Promise(() =>
          given.addEventListener('abort', () => {
            givenUp = true;
          }),
        ),
    };
    const fine: HealthCheck = { name: 'fine', run: async () => ({ ok: 'pass', words: 'well' }) };
    const running = runChecks([stuck, fine], { clock, toFailure });
    await clock.advance(checkWithinMs);
    const checked = await running;
    expect(checked[0]).toMatchObject({ name: 'stuck', ok: 'fail', words: 'No answer within 20 s.' });
    expect(checked[1]).toMatchObject({ name: 'fine', ok: 'pass' });
    expect(givenUp).toBe(true);
    expect(clock.sleepers).toBe(0);
  });
});

describe('ConnectWise', () => {
  test('without keys: which settings are missing', async () => {
    const checks = connectWiseChecks(undefined, ['ConnectWise needs CONNECTWISE_URL', 'Slack needs X']);
    expect(await only(checks, 'ConnectWise keys')).toMatchObject({
      ok: 'fail',
      words: 'Not configured: ConnectWise needs CONNECTWISE_URL.',
    });
  });

  test('keys refused: the failure table’s words, and the rights are not told a second time', async () => {
    const refused = async (): Promise<never> => {
      throw new FailureError({ code: 'cw.auth' });
    };
    const checks = connectWiseChecks({ info: refused, rights: refused }, []);
    const checked = await runChecks(checks, { clock, toFailure });
    expect(checked[0]).toMatchObject({ name: 'ConnectWise reachable', ok: 'pass' });
    expect(checked[1]).toMatchObject({ ok: 'fail', words: 'ConnectWise refused the API keys.' });
    expect(checked[2]).toMatchObject({ ok: 'warn', words: 'Not checked.' });
  });

  test('in a terminal nobody is told to write to a bot', async () => {
    const refused = async (): Promise<never> => {
      throw new FailureError({ code: 'cw.auth' });
    };
    const checks = connectWiseChecks({ info: refused, rights: refused }, []);
    const nextOf = (failure: Failure) => nextStep(failure, 'terminal');
    const checked = await runChecks(checks, { clock, toFailure, nextOf });
    expect(checked[1]?.next).toMatch(/then run npx cwsync doctor again\.$/u);
  });

  test('a host that is unknown: not the keys are told, but the setting to look at', async () => {
    const unknown = async (): Promise<never> => {
      throw new FailureError({
        code: 'cw.unavailable',
        message: 'The host psa.example is unknown.',
        setting: 'CONNECTWISE_URL',
      });
    };
    const checked = await runChecks(connectWiseChecks({ info: unknown, rights: unknown }, []), {
      clock,
      toFailure,
    });
    expect(checked.map(({ name, ok }) => [name, ok])).toEqual([
      ['ConnectWise reachable', 'fail'],
      ['ConnectWise keys', 'warn'],
      ['ConnectWise rights', 'warn'],
    ]);
    expect(checked[0]).toMatchObject({
      words: 'The host psa.example is unknown.',
      next: expect.stringContaining('Check CONNECTWISE_URL'),
    });
  });

  test('a missing right is named with the kinds that need it, once', async () => {
    const rights: readonly ReadRight[] = [
      allowed,
      { kind: 'workType', right: 'System › Table Setup', state: 'missing' },
      { kind: 'noteType', right: 'System › Table Setup', state: 'missing' },
      { kind: 'ticketNote', right: 'Project › Project Tickets', state: 'untested' },
    ];
    const checks = connectWiseChecks({ ...access, rights: async () => rights }, []);
    expect(await only(checks, 'ConnectWise rights')).toMatchObject({
      ok: 'fail',
      words:
        'Missing: System › Table Setup (work types, note categories). Not tried, for want of a record: ticket notes.',
    });
  });
});

describe('clocks', () => {
  const check = (psaMs: number | null, serverMs: number) =>
    clockCheck({
      clock,
      access: { info: async () => ({ version: null, clockSkewMs: psaMs }) },
      database: {
        facts: async () => ({
          version: '8',
          replicaSet: true,
          now: new Date(clock.now().getTime() + serverMs),
        }),
      },
    }).run(signal);

  test.each([
    [0, 0, 'pass', 'ConnectWise’s agrees, MongoDB’s agrees'],
    [worstSkewSeconds * 1_000, 0, 'pass', 'ConnectWise’s is 60 s ahead'],
    [-(worstSkewSeconds + 1) * 1_000, 0, 'fail', 'ConnectWise’s is 61 s behind'],
    [0, 90_000, 'fail', 'MongoDB’s is 90 s ahead'],
    [-40_000, 40_000, 'fail', 'ConnectWise’s is 40 s behind, MongoDB’s is 40 s ahead'],
    [40_000, 40_000, 'pass', 'MongoDB’s is 40 s ahead'],
    [null, 0, 'warn', 'ConnectWise’s could not be read'],
  ] as const)('%d ms and %d ms: %s', async (psaMs, serverMs, ok, words) => {
    const result = await check(psaMs, serverMs);
    expect(result.ok).toBe(ok);
    expect(result.words).toContain(words);
  });
});

describe('MongoDB', () => {
  const at = (version: string, replicaSet = true): DatabaseHealth => ({
    ...healthy,
    facts: async () => ({ version, replicaSet, now: clock.now() }),
  });

  test.each([
    ['5.0.9', 'fail'],
    ['6.0.5', 'warn'],
    ['7.0.1', 'pass'],
    ['8.0.4', 'pass'],
    ['10.0.0', 'pass'],
  ])('version %s: %s', async (version, ok) => {
    expect(await only(databaseChecks(at(version), false), 'MongoDB version')).toMatchObject({ ok });
  });

  test('no replica set fails; the embedded one is worth a word; a write that is refused fails', async () => {
    expect(await only(databaseChecks(at('8.0.0', false), false), 'MongoDB')).toMatchObject({ ok: 'fail' });
    expect(await only(databaseChecks(healthy, true), 'MongoDB')).toMatchObject({ ok: 'warn' });
    const [, , writing] = await runChecks(databaseChecks({ ...healthy, tryWrite: down }, false), {
      clock,
      toFailure,
    });
    expect(writing).toMatchObject({ name: 'MongoDB writing', ok: 'fail' });
  });

  test('a server that does not answer is told once', async () => {
    const checked = await runChecks(databaseChecks(broken, false), { clock, toFailure });
    expect(checked.map(({ ok }) => ok)).toEqual(['fail', 'warn', 'warn']);
  });
});

describe('disk and worker', () => {
  test.each([
    [leastFreeBytes - 1, 'fail'],
    [leastFreeBytes, 'warn'],
    [fewFreeBytes, 'pass'],
  ])('%d bytes free: %s', async (freeBytes, ok) => {
    expect(await diskCheck(async () => ({ freeBytes }), '.cwsync').run(signal)).toMatchObject({ ok });
  });

  test('another MongoDB server has the data: no disk of this machine is looked at', async () => {
    const asked = diskCheck(() => Promise.reject(new Error('not asked')), undefined);
    expect(await asked.run(signal)).toMatchObject({ ok: 'pass' });
  });

  test.each([
    [15_000, 'pass', true],
    [46_000, 'warn', true],
    [workerDownAfterMs, 'fail', false],
  ])('a worker seen %d ms ago: %s', async (ms, ok, alive) => {
    const liveness = { lastBeat: async () => ({ id: 'w', at: new Date(clock.now().getTime() - ms) }) };
    const deps = { liveness, database: healthy };
    expect(await workerCheck(deps).run(signal)).toMatchObject({ ok });
    expect(await workerAlive(deps)).toBe(alive);
  });

  test('a worker that was never seen', async () => {
    const deps = { liveness: { lastBeat: async () => undefined }, database: healthy };
    expect(await workerCheck(deps).run(signal)).toMatchObject({ ok: 'fail' });
    expect(await workerAlive(deps)).toBe(false);
  });
});

describe('Teams', () => {
  test.each([
    [undefined, 'pass', 'Not configured; Slack alone is enough.'],
    [{ result: 'accepted', scopes: [] } as const, 'pass', 'Accepted.'],
    [{ result: 'no-answer' } as const, 'fail', 'Microsoft does not answer.'],
    [
      { result: 'refused', reason: 'invalid_client' } as const,
      'fail',
      'Microsoft refused them: invalid_client.',
    ],
  ])('%j', async (identity, ok, words) => {
    const teams = identity && { identity: async () => identity };
    const result = await teamsCheck({ teams }).run(signal);
    expect(result).toMatchObject({ ok, words });
    expect(result.next === undefined).toBe(ok === 'pass');
  });

  test('Teams alone is enough', async () => {
    const teams = { identity: async () => ({ result: 'accepted', scopes: [] }) as const };
    const result = await slackCheck({ slack: undefined, teams, scopes: [], connection: () => undefined }).run(
      signal,
    );
    expect(result).toEqual({ ok: 'pass', words: 'Not configured; Teams alone is enough.' });
  });
});

describe('Slack', () => {
  const scopes = ['commands', 'im:history'];
  test.each([
    [undefined, 'Not configured.', 'docs/slack.md'],
    [{ result: 'no-answer' } as const, 'Slack does not answer.', 'slack.com can be reached'],
    [
      { result: 'refused', reason: 'token_revoked' } as const,
      'Slack refused it: token_revoked.',
      'Copy the bot token anew',
    ],
    [
      { result: 'accepted', scopes: ['commands'] } as const,
      'Accepted, but these scopes are missing: im:history.',
      'install the app to the workspace again',
    ],
  ])('%j', async (identity, words, next) => {
    const slack = identity && { identity: async () => identity };
    const result = await slackCheck({ slack, scopes, connection: () => undefined }).run(signal);
    expect(result).toMatchObject({ ok: 'fail', words });
    expect(result.next).toContain(next);
  });

  test('a token that is accepted, and a socket that is not open', async () => {
    const slack = { identity: async () => ({ result: 'accepted', scopes }) as const };
    const at = (connected: boolean) =>
      slackCheck({
        slack,
        scopes,
        connection: () => ({ way: 'socket', connected, lastError: 'invalid_auth' }),
      });
    expect(await at(true).run(signal)).toMatchObject({ ok: 'pass' });
    expect(await at(false).run(signal)).toMatchObject({
      ok: 'fail',
      words: 'Accepted, but Slack cannot reach the bot by socket: invalid_auth.',
    });
  });

  test('alert channels: each fault by its name', async () => {
    const directory = new FakeDirectory();
    directory.conversations.set('C1', { name: 'ops', member: false });
    directory.conversations.set('C2', { name: 'old', archived: true });
    directory.conversations.set('C3', undefined);
    const alertChannels = ['C1', 'C2', 'C3', 'C4'].map(
      (conversation) => ({ platform: 'slack', tenant: 'T1', conversation }) as const,
    );
    const settings = new FakeSettingsStore({ alertChannels });
    expect(await channelCheck({ settings, directory }).run(signal)).toMatchObject({
      ok: 'fail',
      words: 'The bot cannot post in 3 of 4: not a member of #ops; #old is archived; C3 is not to be seen.',
    });
    expect(await channelCheck({ settings: new FakeSettingsStore(), directory }).run(signal)).toMatchObject({
      ok: 'warn',
    });
  });
});

describe('delivery', () => {
  test('each place that is held up, with its reason and since when; the first few', async () => {
    const since = new Date('2026-03-01T09:12:44Z');
    const place = { platform: 'slack', tenant: 'T1' } as const;
    const at = (to: { readonly conversation: string } | { readonly user: string }) => ({
      to: { ...place, ...to },
      since,
      reason: 'not_in_channel',
      retryAt: since,
    });
    const blocked = [
      at({ conversation: 'C1' }),
      at({ user: 'U7' }),
      ...Array.from({ length: 5 }, () => at({ conversation: 'C2' })),
    ];
    const result = await deliveryCheck({ blockedDestinations: async () => blocked }).run(signal);
    expect(result).toMatchObject({ ok: 'fail' });
    expect(result.words).toContain('C1 (not_in_channel, since 2026-03-01 09:12 UTC); direct messages of U7');
    expect(result.words).toContain('and 2 more.');
  });
});

describe('the command', () => {
  const checked = [
    { name: 'Disk', ok: 'pass', words: '80 GB free.' },
    { name: 'Clocks', ok: 'warn', words: 'One could not be read.', next: 'See there.' },
    { name: 'MongoDB', ok: 'fail', words: 'It is down.', next: 'Start it.' },
  ] as const;

  test('what failed comes first, each with sign, word and what to do', () => {
    const reply = doctorReply(checked);
    expect(reply.summary).toBe('1 check failed, 1 check to look at, of 3.');
    const words = wordsOf(reply);
    expect(words).toMatch(/✗ Failed: MongoDB – It is down\.\nStart it\.\n⚠ Look at: Clocks[\s\S]*✓ OK: Disk/);
  });

  test.each(extremeNames)('in Slack, where words hold %s', (_, words) => {
    const names = Array.from({ length: 15 }, (_, i) => `Check ${i}`);
    const message = renderReply(doctorReply(names.map((name) => ({ name, ok: 'fail', words, next: words }))));
    expect(slackProblems(message)).toEqual([]);
  });

  test('is for admins, and asks again at the press of a button', async () => {
    const rig = commandRig([], { doctor: async () => checked });
    const reply = await rig.say('doctor', 'admin');
    expect(reply?.summary).toContain('1 check failed');
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(['doctor']);
    expect(wordsOf(await rig.say('doctor', 'operator'))).toContain('doctor needs the role admin');
  });
});
