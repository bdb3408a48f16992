import { describe, expect, test } from 'vitest';
import type { CommandDeps } from '../../src/app/commands/command.ts';
import { waitInTerminal } from '../../src/bootstrap/terminal-sync.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { wordsOf } from '../support/command-rig.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakePlanner } from '../support/fake-planner.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const person = { platform: 'terminal', tenant: 'box', userId: 'ann', name: 'ann' } as const;
const interaction = { person, handle: { platform: 'terminal' } } as const;
const wish = { kinds: ['delta'], prio: 2, forceNow: true } as const;
const claimed = { want: 2, kinds: ['delta'], prio: 2, forceNow: true, suspects: [] } as const;

async function rig() {
  const clock = new HandClock();
  const store = new FakeSyncTasks();
  const logger = new RecordingLogger();
  const told: Reply[] = [];
  const put = (given: Parameters<typeof makeSyncTask>[0]) => {
    store.now = clock.now();
    store.put(makeSyncTask({ want: 2, done: 1, ...given }));
  };
  put({ want: 1 });
  let away = false;
  const tasks = {
    get: async (id: string) => {
      if (away) throw new Error('away');
      store.now = clock.now();
      return await store.get(id);
    },
    trigger: (...args: Parameters<typeof store.trigger>) => store.trigger(...args),
    enable: store.enable.bind(store),
    placeInLine: store.placeInLine.bind(store),
  } as unknown as CommandDeps['tasks'];
  const waiting = waitInTerminal({
    tasks,
    planner: new FakePlanner(),
    gate: new FakeGate(() => clock.now()),
    clock,
    logger,
    requestsPerSecond: 8,
    onProgress: (reply) => told.push(reply),
  });
  const stop = new AbortController();
  const start = async () => {
    await waiting.tasks.trigger('t:p1', wish, interaction);
    const ended = waiting.ended(stop.signal);
    let over = false;
    void ended.then(
      () => (over = true),
      () => (over = true),
    );
    await clock.advance(1_000);
    return { ended, isOver: () => over };
  };
  return { clock, store, put, told, waiting, stop, start, setAway: (to: boolean) => (away = to) };
}

const failure = (code: Failure['code'], at: Date) => ({ code, at });

describe('waiting in a terminal', () => {
  test('who waits is not stored with the trigger: no bot is to answer', async () => {
    const { store, waiting } = await rig();
    const stored: unknown[] = [];
    const trigger = store.trigger.bind(store);
    store.trigger = async (...args) => {
      stored.push(args[2]);
      return await trigger(...args);
    };
    await waiting.tasks.trigger('t:p1', wish, interaction);
    expect(waiting.asked()?.task.id).toBe('t:p1');
    expect(stored).toEqual([undefined]);
  });

  test('each stage and each phase is told once; the end is the answer', async () => {
    const { clock, put, told, start } = await rig();
    const { ended, isOver } = await start();
    put({
      state: 'syncing',
      startedAt: clock.now(),
      wakeAt: new Date(clock.now().getTime() + 60_000),
      claimed,
    });
    await clock.advance(2_000);
    for (const [phase, doneCount] of [
      ['tickets', 1],
      ['tickets', 2],
      ['notes', 0],
    ] as const) {
      const wakeAt = new Date(clock.now().getTime() + 60_000);
      put({
        state: 'syncing',
        startedAt: clock.now(),
        wakeAt,
        claimed,
        progress: { phase, doneCount, totalCount: 9 },
      });
      await clock.advance(1_000);
    }
    expect(isOver()).toBe(false);
    put({ done: 2 });
    await clock.advance(1_000);
    const { reply, succeeded } = await ended;
    expect([succeeded, reply.summary]).toEqual([true, expect.stringContaining('in sync')]);
    const words = told.map((one) => wordsOf(one));
    expect(words).toEqual([
      expect.stringContaining('In Queue'),
      expect.stringContaining('Syncing'),
      expect.stringContaining('tickets 1 of 9'),
      expect.stringContaining('notes 0 of 9'),
    ]);
  });

  test('a failure that heals is waited for; one that needs a person is no success', async () => {
    const { clock, put, told, start } = await rig();
    const { ended, isOver } = await start();
    const later = () => new Date(clock.now().getTime() + 60_000);
    put({
      state: 'requested',
      wakeAt: later(),
      attempts: 1,
      failure: failure('cw.unavailable', clock.now()),
    });
    await clock.advance(2_000);
    expect(told.at(-1)?.summary).toContain('failed and is tried again');
    expect(isOver()).toBe(false);
    const denied = failure('cw.permission', clock.now());
    put({ done: 2, failure: denied, needsAttention: { since: clock.now(), failure: denied } });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({
      succeeded: false,
      reply: { summary: expect.stringContaining('needs attention') },
    });
  });

  test('a project that is disabled meanwhile ends it, without success', async () => {
    const { clock, put, start } = await rig();
    const { ended } = await start();
    put({ link: { state: 'disabled' } });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({
      succeeded: false,
      reply: { summary: expect.stringContaining('disabled') },
    });
  });

  test('a store that is away is waited for', async () => {
    const { clock, put, start, setAway } = await rig();
    const { ended, isOver } = await start();
    setAway(true);
    await clock.advance(5_000);
    expect(isOver()).toBe(false);
    setAway(false);
    put({ done: 2 });
    await clock.advance(2_000);
    expect((await ended).succeeded).toBe(true);
  });

  test('Ctrl-C ends it', async () => {
    const { clock, stop, start } = await rig();
    const { ended } = await start();
    stop.abort(new Error('enough'));
    await clock.advance(1_000);
    await expect(ended).rejects.toThrow('enough');
  });
});
