import { describe, expect, test } from 'vitest';
import { callbackCheck } from '../../src/app/doctor/callbacks-check.ts';
import {
  callbackDoor,
  miscEveryMs,
  mostWaiting,
  scoutEveryMs,
  together,
} from '../../src/app/sync/callbacks.ts';
import { callbackKeeper, lookAgainMs, planSubscriptions } from '../../src/app/sync/callbacks-keeper.ts';
import { FailureError } from '../../src/domain/failure.ts';
import {
  type Callback,
  type CallbackSubscription,
  type CallbackSubscriptions,
  callbackTypes,
} from '../../src/ports/callbacks.ts';
import type { GateState } from '../../src/ports/gate.ts';
import type { PairGlance } from '../../src/ports/planner.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const projects = [
  [101, 'alpha'],
  [102, 'beta'],
] as const;

/** Where the plan has records: kind, external id, project. */
const paired = [
  ['task', 11, 'alpha'],
  ['task', 12, 'beta'],
  ['event', 21, 'alpha'],
  ['timeLog', 31, 'beta'],
] as const;

function rig() {
  const clock = new HandClock();
  const logger = new RecordingLogger();
  const shutdown = new AbortController();
  const own = (['misc', 'scout'] as const).map((kind) =>
    makeSyncTask({ id: `t:${kind}`, kind, projectId: kind }),
  );
  const linked = projects.map(([externalId, projectId]) =>
    makeSyncTask({ id: `t:${projectId}`, projectId, link: { externalId } }),
  );
  const tasks = new FakeSyncTasks(...own, ...linked);
  const glances: (readonly number[])[] = [];
  const planner = {
    async glanceAt(kind: string, ids: readonly number[]): Promise<readonly PairGlance[]> {
      glances.push(ids);
      return paired
        .filter(([pairedKind, id]) => pairedKind === kind && ids.includes(id))
        .map(([, externalId, projectId]) => ({ id: `${kind}-${externalId}`, projectId, externalId }));
    },
  };
  const door = callbackDoor({ tenantId: 't', tasks, planner, clock, logger, shutdown: shutdown.signal });
  return { clock, logger, shutdown, tasks, glances, door };
}

const updated: Callback = {
  type: 'ticket',
  action: 'updated',
  recordId: 11,
  projectId: null,
  ticketId: null,
  foreign: false,
  messageId: null,
};
const ticket = (recordId: number, more: Partial<Callback> = {}): Callback => ({
  ...updated,
  recordId,
  ticketId: recordId,
  ...more,
});
const of = (type: Callback['type'], recordId: number, more: Partial<Callback> = {}): Callback => ({
  ...updated,
  type,
  recordId,
  projectId: type === 'project' ? recordId : null,
  ...more,
});

const gone = { action: 'deleted' } as const;
const table: readonly (readonly [string, Callback, readonly string[]])[] = [
  ['a linked project', of('project', 101), ['alpha']],
  ['a linked project that is gone', of('project', 101, gone), ['alpha']],
  ['a project that nobody knows', of('project', 999), ['scout']],
  ['a project that nobody knew and that is gone', of('project', 999, gone), []],
  ['a ticket that names its project', ticket(55, { projectId: 102 }), ['beta']],
  ['a ticket known by its pair alone', ticket(11), ['alpha']],
  ['a ticket that moved: both projects', ticket(11, { projectId: 102 }), ['alpha', 'beta']],
  ['a ticket that is gone', ticket(12, gone), ['beta −ticket 12']],
  ['a ticket that nobody knows', ticket(55), ['scout']],
  ['a ticket of a project that is not linked', ticket(55, { projectId: 999 }), ['scout']],
  ['a service ticket', ticket(55, { foreign: true }), []],
  ['a project ticket that became a service ticket', ticket(11, { foreign: true }), ['alpha']],
  ['a schedule entry of a known ticket', of('schedule', 77, { ticketId: 12 }), ['beta']],
  ['a schedule entry known by its pair', of('schedule', 21), ['alpha']],
  ['a schedule entry that is gone', of('schedule', 21, gone), ['alpha −scheduleEntry 21']],
  ['a schedule entry that went to another ticket', of('schedule', 21, { ticketId: 12 }), ['alpha', 'beta']],
  ['an activity', of('schedule', 78, { foreign: true }), []],
  ['a time entry with its project', of('time', 88, { projectId: 101 }), ['alpha']],
  ['a time entry with its ticket', of('time', 88, { ticketId: 11 }), ['alpha']],
  ['a time entry that is gone', of('time', 31, gone), ['beta −timeEntry 31']],
  ['a time entry that nobody knew and that is gone', of('time', 999, gone), []],
  ['a member', of('member', 11), ['misc']],
  ['a company that is gone', of('company', 101, gone), ['misc']],
];

function asked(tasks: FakeSyncTasks): readonly string[] {
  return tasks.triggered
    .map(({ taskId, trigger }) => {
      const gone = (trigger.suspects ?? []).map(({ kind, id }) => ` −${kind} ${id}`);
      return `${taskId.slice(2)}${gone.join('')}`;
    })
    .toSorted();
}

