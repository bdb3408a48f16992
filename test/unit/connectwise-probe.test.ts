/** What the probe concludes from what it sees: where cwsync's constants would be wrong, it must say so. */
import { describe, expect, test } from 'vitest';
import { probeItems } from '../../adapters/connectwise/probe.ts';
import type { Seen } from '../../adapters/connectwise/probe-item.ts';
import type { Look, Row, Sight } from '../../adapters/connectwise/probe-look.ts';

type Told = Partial<Sight> & { readonly link?: string };
type Answers = {
  readonly [path: string]: Told | ((query: Readonly<Record<string, string | number>>) => Told);
};

function lookIn(answers: Answers): Look {
  return async (path, query) => {
    const found = answers[path];
    const { link, ...told } = (typeof found === 'function' ? found(query) : found) ?? {};
    const headers = new Headers(link === undefined ? {} : { link });
    return { status: 200, rows: [], value: null, headers, ...told };
  };
}

async function seenOf(start: string, answers: Answers): Promise<Seen> {
  const item = probeItems.find((one) => one.item.startsWith(start));
  if (!item?.look) throw new Error(`no item ${start}`);
  return await item.look(lookIn(answers));
}
const projects = (...values: readonly (number | null)[]): Answers => ({
  '/project/projects': { rows: values.map((percentComplete, i) => ({ id: i + 1, percentComplete })) },
});

describe('percentComplete', () => {
  test.each([
    [[0, 0.25, 0.5, 1, 1.2], 'percentCompleteOfAll = 1 is right'],
    [[0, 25, 50, 100], 'percentCompleteOfAll = 1 is wrong here: 100 is seen'],
    [[0, 0, null], undefined],
  ] as const)('%j', async (values, verdict) => {
    expect((await seenOf('percentComplete', projects(...values))).verdict).toBe(verdict);
  });
});

describe('schedule entries', () => {
  const entries = (...identifiers: readonly string[]): Answers => ({
    '/project/tickets': { rows: [{ id: 7 }] },
    '/schedule/entries': {
      rows: identifiers.map((identifier, id) => ({ id, objectId: 7, type: { identifier } })),
    },
  });

  test('another letter than that of activities leaves them with their tickets', async () => {
    const { seen, verdict } = await seenOf('The letter', entries('S', 's', 'P'));
    expect(seen).toEqual(['S: 2 entries', 'P: 1 entries']);
    expect(verdict).toContain('leaves all of them');
  });

  test('the letter of activities on a project ticket is told', async () => {
    expect((await seenOf('The letter', entries('S', 'C'))).verdict).toContain('is wrong');
  });

  test('an identifier that is no letter is told by its length', async () => {
    expect((await seenOf('The letter', entries('Secret'))).seen).toEqual([
      'an identifier of 6 characters: 1 entries',
    ]);
  });
});

describe('time entries', () => {
  const entries = (...rows: readonly Row[]): Answers => ({ '/time/entries': { rows } });
  const onTicket = { chargeToType: 'ProjectTicket', project: { id: 1 } };

  test.each([
    [[onTicket, onTicket], 'timeEntryProjectField = project/id is right'],
    [
      [onTicket, { chargeToType: 'ProjectTicket' }],
      'timeEntryProjectField = project/id misses 1: ask by chargeToId',
    ],
    [[{ chargeToType: 'ServiceTicket' }], undefined],
  ] as const)('%j', async (rows, verdict) => {
    expect((await seenOf('Whether time entries', entries(...rows))).verdict).toBe(verdict);
  });
});

describe('lastUpdated in conditions', () => {
  const counts = (all: number, past: number, future: number): Answers => ({
    '/project/tickets/count': ({ conditions = '' }) => {
      const count = String(conditions).includes('2999') ? future : conditions === '' ? all : past;
      return { value: { count } };
    },
  });

  test.each([
    [9, 9, 0, 'changedField = lastUpdated is right'],
    // Not understood and left out: then nothing is narrowed.
    [9, 9, 9, 'changedField = lastUpdated is wrong here: changes would be missed, try _info/lastUpdated'],
    [9, 0, 0, 'changedField = lastUpdated is wrong here: changes would be missed, try _info/lastUpdated'],
    [0, 0, 0, undefined],
  ])('%d, %d, %d', async (all, past, future, verdict) => {
    expect((await seenOf('Whether lastUpdated', counts(all, past, future))).verdict).toBe(verdict);
  });
});

describe('a child and its parent', () => {
  const changed = (time: string) => ({ _info: { lastUpdated: `2026-03-01T${time}Z` } });
  const world = (entry: string): Answers => ({
    '/project/projects': { rows: [{ id: 1, ...changed('12:00:00') }] },
    '/project/tickets': { rows: [{ id: 7, project: { id: 1 }, ...changed('10:00:00') }] },
    '/schedule/entries': { rows: [{ id: 3, objectId: 7, ...changed(entry) }] },
  });

  test('one that is newer says that the parent does not move', async () => {
    const { seen, verdict } = await seenOf('Whether a change of a child', world('10:00:06'));
    expect(seen[0]).toBe('schedule entries and tickets: 1 compared, 1 changed after their parent');
    expect(verdict).toContain('does not always move');
  });

  test('seconds of one act say nothing', async () => {
    const { verdict } = await seenOf('Whether a change of a child', world('10:00:05'));
    expect(verdict).toContain('no child is newer');
  });
});

describe('pages', () => {
  const next = '<https://psa.example/x?pageId=5>; rel="next"';
  const pages = (first: string | undefined, last: string | undefined): Answers => ({
    '/project/statuses': ({ pageSize }) => ({
      rows: Array.from({ length: Math.min(2, Number(pageSize)) }, (_, id) => ({ id })),
      ...(pageSize === 1
        ? first === undefined
          ? {}
          : { link: first }
        : last === undefined
          ? {}
          : { link: last }),
    }),
  });

  test.each([
    [next, undefined, 'pages are followed to their end'],
    [next, '', 'pages are followed to their end'],
    [next, '<https://psa.example/x?page=1>; rel="first"', 'pages are followed to their end'],
    // It never ends, or ends too early.
    [next, next, 'report this'],
    [undefined, undefined, 'report this'],
    ['<https://psa.example/x?page=2>; rel="next"', undefined, 'report this'],
  ])('%j, then %j', async (first, last, verdict) => {
    expect((await seenOf('The Link header', pages(first, last))).verdict).toContain(verdict);
  });
});

describe('rights and records that are not there', () => {
  test('a refusal is told by status and shape, and settles nothing', async () => {
    const refused = { status: 403, refusal: 'code Forbidden, message of 61 characters' };
    const { seen, verdict } = await seenOf('Whether time entries', { '/time/entries': refused });
    expect(seen).toEqual(['time entries: refused with 403 (code Forbidden, message of 61 characters)']);
    expect(verdict).toBeUndefined();
  });

  test('nothing there settles nothing', async () => {
    for (const item of probeItems) {
      if (item.look)
        expect([item.item, (await item.look(lookIn({}))).verdict]).toEqual([item.item, undefined]);
    }
  });
});
