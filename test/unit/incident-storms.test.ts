/** Alerts in bad hours: what flaps, what fails all at once, and chats that are away, on a virtual clock. */
import { afterEach, describe, expect, it } from 'vitest';
import { blockedRetryMs } from '../../src/domain/incident.ts';
import { acknowledgedBy, settleMs, snoozedBy } from '../../src/domain/incident-life.ts';
import type { Delivered, Destination } from '../../src/ports/chat.ts';
import { placeOf } from '../../src/ports/incidents.ts';
import { alertsRig, ann, annsPlace, channel, second, stopAlerts } from '../support/alerts-rig.ts';

afterEach(stopAlerts);

const minute = 60_000;
const away: Delivered = { result: 'gone', reason: 'not_in_channel', touches: 'channel' };
const projects = 500;

describe('a project that fails and recovers twenty times in an hour', { timeout: 30_000 }, () => {
  it('is one message, with a handful of lines in its thread, and its end told once', async () => {
    const it = alertsRig();
    await it.follows.follow(ann, { projectId: 'p1' });
    it.start();
    for (let n = 0; n < 20; n += 1) {
      it.breaks();
      await it.pass(1.5 * minute);
      it.heals(1);
      await it.pass(1.5 * minute);
    }
    expect(it.incidents.all).toHaveLength(1);
    expect(it.platform.parents(channel)).toHaveLength(1);
    expect(it.platform.words(channel)[0]).toMatch(/Well since .*It came back 19 times/u);
    await it.pass(settleMs);
    const thread = it.platform.thread(channel);
    expect(thread).toHaveLength(3);
    expect(thread[0]).toMatch(/Recovered after/u);
    expect(thread[1]).toMatch(/It is back: Needs attention[\s\S]*well for 10 min/u);
    expect(thread[2]).toMatch(/Recovered after 59 min/u);
    expect(it.platform.words(channel)[0]).toMatch(/Recovered after 59 min/u);
    // The follower: the message, and what is told in the thread as messages.
    expect(it.platform.words(annsPlace)).toHaveLength(4);
    await it.pass(20 * minute);
    expect(it.platform.posts).toHaveLength(8);
  });

  it('is another message where it was well for longer', async () => {
    const it = alertsRig();
    it.start();
    for (let n = 0; n < 2; n += 1) {
      it.breaks();
      await it.pass(minute);
      it.heals(1);
      await it.pass(settleMs + minute);
    }
    expect(it.platform.parents(channel)).toHaveLength(2);
    expect(it.platform.thread(channel)).toHaveLength(2);
  });

  it('is not taken up again by somebody who read the very failure that was over', async () => {
    const it = alertsRig();
    it.start();
    it.breaks();
    await it.pass(minute);
    const [failing] = (await it.tasks.troubled(3)).tasks;
    it.heals(1);
    await it.pass(minute);
    if (!failing) throw new Error('nothing failed');
    it.tasks.put(failing);
    await it.pass(minute);
    expect(await it.incidents.open()).toEqual([]);
    expect(it.platform.thread(channel)).toHaveLength(1);
  });
});