describe('which tasks a callback concerns', () => {
  test.each(table)('%s', async (_name, callback, expected) => {
    const { door, tasks } = rig();
    expect(await door.take(callback)).toBe('stored');
    expect(asked(tasks)).toEqual(expected);
    expect(tasks.triggered.every(({ trigger }) => trigger.prio === 1 && !trigger.forceNow)).toBe(true);
  });

  test('one of a project that is switched off is no error', async () => {
    const { door, tasks } = rig();
    await tasks.disable('t:alpha', { id: 'x', name: 'X' });
    expect(await door.take(of('project', 101))).toBe('stored');
    expect(asked(tasks)).toEqual([]);
  });
});

describe('many at once', () => {
  test('what waits together triggers each project once, with all that is said to be gone, by few questions', async () => {
    const { door, tasks, glances } = rig();
    const flood = Array.from({ length: together }, (_, i) =>
      ticket(i % 2 === 0 ? 11 : 12, i < 4 ? gone : {}),
    );
    // The first is worked on by itself; the others wait for it together.
    const answers = await Promise.all([ticket(11), ...flood].map((callback) => door.take(callback)));
    expect(new Set(answers)).toEqual(new Set(['stored']));
    expect(tasks.triggered.length).toBe(3);
    expect(glances.length).toBeLessThanOrEqual(2);
    const gones = tasks.triggered.flatMap(({ trigger }) => trigger.suspects ?? []);
    expect(new Set(gones.map(({ id }) => id))).toEqual(new Set([11, 12]));
  });

  test('more than may wait are refused at once, and those that waited are answered', async () => {
    const { door, tasks } = rig();
    const release = Promise.withResolvers<void>();
    const linked = tasks.linked.bind(tasks);
    tasks.linked = async (ids) => {
      await release.promise;
      return await linked(ids);
    };
    const first = door.take(of('project', 101));
    const waiting = Array.from({ length: mostWaiting }, () => door.take(of('project', 102)));
    expect(await door.take(of('project', 101))).toBe('busy');
    release.resolve();
    expect(new Set(await Promise.all([first, ...waiting]))).toEqual(new Set(['stored']));
  });

  test('a store that is down: all of the batch are to come again, and the next ones are taken', async () => {
    const { door, tasks, logger } = rig();
    const trigger = tasks.trigger.bind(tasks);
    tasks.trigger = async () => {
      throw new FailureError({ code: 'store.unavailable' });
    };
    expect(await Promise.all([1, 2, 3].map(() => door.take(ticket(11))))).toEqual(['busy', 'busy', 'busy']);
    expect(await door.take(of('member', 1))).toBe('busy');
    tasks.trigger = trigger;
    expect(await Promise.all([door.take(ticket(11)), door.take(of('member', 1))])).toEqual([
      'stored',
      'stored',
    ]);
    expect(asked(tasks)).toEqual(['alpha', 'misc']);
    expect(logger.messages()).toContain('callbacks could not be stored');
  });

  test.each([
    ['set-up data', 'misc', () => of('company', 5), miscEveryMs],
    ['what nobody knows', 'scout', () => of('project', 999), scoutEveryMs],
  ] as const)(
    '%s: asked for at once, then once for all at the end of the while',
    async (_n, task, make, every) => {
      const { door, tasks, clock } = rig();
      for (let i = 0; i < 5; i++) await door.take(make());
      expect(asked(tasks)).toEqual([task]);
      await clock.advance(every - 1);
      expect(asked(tasks)).toEqual([task]);
      await clock.advance(1);
      expect(asked(tasks)).toEqual([task, task]);
      await clock.advance(10 * every);
      expect(asked(tasks)).toEqual([task, task]);
    },
  );

  test('none are taken once the process stops', async () => {
    const { door, shutdown } = rig();
    shutdown.abort();
    expect(await door.take(ticket(11))).toBe('busy');
  });
});

const url = 'https://cwsync.example/connectwise/callback?recordId=';
const entry = (id: number, type: string, more: Partial<CallbackSubscription> = {}): CallbackSubscription => ({
  id,
  type,
  url,
  inactive: false,
  changedAt: new Date('2026-01-02T03:04:05Z'),
  ...more,
});
const complete = callbackTypes.map((type, i) => entry(i + 1, type));
const stale = { url: 'https://old.example/connectwise/callback?recordId=' };

describe('the entries that should be there', () => {
  test.each([
    ['none yet', [], { register: callbackTypes, enable: [], remove: [] }],
    ['all', complete, { register: [], enable: [], remove: [] }],
    [
      'one switched off, one elsewhere, one of a type of long ago, one twice',
      [
        ...complete.slice(1, 5),
        entry(6, 'company', { inactive: true }),
        entry(7, 'project', stale),
        entry(8, 'activity'),
        entry(9, 'time'),
      ],
      { register: ['project'], enable: [6], remove: [7, 8, 9] },
    ],
  ] as const)('%s', (_name, ours, plan) => {
    expect(planSubscriptions(ours, url)).toEqual(plan);
  });
});

