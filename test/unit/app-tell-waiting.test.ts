import { afterEach, describe, expect, test } from 'vitest';
import { startTellingWaiting, type WaitingTeller } from '../../src/app/tell-waiting.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { ChatDelivery, Delivered, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { wordsOf } from '../support/command-rig.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakeInteractions } from '../support/fake-interactions.ts';
import { FakePlanner } from '../support/fake-planner.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const pollMs = 1_000;
const person = { platform: 'slack', tenant: 'T1', userId: 'U1', name: 'Ann' } as const;
const firstHandle: MessageHandle = { platform: 'slack', n: 0 };
const failure = (code: Failure['code'], at: Date) => ({ failure: { code, at } });

/** Numbers the messages: each answer is sent to the handle that the one before it gave. */
class FakeDelivery implements Pick<ChatDelivery, 'send'> {
  readonly sent: { readonly handle: MessageHandle; readonly reply: Reply }[] = [];
  readonly results: Delivered[] = [];

  async send(handle: MessageHandle, reply: Reply): Promise<Delivered> {
    this.sent.push({ handle, reply });
    return this.results.shift() ?? { result: 'sent', handle: { platform: 'slack', n: Number(handle.n) + 1 } };
  }

  summaries(): readonly string[] {
    return this.sent.map(({ reply }) => reply.summary.replace('Office move: ', ''));
  }
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function rig(tellers = 1) {
  const clock = new HandClock();
  const interactions = new FakeInteractions(clock);
  const delivery = new FakeDelivery();
  const logger = new RecordingLogger();
  const tasks = new FakeSyncTasks();
  const gate = new FakeGate(() => clock.now());
  const shutdown = new AbortController();
  const started: WaitingTeller[] = [];
  const put = (given: Parameters<typeof makeSyncTask>[0]): void => {
    tasks.now = clock.now();
    tasks.put(makeSyncTask({ want: 2, done: 1, ...given }));
  };
  const get = tasks.get.bind(tasks);
  tasks.get = async (id) => {
    tasks.now = clock.now();
    return await get(id);
  };
  const start = (): void => {
    for (let n = 1; n <= tellers; n += 1) {
      const options = { owner: `bot-${n}`, pollMs, requestsPerSecond: 8, shutdown: shutdown.signal };
      const deps = { tasks, planner: new FakePlanner(), gate, interactions, delivery, clock, logger };
      started.push(startTellingWaiting(deps, options));
    }
    stops.push(async () => {
      shutdown.abort(new Error('over'));
      await Promise.all(started.map(({ ended }) => ended));
    });
  };
  const follow = (): Promise<void> =>
    interactions.follow({ person, handle: firstHandle }, { taskId: 't:p1', ticket: 2 });
  const soon = (ms: number): Date => new Date(clock.now().getTime() + ms);
  return { clock, gate, interactions, delivery, logger, tasks, put, start, follow, soon, started };
}

const requested = { state: 'requested' } as const;
const claimed: NonNullable<SyncTask['claimed']> = {
  want: 2,
  kinds: ['comprehensive'],
  prio: 2,
  forceNow: false,
  suspects: [],
};

describe('stages', () => {
  test('each is told once, in order, in place of the one before; the end closes it', async () => {
    const { clock, interactions, delivery, put, start, follow, soon } = rig();
    put({ ...requested, wakeAt: soon(600_000) });
    await follow();
    start();
    await clock.advance(5 * pollMs);
    expect(delivery.summaries()).toEqual(['Requested']);
    put({ state: 'syncing', wakeAt: soon(60_000), startedAt: clock.now(), claimed });
    await clock.advance(5 * pollMs);
    expect(delivery.summaries()).toEqual(['Requested', 'Syncing']);
    put({ done: 2 });
    await clock.advance(5 * pollMs);
    expect(delivery.summaries()).toEqual(['Requested', 'Syncing', 'in sync, nothing changed']);
    expect(delivery.sent.map(({ handle }) => handle.n)).toEqual([0, 1, 2]);
    expect(interactions.open).toEqual([]);
  });

  test('a run that is over before anybody looked is told once', async () => {
    const { clock, interactions, delivery, put, start, follow } = rig();
    put({ done: 2 });
    await follow();
    start();
    await clock.advance(5 * pollMs);
    expect(delivery.summaries()).toEqual(['in sync, nothing changed']);
    expect(interactions.open).toEqual([]);
  });

  test('a run that began before the trigger is not the one that is waited for', async () => {
    const { clock, delivery, put, start, follow, soon } = rig();
    put({ state: 'syncing', wakeAt: soon(60_000), claimed: { ...claimed, want: 1 } });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(wordsOf(delivery.sent[0]?.reply)).toContain('You are told when it starts');
    put({ done: 1, state: 'requested', wakeAt: soon(60_000) });
    await clock.advance(2 * pollMs);
    expect(delivery.sent).toHaveLength(1);
  });

  test('a failure that heals is told once, with when it is tried again; then the end', async () => {
    const { clock, delivery, put, start, follow, soon } = rig();
    put({ state: 'syncing', wakeAt: soon(60_000), claimed });
    await follow();
    start();
    await clock.advance(pollMs);
    const failed = { ...requested, attempts: 1, ...failure('cw.unavailable', clock.now()) };
    put({ ...failed, wakeAt: soon(30_000) });
    await clock.advance(3 * pollMs);
    put({ ...failed, state: 'syncing', wakeAt: soon(60_000), claimed });
    await clock.advance(3 * pollMs);
    put({ ...failed, attempts: 2, wakeAt: soon(30_000) });
    await clock.advance(3 * pollMs);
    put({ done: 2 });
    await clock.advance(3 * pollMs);
    expect(delivery.summaries()).toEqual([
      'Syncing',
      'the sync failed and is tried again',
      'in sync, nothing changed',
    ]);
    expect(wordsOf(delivery.sent[1]?.reply)).toContain('attempt 1 failed');
  });

  test('a failure from before is not told as one of this run', async () => {
    const { clock, delivery, put, start, follow, soon } = rig();
    put({ ...requested, wakeAt: soon(600_000), ...failure('cw.unavailable', soon(-1)) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(delivery.summaries()).toEqual(['Requested']);
  });

  test('a failure that a person must fix ends the waiting with what to do', async () => {
    const { clock, interactions, delivery, put, start, follow } = rig();
    const since = clock.now();
    put({ done: 2, needsAttention: { since, failure: { code: 'cw.auth' } }, ...failure('cw.auth', since) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(delivery.summaries()).toEqual(['the sync failed, needs attention']);
    expect(wordsOf(delivery.sent[0]?.reply)).toContain('An admin checks the keys');
    expect(interactions.open).toEqual([]);
  });

  test('disabled while someone waits: told by whom, once', async () => {
    const { clock, interactions, delivery, put, start, follow, soon } = rig();
    put({ ...requested, wakeAt: soon(600_000) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    const changed = { by: { id: 'slack:T1/U2', name: 'Bob' }, at: clock.now() };
    put({ state: 'idle', link: { state: 'disabled', changed } });
    await clock.advance(5 * pollMs);
    expect(delivery.summaries()).toEqual(['Requested', 'the project was disabled']);
    expect(wordsOf(delivery.sent[1]?.reply)).toContain('disabled by Bob');
    expect(interactions.open).toEqual([]);
  });
});

describe('while nothing may sync', () => {
  test('is told once, with why; then it goes on when everything may sync again', async () => {
    const { clock, gate, interactions, delivery, put, start, follow, soon } = rig();
    await gate.trip({ code: 'cw.unavailable' }, 30_000);
    put({ ...requested, wakeAt: soon(-1) });
    await follow();
    start();
    await clock.advance(5 * pollMs);
    expect(delivery.summaries()).toEqual(['waits, ConnectWise does not answer']);
    expect(wordsOf(delivery.sent[0]?.reply)).toMatch(
      /accepted and waits[\s\S]*does not answer since .*next look at/u,
    );
    gate.circuit = undefined;
    await clock.advance(3 * pollMs);
    put({ state: 'syncing', wakeAt: soon(60_000), claimed });
    await clock.advance(3 * pollMs);
    put({ done: 2 });
    await clock.advance(3 * pollMs);
    expect(delivery.summaries().slice(1)).toEqual(['Syncing', 'in sync, nothing changed']);
    expect(interactions.open).toEqual([]);
  });

  test('after it was accepted, and again after it had begun: once each, and no step back', async () => {
    const { clock, gate, delivery, put, start, follow, soon } = rig();
    put({ ...requested, wakeAt: soon(600_000) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    gate.enabled = false;
    await clock.advance(2 * pollMs);
    gate.enabled = true;
    put({ state: 'syncing', wakeAt: soon(60_000), claimed });
    await clock.advance(2 * pollMs);
    gate.enabled = false;
    // What runs stops at its next step.
    await clock.advance(2 * pollMs);
    expect(delivery.summaries()).toEqual(['Requested', 'waits, integration disabled', 'Syncing']);
    put({ ...requested, wakeAt: soon(-1) });
    await clock.advance(3 * pollMs);
    gate.enabled = true;
    await clock.advance(3 * pollMs);
    gate.enabled = false;
    await clock.advance(3 * pollMs);
    put({ done: 2 });
    await clock.advance(3 * pollMs);
    expect(delivery.summaries().slice(3)).toEqual([
      'waits, integration disabled',
      'in sync, nothing changed',
    ]);
  });

  test('a run that is over is told as ever', async () => {
    const { clock, gate, delivery, put, start, follow } = rig();
    gate.enabled = false;
    put({ done: 2 });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(delivery.summaries()).toEqual(['in sync, nothing changed']);
  });

  test('a project that is switched off meanwhile ends the waiting', async () => {
    const { clock, gate, interactions, delivery, put, start, follow } = rig();
    gate.enabled = false;
    put({ state: 'idle', link: { state: 'disabled' } });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(delivery.summaries()).toEqual(['the project was disabled']);
    expect(interactions.open).toEqual([]);
  });
});

describe('the miscellaneous data', () => {
  test('is told to its end, with nothing of a project', async () => {
    const { clock, delivery, put, start, follow, soon } = rig();
    const misc = { kind: 'misc', link: { externalId: 0, projectName: 'Miscellaneous data' } } as const;
    put({ ...misc, ...requested, wakeAt: soon(-1) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    put({ ...misc, state: 'syncing', wakeAt: soon(60_000), startedAt: clock.now(), claimed });
    await clock.advance(2 * pollMs);
    put({ ...misc, done: 2 });
    await clock.advance(2 * pollMs);
    const words = delivery.sent.map(({ reply }) => wordsOf(reply));
    expect(words[0]).toContain('Miscellaneous data: In Queue');
    expect(words[1]).toMatch(/Miscellaneous data: Syncing, since /u);
    expect(words[2]).toContain('✓ in sync. ConnectWise’s set-up tables were read at');
    for (const { reply } of delivery.sent) expect(JSON.stringify(reply)).not.toContain('#0');
  });
});

describe('a run whose process is gone', () => {
  test('is said to be taken up again, then how it ended', async () => {
    const { clock, delivery, put, start, follow, soon } = rig();
    const claimed = { want: 2, kinds: ['comprehensive'], prio: 2, forceNow: false, suspects: [] } as const;
    const syncing = { state: 'syncing', claimed, startedAt: clock.now() } as const;
    put({ ...syncing, wakeAt: soon(60_000) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    put({ ...syncing, wakeAt: soon(-1) });
    await clock.advance(2 * pollMs);
    put({ ...syncing, wakeAt: soon(60_000), lost: 1 });
    await clock.advance(2 * pollMs);
    put({ state: 'idle', want: 2, done: 2 });
    await clock.advance(2 * pollMs);
    expect(delivery.summaries().slice(0, 2)).toEqual(['Syncing', 'taken up again']);
    expect(delivery.summaries()).toHaveLength(3);
  });
});

describe('a run that ended well just before somebody disabled the project', () => {
  test('is told as what it was', async () => {
    const { clock, delivery, put, start, follow } = rig();
    const changed = { by: { id: 'slack:T1/U2', name: 'Bob' }, at: clock.now() };
    put({ state: 'idle', want: 2, done: 2, link: { state: 'disabled', changed } });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(delivery.summaries()).toHaveLength(1);
    expect(delivery.summaries()[0]).toContain('in sync');
  });
});

describe('delivery', () => {
  test('one that failed is repeated after what the platform asked for', async () => {
    const { clock, delivery, put, start, follow, soon } = rig();
    delivery.results.push({ result: 'failed', reason: 'too many', retryAfterMs: 30_000 });
    put({ ...requested, wakeAt: soon(600_000) });
    await follow();
    start();
    await clock.advance(29_000);
    expect(delivery.sent).toHaveLength(1);
    await clock.advance(2_000);
    expect(delivery.summaries()).toEqual(['Requested', 'Requested']);
    expect(delivery.sent.map(({ handle }) => handle.n)).toEqual([0, 0]);
    await clock.advance(60_000);
    expect(delivery.sent).toHaveLength(2);
  });

  test('one that failed and named no time is repeated after a while', async () => {
    const { clock, delivery, put, start, follow } = rig();
    delivery.results.push({ result: 'failed', reason: 'no answer' });
    put({ done: 2 });
    await follow();
    start();
    await clock.advance(5_000);
    expect(delivery.sent).toHaveLength(1);
    await clock.advance(10_000);
    expect(delivery.sent).toHaveLength(2);
  });

  test('someone who cannot be reached any more is let go', async () => {
    const { clock, interactions, delivery, logger, put, start, follow, soon } = rig();
    delivery.results.push({ result: 'gone', reason: 'user_not_found' });
    put({ ...requested, wakeAt: soon(600_000) });
    await follow();
    start();
    await clock.advance(30_000);
    expect(delivery.sent).toHaveLength(1);
    expect(interactions.open).toEqual([]);
    expect(logger.messages()).toEqual(['waiting person cannot be reached']);
  });

  test('a delivery that throws is tried again, and nobody else waits behind it', async () => {
    const { clock, delivery, put, start, follow } = rig();
    const send = delivery.send.bind(delivery);
    delivery.send = () => {
      delivery.send = send;
      return Promise.reject(new Error('rendering failed'));
    };
    put({ done: 2 });
    await follow();
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(delivery.sent).toHaveLength(1);
    await clock.advance(20_000);
    expect(delivery.sent).toHaveLength(2);
  });
});

describe('around it', () => {
  test('after a day it is told where to look, and no more', async () => {
    const { clock, interactions, delivery, put, start, follow, soon } = rig();
    put({ ...requested, wakeAt: soon(600_000) });
    await follow();
    start();
    await clock.advance(2 * pollMs);
    await clock.advance(86_000_000);
    expect(interactions.open).toHaveLength(1);
    await clock.advance(400_000 + 2 * pollMs);
    expect(interactions.open).toEqual([]);
    expect(delivery.summaries()).toEqual(['Requested', 'not synced yet']);
  }, 15_000);

  test('a project that is gone closes it', async () => {
    const { clock, interactions, delivery, start, follow } = rig();
    await follow();
    start();
    await clock.advance(2 * pollMs);
    expect(interactions.open).toEqual([]);
    expect(delivery.sent).toEqual([]);
  });

  test('two tellers tell nobody twice', async () => {
    const { clock, delivery, put, start, follow, soon } = rig(2);
    put({ ...requested, wakeAt: soon(600_000) });
    for (let n = 0; n < 5; n += 1) await follow();
    start();
    await clock.advance(5 * pollMs);
    put({ done: 2 });
    await clock.advance(5 * pollMs);
    expect(delivery.summaries().filter((words) => words === 'Requested')).toHaveLength(5);
    expect(delivery.sent).toHaveLength(10);
  });

  test('a nudge tells at once', async () => {
    const { clock, delivery, put, start, follow, started } = rig();
    put({ done: 2 });
    start();
    await clock.advance(1);
    await follow();
    started[0]?.nudge();
    await clock.advance(0);
    expect(delivery.sent).toHaveLength(1);
    started[0]?.nudge();
    await clock.advance(2 * pollMs);
    expect(delivery.sent).toHaveLength(1);
  });

  test('it goes on after the database was away, and says so once', async () => {
    const { clock, interactions, delivery, logger, put, start, follow } = rig();
    put({ done: 2 });
    await follow();
    interactions.away = true;
    start();
    await clock.advance(5 * pollMs);
    interactions.away = false;
    await clock.advance(2 * pollMs);
    expect(delivery.sent).toHaveLength(1);
    expect(logger.messages()).toEqual(['cannot tell the waiting']);
  });
});