describe('five hundred projects', () => {
  it('that fail by one outage are one message in each channel', { timeout: 30_000 }, async () => {
    const it = alertsRig({ alertChannels: [channel, second] });
    it.start();
    await it.gate.trip({ code: 'cw.unavailable', message: 'ConnectWise does not answer.' }, undefined);
    for (let n = 0; n < projects; n += 1) {
      const failure = { code: 'cw.unavailable', at: it.clock.now() } as const;
      it.put({ id: `t:p${n}`, projectId: `p${n}`, failure, attempts: 5, lateAt: new Date(0) });
    }
    await it.pass(minute);
    expect(it.platform.words(channel)).toHaveLength(1);
    expect(it.platform.words(second)).toHaveLength(1);
  });

  it('that fail by one outage while bots are killed between post and record are one message in each channel', {
    timeout: 30_000,
  }, async () => {
    const it = alertsRig({ alertChannels: [channel, second] });
    let dead = false;
    let kills = 0;
    it.incidents.before = (write) => {
      // A process that was killed does nothing any more.
      if (!dead && write === 'told' && kills < 4) {
        dead = true;
        kills += 1;
      }
      if (dead) throw new Error('killed');
    };
    it.platform.before = () => {
      if (dead) throw new Error('killed');
      return undefined;
    };
    await it.gate.trip({ code: 'cw.unavailable', message: 'ConnectWise does not answer.' }, undefined);
    for (let n = 0; n < projects; n += 1) {
      const failure = { code: 'cw.unavailable', at: it.clock.now() } as const;
      it.put({ id: `t:p${n}`, projectId: `p${n}`, failure, attempts: 5, lateAt: new Date(0) });
    }
    for (let bot = 0; bot < 5; bot += 1) {
      const stop = it.start();
      await it.pass(minute);
      await stop();
      dead = false;
    }
    expect(kills).toBe(4);
    for (const to of [channel, second]) expect(it.platform.parents(to)).toHaveLength(1);
    expect(it.platform.shown).toHaveLength(2);
    // Not silently: whatever may be there already is looked for before it is posted again.
    expect(it.platform.posts.filter(({ again }) => again).length).toBeGreaterThan(0);
    expect(it.incidents.messages.every(({ handle }) => handle !== undefined)).toBe(true);
  });

  it('that lose one right one after another are one message, and a line a minute at most', {
    timeout: 60_000,
  }, async () => {
    const it = alertsRig();
    it.start();
    const failure = { code: 'cw.permission', entity: 'ticket' } as const;
    for (let n = 0; n < projects; n += 1) {
      it.put({ id: `t:p${n}`, projectId: `p${n}`, needsAttention: { since: it.clock.now(), failure } });
      if (n % 10 === 9) await it.pass(3_000);
    }
    await it.pass(2 * minute);
    expect(it.platform.parents(channel)).toHaveLength(1);
    expect(it.platform.words(channel)[0]).toMatch(/500 projects: Needs attention/u);
    const thread = it.platform.thread(channel);
    expect(thread.length).toBeLessThanOrEqual(4);
    expect(thread.join('\n')).toMatch(/Also: [\s\S]* more/u);
  });

  it('that fail each for a cause of its own are a message each, one a second, and none is lost', {
    timeout: 60_000,
  }, async () => {
    const it = alertsRig();
    it.start();
    for (let n = 0; n < projects; n += 1) it.breaks({ id: `t:p${n}`, projectId: `p${n}` });
    await it.pass(projects * 1_000 + minute);
    const at = it.platform.posts.map((post) => post.at);
    expect(at).toHaveLength(projects);
    expect(at.slice(1).every((time, n) => time - (at[n] ?? 0) >= 1_000)).toBe(true);
  });
});

