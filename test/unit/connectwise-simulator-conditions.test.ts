import { describe, expect, it } from 'vitest';
import { candidateIds } from '../../demo/connectwise/query/candidates.ts';
import {
  compileChildConditions,
  compileCustomFieldConditions,
} from '../../demo/connectwise/query/child-conditions.ts';
import { type ComparisonRules, compileCondition } from '../../demo/connectwise/query/compile-condition.ts';
import { ConditionsError } from '../../demo/connectwise/query/condition-tokens.ts';
import { parseConditions } from '../../demo/connectwise/query/conditions.ts';
import { sortRows } from '../../demo/connectwise/query/order-by.ts';
import { projector } from '../../demo/connectwise/query/projection.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';

const SQL_RULES: ComparisonRules = { nullComparison: 'unknown', stringsCaseSensitive: false };

const rows = [
  {
    id: 1,
    summary: 'Install "big" switch [x]',
    status: { id: 10, name: 'New' },
    owner: { id: 5, identifier: 'areyes' },
    budgetHours: 4,
    closedFlag: false,
    requiredDate: '2026-03-01T00:00:00Z',
    types: [
      { id: 1, name: 'Customer' },
      { id: 5, name: 'Partner' },
    ],
    customFields: [
      { id: 1, caption: 'Region', value: 'West' },
      { id: 2, caption: 'Tier', value: 'East' },
    ],
    _info: { lastUpdated: '2026-02-01T10:00:00Z', dateEntered: '2026-01-01T10:00:00Z' },
  },
  {
    id: 2,
    summary: "Anna's mailbox \\ archive",
    status: { id: 11, name: 'In Progress' },
    owner: null,
    budgetHours: 0.5,
    closedFlag: false,
    requiredDate: null,
    types: [{ id: 1, name: 'Customer' }],
    customFields: [{ id: 1, caption: 'Region', value: 'East' }],
    _info: { lastUpdated: '2026-02-02T10:00:00Z', dateEntered: '2026-01-02T10:00:00Z' },
  },
  {
    id: 3,
    summary: '50* done',
    status: { id: 12, name: '>Closed' },
    owner: { id: 6, identifier: 'mlindqvist' },
    budgetHours: null,
    closedFlag: true,
    requiredDate: '2026-04-01T00:00:00Z',
    types: [],
    customFields: [{ id: 1, caption: 'Region', value: null }],
    _info: { lastUpdated: '2026-02-03T10:00:00Z', dateEntered: '2026-01-03T10:00:00Z' },
  },
];

function idsFor(text: string, rules = SQL_RULES): number[] {
  const condition = parseConditions(text);
  if (!condition) return rows.map((row) => row.id);
  return rows.filter(compileCondition(condition, rules)).map((row) => row.id);
}

