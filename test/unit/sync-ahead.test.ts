import { expect, test } from 'vitest';
import { ahead } from '../../src/app/sync/ahead.ts';

/** Pages 1 to n; what was asked for, and whether the asking was ended. */
function pages(count: number, failsAt = Number.POSITIVE_INFINITY) {
  const seen = { asked: 0, ended: false };
  async function* source() {
    try {
      for (let page = 1; page <= count; page += 1) {
        seen.asked = page;
        if (page === failsAt) throw new Error(`page ${page}`);
        yield page;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, source: source() };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one page is asked for while the last one is worked on, and no more', async () => {
  const { seen, source } = pages(4);
  const met: (readonly [number, number])[] = [];
  for await (const page of ahead(source)) {
    await settled();
    met.push([page, seen.asked]);
  }
  expect(met).toEqual([
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 4],
  ]);
  expect(seen.ended).toBe(true);
});

test('no pages', async () => {
  for await (const page of ahead(pages(0).source)) expect(page).toBeUndefined();
});

test('a page that fails is met in its turn', async () => {
  const met: number[] = [];
  const read = async () => {
    for await (const page of ahead(pages(4, 3).source)) {
      await settled();
      met.push(page);
    }
  };
  await expect(read()).rejects.toThrow('page 3');
  expect(met).toEqual([1, 2]);
});

test.each([
  ['in peace', Number.POSITIVE_INFINITY],
  ['with a page that fails behind its back', 2],
])('whoever leaves early ends the asking: %s', async (_, failsAt) => {
  const { seen, source } = pages(4, failsAt);
  for await (const page of ahead(source)) {
    await settled();
    expect(page).toBe(1);
    break;
  }
  await settled();
  expect(seen).toEqual({ asked: 2, ended: true });
});
