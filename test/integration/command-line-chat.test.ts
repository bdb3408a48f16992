/** The commands of chat from a terminal: the whole product runs, and the command line is a process beside it. */
import os from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../adapters/mongodb/migrations/migrate.ts';
import { systemClock, systemIds } from '../../src/bootstrap/system.ts';
import {
  alex,
  eventually,
  imported,
  type ProductRig,
  startProductRig,
  storedTask,
  uriWithDatabase,
} from '../support/product-rig.ts';
import { inTerminal, startTerminal, type TerminalEnded } from '../support/terminal-rig.ts';

let rig: ProductRig;
beforeAll(async () => {
  // So long that a sync which is to begin at once shows that it did.
  rig = await startProductRig({ projects: 4, tickets: 4, env: { CWSYNC_COOL_DOWN_SECONDS: '600' } });
  await imported(rig);
  await rig.db
    .collection('sync_tasks')
    .updateOne({ 'link.externalId': 101 }, { $set: { 'link.projectName': 'Office \u001b[31mmove' } });
}, 90_000);
afterAll(() => rig?.stop());
afterEach(async () => {
  await rig.control('DELETE', '/faults');
  await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: true });
});

const run = (...args: string[]): Promise<TerminalEnded> => inTerminal(args, rig.env);
const user = `terminal:${os.hostname().replace(/[^\w.-]+/gu, '-')}/`;