describe('conditions', () => {
  it.each<[string, number[]]>([
    ['', [1, 2, 3]],
    ['   ', [1, 2, 3]],
    ['id = 2', [2]],
    ['id=2', [2]],
    ['id != 2', [1, 3]],
    ['id < 2', [1]],
    ['id <= 2', [1, 2]],
    ['id > 2', [3]],
    ['id >= 2', [2, 3]],
    ['budgetHours = 0.5', [2]],
    ['budgetHours > -1.5', [1, 2]],
    ['status/name = "New"', [1]],
    ["status/name = 'New'", [1]],
    ['status/name = "new"', [1]],
    ['STATUS/Name = "New"', [1]],
    ['ClosedFlag = False', [1, 2]],
    ['closedflag=TRUE', [3]],
    ['closedFlag != true', [1, 2]],
    ['owner = null', [2]],
    ['owner/identifier != null', [1, 3]],
    ['noSuchField = null', [1, 2, 3]],
    ['noSuchField = 5', []],
    ['id in (1,3, 99)', [1, 3]],
    ['id not in (1)', [2, 3]],
    ['status/name IN ("New", \'>Closed\')', [1, 3]],
    ['summary contains "MAIL"', [2]],
    ['Summary Not Contains "mail"', [1, 3]],
    ['summary like "inst*"', [1]],
    ['summary like "%archive"', [2]],
    ['summary like "archive"', []],
    ['summary not like "*s*"', [3]],
    ['summary contains "[[]x]"', [1]],
    ['summary like "*[[]x]"', [1]],
    ['summary contains "\\"big\\""', [1]],
    ["summary contains 'Anna\\'s'", [2]],
    ['summary contains "\\\\"', [2]],
    ['requiredDate < [2026-03-15T00:00:00Z]', [1]],
    ['requiredDate >= [2026-03-01]', [1, 3]],
    ['requiredDate = [2026-03-01T01:00:00+01:00]', [1]],
    ['requiredDate = [2026-03-01T00:00:00.000000]', [1]],
    ['lastUpdated > [2026-02-01T10:00:00Z]', [2, 3]],
    ['LASTUPDATED >= [2026-02-01T10:00:00Z]', [1, 2, 3]],
    ['_info/lastUpdated > [2026-02-02T10:00:00Z]', [3]],
    ['_info/dateEntered <= [2026-01-01T10:00:00Z]', [1]],
    ['id = 1 or id = 2 and closedFlag = true', [1]],
    ['(id = 1 or id = 3) and closedFlag = true', [3]],
    ['id = 1 OR (id = 3 AND (closedFlag = true))', [1, 3]],
    ['not id = 1', [2, 3]],
    ['not (id = 1 or id = 2)', [3]],
    ['not not id = 1', [1]],
  ])('%s', (text, expected) => {
    expect(idsFor(text)).toEqual(expected);
  });

  it.each<[string, number[], number[]]>([
    ['owner/identifier != "areyes"', [3], [2, 3]],
    ['not owner/identifier = "areyes"', [3], [2, 3]],
    ['owner/identifier not in ("areyes")', [3], [2, 3]],
    ['owner/identifier not contains "ar"', [3], [2, 3]],
    ['owner/identifier = "x" or owner = null', [2], [2]],
  ])('null in %s: unknown as in SQL, or a plain value', (text, sql, plain) => {
    expect(idsFor(text)).toEqual(sql);
    expect(idsFor(text, { ...SQL_RULES, nullComparison: 'plain' })).toEqual(plain);
  });

  it('compares texts by case when the switch says so', () => {
    const rules: ComparisonRules = { ...SQL_RULES, stringsCaseSensitive: true };
    expect(idsFor('status/name = "new"', rules)).toEqual([]);
    expect(idsFor('summary contains "MAIL"', rules)).toEqual([]);
  });

  it.each([
    'id',
    'id =',
    '= 5',
    'id = 5 and',
    'id = 5 id = 6',
    '(id = 5',
    'id = 5)',
    'id in ()',
    'id in (1',
    'id in 1',
    'id not = 5',
    'summary like 5',
    'summary = "open',
    'requiredDate > [yesterday]',
    'requiredDate > [2026-13-40]',
    'id == 5',
    'id = 5; drop',
    'status/ = 5',
    'and = 5',
    `${'('.repeat(5_000)}id = 1${')'.repeat(5_000)}`,
  ])('refuses %s', (text) => {
    expect(() => parseConditions(text)).toThrow(ConditionsError);
  });

  it('wants one list element to meet all of the child conditions', () => {
    const matching = (text: string) =>
      rows.filter(compileChildConditions(text, SQL_RULES) ?? (() => true)).map((row) => row.id);
    expect(matching('types/name = "Partner" and types/id = 5')).toEqual([1]);
    expect(matching('types/name = "Partner" and types/id = 1')).toEqual([]);
    expect(matching('types/name like "cust*"')).toEqual([1, 2]);
    expect(() => matching('name = "Partner"')).toThrow(ConditionsError);
    expect(() => matching('types/id = 1 and others/id = 1')).toThrow(ConditionsError);
  });

  it('wants one custom field to meet all of the custom field conditions', () => {
    const matching = (text: string) =>
      rows.filter(compileCustomFieldConditions(text, SQL_RULES) ?? (() => true)).map((row) => row.id);
    expect(matching('caption="Region" AND value = "West"')).toEqual([1]);
    expect(matching('caption="Region" AND value = "East"')).toEqual([2]);
    expect(matching('caption="Region" AND value = null')).toEqual([3]);
  });
});

describe('which rows are looked at', () => {
  const { stores } = createWorld({
    seed: 1,
    projects: 3,
    tickets: 50,
    now: new Date('2026-03-02T09:30:00Z'),
  });
  const looked = (text: string) => candidateIds(stores.tickets, parseConditions(text), null);

  it.each<[string, number]>([
    ['', 150],
    ['closedFlag = false', 150],
    ['project/id = 101', 50],
    ['closedFlag = false and (Project/ID = 102 and id > 5)', 50],
    ['project/id in (101, 103)', 100],
    ['project/id = 101 or id > 0', 150],
    ['not project/id = 101', 150],
    ['project/id = 101 and id in (5001, 5002, 1)', 2],
    ['project/id = 999', 0],
  ])('%s: %i', (text, count) => {
    expect(looked(text)).toHaveLength(count);
    expect(looked(text)).toEqual([...looked(text)].sort((a, b) => a - b));
  });
});

describe('orderBy', () => {
  const order = (text: string) => sortRows(rows, text).map((row) => row.id);

  it.each<[string, number[]]>([
    ['', [1, 2, 3]],
    ['id desc', [3, 2, 1]],
    ['Status/Name', [3, 2, 1]],
    ['budgetHours desc', [1, 2, 3]],
    ['owner/identifier asc', [2, 1, 3]],
    ['closedFlag desc, id desc', [3, 2, 1]],
    ['lastUpdated desc', [3, 2, 1]],
  ])('%s', (text, expected) => {
    expect(order(text)).toEqual(expected);
  });

  it('refuses what it cannot order by', () => {
    expect(() => order('id sideways')).toThrow(ConditionsError);
  });
});

describe('fields', () => {
  it('keeps nested paths, in any case, and passes over unknown names', () => {
    expect(projector('ID, status/id,nothing,_info/lastUpdated')(rows[0])).toEqual({
      id: 1,
      status: { id: 10 },
      _info: { lastUpdated: '2026-02-01T10:00:00Z' },
    });
    expect(projector('types/id')(rows[0])).toEqual({ types: [{ id: 1 }, { id: 5 }] });
  });
});
