import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningConnectWise, startConnectWise } from '../../demo/connectwise/server.ts';
import {
  type PsaKind,
  type PsaKinds,
  type PsaTableRow,
  psaTables,
  scoutedKinds,
} from '../../src/domain/psa-records.ts';
import type { Psa, PsaPage, PsaScope } from '../../src/ports/psa.ts';
import { FakePsa } from '../support/fake-psa.ts';
import { call, connectTo, failureOf } from './connectwise-client-rig.ts';

/** The engine is tested with `FakePsa`, so it has to answer like the client over a tenant with the same records. */

let simulator: RunningConnectWise;
let psa: Psa;
let fake: FakePsa;
let projectIds: readonly number[];
let ticketIds: readonly number[];

async function itemsOf<T>(pages: AsyncIterable<PsaPage<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page.items);
  return items;
}

async function copy<K extends PsaKind>(
  kind: K,
  scopes: readonly PsaScope[],
): Promise<readonly PsaKinds[K][]> {
  const records: PsaKinds[K][] = [];
  for (const scope of scopes) records.push(...(await itemsOf(psa.list(kind, scope, call()))));
  return records;
}

/** Copies what names its project only by where it is. */
async function copyPlaced<K extends PsaKind>(
  kind: K,
): Promise<readonly (PsaKinds[K] & { inProject: number })[]> {
  const placed = projectIds.map(async (project) =>
    (await copy(kind, [{ project }])).map((record) => ({ ...record, inProject: project })),
  );
  return (await Promise.all(placed)).flat();
}

const withoutPlace = <T extends object>(records: readonly T[]): unknown[] =>
  records.map((record) => ({ ...record, inProject: undefined }));

beforeAll(async () => {
  simulator = await startConnectWise({
    world: { seed: 11, projects: 3, tickets: 12, schedule: 9, time: 9, notes: 9 },
  });
  psa = connectTo(simulator.url, simulator.credentials, 5).psa;
  projectIds = simulator.world.stores.projects.rows().map(({ id }) => id);
  ticketIds = simulator.world.stores.tickets.rows().map(({ id }) => id);
  fake = new FakePsa();
  fake.projects = await Promise.all(projectIds.map(async (id) => (await psa.project(id, call())).project));
  fake.records.ticket = await copy('ticket', [{}]);
  fake.records.scheduleEntry = await copy('scheduleEntry', [{}]);
  fake.records.timeEntry = await copy('timeEntry', [{}]);
  fake.records.ticketNote = await copy(
    'ticketNote',
    ticketIds.map((ticket) => ({ ticket })),
  );
  fake.records.phase = await copyPlaced('phase');
  fake.records.projectNote = await copyPlaced('projectNote');
  fake.records.teamMember = await copyPlaced('teamMember');
  for (const table of psaTables) {
    const boards =
      table === 'boardStatus' ? simulator.world.stores.boards.rows().map(({ id }) => id) : [undefined];
    const rows: PsaTableRow[] = [];
    for (const board of boards) rows.push(...(await itemsOf(psa.table(table, call(), board))));
    fake.tables[table] = rows;
  }
});

afterAll(async () => {
  await simulator.stop();
});

const scopesOf: { readonly [K in PsaKind]: () => readonly PsaScope[] } = {
  phase: () => projectIds.map((project) => ({ project })),
  projectNote: () => projectIds.map((project) => ({ project })),
  teamMember: () => projectIds.map((project) => ({ project })),
  ticket: () => [{}, ...projectIds.map((project) => ({ project }))],
  timeEntry: () => [{}, ...projectIds.map((project) => ({ project }))],
  scheduleEntry: () => [{}, { tickets: ticketIds.slice(0, 7) }],
  ticketNote: () => [...ticketIds.slice(0, 5), 99_999].map((ticket) => ({ ticket })),
};
const kinds = Object.keys(scopesOf) as PsaKind[];

