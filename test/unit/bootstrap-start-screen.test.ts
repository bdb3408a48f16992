/** What whoever starts cwsync reads. */
import { MongoNetworkError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import type { Parts } from '../../src/bootstrap/compose.ts';
import { databaseAwayWords, failureClassifier } from '../../src/bootstrap/failures.ts';
import {
  checkConnectWise,
  faultyConfig,
  hasChat,
  ignoredLines,
  runningLine,
  settingLines,
} from '../../src/bootstrap/start-screen.ts';
import { unknownSettingLines } from '../../src/bootstrap/unknown-settings.ts';
import { readConfig } from '../../src/config.ts';
import { FailureError } from '../../src/domain/failure.ts';
import { itself } from '../../src/domain/sync-task.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakeLogStore } from '../support/fake-log-store.ts';
import { FakeSettingsStore } from '../support/fake-settings-store.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';

const secret = 'S3CR3T-VALUE';
const keys = {
  CONNECTWISE_URL: 'https://psa.example',
  CONNECTWISE_COMPANY_ID: 'acme',
  CONNECTWISE_PUBLIC_KEY: secret,
  CONNECTWISE_PRIVATE_KEY: secret,
  CONNECTWISE_CLIENT_ID: secret,
};
const slack = { SLACK_BOT_TOKEN: `xoxb-${secret}`, SLACK_SIGNING_SECRET: secret };

function configOf(env: Record<string, string>) {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.faults.join());
  return read.config;
}

describe('the settings', () => {
  test('all there: no fault, no value', () => {
    const lines = settingLines(configOf({ ...keys, ...slack }));
    expect(lines).toEqual(['✓ ConnectWise: address and keys are set', '✓ Slack: its tokens are set']);
  });

  test.each([
    [{ ...slack }, /✕ ConnectWise needs CONNECTWISE_URL.*The chat answers what is missing/su],
    [{ ...keys }, /✕ Slack needs SLACK_BOT_TOKEN.*\n {2}No chat is set up yet, so nobody can talk to it\./su],
    [{}, /✕ ConnectWise needs.*✕ Slack needs.*Nothing syncs until.*No chat is set up yet/su],
  ])('what is missing is named, with the next step: %#', (env, words) => {
    expect(settingLines(configOf(env)).join('\n')).toMatch(words);
  });

  test('faults and what is missing stand in one text, without a value', () => {
    const read = readConfig({ ...slack, PORT: secret, CONNECTWISE_URL: `ftp://${secret}` });
    if (read.ok) throw new Error('taken');
    const words = faultyConfig(read);
    expect(words).toMatch(
      /✕ CONNECTWISE_URL must be.*✕ PORT must be.*Not set yet:\n {2}✕ ConnectWise needs/su,
    );
    expect(words).not.toContain(secret);
  });
});

test('a database that goes while cwsync starts is told as that, with the next step; nothing else is', () => {
  const gone = new MongoNetworkError('connection <monitor> to 127.0.0.1:27017 closed');
  expect(databaseAwayWords(new Error('not migrated', { cause: gone }))).toMatch(
    /^The database does not answer\. Try again in a minute; .*\(store\.unavailable, on the side of MongoDB: not migrated\)$/u,
  );
  expect(databaseAwayWords(gone)).toContain(gone.message);
  expect(databaseAwayWords(new Error('CONNECTWISE_URL must be an address'))).toBeUndefined();
});

test('the last line says ready only where somebody can talk to it', () => {
  expect(runningLine({ port: 3000, talks: hasChat(configOf({ ...keys, ...slack })) })).toBe(
    'cwsync is ready on port 3000',
  );
  const teams = {
    TEAMS_APP_ID: '6f9619ff-8b86-4011-b42d-00c04fc964ff',
    TEAMS_APP_PASSWORD: 'x',
    TEAMS_TENANT_ID: '6f9619ff-8b86-4011-b42d-00c04fc964fe',
  };
  expect(hasChat(configOf({ ...keys, ...teams }))).toBe(true);
  expect(runningLine({ port: 3000, talks: hasChat(configOf(keys)) })).toMatch(/no chat is set up yet/u);
  expect(runningLine({ talks: false })).toBe('cwsync worker is running');
});

