/** What a run is told and tells besides its end: suspects, the beginning of its reading, watermarks, what is left. */
import { describe, expect, it } from 'vitest';
import type { Suspect } from '../../src/domain/sync-task.ts';
import type { LinkFacts } from '../../src/ports/sync-task-store.ts';
import { noCounts } from '../support/make-sync-task.ts';
import {
  ann,
  byClock,
  byPerson,
  coolDownMs,
  eachTestHasAQueue,
  finishedLink,
  forced,
  leaseMs,
  noRight,
  ownFinished,
  type Queue,
  unavailable,
} from './sync-task-rig.ts';

let queue: Queue;
eachTestHasAQueue((made) => {
  queue = made;
});

const retry = { delayMs: 1_000, countsAttempt: true };
/** Moments of ConnectWise's clock, in minutes. */
const cw = (minutes: number) => new Date(Date.UTC(2026, 0, 5, 12, minutes));

describe('suspects', () => {
  const ticket: Suspect = { kind: 'ticket', id: 7 };
  const entry: Suspect = { kind: 'scheduleEntry', id: 7 };
  const note: Suspect = { kind: 'projectNote', id: 9 };
  const told = (...suspects: Suspect[]) => ({ ...byClock, suspects });

  async function suspected(...suspects: Suspect[]): Promise<string> {
    const id = await queue.idle();
    await queue.tasks.trigger(id, told(...suspects));
    return id;
  }

  it('are joined, each once, whatever order their fields come in', async () => {
    const id = await suspected(ticket, entry);
    await queue.tasks.trigger(id, told({ id: 7, kind: 'ticket' }, note));
    expect((await queue.raw(id)).suspects).toHaveLength(3);
    expect((await queue.raw(id)).suspects).toEqual(expect.arrayContaining([ticket, entry, note]));
  });

  it('go with the claim, and what comes meanwhile is for the next run', async () => {
    const id = await suspected(ticket);
    const { task, lease } = await queue.claimed(id);
    expect(task).toMatchObject({ suspects: [], claimed: { suspects: [ticket] } });
    await queue.tasks.trigger(id, told(note));
    expect(await queue.completed(lease)).toMatchObject({ state: 'requested', suspects: [note] });
  });

  it('are taken over with an expired lease', async () => {
    const id = await suspected(ticket);
    await queue.claimed(id);
    await queue.tasks.trigger(id, told(note));
    queue.advance(leaseMs + 1_000);
    const { task } = await queue.claimed(id);
    expect(task.claimed?.suspects).toHaveLength(2);
    expect(task.suspects).toEqual([]);
  });

  it.each(['retry', 'hand back'] as const)('come back by a %s, joined with newer ones', async (how) => {
    const id = await suspected(ticket, entry);
    const { lease } = await queue.claimed(id);
    await queue.tasks.trigger(id, told(ticket, note));
    if (how === 'retry') await queue.tasks.failToRetry(lease, unavailable, retry);
    else await queue.tasks.handBack(lease);
    expect((await queue.raw(id)).suspects).toHaveLength(3);
  });

  it('are settled by a failure that a person must fix', async () => {
    const id = await suspected(ticket);
    const { lease } = await queue.claimed(id);
    await queue.tasks.failToPerson(lease, noRight);
    expect((await queue.raw(id)).suspects).toEqual([]);
  });

  it('are forgotten where the project is stopped, in the queue or in a run', async () => {
    const requested = await suspected(ticket);
    await queue.tasks.disable(requested, ann);
    expect((await queue.raw(requested)).suspects).toEqual([]);
    const running = await suspected(ticket);
    const { lease } = await queue.claimed(running);
    await queue.tasks.trigger(running, told(note));
    await queue.tasks.disable(running, ann);
    await queue.tasks.handBack(lease);
    expect((await queue.raw(running)).suspects).toEqual([]);
  });

  it('of a task that is not active are not taken', async () => {
    const id = await queue.idle();
    await queue.tasks.disable(id, ann);
    await queue.tasks.trigger(id, told(ticket));
    expect((await queue.raw(id)).suspects).toEqual([]);
  });
});