function keeperRig(ours: readonly CallbackSubscription[]) {
  const clock = new HandClock();
  const logger = new RecordingLogger();
  const done: string[] = [];
  const state = {
    writes: true,
    untilSteps: 1_000,
    shut: false,
    refuse: undefined as FailureError | undefined,
  };
  const note = async (what: string) => {
    if (state.refuse) throw state.refuse;
    done.push(what);
  };
  const subscriptions: CallbackSubscriptions = {
    async list() {
      await note('list');
      return ours;
    },
    register: (type) => note(`register ${type}`),
    enable: (id) => note(`enable ${id}`),
    remove: (id) => note(`remove ${id}`),
  };
  const gate = { read: async (): Promise<GateState> => ({ now: clock.now(), enabled: !state.shut }) };
  const mayWrite = async () => state.writes && done.length < state.untilSteps;
  const keep = callbackKeeper({ subscriptions, url, mayWrite, gate, clock, logger });
  return { clock, logger, done, state, run: () => keep(new AbortController().signal) };
}

describe('the keeper', () => {
  test('puts in order at start, what is stale last, and looks again after a day', async () => {
    const { clock, done, run } = keeperRig([
      entry(1, 'project', { inactive: true }),
      entry(2, 'time', stale),
    ]);
    await run();
    const first = [
      'list',
      ...callbackTypes.slice(1).map((type) => `register ${type}`),
      'enable 1',
      'remove 2',
    ];
    expect(done).toEqual(first);
    await clock.advance(lookAgainMs.fine - 1);
    await run();
    expect(done).toEqual(first);
    await clock.advance(1);
    await run();
    expect(done.length).toBe(2 * first.length);
  });

  test('sends nothing while writing is off or the gate is shut, and begins with the next look after that', async () => {
    const { done, state, run, logger } = keeperRig([]);
    state.writes = false;
    await run();
    await run();
    expect(logger.messages()).toEqual(['callbacks are not registered: they need Write to ConnectWise']);
    state.writes = true;
    state.shut = true;
    await run();
    expect(done).toEqual([]);
    state.shut = false;
    await run();
    expect(done.length).toBe(1 + callbackTypes.length);
  });

  test('stops between two writes when writing is switched off meanwhile', async () => {
    const { done, state, run } = keeperRig([]);
    state.untilSteps = 3;
    await run();
    expect(done).toEqual(['list', 'register project', 'register ticket']);
    state.untilSteps = 1_000;
    await run();
    expect(done.at(-1)).toBe('register company');
  });

  test.each([
    ['refused', 'cw.permission'],
    ['trouble', 'cw.unavailable'],
  ] as const)('%s: said once, never thrown, tried again after a while', async (why, code) => {
    const { clock, state, run, logger } = keeperRig([]);
    state.refuse = new FailureError({ code });
    for (let i = 0; i < 3; i++) {
      await run();
      await clock.advance(lookAgainMs[why] / 2);
    }
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
    state.refuse = undefined;
    await clock.advance(lookAgainMs[why]);
    await run();
    expect(logger.messages().at(-1)).toBe('callbacks of ConnectWise are in order');
  });
});

describe('doctor', () => {
  const list = (ours: readonly CallbackSubscription[]) => ({ list: async () => ours });
  const refusing = (code: 'cw.permission' | 'cw.unavailable') => ({
    list: async () => {
      throw new FailureError({ code });
    },
  });
  const one = (i: number, more: Partial<CallbackSubscription>) =>
    complete.with(i, { ...complete[i], ...more } as never);
  const disabled = one(1, { inactive: true });

  test.each([
    ['no public address', undefined, list(complete), true, 'pass', /^Off: no PUBLIC_URL/, undefined],
    ['all active', url, list(complete), true, 'pass', /^Active: 6 of 6\.$/, undefined],
    [
      'some elsewhere',
      url,
      list(one(0, stale)),
      true,
      'warn',
      /5 of 6\. Missing: project\./,
      /within an hour/,
    ],
    [
      'disabled',
      url,
      list(disabled),
      true,
      'warn',
      /5 of 6.*since 2026-01-02 03:04 UTC: ticket/,
      /reach https:\/\/cwsync/,
    ],
    ['writing is off', url, list([]), false, 'pass', /0 of 6\. They need Write to ConnectWise/, undefined],
    ['not allowed', url, refusing('cw.permission'), true, 'warn', /may not see/, /Table Setup/],
  ] as const)('%s', async (_name, callbackUrl, subscriptions, writes, ok, words, next) => {
    const check = callbackCheck({ callbackUrl, subscriptions, mayWrite: async () => writes });
    const result = await check.run(new AbortController().signal);
    expect(result.ok).toBe(ok);
    expect(result.words).toMatch(words);
    if (next === undefined) expect(result.next).toBeUndefined();
    else expect(result.next).toMatch(next);
  });

  test('other trouble is told as what it is', async () => {
    const check = callbackCheck({
      callbackUrl: url,
      subscriptions: refusing('cw.unavailable'),
      mayWrite: async () => true,
    });
    await expect(check.run(new AbortController().signal)).rejects.toThrow(FailureError);
  });
});
