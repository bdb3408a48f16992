import { describe, expect, test } from 'vitest';
import { dayStarts } from '../../src/domain/calendar-days.ts';
import { percentile } from '../../src/domain/duration-counts.ts';
import type { Panel } from '../../src/ports/pictures.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';

/** Berlin has 01:30 on the 24th then. */
const now = new Date('2026-11-23T23:30Z');

function rig(given: Parameters<typeof commandRig>[1] = {}) {
  const made = commandRig([makeSyncTask()], {
    directory: {
      person: async () => ({
        name: 'Olga',
        stranger: false,
        guest: false,
        bot: false,
        timeZone: 'Europe/Berlin',
      }),
      conversation: async () => undefined,
    },
    installation: { defaultRole: 'viewer', missing: [], requestsPerSecond: 8 },
    clock: { now: () => now, sleep: async () => {}, monotonicMs: () => 0 },
    ...given,
  });
  made.report.given = {
    runs: {
      since: new Date('2026-11-21T09:00Z'),
      days: [
        // The day before anything is known.
        { completed: { delta: 77, comprehensive: 0 } },
        { completed: { delta: 1_200, comprehensive: 6 }, durations: [{ step: 60, count: 1_206 }] },
        {
          completed: { delta: 3, comprehensive: 1 },
          failed: { delta: 4, comprehensive: 2 },
          forPerson: 2,
          durations: [
            { step: 190, count: 3 },
            { step: 240, count: 1 },
          ],
        },
        {},
      ],
      causes: [
        { code: 'cw.unavailable', count: 4 },
        { code: 'cw.rejected', count: 1 },
        { code: 'cw.permission', count: 1 },
        { code: 'internal', count: 2 },
      ],
    },
    requests: {
      since: new Date('2026-10-01T00:00Z'),
      days: [{}, { made: 1_900, failed: 12, busiestMinute: 240 }, { made: 100, busiestMinute: 60 }, {}],
    },
  };
  return made;
}

const values = (panel: Panel | undefined) => panel?.series.map((series) => series.values);

