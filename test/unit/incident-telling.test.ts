/** Alerts from the facts to the messages, with stores in memory and a delivery that records, fails or dies. */
import { afterEach, describe, expect, it } from 'vitest';
import { blockedRetryMs } from '../../src/domain/incident.ts';
import type { Delivered } from '../../src/ports/chat.ts';
import { placeOf } from '../../src/ports/incidents.ts';
import { alertsRig, ann, annsPlace, channel, pollMs, second, stopAlerts } from '../support/alerts-rig.ts';
import { actionsOf } from '../support/command-rig.ts';
import { HandClock } from '../support/hand-clock.ts';

afterEach(stopAlerts);

describe('a failure that a person must fix', () => {
  it('is told in the channel and to the follower at once, and its end in an edit and one more message', async () => {
    const it = alertsRig();
    await it.follows.follow(ann, { projectId: 'p1' });
    it.start();
    await it.pass(10_000);
    expect(it.platform.shown).toEqual([]);
    it.breaks();
    await it.pass(pollMs * 2);
    expect(it.platform.shown.map(({ place }) => place).toSorted()).toEqual(
      [placeOf(channel), placeOf(annsPlace)].toSorted(),
    );
    for (const words of it.platform.words()) {
      expect(words).toMatch(/Contoso – Office move.*#1042.*Needs attention since 2026-01-05T00:00:10/u);
      expect(words).toMatch(
        /Field: requiredDate\. ConnectWise says: Required Date must be after Start Date\./u,
      );
      expect(words).toMatch(/Correct the value it names.*on the side of ConnectWise.*incident \w{8}/u);
    }
    const [parent] = it.platform.shown;
    expect(actionsOf(parent?.reply).map(({ label, command }) => [label, command])).toEqual([
      ['Sync now', 'sync #1042 --now'],
      ['Acknowledge', expect.stringMatching(/^incidents ack \w+$/u)],
      ['Snooze 1 h', expect.stringMatching(/^incidents snooze \w+ 1h$/u)],
      ['Snooze 4 h', expect.stringMatching(/^incidents snooze \w+ 4h$/u)],
      ['Snooze 1 day', expect.stringMatching(/^incidents snooze \w+ 1d$/u)],
      ['Logs', 'logs #1042'],
    ]);
    await it.pass(42 * 60_000);
    expect(it.platform.posts).toHaveLength(2);
    it.heals(18);
    await it.pass(10_000);
    const here = it.platform.words(channel);
    expect(here).toHaveLength(2);
    for (const words of here) expect(words).toContain('Recovered after 42 min; 18 changes caught up');
    expect(here[0]).toContain('It was: ');
    expect(it.platform.parents(channel)).toHaveLength(1);
    expect(it.platform.parents(annsPlace)).toHaveLength(2);
    await it.pass(3_600_000);
    expect(it.platform.posts).toHaveLength(4);
  });

  it('is told to those whose project it is, once though they follow it by name too, and to no others', async () => {
    const it = alertsRig({ alertChannels: [] });
    const bob = { ...ann, userId: 'U2' };
    const eve = { ...ann, userId: 'U3' };
    const zoe = { ...ann, userId: 'U4' };
    await it.follows.follow(ann, 'mine');
    await it.follows.follow(ann, { projectId: 'p1' });
    await it.follows.follow(bob, 'mine');
    await it.follows.follow(eve, { projectId: 'p2' });
    await it.follows.follow(zoe, 'mine');
    it.theirs.set('slack:T1/U1', new Set(['p1']));
    it.theirs.set('slack:T1/U2', new Set(['p2']));
    // Of the last one nobody knows: the others are told all the same.
    it.start();
    it.breaks();
    await it.pass(10_000);
    expect(it.platform.shown.map(({ place }) => place)).toEqual([placeOf(annsPlace)]);
  });

  it('is edited when it reads otherwise, and another cause is told in the thread', async () => {
    const it = alertsRig();
    await it.follows.follow(ann, { projectId: 'p1' });
    it.start();
    it.breaks();
    await it.pass(10_000);
    const failure = { code: 'cw.project-missing' } as const;
    it.put({ needsAttention: { since: it.clock.now(), failure } });
    await it.pass(20_000);
    expect(it.platform.parents(channel)).toHaveLength(1);
    expect(it.platform.words(channel)[0]).toMatch(/not in ConnectWise any more/u);
    expect(it.platform.thread(channel)).toHaveLength(1);
    expect(it.platform.thread(channel)[0]).toMatch(/Now: Needs attention\. .*not in ConnectWise any more/u);
    expect(it.platform.words(annsPlace)).toHaveLength(1);
    expect(it.platform.words(annsPlace)[0]).toMatch(/not in ConnectWise any more/u);
    const reworded = { ...failure, vendorMessage: 'nowhere' } as const;
    it.put({ needsAttention: { since: it.clock.now(), failure: reworded } });
    await it.pass(20_000);
    expect(it.platform.words(channel)[0]).toMatch(/nowhere/u);
    expect(it.platform.thread(channel)).toHaveLength(1);
  });

  it('that is over because the project was disabled is edited, and nothing is posted', async () => {
    const it = alertsRig();
    it.start();
    it.breaks();
    await it.pass(10_000);
    const changed = { by: { id: 'slack:T1/U9', name: 'Zoe' }, at: it.clock.now() };
    it.breaks({ link: { state: 'disabled', changed } });
    await it.pass(20_000);
    expect(it.platform.words()).toHaveLength(1);
    expect(it.platform.words()[0]).toMatch(
      /No longer watched, the project was taken out of the sync by Zoe/u,
    );
  });

  it('that is over before anybody was told is not told', async () => {
    const it = alertsRig();
    it.platform.before = () => ({ result: 'gone', reason: 'not_in_channel', touches: 'channel' });
    it.start();
    it.breaks();
    await it.pass(10_000);
    it.heals(1);
    it.platform.before = () => undefined;
    await it.pass(blockedRetryMs + 60_000);
    expect(it.platform.words(channel)).toEqual([]);
  });
});

describe('a fault of the whole integration', () => {
  it('is one incident for twelve projects, told to every follower once', async () => {
    const it = alertsRig();
    await it.follows.follow(ann, { projectId: 'p3' });
    for (let n = 0; n < 12; n += 1) {
      const failure = { code: 'cw.unavailable', at: it.clock.now() } as const;
      it.put({ id: `t:p${n}`, projectId: `p${n}`, failure, attempts: 5, lateAt: new Date(0) });
    }
    await it.gate.trip({ code: 'cw.auth', vendorMessage: 'Invalid keys' }, undefined);
    it.start();
    await it.pass(60_000);
    expect(it.incidents.all).toHaveLength(1);
    expect(it.platform.shown).toHaveLength(2);
    expect(it.platform.words(channel)[0]).toMatch(
      /psa\.example: ConnectWise refuses the API keys since[\s\S]*Invalid keys[\s\S]*No project syncs until then[\s\S]*\[Check now\]/u,
    );
    it.gate.circuit = undefined;
    for (let n = 0; n < 12; n += 1) it.heals(1, { id: `t:p${n}`, projectId: `p${n}` });
    await it.pass(60_000);
    expect(it.incidents.all).toHaveLength(1);
    expect(it.platform.words(channel)).toHaveLength(2);
    expect(it.platform.words(channel)[1]).toMatch(/^psa\.example: Recovered after 61 s/u);
  });

  it('is told though no project is in trouble, and nothing is read that only trouble needs before it is', async () => {
    const it = alertsRig();
    it.start();
    await it.pass(1_000);
    const { reads } = it.deps.settings;
    await it.pass(60_000);
    expect(it.deps.settings.reads).toBe(reads);
    await it.gate.trip({ code: 'cw.auth' }, undefined);
    await it.pass(10_000);
    expect(it.platform.words(channel)).toHaveLength(1);
    expect(it.deps.settings.reads).toBeGreaterThan(reads);
  });

  it('a right that is missing in twelve projects is one message, which names the first', async () => {
    const it = alertsRig();
    const failure = { code: 'cw.permission', entity: 'ticket' } as const;
    for (let n = 0; n < 12; n += 1) {
      it.put({ id: `t:p${n}`, projectId: `p${n}`, needsAttention: { since: it.clock.now(), failure } });
    }
    it.start();
    await it.pass(10_000);
    expect(it.platform.words()).toHaveLength(1);
    expect(it.platform.words()[0]).toMatch(
      /12 projects: Needs attention[\s\S]*Project Tickets[\s\S]* and 7 more/u,
    );
  });
});

describe('cwsync itself', () => {
  it('is told to have no worker after two minutes, with what was logged last, and when it has one again', async () => {
    const it = alertsRig();
    await it.deps.log.append([
      {
        at: it.clock.now(),
        severity: 'info',
        action: 'finished',
        direction: 'none',
        message: 'the last words',
      },
    ]);
    await it.liveness.beat('worker', 'w', 300_000);
    it.start();
    await it.clock.advance(119_000);
    expect(it.platform.shown).toEqual([]);
    await it.clock.advance(6_000);
    expect(it.platform.words()).toHaveLength(1);
    expect(it.platform.words()[0]).toMatch(
      /no background worker is running[\s\S]*the last words[\s\S]*sync\.worker-down/u,
    );
    await it.pass(30_000);
    expect(it.platform.words()[1]).toMatch(/^cwsync: Recovered after/u);
  });

  it('says once where it was, though two bots start and one of them is killed before', async () => {
    const clock = new HandClock();
    const it = alertsRig({ alertChannels: [channel] }, clock);
    await it.liveness.beat('bot', 'old', 300_000);
    await it.liveness.beat('worker', 'w', 300_000);
    it.put({ state: 'requested', wakeAt: clock.now() });
    await clock.advance(55 * 60_000);
    it.incidents.before = (write) => {
      if (write === 'raise') throw new Error('killed');
    };
    const stop = it.start();
    await it.pass(1_000);
    await stop();
    it.incidents.before = () => {};
    it.start();
    it.start();
    await it.pass(180_000);
    expect(it.platform.words()).toEqual([
      'cwsync was away for 55 min; 1 project is catching up.\n' +
        'cwsync was away from 2026-01-05T00:00:00.000Z to 2026-01-05T00:55:00.000Z; 1 project is catching up.',
    ]);
    expect(it.incidents.all).toHaveLength(1);
  });

  it('does not call the worker down where nobody looked', async () => {
    const it = alertsRig();
    await it.liveness.beat('worker', 'w', 300_000);
    it.start();
    await it.clock.advance(10_000);
    it.gate.fault = new Error('the database is away');
    await it.clock.advance(3_600_000);
    it.gate.fault = undefined;
    await it.clock.advance(60_000);
    expect(it.platform.shown).toEqual([]);
  });
});

describe('a channel in which nothing can be posted', () => {
  const away: Delivered = { result: 'gone', reason: 'not_in_channel', touches: 'channel' };

  it('is told to each admin once, tried again slowly, kept in the settings, and told to be over', {
    timeout: 30_000,
  }, async () => {
    const it = alertsRig();
    it.platform.before = (place) => (place === placeOf(channel) ? away : undefined);
    it.start();
    it.breaks();
    await it.pass(60_000);
    expect(await it.incidents.blockedDestinations()).toMatchObject([
      { to: channel, reason: 'not_in_channel' },
    ]);
    const admins = it.platform.shown.map(({ place }) => place).toSorted();
    expect(admins).toEqual(['slack:T1/user:U2', 'slack:T1/user:UADMIN']);
    expect(it.platform.words()[0]).toMatch(
      /C1: alerts cannot be posted[\s\S]*not_in_channel[\s\S]*Invite cwsync to the channel[\s\S]*every 15 min/u,
    );
    const tries = () => it.platform.posts.filter(({ place }) => place === placeOf(channel)).length;
    expect(tries()).toBe(1);
    await it.pass(3 * blockedRetryMs);
    expect(tries()).toBe(4);
    expect((await it.deps.settings.read()).alertChannels).toEqual([channel]);
    it.platform.before = () => undefined;
    await it.pass(blockedRetryMs);
    expect(it.platform.words(channel)).toHaveLength(1);
    expect(await it.incidents.blockedDestinations()).toEqual([]);
    await it.pass(60_000);
    expect(it.platform.words({ ...annsPlace, user: 'U2' })[1]).toMatch(/^C1: Recovered after/u);
  });

  it('of a chat that refuses the token is told a minute after it is renewed, once', async () => {
    const it = alertsRig();
    it.platform.before = () => ({ result: 'gone', reason: 'token_revoked', touches: 'platform' });
    it.start();
    it.breaks();
    await it.pass(3_600_000);
    expect(it.platform.posts.filter(({ place }) => place === placeOf(channel)).length).toBeLessThan(62);
    it.platform.before = () => undefined;
    await it.pass(60_000);
    expect(it.platform.words(channel)).toHaveLength(1);
    it.heals(1);
    await it.pass(60_000);
    expect(it.platform.words(channel)).toHaveLength(2);
    expect(it.platform.words(channel)[1]).toMatch(/Recovered after/u);
  });

  it('keeps no other channel from its messages', async () => {
    const it = alertsRig({ alertChannels: [channel, second] });
    it.platform.before = (place) => (place === placeOf(channel) ? away : undefined);
    it.start();
    it.breaks();
    await it.pass(10_000);
    expect(it.platform.words(second)).toHaveLength(1);
  });

  it('that is no alert channel any more is forgotten, and gets nothing', async () => {
    const it = alertsRig();
    it.platform.before = (place) => (place === placeOf(channel) ? away : undefined);
    it.start();
    it.breaks();
    await it.pass(30_000);
    const { revision, ...settings } = await it.deps.settings.read();
    await it.deps.settings.save({ ...settings, alertChannels: [] }, revision, { id: 'x', name: 'X' });
    await it.pass(30_000);
    expect(await it.incidents.blockedDestinations()).toEqual([]);
    it.platform.before = () => undefined;
    await it.pass(blockedRetryMs * 2);
    expect(it.platform.words(channel)).toEqual([]);
    expect(it.platform.words({ ...annsPlace, user: 'U2' })[0]).toMatch(/alerts do not go there any more/u);
  });
});

it('posts one message a second in one place at most, and in several places at the same time', async () => {
  const it = alertsRig({ alertChannels: [channel, second] });
  for (let n = 0; n < 8; n += 1) it.breaks({ id: `t:p${n}`, projectId: `p${n}` });
  it.start();
  it.start();
  await it.pass(30_000);
  for (const place of [placeOf(channel), placeOf(second)]) {
    const at = it.platform.posts.filter((post) => post.place === place).map((post) => post.at);
    expect(at).toHaveLength(8);
    expect(at.slice(1).every((time, n) => time - (at[n] ?? 0) >= 1_000)).toBe(true);
  }
});

it('waits as long as the platform asks, and tries again by itself', async () => {
  const it = alertsRig();
  let tries = 0;
  it.platform.before = () => {
    tries += 1;
    return tries <= 2 ? { result: 'failed', reason: 'too many', retryAfterMs: 30_000 } : undefined;
  };
  it.start();
  it.breaks();
  await it.pass(50_000);
  expect(tries).toBe(2);
  await it.pass(30_000);
  expect(it.platform.words()).toHaveLength(1);
});

it('says of a repeat that the first may be there, but not where the platform refused it', async () => {
  const it = alertsRig();
  const outcomes: (Delivered | undefined)[] = [
    { result: 'failed', reason: 'too many', retryAfterMs: 1_000 },
    { result: 'failed', reason: 'no answer' },
    { result: 'failed', reason: 'too many', retryAfterMs: 1_000 },
  ];
  it.platform.before = () => outcomes.shift();
  it.start();
  it.breaks();
  await it.pass(60_000);
  // A refusal of the third says nothing of the second.
  expect(it.platform.posts.map(({ again }) => again)).toEqual([false, false, true, true]);
  expect(it.platform.words()).toHaveLength(1);
});

it('posts another message where somebody removed the first', async () => {
  const it = alertsRig();
  it.start();
  it.breaks();
  await it.pass(10_000);
  it.platform.shown[0] = { place: 'gone', key: 'gone', reply: { summary: 'x', blocks: [] }, edits: 0 };
  it.platform.before = (place) =>
    place === 'gone' ? { result: 'gone', reason: 'message_not_found', touches: 'message' } : undefined;
  it.heals(2);
  await it.pass(30_000);
  expect(it.platform.words(channel)).toHaveLength(2);
  expect(new Set(it.platform.posts.map(({ key }) => key)).size).toBe(it.platform.posts.length);
});

it('a message that the platform does not take blocks no channel, and is tried again slowly', async () => {
  const it = alertsRig();
  let tries = 0;
  it.platform.before = () => {
    tries += 1;
    return tries === 1 ? { result: 'gone', reason: 'msg_too_long' } : undefined;
  };
  it.start();
  it.breaks();
  await it.pass(60_000);
  expect(tries).toBe(1);
  expect(await it.incidents.blockedDestinations()).toEqual([]);
  await it.pass(blockedRetryMs);
  expect(it.platform.words()).toHaveLength(1);
});

describe('a process that ends at any step', () => {
  /** How often each is reached in this history. */
  const writes = {
    raise: 1,
    take: 8,
    book: 4,
    posting: 4,
    'post taken': 6,
    told: 4,
    toldUpdates: 2,
    unblock: 6,
    save: 1,
    rest: 4,
    release: 2,
  } as const;
  const steps = Object.entries(writes).flatMap(([write, times]) =>
    Array.from({ length: times }, (_, n) => [write, n + 1] as const),
  );

  it.each(steps)('at %s, time %i: each message is there in the end, and none twice', async (write, nth) => {
    const it = alertsRig();
    await it.follows.follow(ann, { projectId: 'p1' });
    let seen = 0;
    let dead = false;
    const die = (): never => {
      dead = true;
      throw new Error('killed');
    };
    const reached = (name: string): boolean => {
      // A process that was killed does nothing any more.
      if (dead) throw new Error('killed');
      if (name !== write) return false;
      seen += 1;
      return seen === nth;
    };
    it.incidents.before = (name) => {
      if (reached(name)) die();
    };
    it.platform.before = () => (dead ? die() : undefined);
    it.platform.after = () => (reached('post taken') ? die() : undefined);
    const stop = it.start();
    it.breaks();
    await it.pass(20_000);
    if (!dead) it.heals(18);
    await it.pass(20_000);
    await stop();
    expect(dead).toBe(true);
    dead = false;
    it.incidents.before = () => {};
    it.platform.before = () => undefined;
    it.platform.after = () => undefined;
    it.start();
    await it.pass(60_000);
    it.heals(18);
    await it.pass(60_000);
    for (const to of [channel, annsPlace]) {
      const words = it.platform.words(to);
      expect(words).toHaveLength(2);
      for (const one of words) expect(one).toContain('18 changes caught up');
    }
    expect(it.platform.shown.map(({ key }) => key).length).toBe(
      new Set(it.platform.shown.map(({ key }) => key)).size,
    );
    expect(it.incidents.messages.every(({ done }) => done)).toBe(true);
  });

  it('in doubt when the problem is over finds the message and tells the end all the same', async () => {
    const it = alertsRig();
    let tries = 0;
    it.platform.after = () => {
      tries += 1;
      return tries === 1 ? { result: 'failed', reason: 'no answer' } : undefined;
    };
    it.start();
    it.breaks();
    await it.pass(10_000);
    it.heals(3);
    await it.pass(60_000);
    const words = it.platform.words(channel);
    expect(words).toHaveLength(2);
    for (const one of words) expect(one).toContain('3 changes caught up');
  });

  it('in doubt repeats under the same key, though the platform never says so', async () => {
    const it = alertsRig();
    let tries = 0;
    it.platform.after = () => {
      tries += 1;
      return tries <= 3 ? { result: 'failed', reason: 'no answer' } : undefined;
    };
    it.start();
    it.breaks();
    await it.pass(120_000);
    expect(it.platform.posts.length).toBe(4);
    expect(new Set(it.platform.posts.map(({ key }) => key)).size).toBe(1);
    expect(it.platform.shown).toHaveLength(1);
  });
});
