/** Who is which member, whose pages are looked at, and whose projects are whose: each rule on both stores. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mongoHomeStore } from '../../adapters/mongodb/home-store.ts';
import { mongoIdentityStore } from '../../adapters/mongodb/identity-store.ts';
import type { Home, HomeStore } from '../../src/ports/homes.ts';
import type { Planner } from '../../src/ports/planner.ts';
import { FakeHomes } from '../support/fake-homes.ts';
import { FakeIdentities } from '../support/fake-identities.ts';
import { atMs } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';
import { create, plannerRigs, seed, write } from './planner-rig.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

const newTenant = () => `tenant-${randomUUID()}`;

describe.each([
  ['MongoDB', () => mongoIdentityStore(fresh.db, newTenant())],
  ['the fake', () => new FakeIdentities()],
] as const)('identities in %s', (_name, open) => {
  it('keep the last that was said of each', async () => {
    const store = open();
    expect(await store.memberOf('slack:T/U')).toBeUndefined();
    await store.set('slack:T/U', 4);
    await store.set('slack:T/V', 5);
    await store.set('slack:T/U', 6);
    expect([await store.memberOf('slack:T/U'), await store.memberOf('slack:T/V')]).toEqual([6, 5]);
  });
});

/** Stores whose time is moved by hand: the real one is made anew at each instant, as its time is an expression. */
const homeStores: readonly (readonly [string, () => (ms: number) => HomeStore])[] = [
  [
    'MongoDB',
    () => {
      const tenant = newTenant();
      return (ms) => mongoHomeStore(fresh.db, tenant, atMs(ms));
    },
  ],
  [
    'the fake',
    () => {
      let now = 0;
      const store = new FakeHomes(() => atMs(now));
      return (ms) => {
        now = ms;
        return store;
      };
    },
  ],
];

describe.each(homeStores)('standing pages in %s', (_name, open) => {
  let at: (ms: number) => HomeStore;
  beforeEach(() => {
    at = open();
  });
  const home = (userId: string, team = 'T'): Home => ({
    person: { platform: 'slack', tenant: team, userId, name: '$Ann' },
    handle: { platform: 'slack', user: userId },
  });

  it('keep a filter for each person, whether or not they look', async () => {
    expect(await at(0).filterOf('slack:T/U')).toBeUndefined();
    await at(0).keepFilter('slack:T/U', '--by-board "$x"');
    await at(0).looked(home('U'), 0);
    expect(await at(0).filterOf('slack:T/U')).toBe('--by-board "$x"');
    await at(0).keepFilter('slack:T/U', '');
    expect(await at(0).filterOf('slack:T/U')).toBe('');
    expect(await at(0).takeDue(100, 10)).toEqual(home('U'));
  });

  it('are due after a while, one after another, and not for those who have looked away', async () => {
    await at(0).looked(home('U'), 20);
    await at(1).looked(home('V'), 5);
    expect(await at(4).takeDue(100, 30)).toBeUndefined();
    expect(await at(20).takeDue(100, 30)).toEqual(home('V'));
    expect(await at(20).takeDue(100, 30)).toEqual(home('U'));
    expect(await at(20).takeDue(100, 30)).toBeUndefined();
    expect(await at(50).takeDue(49, 30)).toEqual(home('V'));
    expect(await at(50).takeDue(49, 30)).toBeUndefined();
  });

  it('a look again takes the place of the last', async () => {
    await at(0).looked(home('U'), 20);
    const handle = { platform: 'slack', user: 'U', view: 'V2' } as const;
    await at(10).looked({ ...home('U'), handle }, 0);
    expect((await at(10).takeDue(100, 30))?.handle).toEqual(handle);
    expect(await at(20).takeDue(100, 30)).toBeUndefined();
  });
});

describe.each(plannerRigs())('the projects of a member $name', (rigs) => {
  let planner: Planner;
  afterAll(() => rigs.end());
  beforeEach(async () => {
    planner = (await rigs.make()).planner;
  });
  const member = (id: number) => ({ id, name: 'Ann' });

  it('are those that they manage or are in the team of, while it is so', async () => {
    const project = { kind: 'project' } as const;
    await seed(planner, [create(1, { fields: { manager: member(7) } })], { ...project, projectId: 'p1' });
    await seed(planner, [create(2, { fields: { manager: member(8) } })], { ...project, projectId: 'p2' });
    await seed(planner, [create(3, { fields: { manager: null } })], { ...project, projectId: 'p3' });
    const team = { kind: 'teamMember', projectId: 'p2' } as const;
    const [joined] = await seed(planner, [create(4, { fields: { member: member(7) } })], team);
    await seed(planner, [create(5, { fields: { member: member(7) } })], { ...team, projectId: 'p1' });
    expect(await planner.projectsOfMember(7)).toEqual(['p1', 'p2']);
    expect(await planner.projectsOfMember(8)).toEqual(['p2']);
    expect(await planner.projectsOfMember(9)).toEqual([]);
    const deleted = { at: atMs(0), by: 'cwsync', reason: 'gone from ConnectWise' } as const;
    const { id = '', version = 0 } = joined ?? {};
    await write(planner, { ...team, delete: [{ id, version, deleted }] });
    expect(await planner.projectsOfMember(7)).toEqual(['p1']);
  });
});