describe('looking', () => {
  it('status: the list in plain text, on standard output, with nothing that steers a terminal', async () => {
    const { code, out, err } = await run('status');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/4 projects/u);
    expect(out).toMatch(/Office ␛\[31mmove/u);
    expect(out).toMatch(/Idle[\s\S]*Healthy/u);
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
    expect(out).toContain('Sync: sync "#102"');
  });

  it('status of one project by its bare id: the card, with a link as text', async () => {
    const { code, out } = await run('status', '102');
    expect(code).toBe(0);
    expect(out).toMatch(/Last Comprehensive Sync:\s+\d{4}-\d\d-\d\d \d\d:\d\d/u);
    expect(out).toMatch(/#102 \(http:\/\/127\.0\.0\.1:\d+\//u);
  });

  it('the monitor of all projects has every item, narrowed and grouped', async () => {
    const { out } = await run('status', '--by-board', '--disabled', '--archived');
    const { projectName, customer } = (await storedTask(rig.db, 102)).link;
    const items = [
      /^ConnectWise 127\.0\.0\.1:\d+ \(http:/u,
      /\n\n[^\n]+\n-{3,}\n\* /u,
      new RegExp(`\\* ${projectName}\\n`, 'u'),
      new RegExp(`${customer} · #102 \\(http[^\\n]* · last sync \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d`, 'u'),
      /Idle · ✓ Healthy/u,
      /Sync: sync "#102" \| Logs: logs "#102" \| Disable: disable "#102" \| Disconnect: disconnect "#102"/u,
      /> Logs: npx cwsync logs/u,
    ];
    for (const item of items) expect(out).toMatch(item);
    expect((await run('status', 'o')).out).toMatch(/\d projects matching/u);
  });

  it('the panel of a project has every item', async () => {
    const { out } = await run('status', '102');
    const labels = [
      'Linked',
      'ConnectWise Project Name',
      'ConnectWise Project ID',
      'Work Type',
      'Sync Enabled',
    ];
    const times = ['Sync Status', 'Last Sync Completed', 'Last Delta Sync', 'Last Comprehensive Sync'];
    for (const label of [...labels, ...times]) expect(out).toMatch(new RegExp(`^${label}: +\\S`, 'mu'));
    expect(out).toMatch(/Health: +✓ Healthy/u);
    for (const [label, command] of [
      ['Refresh', 'sync'],
      ['Integration Log', 'logs'],
      ['Disable', 'disable'],
      ['Disconnect', 'disconnect'],
    ]) {
      expect(out).toContain(`> ${label}: npx cwsync ${command} "#102"`);
    }
  });

  it('--json: one line with version, ok, summary and blocks', async () => {
    const { code, out } = await run('status', '--json');
    expect(code).toBe(0);
    expect(out.trimEnd()).not.toContain('\n');
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({ version: 1, ok: true, summary: expect.stringContaining('4 projects') });
    expect(answer.blocks.filter((block: { block: string }) => block.block === 'row')).toHaveLength(4);
  });

  it('an export goes into the pipe, what is said of it beside it', async () => {
    const { code, out, err } = await run('logs', '102', '--export');
    expect(code).toBe(0);
    expect(out.split('\r\n')[0]).toMatch(/^time,severity|^Time,Severity/iu);
    expect(err).not.toBe('');
  });

  it('settings are shown and never waited for; people are told by name', async () => {
    const { code, out } = await run('settings');
    expect(code).toBe(0);
    expect(out).toMatch(/Advanced Settings[\s\S]*Changed in chat/u);
    const roles = await run('roles');
    expect(roles.out).toMatch(new RegExp(`\\w+ \\(slack:T0DEMO/${alex}\\)`, 'u'));
  });

  it('a reader that goes away early is no failure', async () => {
    const { child, ended, err } = await startTerminal(['status'], rig.env);
    child.stdout?.destroy();
    expect((await ended).code).toBe(0);
    expect(err()).toBe('');
  });
});

describe('sync', () => {
  it('waits for the end, with progress on standard error; audited; no bot is asked to answer', async () => {
    const before = await storedTask(rig.db, 102);
    const { code, out, err } = await run('sync', '102', '--now');
    expect(err).toMatch(/In Queue|Syncing/u);
    expect(out).toMatch(/in sync\. The (?:delta|comprehensive) sync ended/u);
    expect(code).toBe(0);
    expect((await storedTask(rig.db, 102)).done).toBeGreaterThan(before.done);
    const audited = await rig.db.collection('audit_log').findOne({ command: 'sync', platform: 'terminal' });
    expect(audited).toMatchObject({ outcome: 'requested, at once' });
    expect(audited?.actor).toContain(user);
    expect(await rig.db.collection('interactions').countDocuments()).toBe(0);
    expect(await rig.db.collection('roles').countDocuments({ key: /^terminal:/u })).toBe(0);
  });

  it('that fails: what and what to do, and 1', async () => {
    await rig.control('PUT', '/permissions', { entity: 'tickets', allowed: false });
    const { code, out } = await run('sync', '103', '--now');
    expect(out).toMatch(/Needs attention[\s\S]*cw\.permission/u);
    expect(out).toContain('Sync now: npx cwsync sync "#103" --now');
    expect(code).toBe(1);
    const json = await run('sync', '103', '--now', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ version: 1, ok: false });
  });

  it('--no-wait: asked for, and told how it stands', async () => {
    const { code, out } = await run('sync', '104', '--no-wait');
    expect(out).toMatch(/Requested, starts \d\d:\d\d[\s\S]*not waited for/u);
    expect(code).toBe(0);
    expect((await storedTask(rig.db, 104)).state).toBe('requested');
  });

  it('Ctrl-C ends the waiting, and nothing else', async () => {
    const { child, ended, err } = await startTerminal(['sync', '104'], rig.env);
    await eventually(() => expect(err()).toMatch(/Requested/u));
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect([code, out]).toEqual([130, expect.stringMatching(/stays asked for/u)]);
    expect((await storedTask(rig.db, 104)).state).toBe('requested');
  });

  it('where no worker runs: said, and not waited for', async () => {
    const copy = `${rig.db.databaseName}-copy`;
    // Into collections that are there already: so their indexes are kept.
    await migrate(rig.db.client.db(copy), {
      appVersion: 'test',
      onStep: () => {},
      clock: systemClock,
      ids: systemIds,
    });
    for (const { name } of await rig.db.listCollections({}, { nameOnly: true }).toArray()) {
      if (name === 'liveness') continue;
      await rig.db
        .collection(name)
        .aggregate([{ $out: { db: copy, coll: name } }])
        .toArray();
    }
    try {
      const MONGODB_URI = uriWithDatabase(String(rig.env.MONGODB_URI), copy);
      const { code, out } = await inTerminal(['sync', '104'], { ...rig.env, MONGODB_URI });
      expect([code, out]).toEqual([1, expect.stringMatching(/no background worker/u)]);
    } finally {
      await rig.db.client.db(copy).dropDatabase();
    }
  });
});

describe('changing', () => {
  it('disable is told to the terminal with the way back, and undone by that', async () => {
    const { code, out } = await run('disable', '103', 'on', 'holiday');
    expect(code).toBe(0);
    expect(out).toMatch(/is disabled: on holiday/u);
    const id = /npx cwsync undo (\S+)/u.exec(out)?.[1] ?? '';
    expect((await run('disable', '103')).code).toBe(1);
    const undone = await run('undo', id);
    expect([undone.code, undone.out]).toEqual([0, expect.stringMatching(/^Undone:/u)]);
    expect((await storedTask(rig.db, 103)).link.state).toBe('active');
  });

  it('what asks for a confirmation says how it is written, changes nothing, and does not wait for input', async () => {
    for (const args of [
      ['disconnect', '101'],
      ['integration', 'disable'],
    ]) {
      const { code, err } = await run(...args);
      expect([code, err]).toEqual([2, expect.stringMatching(/Nothing was done\.[\s\S]*--confirm/u)]);
    }
    expect((await storedTask(rig.db, 101)).link.state).toBe('active');
    const confirmed = await run(
      'disconnect',
      '104',
      '--confirm',
      (await storedTask(rig.db, 104)).link.projectName,
    );
    expect([confirmed.code, confirmed.out]).toEqual([0, expect.stringMatching(/disconnected for good/u)]);
  });

  it('the integration is disabled by --confirm, and enabled again', async () => {
    const disabled = await run('integration', 'disable', '--confirm', 'moving house');
    expect([disabled.code, disabled.out]).toEqual([0, expect.stringMatching(/disabled: moving house/u)]);
    expect((await run('status')).out).toMatch(/Integration disabled|integration is disabled/u);
    const enabled = await run('integration', 'enable');
    expect([enabled.code, enabled.out]).toEqual([0, expect.stringMatching(/is enabled/u)]);
  });

  it('no role is given to a terminal, and none by a bare id', async () => {
    for (const who of ['terminal:box/root', 'U0ALEX', '00000000-0000-0000-0000-000000000000']) {
      expect((await run('roles', 'grant', who, 'viewer')).code).toBe(2);
    }
  });
});

describe('bad use', () => {
  it.each([
    [['statsu'], /^There is no command “statsu”\. Did you mean status\?\n[\s\S]*Usage: npx cwsync/u],
    [['home'], /^There is no command “home”/u],
    [['sync'], /^Which project\?/u],
    [['sync', 'no such project'], /^No project matches/u],
    [['sync', '102', '--nwo'], /^sync does not know --nwo\.\n[\s\S]*sync <project>/u],
    [['claim', 'ABCD-2345'], /^In a terminal nobody needs to be an admin/u],
    [['follow', '102'], /^A terminal has no direct messages/u],
  ])('%j: on standard error, and 2', async (args, words) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(words);
  });

  it('doctor still checks by itself, and speaks JSON as well', async () => {
    const plain = await run('doctor');
    expect(plain.out).toMatch(/Background worker/u);
    const { out, code } = await run('doctor', '--json');
    expect(JSON.parse(out)).toMatchObject({ version: 1, ok: code === 0 });
  });

  it('without a database: what to do, and 1', async () => {
    const { MONGODB_URI: _, ...env } = rig.env;
    const { code, out } = await inTerminal(['status'], env);
    expect([code, out]).toEqual([1, expect.stringMatching(/No cwsync runs[\s\S]*npm start/u)]);
  });
});