describe('the beginning of a run in ConnectWise', () => {
  it('is what it told first, until the run ends', async () => {
    const { task, lease } = await queue.syncing();
    expect(task).not.toHaveProperty('readStart');
    await queue.tasks.heartbeat(lease, { readStart: cw(1) });
    await queue.tasks.heartbeat(lease, { readStart: cw(2) });
    await queue.tasks.heartbeat(lease);
    expect((await queue.raw(task.id)).readStart).toEqual(cw(1));
    const done = await queue.completed(lease, { readStart: cw(1) });
    expect(done).not.toHaveProperty('readStart');
    expect(done.lastSync?.readStart).toEqual(cw(1));
  });

  it('is kept of the heartbeat where the end does not name it, and none stays of the run before', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.heartbeat(lease, { readStart: cw(1) });
    expect((await queue.completed(lease)).lastSync?.readStart).toEqual(cw(1));
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    expect((await queue.completed(second.lease)).lastSync).not.toHaveProperty('readStart');
  });

  it.each(['retry', 'hand back', 'person', 'loss'] as const)('is over with a %s', async (how) => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.heartbeat(lease, { readStart: cw(1) });
    if (how === 'retry') await queue.tasks.failToRetry(lease, unavailable, retry);
    else if (how === 'hand back') await queue.tasks.handBack(lease);
    else if (how === 'person') await queue.tasks.failToPerson(lease, noRight);
    else {
      queue.advance(leaseMs + 1_000);
      await queue.claimed(task.id);
    }
    expect(await queue.raw(task.id)).not.toHaveProperty('readStart');
  });
});

describe('watermarks', () => {
  it('begin with nothing, move as a run says, and the others stay', async () => {
    const { task, lease } = await queue.syncing();
    expect(task.watermarks).toEqual({});
    await queue.completed(lease, { watermarks: { plan: 4, psa: { ticket: cw(1), phase: cw(1) } } });
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    expect(second.task.watermarks).toEqual({ plan: 4, psa: { ticket: cw(1), phase: cw(1) } });
    const done = await queue.completed(second.lease, {
      watermarks: { psa: { ticket: cw(2), project: cw(2) } },
    });
    expect(done.watermarks).toEqual({ plan: 4, psa: { ticket: cw(2), phase: cw(1), project: cw(2) } });
  });

  it('never go back', async () => {
    const { task, lease } = await queue.syncing();
    await queue.completed(lease, { watermarks: { plan: 4, psa: { ticket: cw(2) } } });
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    const done = await queue.completed(second.lease, { watermarks: { plan: 3, psa: { ticket: cw(1) } } });
    expect(done.watermarks).toEqual({ plan: 4, psa: { ticket: cw(2) } });
  });

  it.each(['retry', 'hand back', 'person'] as const)('stay where they are by a %s', async (how) => {
    const { task, lease } = await queue.syncing();
    await queue.completed(lease, { watermarks: { plan: 4, psa: { ticket: cw(2) } } });
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    await queue.tasks.heartbeat(second.lease, { readStart: cw(9) });
    if (how === 'retry') await queue.tasks.failToRetry(second.lease, unavailable, retry);
    else if (how === 'hand back') await queue.tasks.handBack(second.lease);
    else await queue.tasks.failToPerson(second.lease, noRight);
    expect((await queue.raw(task.id)).watermarks).toEqual({ plan: 4, psa: { ticket: cw(2) } });
  });
});

describe('a run that left something', () => {
  it('counts as one more trigger, for a delta after the cool-down', async () => {
    const { lease } = await queue.syncing();
    const done = await queue.completed(lease, { again: true });
    expect(done).toMatchObject({ state: 'requested', want: 2, done: 1, kinds: ['delta'], prio: 1 });
    expect(done).toMatchObject({ wakeAt: done.coolUntil });
    expect(done).not.toHaveProperty('next');
    expect(await queue.spans(done._id)).toEqual({ wakeIn: coolDownMs, coolFor: coolDownMs });
  });

  it('is joined with what came meanwhile', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.trigger(task.id, forced);
    const done = await queue.completed(lease, { again: true });
    expect(done).toMatchObject({
      want: 3,
      done: 1,
      kinds: ['comprehensive', 'delta'],
      prio: 2,
      forceNow: true,
    });
    expect(await queue.spans(task.id)).toMatchObject({ wakeIn: 0 });
  });

  it('rests where the project was stopped meanwhile', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.disable(task.id, ann);
    expect(await queue.completed(lease, { again: true })).toMatchObject({
      state: 'idle',
      want: 1,
      kinds: [],
    });
  });
});