describe('a chat that is down for two hours', { timeout: 30_000 }, () => {
  it('loses nothing and doubles nothing, and tells what happened meanwhile in one line each', async () => {
    const it = alertsRig({ alertChannels: [channel, second] });
    it.start();
    it.breaks();
    await it.pass(minute);
    // Half of what it takes is taken without a word.
    let n = 0;
    it.platform.before = () => {
      n += 1;
      return n % 2 === 0 ? { result: 'failed', reason: 'no answer' } : undefined;
    };
    it.platform.after = () => ({ result: 'failed', reason: 'no answer' });
    it.breaks({ id: 't:p2', projectId: 'p2' });
    it.put({ needsAttention: { since: it.clock.now(), failure: { code: 'cw.project-missing' } } });
    await it.pass(60 * minute);
    it.heals(18);
    await it.pass(60 * minute);
    it.platform.before = () => undefined;
    it.platform.after = () => undefined;
    await it.pass(30 * minute);
    for (const to of [channel, second]) {
      expect(it.platform.parents(to)).toHaveLength(2);
      const thread = it.platform.thread(to);
      expect(thread.filter((words) => /Recovered after/u.test(words))).toHaveLength(1);
      expect(thread.filter((words) => /Now: Needs attention/u.test(words))).toHaveLength(1);
    }
    const keys = it.platform.shown.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('a channel', { timeout: 30_000 }, () => {
  it('that is deleted keeps its place in the settings, and the others hear of everything', async () => {
    const it = alertsRig({ alertChannels: [channel, second] });
    it.start();
    it.breaks();
    await it.pass(minute);
    const gone: Delivered = { result: 'gone', reason: 'channel_not_found', touches: 'channel' };
    it.platform.before = (place) => (place === placeOf(channel) ? gone : undefined);
    it.heals(2);
    await it.pass(minute);
    expect(it.platform.thread(second)).toHaveLength(1);
    expect(it.platform.thread(channel)).toEqual([]);
    expect((await it.deps.settings.read()).alertChannels).toEqual([channel, second]);
    expect(it.platform.words().join('\n')).toMatch(/alerts cannot be posted[\s\S]*channel_not_found/u);
  });

  it('that the bot is removed from and invited to again hears of the end in the thread', async () => {
    const it = alertsRig();
    it.start();
    it.breaks();
    await it.pass(minute);
    it.platform.before = (place) => (place === placeOf(channel) ? away : undefined);
    it.heals(2);
    await it.pass(minute);
    it.platform.before = () => undefined;
    await it.pass(blockedRetryMs + minute);
    expect(it.platform.parents(channel)).toHaveLength(1);
    expect(it.platform.words(channel)[0]).toMatch(/Recovered after/u);
    expect(it.platform.thread(channel)).toHaveLength(1);
  });

  it('gets another message where somebody removed the first before a line was told in its thread', async () => {
    const it = alertsRig();
    it.start();
    it.breaks();
    await it.pass(minute);
    const edits = it.platform.shown[0]?.edits ?? 0;
    it.platform.removed.add(0);
    it.heals(2);
    await it.pass(minute);
    expect(edits).toBe(0);
    const [, parent] = it.platform.parents(channel);
    expect(parent).toBeDefined();
    expect(it.platform.shown.at(-1)).toMatchObject({ thread: 1 });
    expect(it.platform.thread(channel)).toHaveLength(1);
  });
});

describe('cwsync itself away for hours', { timeout: 30_000 }, () => {
  it.each(['ended, and started again', 'stood still'])(
    '%s: it is one message, and no project is late',
    async (how) => {
      const it = alertsRig();
      const stop = it.start();
      await it.pass(2 * minute);
      if (how !== 'stood still') await stop();
      it.clock.standStill(180 * minute);
      const lateAt = new Date(it.clock.now().getTime() - minute);
      for (let n = 0; n < projects; n += 1) it.put({ id: `t:${n}`, projectId: `p${n}`, lateAt });
      // On a database that is busy with it, too.
      it.tasks.countCatchingUp = async () => {
        await it.clock.sleep(3_000);
        return projects;
      };
      if (how !== 'stood still') it.start();
      await it.pass(2 * minute);
      expect(it.platform.words(channel)).toHaveLength(1);
      expect(it.platform.words(channel)[0]).toMatch(
        /cwsync was away from [\s\S]*500 projects are catching up/u,
      );
    },
  );
});

describe('what somebody sees to', { timeout: 30_000 }, () => {
  const by = { id: 'slack:T1/UOPER', name: 'Otto' };

  it('is shown in every message, told in the thread, and quiet until the snooze is over', async () => {
    const it = alertsRig({ alertChannels: [channel, second] });
    await it.follows.follow(ann, { projectId: 'p1' });
    it.start();
    it.breaks();
    await it.pass(minute);
    const read = async () => {
      const [incident] = await it.incidents.open();
      if (!incident) throw new Error('none is open');
      return incident;
    };
    const seen = await read();
    await it.incidents.save(seen, acknowledgedBy(seen, by, it.clock.now()), []);
    await it.pass(minute);
    const known = await read();
    await it.incidents.save(known, snoozedBy(known, by, it.clock.now(), 3_600_000), []);
    await it.pass(minute);
    for (const to of [channel, second, annsPlace]) {
      expect(it.platform.words(to)[0]).toMatch(/Acknowledged by Otto at .*Snoozed by Otto until/u);
    }
    expect(it.platform.thread(channel)).toHaveLength(2);
    expect(it.platform.words(annsPlace)).toHaveLength(1);
    it.put({ needsAttention: { since: it.clock.now(), failure: { code: 'cw.project-missing' } } });
    await it.pass(30 * minute);
    expect(it.platform.words(channel)[0]).toMatch(/not in ConnectWise any more/u);
    expect(it.platform.thread(channel)).toHaveLength(2);
    await it.pass(31 * minute);
    expect(it.platform.thread(channel)).toHaveLength(3);
    expect(it.platform.thread(channel)[2]).toMatch(
      /The snooze is over, and it is still open: Needs attention[\s\S]*not in ConnectWise any more/u,
    );
    expect(it.platform.words(channel)[0]).not.toMatch(/Snoozed/u);
    expect(it.platform.words(channel)[0]).toMatch(/Acknowledged by Otto/u);
    await it.pass(70 * minute);
    expect(it.platform.thread(channel)).toHaveLength(3);
  });

  it('ends in the thread though it is snoozed, and the snooze is told no more', async () => {
    const it = alertsRig();
    it.start();
    it.breaks();
    await it.pass(minute);
    const [open] = await it.incidents.open();
    if (!open) throw new Error('none is open');
    await it.incidents.save(open, snoozedBy(open, by, it.clock.now(), 10 * minute), []);
    await it.pass(minute);
    it.heals(3);
    await it.pass(minute);
    expect(it.platform.thread(channel).at(-1)).toMatch(/3 changes caught up/u);
    await it.pass(15 * minute);
    expect(it.platform.thread(channel)).toHaveLength(2);
  });
});

describe('what a channel was chosen for', () => {
  const failing = { code: 'cw.rejected' } as const;

  it('is all that it gets: by severity, by board, by project', async () => {
    const errors = { ...channel, min: 'error' } as const;
    const board = { ...second, boards: [7] };
    const project = { ...second, conversation: 'C3', project: 'p3' };
    const it = alertsRig({ alertChannels: [errors, board, project] });
    it.start();
    const since = it.clock.now();
    it.put({ id: 't:p1', projectId: 'p1', lateAt: since, link: { boardId: 7 } });
    it.put({
      id: 't:p2',
      projectId: 'p2',
      needsAttention: { since, failure: failing },
      link: { boardId: 8 },
    });
    it.put({ id: 't:p3', projectId: 'p3', lateAt: since, link: { boardId: null } });
    await it.pass(minute);
    const told = (to: Destination) => it.platform.parents(to).map(({ key }) => key.split('|')[0]);
    const idOf = (id: string) => it.incidents.all.find(({ key }) => key === `task:${id}`)?.id;
    expect(told(channel)).toEqual([idOf('t:p2')]);
    expect(told({ ...second })).toEqual([idOf('t:p1')]);
    expect(told({ ...second, conversation: 'C3' })).toEqual([idOf('t:p3')]);
    await it.gate.trip({ code: 'cw.auth' }, undefined);
    await it.pass(minute);
    for (const { conversation } of [errors, board, project]) {
      expect(told({ ...second, conversation })).toHaveLength(2);
    }
  });

  it('that asks for errors is told when a warning becomes one, and of its end', async () => {
    const it = alertsRig({ alertChannels: [{ ...channel, min: 'error' }] });
    it.start();
    it.put({ lateAt: it.clock.now() });
    await it.pass(minute);
    expect(it.platform.shown).toEqual([]);
    it.put({ lateAt: it.clock.now(), needsAttention: { since: it.clock.now(), failure: failing } });
    await it.pass(minute);
    expect(it.platform.parents(channel)).toHaveLength(1);
    it.heals(1);
    await it.pass(minute);
    expect(it.platform.thread(channel)).toHaveLength(1);
  });

  it('is narrowed later: what stands there is brought up to date, and nothing is added', async () => {
    const it = alertsRig();
    it.start();
    it.breaks({ link: { boardId: 8 } });
    await it.pass(minute);
    const { revision, ...settings } = await it.deps.settings.read();
    const narrowed = [{ ...channel, boards: [7] }];
    await it.deps.settings.save({ ...settings, alertChannels: narrowed }, revision, { id: 'x', name: 'X' });
    it.heals(1, { link: { boardId: 8 } });
    await it.pass(minute);
    expect(it.platform.words(channel)).toHaveLength(1);
    expect(it.platform.words(channel)[0]).toMatch(/Recovered/u);
  });
});
