import { afterEach, describe, expect, test } from 'vitest';
import { startHomeRefresher } from '../../src/app/home-refresher.ts';
import { homeRowsPerPage } from '../../src/app/replies/home.ts';
import type { Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeHomes } from '../support/fake-homes.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';
import { countingIds } from '../support/recording-logger.ts';

const failure = { code: 'cw.rejected', at: atMs(-1) } as const;
const many = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    makeSyncTask({
      id: `t:p${n}`,
      projectId: `p${n}`,
      link: {
        externalId: 1_000 + n,
        projectName: `Project ${String(n).padStart(3, '0')}`,
        board: `Board ${n % 3}`,
        state: n % 10 === 9 ? 'disabled' : 'active',
      },
      ...(n % 20 === 0 ? { failure, needsAttention: { since: atMs(-n), failure } } : {}),
    }),
  );

const filterOf = (reply: Reply | undefined) => reply?.blocks.find((block) => block.block === 'filter');
const rowsOf = (reply: Reply | undefined) => reply?.blocks.filter(({ block }) => block === 'row') ?? [];

describe('the standing page', () => {
  test('shows header, filter, what needs attention, rows, and when it was so', async () => {
    const rig = commandRig(many(45));
    const reply = await rig.say('home', 'admin');
    expect(reply?.surface).toBe('home');
    const words = wordsOf(reply);
    expect(words).toContain('ConnectWise psa.example · 41 projects, 3 need attention; 4 disabled not shown');
    expect(words).toContain('Read only');
    expect(words).toContain('⚠ Needs attention: 3');
    expect(words).toContain('As of 2026-01-05T00:00:00.000Z, page 1 of 3.');
    expect(rowsOf(reply)).toHaveLength(3 + homeRowsPerPage('slack'));
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(
      expect.arrayContaining(['logs', 'help', 'integration disable', 'home --page 2']),
    );
  });

  test('a viewer sees no button of an admin', async () => {
    const commandsShown = actionsOf(await commandRig(many(3)).say('home', 'viewer')).map(
      ({ command }) => command,
    );
    expect(commandsShown).not.toContain('integration disable');
    expect(commandsShown.some((command) => /^(sync|disable|disconnect)/u.test(command))).toBe(false);
  });

  test('keeps its filter for each person, through pages, until it is set anew', async () => {
    const rig = commandRig(many(100));
    const reply = await rig.say('home --set --by-board --disabled "project 0"');
    expect(filterOf(reply)).toMatchObject({
      command: 'home --set',
      text: { value: 'project 0' },
      switches: [
        { name: 'by-board', on: true },
        { name: 'disabled', on: true },
        { name: 'archived', on: false },
        { name: 'mine', on: false },
        { name: 'problems', on: false },
      ],
    });
    const second = await rig.say('home --page 2');
    expect(filterOf(second)).toEqual(filterOf(reply));
    expect(wordsOf(second)).toContain('page 2 of 5');
    expect(filterOf(await rig.say('home'))).toEqual(filterOf(reply));
    expect(filterOf(await rig.say('home', 'viewer'))).toMatchObject({ text: { value: '' } });
    expect(filterOf(await rig.say('home --set'))).toMatchObject({ text: { value: '' } });
    expect(filterOf(await rig.say('home'))).toMatchObject({ text: { value: '' } });
  });

  test('by board has a heading for each', async () => {
    const reply = await commandRig(many(5)).say('home --set --by-board');
    const headings = reply?.blocks.flatMap((block) => (block.block === 'heading' ? [block.text] : []));
    expect(headings?.slice(-3)).toEqual(['Board 0', 'Board 1', 'Board 2']);
  });

  test('what stands in no box of the filter is named, with a way out', async () => {
    const rig = commandRig(many(45));
    const reply = await rig.say('home --set --state late --problems --disabled');
    expect(wordsOf(reply)).toContain('Shown is only Late.');
    const out = actionsOf(reply).find(({ label }) => label === 'Show all');
    expect(out?.command).toBe('home --set --problems --disabled');
    expect(wordsOf(await rig.say(out?.command ?? ''))).not.toContain('Shown is only');
  });

  test('where it is not known who the asker is, the page stands and says so', async () => {
    const reply = await commandRig(many(3)).say('home --set --mine');
    expect(reply?.surface).toBe('home');
    expect(filterOf(reply)).toBeDefined();
    expect(wordsOf(reply)).toContain('not known which projects are yours');
  });

  test('a filter that is no longer understood is forgotten', async () => {
    const rig = commandRig(many(3));
    await rig.deps.homes.keepFilter('slack:T1/operator', '--of-an-older-build "x');
    expect(rowsOf(await rig.say('home')).length).toBeGreaterThan(0);
  });
});

describe('the refresher', () => {
  const options = { pollMs: 5_000, everyMs: 60_000, lookedWithinMs: 600_000 };
  const person = { platform: 'slack', tenant: 'T1', userId: 'viewer', name: 'Vera' } as const;
  const handle = { platform: 'slack', home: 'U1' } as const;
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  function start(answers: readonly Delivered[] = []) {
    const rig = commandRig(many(3));
    const sent: { readonly handle: MessageHandle; readonly reply: Reply }[] = [];
    const left = [...answers];
    const delivery = {
      ...rig.deps.delivery,
      async send(to: MessageHandle, reply: Reply): Promise<Delivered> {
        sent.push({ handle: to, reply });
        return left.shift() ?? { result: 'sent', handle: to };
      },
    };
    const shutdown = new AbortController();
    const deps = { ...rig.deps, delivery, ids: countingIds() };
    const refresher = startHomeRefresher(deps, { ...options, shutdown: shutdown.signal });
    stops.push(async () => {
      shutdown.abort(new Error('over'));
      await refresher.ended;
    });
    return { ...rig, sent, refresher };
  }

  test('publishes for who looked within ten minutes, once a minute', async () => {
    const { clock, sent, refresher } = start();
    refresher.used({ person, handle, text: 'home' });
    await clock.advance(59_000);
    expect(sent).toHaveLength(0);
    await clock.advance(6_000);
    expect(sent).toMatchObject([{ handle, reply: { surface: 'home' } }]);
    await clock.advance(540_000);
    const published = sent.length;
    expect(published).toBeGreaterThanOrEqual(9);
    await clock.advance(600_000);
    expect(sent.length).toBe(published);
  });

  test('a press that was not for the page itself shows at once', async () => {
    const { clock, sent, refresher } = start();
    refresher.used({ person, handle, text: 'sync #1001' });
    await clock.advance(0);
    await clock.advance(1);
    expect(sent).toHaveLength(1);
    expect(actionsOf(sent[0]?.reply).some(({ command }) => command.startsWith('sync'))).toBe(false);
  });

  test('a page that cannot be published, or a store that is away, ends nothing', async () => {
    const { clock, sent, refresher, deps, logger } = start([{ result: 'failed', reason: 'no answer' }]);
    refresher.used({ person, handle, text: 'help' });
    await clock.advance(1_000);
    const { homes } = deps;
    if (!(homes instanceof FakeHomes)) throw new Error('not the fake');
    const takeDue = homes.takeDue.bind(homes);
    homes.takeDue = () => Promise.reject(new Error('away'));
    await clock.advance(60_000);
    homes.takeDue = takeDue;
    await clock.advance(60_000);
    expect(sent.length).toBeGreaterThanOrEqual(2);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'a standing page could not be published',
      'standing pages cannot be kept up to date',
    ]);
  });
});