test('what is no setting is told by its name, with the nearest one, and without its value', () => {
  const env = {
    CWSYNC_SLOT: secret,
    CONNECTWISE_PRIVATEKEY: secret,
    TEAMS_WORLD_OF_OTHERS: secret,
    CWSYNC_MONGOD: '/x',
    CWSYNC_SLOTS: '3',
    SLOTS: '9',
  };
  expect(unknownSettingLines(env)).toEqual([
    '⚠ CONNECTWISE_PRIVATEKEY is not a setting; did you mean CONNECTWISE_PRIVATE_KEY?',
    '⚠ CWSYNC_SLOT is not a setting; did you mean CWSYNC_SLOTS?',
    '⚠ TEAMS_WORLD_OF_OTHERS is not a setting of cwsync, and is ignored: .env.example lists them.',
  ]);
});

describe('settings that fill an empty database only', () => {
  const env = {
    ...keys,
    ...slack,
    CWSYNC_ALERT_CHANNELS: 'slack:T1/C1,slack:T1/C2',
    CWSYNC_LINK_OPEN_PROJECTS: 'true',
    CWSYNC_WRITE_TO_CONNECTWISE: 'true',
  };
  const channel = (conversation: string) => ({ platform: 'slack', tenant: 'T1', conversation }) as const;

  async function ignored(saved?: Partial<Settings>) {
    const settings = new FakeSettingsStore({ boards: 'all', writeToConnectWise: true });
    const { revision, changed: _, ...before } = await settings.read();
    if (saved) await settings.save({ ...before, ...saved }, revision, itself);
    return await ignoredLines({ config: configOf(env), stores: { settings } } as unknown as Parts);
  }

  test('nothing is ignored while the database is empty, or holds the same', async () => {
    expect(await ignored()).toEqual([]);
    expect(await ignored({ alertChannels: [channel('C1'), channel('C2')] })).toEqual([]);
  });

  test('afterwards what was ignored is named', async () => {
    expect(await ignored({ boards: [3], alertChannels: [channel('C2')], writeToConnectWise: false })).toEqual(
      [
        'CWSYNC_ALERT_CHANNELS: slack:T1/C1 ignored, alert channels are chosen in chat already',
        'CWSYNC_LINK_OPEN_PROJECTS ignored, boards are chosen in chat already',
        'CWSYNC_WRITE_TO_CONNECTWISE ignored, writing is off by the settings',
      ],
    );
  });
});

describe('ConnectWise at the start', () => {
  function check(info: (signal: AbortSignal) => Promise<{ version: string; clockSkewMs: number }>) {
    const clock = new HandClock();
    const gate = new FakeGate(() => clock.now());
    const said: string[] = [];
    const log = new FakeLogStore();
    const parts = {
      access: { info },
      psa: { systemInfo: async () => ({ version: null }) },
      clock,
      ids: countingIds(),
      logger: new RecordingLogger(),
      tenantId: 't',
      toFailure: failureClassifier(countingIds()),
      stores: { gate, log, tasks: new FakeSyncTasks() },
    } as unknown as Parts;
    return { clock, gate, said, log, start: () => checkConnectWise(parts, (line) => said.push(line)) };
  }

  test('answers: its version, and a clock that is off', async () => {
    const rig = check(async () => ({ version: 'v2025.8', clockSkewMs: -180_000 }));
    rig.start();
    await rig.clock.advance(0);
    expect(rig.said).toEqual([
      '✓ ConnectWise answers, version v2025.8',
      '⚠ ConnectWise’s clock is 3 min behind this machine’s: set the time of this machine right',
    ]);
    expect(rig.clock.sleepers).toBe(0);
  });

  test('refuses the keys: it is said, and the integration is shut so that the chat says it too', async () => {
    const rig = check(async () => {
      throw new FailureError({ code: 'cw.auth' });
    });
    rig.start();
    await rig.clock.advance(0);
    expect(rig.said).toEqual([
      expect.stringMatching(/^✕ ConnectWise refused the API keys\. An admin checks.*npx cwsync doctor/u),
    ]);
    expect(rig.gate.circuit?.failure.code).toBe('cw.auth');
  });

  test('does not answer: it is said, and nothing is shut for that', async () => {
    const rig = check((signal) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    });
    rig.start();
    await rig.clock.advance(20_000);
    expect(rig.said).toEqual([expect.stringContaining('✕ ConnectWise did not answer')]);
    expect(rig.gate.circuit).toBeUndefined();
  });

  test('is not asked while the integration is switched off, and a stop does not wait for it', async () => {
    const rig = check(() => new Promise(() => {}));
    rig.gate.enabled = false;
    rig.start();
    await rig.clock.advance(60_000);
    expect(rig.said).toEqual([]);
    const hanging = check(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const checked = hanging.start();
    await hanging.clock.advance(1);
    await checked.stop();
    expect(hanging.said).toEqual([]);
  });
});
