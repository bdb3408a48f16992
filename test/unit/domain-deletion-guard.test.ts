import { describe, expect, test } from 'vitest';
import { isMassDeletion } from '../../src/domain/deletion-guard.ts';
import { since } from '../../src/domain/watermark.ts';

describe('unusually many deletions', () => {
  test.each([
    ['none', 0, 0, 50, false],
    ['none now, many before', 0, 40, 10, false],
    ['ten, everything there is', 10, 0, 10, false],
    ['eleven, everything there is', 11, 0, 11, true],
    ['eleven, a fifth', 11, 0, 55, false],
    ['eleven, more than a fifth', 11, 0, 54, true],
    ['many, a fifth', 200, 0, 1_000, false],
    ['many, more than a fifth', 201, 0, 1_000, true],
    ['ten with those before', 1, 9, 41, false],
    ['eleven with those before, a fifth', 1, 10, 45, false],
    ['eleven with those before, more than a fifth', 1, 10, 44, true],
  ])('%s', (_, gone, deletedBefore, live, expected) => {
    expect(isMassDeletion({ gone, deletedBefore, live })).toBe(expected);
  });
});

test('a reading begins two minutes before the last one did, or with everything', () => {
  expect(since(new Date('2026-01-05T09:00:00Z'))).toEqual(new Date('2026-01-05T08:58:00Z'));
  expect(since(undefined)).toBeUndefined();
});
