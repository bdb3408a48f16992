/** What a follower of some of an incident's projects is told, and what its message tells of those that are over. */
import { afterEach, describe, expect, it } from 'vitest';
import { alertsRig, ann, annsPlace, channel, stopAlerts } from '../support/alerts-rig.ts';

afterEach(stopAlerts);

const failure = { code: 'cw.permission', entity: 'ticket' } as const;

/** Projects 1 to 7, of a customer each, that all miss one right; Ann follows what is hers, which is 2 and 3. */
async function sharedIncident() {
  const rig = alertsRig();
  await rig.follows.follow(ann, 'mine');
  rig.theirs.set('slack:T1/U1', new Set(['p2', 'p3']));
  const given = (n: number, more: object = {}) => ({
    id: `t:p${n}`,
    projectId: `p${n}`,
    link: { externalId: 100 + n, projectName: `Move ${n}`, customer: `Customer ${n}`, ...more },
  });
  const fails = (...numbers: number[]) => {
    for (const n of numbers) rig.put({ ...given(n), needsAttention: { since: rig.clock.now(), failure } });
  };
  const heals = (...numbers: number[]) => {
    for (const n of numbers) rig.heals(1, given(n));
  };
  const stops = (n: number) => {
    const needsAttention = { since: rig.clock.now(), failure };
    rig.put({ ...given(n, { state: 'disabled' }), needsAttention });
  };
  rig.start();
  fails(1, 2, 3, 4, 5, 6, 7);
  await rig.pass(10_000);
  return { ...rig, fails, heals, stops };
}

describe('a follower of some of the projects', () => {
  it('is told of theirs only, sees them leave, and hears that theirs are over and nothing after that', async () => {
    const rig = await sharedIncident();
    const direct = () => rig.platform.words(annsPlace);
    expect(direct()).toHaveLength(1);
    expect(direct()[0]).toMatch(/2 projects: Needs attention[\s\S]*Move 2[\s\S]*Move 3/u);
    rig.heals(3);
    await rig.pass(20_000);
    expect(direct()[0]).toMatch(/1 of 2 projects: Needs attention[\s\S]*Move 2[^✓]*✓ Customer 3 – Move 3/u);
    rig.heals(2);
    await rig.pass(20_000);
    expect(direct()[0]).toMatch(/^2 projects: Recovered after \d+ s\n/u);
    expect(rig.incidents.all[0]?.end).toBeUndefined();
    rig.heals(1, 4, 5, 6, 7);
    await rig.pass(20_000);
    expect(rig.incidents.all[0]?.end).toMatchObject({ how: 'recovered' });
    expect(direct()).toHaveLength(1);
    for (const words of direct()) expect(words).not.toMatch(/(?:Move|Customer) [14567]/u);
  });

  it('hears the end with no word of what was counted over others, where theirs are among the last', async () => {
    const rig = await sharedIncident();
    rig.heals(1, 2, 3, 4, 5, 6, 7);
    await rig.pass(20_000);
    const direct = rig.platform.words(annsPlace);
    expect(direct).toHaveLength(2);
    for (const words of direct) {
      expect(words).toMatch(/2 projects: Recovered/u);
      expect(words).not.toMatch(/(?:Move|Customer) [14567]|caught up/u);
    }
    expect(rig.platform.words(channel)[0]).toMatch(/7 changes caught up/u);
  });

  it('is told that theirs was taken out of the sync, and not that it recovered', async () => {
    const rig = await sharedIncident();
    rig.heals(2);
    await rig.pass(20_000);
    rig.stops(3);
    await rig.pass(20_000);
    expect(rig.platform.words(annsPlace)[0]).toMatch(/2 projects: No longer watched/u);
  });

  it('is told nothing before one of theirs joins', async () => {
    const rig = await sharedIncident();
    const bob = { ...ann, userId: 'U2' };
    const bobsPlace = { platform: 'slack', tenant: 'T1', user: 'U2' } as const;
    await rig.follows.follow(bob, { projectId: 'p8' });
    rig.fails(9);
    await rig.pass(20_000);
    expect(rig.platform.words(bobsPlace)).toEqual([]);
    rig.fails(8);
    await rig.pass(20_000);
    expect(rig.platform.words(bobsPlace)).toHaveLength(1);
    expect(rig.platform.words(bobsPlace)[0]).toContain('Customer 8 – Move 8');
    expect(rig.platform.words(bobsPlace)[0]).not.toMatch(/Move [1-79]/u);
  });

  it('is told later where the chat does not tell who they are', async () => {
    const rig = await sharedIncident();
    const known = rig.theirs.get('slack:T1/U1') ?? new Set();
    rig.theirs.delete('slack:T1/U1');
    rig.heals(3);
    await rig.pass(30_000);
    expect(rig.platform.words(annsPlace)[0]).toContain('2 projects: Needs attention');
    rig.theirs.set('slack:T1/U1', known);
    await rig.pass(90_000);
    expect(rig.platform.words(annsPlace)[0]).toContain('1 of 2 projects: Needs attention');
  });
});

describe('the message in a channel', () => {
  it('tells how many there were, names those that are still open first, and all of them at the end', async () => {
    const rig = await sharedIncident();
    const parent = () => rig.platform.words(channel)[0];
    rig.heals(1, 2, 3);
    rig.stops(4);
    await rig.pass(20_000);
    expect(parent()).toMatch(/^3 of 7 projects: Needs attention/u);
    expect(parent()).toMatch(/Move 5 [^✓]*Move 6 [^✓]*Move 7 [^✓]*✓ Customer \d[\s\S]* and 2 more/u);
    rig.heals(5, 6, 7);
    await rig.pass(20_000);
    expect(parent()).toMatch(/^7 projects: Recovered/u);
    expect(parent()).toMatch(/✓ Customer 5 – Move 5[\s\S]* and 2 more/u);
  });
});