describe('a run that a person must look at', () => {
  it('is a success with the need, kept since it was first there, until one without', async () => {
    const { task, lease } = await queue.syncing();
    const first = await queue.completed(lease, { attention: noRight, watermarks: { plan: 4 } });
    expect(first).toMatchObject({ state: 'idle', done: 1, attempts: 0, watermarks: { plan: 4 } });
    expect(first.needsAttention).toEqual({ since: first.serverTime, failure: noRight });
    expect(first).not.toHaveProperty('failure');
    expect(first.lastSync?.at).toEqual(first.serverTime);
    queue.advance(coolDownMs + 1_000);
    await queue.tasks.trigger(task.id, byClock);
    const second = await queue.claimed(task.id);
    const still = await queue.completed(second.lease, { attention: { code: 'plan.mass-deletion' } });
    expect(still.needsAttention).toEqual({
      since: first.serverTime,
      failure: { code: 'plan.mass-deletion' },
    });
    await queue.tasks.trigger(task.id, forced);
    const third = await queue.claimed(task.id);
    expect(await queue.completed(third.lease)).not.toHaveProperty('needsAttention');
  });

  it('ends a failure of before', async () => {
    const { task, lease } = await queue.syncing();
    await queue.tasks.failToRetry(lease, unavailable, retry);
    queue.advance(2_000);
    const second = await queue.claimed(task.id);
    expect(await queue.completed(second.lease, { attention: noRight })).not.toHaveProperty('failure');
  });
});

describe('what a run says of the project', () => {
  async function runs(...closings: LinkFacts['closed'][]) {
    const { task, lease } = await queue.syncing();
    let held = lease;
    const seen = [];
    for (const closed of closings) {
      const done = await queue.completed(held, { link: { ...finishedLink, ...(closed ? { closed } : {}) } });
      seen.push({ at: done.serverTime, closedSince: done.link.closedSince });
      queue.advance(60_000);
      await queue.tasks.trigger(task.id, forced);
      held = (await queue.claimed(task.id)).lease;
    }
    return seen;
  }

  it('is since when it is closed: its own date, else when that was first seen, else nothing', async () => {
    const seen = await runs(undefined, { at: null }, { at: null }, { at: cw(5) }, { at: null }, undefined, {
      at: null,
    });
    const [open, first, second, own, kept, reopened, anew] = seen;
    expect(open?.closedSince).toBeUndefined();
    expect(first?.closedSince).toEqual(first?.at);
    expect(second?.closedSince).toEqual(first?.at);
    expect(own?.closedSince).toEqual(cw(5));
    expect(kept?.closedSince).toEqual(cw(5));
    expect(reopened?.closedSince).toBeUndefined();
    expect(anew?.closedSince).toEqual(anew?.at);
  });

  it('is nothing where it is no project: names and closing stay', async () => {
    const { task, lease } = await queue.syncing({ projectName: 'Old' });
    await queue.completed(lease, { link: { ...finishedLink, closed: { at: cw(5) } } });
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    await queue.tasks.complete(second.lease, ownFinished);
    expect((await queue.raw(task.id)).link).toMatchObject({ ...finishedLink, closedSince: cw(5) });
  });

  it('is what a comprehensive sync costs, and a delta does not change it', async () => {
    const { task, lease } = await queue.syncing();
    const counts = { ...noCounts, requests: 31 };
    expect(await queue.completed(lease, { counts })).toMatchObject({ comprehensiveRequests: 31 });
    await queue.tasks.trigger(task.id, forced);
    const second = await queue.claimed(task.id);
    const delta = { mode: 'delta', counts: { ...counts, requests: 2 } } as const;
    expect(await queue.completed(second.lease, delta)).toMatchObject({ comprehensiveRequests: 31 });
  });
});

