import { distance } from 'fastest-levenshtein';
import { describe, expect, test } from 'vitest';
import { matchProject, nearestProjects } from '../../src/domain/project-match.ts';

const project = (externalId: number, name: string, customer: string | null = null) => ({
  taskId: `t:${externalId}`,
  externalId,
  name,
  customer,
});

const projects = [
  project(1042, 'Office move', 'Contoso'),
  project(1043, 'Office move Zürich', 'Contoso'),
  project(1044, 'Server room', 'Fabrikam'),
  project(1045, '1042', 'Odd names Ltd'),
  project(1046, 'Plan #9', null),
  project(1047, 'Migration of the office', 'Northwind'),
];

function found(typed: string, options?: { byBeginning: boolean }): number[] {
  const match = matchProject(projects, typed, options);
  if (match.found === 'none') return [];
  return match.found === 'one'
    ? [match.project.externalId]
    : match.projects.map(({ externalId }) => externalId);
}

describe('matchProject', () => {
  test.each<[string, string, number[]]>([
    ['external id', '1044', [1044]],
    ['external id with #', '#1044', [1044]],
    ['external id with a full-width #', '＃1044', [1044]],
    ['external id before a name that is a number', '1042', [1042]],
    ['an id that is none falls to names', '#9', [1046]],
    ['exact name before longer ones', 'Office move', [1042]],
    ['case and blanks do not count', '  office   MOVE ', [1042]],
    ['accents do not count', 'office move zurich', [1043]],
    ['beginning before part', 'off', [1042, 1043]],
    ['an only beginning before parts elsewhere', 'Migration', [1047]],
    ['part of a name', 'room', [1044]],
    ['part of the customer', 'fabrikam', [1044]],
    ['customer of several', 'contoso', [1042, 1043]],
    ['nothing', 'quantum', []],
    ['blank', '   ', []],
    ['only #', '#', [1046]],
    ['a number too long for an id', '99999999999', []],
  ])('%s: %s', (_, typed, expected) => {
    expect(found(typed)).toEqual(expected);
  });

  test('a filtered list takes a part of any name as well as a beginning', () => {
    expect(found('off', { byBeginning: false })).toEqual([1042, 1043, 1047]);
    expect(found('office move', { byBeginning: false })).toEqual([1042]);
  });

  test('two projects of the same name are both told', () => {
    const twins = [project(1, 'Twin'), project(2, 'TWIN')];
    expect(matchProject(twins, 'twin')).toEqual({ found: 'several', projects: twins });
  });

  test('a name over the seam between name and customer counts', () => {
    expect(found('room fabrikam')).toEqual([1044]);
  });
});

describe('nearestProjects', () => {
  test.each<[string, number]>([
    ['servre room', 1044],
    ['Srver', 1044],
    ['romm', 1044],
    ['migratoin', 1047],
  ])('%s is nearest to %i', (typed, externalId) => {
    expect(nearestProjects(projects, typed, 3, distance)[0]?.externalId).toBe(externalId);
  });

  test('gives so many and no more, equal ones by name', () => {
    expect(nearestProjects(projects, 'room', 1, distance)).toHaveLength(1);
    expect(nearestProjects([], 'x', 3, distance)).toEqual([]);
    const equal = nearestProjects([project(1, 'bb'), project(2, 'ab')], 'zb', 2, distance);
    expect(equal.map(({ name }) => name)).toEqual(['ab', 'bb']);
  });

  test('a customer’s name counts', () => {
    const near = nearestProjects([project(1, 'Office move', 'Fabrikam')], 'fabrikan', 3, distance);
    expect(near).toHaveLength(1);
  });

  test.each(['xxxxxxxxxx', '999', '#1045', '1044 1047'])('%s is near to nothing', (typed) => {
    expect(nearestProjects(projects, typed, 3, distance)).toEqual([]);
  });
});