describe.each(kinds)('the client and its stand-in, asked for %s', (kind) => {
  it('show the same, in every scope, by time, by id and as a number', async () => {
    let seen = 0;
    for (const scope of scopesOf[kind]()) {
      const all = await itemsOf(psa.list(kind, scope, call()));
      seen += all.length;
      expect(withoutPlace(await itemsOf(fake.list(kind, scope, call())))).toEqual(withoutPlace(all));
      const stamps = all.map(({ lastUpdated }) => lastUpdated ?? '').toSorted();
      const since = new Date(stamps[Math.floor(stamps.length / 2)] ?? 0);
      const later = await itemsOf(psa.list(kind, scope, call(), since));
      expect(withoutPlace(await itemsOf(fake.list(kind, scope, call(), since)))).toEqual(withoutPlace(later));
      expect(await fake.count(kind, scope, call())).toBe(await psa.count(kind, scope, call()));
      // One of its own, one of another project, one that is nowhere.
      const ids = [...all.slice(0, 1), ...fake.records[kind].slice(-1)]
        .map(({ id }) => id)
        .concat(2_000_000_000);
      const found = await psa.byIds(kind, ids, scope, call());
      const fakeFound = await fake.byIds(kind, ids, scope, call());
      expect(withoutPlace(fakeFound.items)).toEqual(withoutPlace(found.items));
      for (const id of ids) {
        expect(await fake.isMissing(kind, id, scope, call())).toBe(
          await psa.isMissing(kind, id, scope, call()),
        );
      }
    }
    expect(seen).toBeGreaterThan(0);
  });
});

describe('the client and its stand-in', () => {
  it('know the same projects, changes and tables', async () => {
    expect(await itemsOf(fake.openProjects(call()))).toEqual(await itemsOf(psa.openProjects(call())));
    for (const kind of scoutedKinds) {
      const since = new Date(fake.projects[0]?.lastUpdated ?? 0);
      const changes = await itemsOf(psa.changes(kind, since, call()));
      expect(await itemsOf(fake.changes(kind, since, call()))).toEqual(changes);
    }
    const [board] = simulator.world.stores.boards.rows();
    for (const table of psaTables) {
      expect(await itemsOf(fake.table(table, call(), board?.id))).toEqual(
        await itemsOf(psa.table(table, call(), board?.id)),
      );
    }
  });

  it.each(['phase', 'projectNote', 'teamMember'] as const)('miss the project of a %s alike', async (kind) => {
    for (const one of [psa, fake]) {
      const scope = { project: 99_999 };
      expect((await failureOf(itemsOf(one.list(kind, scope, call())))).code).toBe('cw.project-missing');
      expect((await failureOf(one.count(kind, scope, call()))).code).toBe('cw.project-missing');
      expect((await failureOf(one.byIds(kind, [1], scope, call()))).code).toBe('cw.project-missing');
      expect(await one.isMissing(kind, 1, scope, call())).toBe(true);
      expect((await failureOf(one.project(99_999, call()))).code).toBe('cw.project-missing');
    }
  });

  it('refuse what the API member may not read alike', async () => {
    const permissions = (allowed: boolean) =>
      fetch(`${simulator.url}/_control/permissions`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ entity: 'timeEntries', allowed }),
      });
    await permissions(false);
    fake.forbidden.add('timeEntry');
    try {
      for (const one of [psa, fake]) {
        const failures = [
          await failureOf(itemsOf(one.list('timeEntry', {}, call()))),
          await failureOf(itemsOf(one.changes('timeEntry', new Date(0), call()))),
          await failureOf(one.count('timeEntry', {}, call())),
          await failureOf(one.byIds('timeEntry', [1], {}, call())),
          await failureOf(one.isMissing('timeEntry', 1, {}, call())),
        ];
        expect(failures.map(({ code, entity }) => [code, entity])).toEqual(
          Array(5).fill(['cw.permission', 'timeEntry']),
        );
      }
    } finally {
      fake.forbidden.clear();
      await permissions(true);
    }
  });
});