describe("the integration's own tasks", () => {
  const own = (kind: string) => queue.taskId(kind);

  it('are made once: two asked for at once, the third by the clock', async () => {
    await Promise.all([queue.tasks.ensureOwnTasks(), queue.tasks.ensureOwnTasks()]);
    await queue.tasks.ensureOwnTasks();
    const link = { externalId: 0, customer: null, board: null, state: 'active' };
    const requested = { state: 'requested', want: 1, done: 0, prio: 0 };
    expect(await queue.raw(own('misc'))).toMatchObject({
      ...requested,
      kind: 'misc',
      projectId: 'misc',
      kinds: ['comprehensive'],
      link: { ...link, projectName: 'Miscellaneous data' },
    });
    expect(await queue.raw(own('scout'))).toMatchObject({
      ...requested,
      kinds: ['delta'],
      link: { ...link, projectName: 'Looking for changes' },
    });
    const notes = await queue.raw(own('notes'));
    expect(notes).toMatchObject({ state: 'idle', want: 0, link: { ...link, projectName: 'Ticket notes' } });
    expect(notes.clockAt).toEqual(notes.serverTime);
    for (const kind of ['misc', 'scout', 'notes'])
      expect(await queue.raw(own(kind))).not.toHaveProperty('linkKey');
  });

  it('are left as they are where they are there', async () => {
    await queue.tasks.ensureOwnTasks();
    await queue.claimed(own('misc'), 'w', 'misc');
    const before = await queue.raw(own('misc'));
    await queue.tasks.ensureOwnTasks();
    expect(await queue.raw(own('misc'))).toEqual(before);
  });

  it('do not cool down', async () => {
    await queue.tasks.ensureOwnTasks();
    const { lease } = await queue.claimed(own('scout'), 'w', 'scout');
    await queue.tasks.trigger(own('scout'), byClock);
    await queue.tasks.complete(lease, ownFinished);
    expect(await queue.spans(own('scout'))).toEqual({ wakeIn: 0, coolFor: 0 });
    await queue.claimed(own('scout'), 'w', 'scout');
  });

  it('back off like any other', async () => {
    await queue.tasks.ensureOwnTasks();
    const { lease } = await queue.claimed(own('scout'), 'w', 'scout');
    await queue.tasks.failToRetry(lease, unavailable, { ...retry, delayMs: 30_000 });
    await queue.tasks.trigger(own('scout'), byClock);
    expect(await queue.spans(own('scout'))).toMatchObject({ wakeIn: expect.any(Number) });
    expect((await queue.tasks.claim('w', 'scout')).result).toBe('nothing-due');
  });

  it('stand in no list, no name and no line of projects, and cannot be stopped', async () => {
    const id = await queue.linked();
    await queue.tasks.ensureOwnTasks();
    const list = await queue.tasks.list({ withDisabled: true, withArchived: true, offset: 0, limit: 9 });
    expect([list.total, list.linked]).toEqual([1, 1]);
    expect((await queue.tasks.names()).map(({ taskId }) => taskId)).toEqual([id]);
    expect([...(await queue.tasks.linkedExternalIds())]).not.toContain(0);
    queue.advance(1_000);
    const later = await queue.linked();
    const seen = await queue.tasks.get(later);
    expect(seen && (await queue.tasks.placeInLine(seen.task, seen.now))).toBe(1);
    expect(await queue.tasks.disable(own('misc'), ann)).toMatchObject({ changed: false });
    expect(await queue.tasks.archive(own('misc'), ann)).toMatchObject({ changed: false });
    expect(await queue.tasks.disconnect(own('misc'), ann)).toMatchObject({ changed: false });
    expect((await queue.raw(own('misc'))).link.state).toBe('active');
  });
});

describe('lanes', () => {
  it('of projects take no own task, and those of own tasks take only theirs', async () => {
    await queue.tasks.ensureOwnTasks();
    await queue.tasks.trigger(queue.taskId('notes'), byPerson);
    expect((await queue.tasks.claim('w', 'projects')).result).toBe('nothing-due');
    expect((await queue.tasks.claim('w', 'people')).result).toBe('nothing-due');
    const id = await queue.linked();
    for (const lane of ['misc', 'scout', 'notes'] as const) {
      await queue.claimed(queue.taskId(lane), 'w', lane);
      const next = await queue.tasks.claim('w', lane);
      expect(next).toMatchObject({
        result: 'nothing-due',
        nextWakeAt: (await queue.raw(queue.taskId(lane))).wakeAt,
      });
    }
    await queue.claimed(id);
  });

  it('of people take only what a person waits for', async () => {
    const clock = await queue.linked();
    expect(await queue.tasks.claim('w', 'people')).toEqual({ result: 'nothing-due', now: expect.any(Date) });
    const person = await queue.linked();
    await queue.tasks.trigger(person, byPerson);
    await queue.claimed(person, 'w', 'people');
    const next = await queue.tasks.claim('w', 'people');
    expect(next).toMatchObject({ result: 'nothing-due', nextWakeAt: (await queue.raw(person)).wakeAt });
    await queue.claimed(clock);
  });
});
