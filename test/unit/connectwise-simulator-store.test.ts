import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateIds } from '../../demo/connectwise/query/candidates.ts';
import { parseConditions } from '../../demo/connectwise/query/conditions.ts';
import { RecordStore } from '../../demo/connectwise/world/record-store.ts';
import { toSeconds } from '../../demo/connectwise/world/timestamps.ts';

type Item = { readonly id: number; readonly group: number; readonly _info: { readonly lastUpdated: string } };

const BASE = Date.parse('2026-03-02T00:00:00Z');
const item = (id: number, second: number, group = 1): Item => ({
  id,
  group,
  _info: { lastUpdated: toSeconds(new Date(BASE + second * 1_000)) },
});
const makeStore = () => new RecordStore<Item>({ 'group/id': (row) => row.group });

describe('the order of changes', () => {
  const act = fc.record({
    id: fc.integer({ min: 1, max: 30 }),
    second: fc.integer({ min: 0, max: 50 }),
    group: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom('put', 'put', 'put', 'delete', 'ask'),
  });

  it('finds what a look at every row finds, whatever came and went', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), fc.integer({ min: 0, max: 50 }), (acts, from) => {
        const store = makeStore();
        const since = BASE + from * 1_000;
        const scanned = () =>
          store
            .rows()
            .filter((row) => Date.parse(row._info.lastUpdated) >= since)
            .map(({ id }) => id);
        for (const { kind, id, second, group } of acts) {
          if (kind === 'put') store.put(item(id, second, group));
          else if (kind === 'delete') store.delete(id);
          else expect(store.idsChangedSince(since)).toEqual(scanned());
        }
        expect(store.idsChangedSince(since)).toEqual(scanned());
        for (const group of [1, 2, 3]) {
          const inGroup = store.rows().filter((row) => row.group === group);
          expect(store.idsWhere('group/id', group)).toEqual(inGroup.map(({ id }) => id));
        }
      }),
    );
  });

  it('gives up where most rows are new, and forgets what no longer holds', () => {
    const store = makeStore();
    for (let id = 1; id <= 4_000; id += 1) store.put(item(id, id));
    expect(store.idsChangedSince(BASE)).toBeNull();
    expect(store.idsChangedSince(BASE + 3_990_000)).toHaveLength(11);
    for (let turn = 0; turn < 20_000; turn += 1) store.put(item(1, 10_000 + turn));
    expect(store.idsChangedSince(BASE + 9_000_000)).toEqual([1]);
  });
});

describe('the rows that a query looks at', () => {
  const store = makeStore();
  for (let id = 1; id <= 5_000; id += 1) store.put(item(id, id, id % 500));
  const looked = (conditions: string) => candidateIds(store, parseConditions(conditions), null);

  it.each<[string, number]>([
    ['lastUpdated >= [2026-03-02T01:23:10Z]', 11],
    ['_info/lastUpdated > [2026-03-02T01:23:10Z]', 11],
    ['LastUpdated >= [2026-03-02T01:23:10.500Z] and id > 0', 11],
    ['group/id = 7', 10],
    ['group/id = 7 and lastUpdated >= [2026-03-02T01:00:00Z]', 10],
    ['group/id in (7, 8) and lastUpdated >= [2026-03-02T01:23:10Z]', 11],
    ['id in (3, 1, 2, 2) and lastUpdated >= [2026-03-02T01:23:10Z]', 3],
    ['lastUpdated >= [2026-03-02T01:00:00Z] and lastUpdated >= [2026-03-02T01:23:10Z]', 11],
    ['lastUpdated <= [2026-03-02T01:23:10Z]', 5_000],
    ['lastUpdated >= [2026-03-02T01:23:10Z] or id = 1', 5_000],
    ['not (lastUpdated >= [2026-03-02T01:23:10Z])', 5_000],
  ])('%s: %i', (conditions, count) => {
    expect(looked(conditions)).toHaveLength(count);
  });
});