describe('a report', () => {
  test('asks for the days of the asker’s calendar and says all that it draws', async () => {
    const { say, report, drawn } = rig();
    const reply = await say('report 4d', 'viewer');
    expect(report.asked).toEqual([
      {
        starts: ['20', '21', '22', '23'].map((day) => new Date(`2026-11-${day}T23:00Z`)),
        until: now,
      },
    ]);
    const [chart] = drawn;
    expect(chart).toMatchObject({
      title: 'Syncs of all projects, last 4 days',
      days: ['Sat 21', 'Sun 22', 'Mon 23', 'Tue 24'],
    });
    expect(chart?.subtitle).toContain('Sat 21 Nov to Tue 24 Nov 2026, 00:30 (Europe/Berlin).');
    const words = wordsOf(reply);
    for (const said of [
      '1,293 syncs: 1,280 delta and 7 comprehensive completed, 6 failed (2 of them for a person to act on).',
      'Half of the completed syncs took',
      '2,000 requests to ConnectWise, 12 of them refused or unanswered; 240 in the busiest minute (Sun 22 Nov) of the 480 that the budget allows, 50 %.',
      'Why they failed: 4 times: ConnectWise did not answer',
      '(cw.unavailable); once: ConnectWise refused a request (cw.rejected); once:',
      '; 2 for other causes.',
      'Sun 22 Nov: 1,206 syncs, 0 failed; half took',
      'Syncs are known since Sat 21 Nov, 10:00. Logs are kept for 30 days',
    ])
      expect(words).toContain(said);
    expect(reply?.file).toMatchObject({ name: 'report-4d-2026-11-23.png', mediaType: 'image/png' });
    expect(reply?.file?.alt).toContain('last 4 days. 1,293 syncs');
    expect(actionsOf(reply).map(({ command }) => command)).toEqual([
      'report 1d',
      'report 7d',
      'report 30d',
      'logs --errors --since 4d',
    ]);
  });

  test('draws nothing for days of which nothing is known, and zeros where nothing happened', async () => {
    const { say, drawn, report } = rig();
    report.given = { ...report.given, runs: { ...report.given.runs, since: new Date('2026-11-22T10:00Z') } };
    const words = wordsOf(await say('report 4d'));
    const [syncs, failures, took, requests, minutes] = drawn[0]?.panels ?? [];
    expect(values(syncs)).toEqual([
      [null, 1_200, 3, 0],
      [null, 6, 1, 0],
      [null, 0, 4, 0],
      [null, 0, 2, 0],
    ]);
    expect(values(failures)).toEqual([
      [null, 0, 4, 0],
      [null, 0, 2, 0],
    ]);
    expect(values(took)).toEqual([
      [null, 0, 10.6, null],
      [null, 0, 121.7, null],
    ]);
    expect(values(requests)).toEqual([
      [0, 1_888, 100, 0],
      [0, 12, 0, 0],
    ]);
    expect(minutes?.limit).toEqual({ name: 'Budget: 480 a minute', value: 480 });
    expect(words).toContain('Sat 21 Nov: 0 requests, 0 in a minute\n');
    expect(words).toContain('Tue 24 Nov: 0 syncs, 0 failed; 0 requests');
    report.given = {
      runs: {
        since: new Date('2026-11-22T10:00Z'),
        days: [{ forPerson: 1, failed: { delta: 1, comprehensive: 0 } }],
      },
    };
    expect(wordsOf(await say('report 4d'))).not.toMatch(/Sat 21 Nov:|Requests are known/u);
  });

  test('of one project, for a week where no span is named, without a budget', async () => {
    const { say, report, drawn } = rig({ installation: { defaultRole: 'viewer', missing: [] } });
    const reply = await say('report office');
    expect(report.asked).toMatchObject([{ projectId: 'p1', starts: { length: 7 } }]);
    expect(drawn[0]).toMatchObject({ title: 'Syncs of Office move, last 7 days' });
    expect(drawn[0]?.panels[4]?.limit).toBeUndefined();
    expect(wordsOf(reply)).toContain('without a budget that limits them');
    expect(reply?.file?.name).toBe('report-1042-7d-2026-11-23.png');
    expect(actionsOf(reply).map(({ command }) => command)).toContain('logs #1042 --errors --since 7d');
  });

  test('says in words what cannot be drawn, counted, or is not there', async () => {
    const undrawn = rig({ pictures: { draw: () => Promise.reject(new Error('no thread')) } });
    const reply = await undrawn.say('report');
    expect(reply?.file).toBeUndefined();
    expect(wordsOf(reply)).toContain('The picture could not be drawn this time. All its numbers are here');
    const { say, report, drawn } = rig();
    report.tooMuch = true;
    expect(wordsOf(await say('report 30d'))).toContain('Ask for fewer days, or for one project');
    report.tooMuch = false;
    report.given = {};
    expect(wordsOf(await say('report 1d'))).toContain(
      'There is nothing to report: no sync ended today, and no request was made.\nNo syncs are known. No requests are known.',
    );
    expect(drawn).toEqual([]);
    expect(wordsOf(await commandRig([]).say('report'))).not.toContain('nothing to report');
  });

  test.each(['report 0d', 'report 31d', 'report 24h', 'report #1042 999999999d'])(
    '%s is refused with the reason',
    async (typed) => {
      const { say, report } = rig();
      const reply = await say(typed);
      expect(reply).toMatchObject({ unclear: true });
      expect(wordsOf(reply)).toMatch(/1 to 30 whole days.*For example: report 7d/su);
      expect(report.asked).toEqual([]);
    },
  );

  test('of a name that the picture has no letters for shows its number there', async () => {
    const task = makeSyncTask({ link: { projectName: '東京 <!channel>' } });
    const { say, report, drawn } = commandRig([task]);
    report.given = { requests: { since: new Date(0), days: [{ made: 1, busiestMinute: 1 }] } };
    const reply = await say('report #1042 1d');
    expect(drawn[0]?.title).toBe('Syncs of project #1042, today');
    expect(reply?.summary).toContain('東京');
    expect(wordsOf(reply)).toContain('(UTC)');
  });
});

describe('days', () => {
  test.each([
    ['Europe/Berlin', '2026-10-26T09:00Z', ['2026-10-23T22:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z']],
    ['Asia/Kathmandu', '2026-01-02T18:14Z', ['2025-12-30T18:15Z', '2025-12-31T18:15Z', '2026-01-01T18:15Z']],
    [
      'Pacific/Kiritimati',
      '2026-03-01T10:00Z',
      ['2026-02-27T10:00Z', '2026-02-28T10:00Z', '2026-03-01T10:00Z'],
    ],
    // No midnight on the 25th there: the clock goes from 24:00 to 01:00.
    ['Africa/Cairo', '2025-04-26T00:00Z', ['2025-04-23T22:00Z', '2025-04-24T22:00Z', '2025-04-25T21:00Z']],
  ])('in %s begin when its calendar says', (zone, at, expected) => {
    expect(dayStarts(new Date(at), 3, zone)).toEqual(expected.map((one) => new Date(one)));
  });

  test('percentiles are those of the nearest rank', () => {
    const counts = [
      { step: 2, count: 1 },
      { step: 0, count: 19 },
    ];
    expect(percentile(counts, 0.95)).toBe(1);
    expect(percentile(counts, 0.951)).toBeCloseTo(1.05 ** 2);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});
