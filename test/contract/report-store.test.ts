/** What reports count, against a real MongoDB server. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mongoLogStore } from '../../adapters/mongodb/log-store.ts';
import { mongoReportStore } from '../../adapters/mongodb/report-store.ts';
import { percentile } from '../../src/domain/duration-counts.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await migratedDatabase();
});
afterAll(() => fresh.drop());

/** Berlin, the night that summer time ends: the second day is 25 hours long. */
const starts = ['2026-10-23T22:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'].map((at) => new Date(at));
const until = new Date('2026-10-26T09:00Z');

const end = (at: string, rest: Partial<LogEntry> = {}): LogEntry => ({
  at: new Date(at),
  severity: 'info',
  action: 'finished',
  message: 'm',
  direction: 'none',
  projectId: 'p1',
  mode: 'delta',
  durationMs: 1_000,
  ...rest,
});
const failed = { action: 'failed', severity: 'warning', code: 'cw.unavailable', durationMs: 90_000 } as const;
const request = (at: string, rest: Partial<RequestRecord> = {}): RequestRecord => ({
  at: new Date(at),
  method: 'GET',
  path: '/',
  status: 200,
  durationMs: 5,
  attempt: 1,
  requestId: 'r',
  projectId: 'p1',
  ...rest,
});

function told<T>(facts: T | undefined): T {
  if (!facts) throw new Error('it took too long');
  return facts;
}

it('counts ends of syncs and requests by day, mode, result and cause, from indexes alone', async () => {
  const tenantId = `t-${randomUUID()}`;
  const log = mongoLogStore({ db: fresh.db, tenantId, onLost: (error) => expect.fail(String(error)) });
  const others = mongoLogStore({ db: fresh.db, tenantId: 'another', onLost: () => {} });
  const { runs, requests } = mongoReportStore(fresh.db, tenantId);
  const { status: _none, ...unanswered } = request('2026-10-25T10:00:59Z');
  await others.append([end('2026-10-24T10:00Z')]);
  await log.append([
    end('2026-10-20T12:00Z'),
    end('2026-10-23T21:59:59.999Z'),
    end('2026-10-23T22:00Z'),
    ...[100, 200, 400, 800].map((durationMs) => end('2026-10-24T12:00Z', { durationMs })),
    end('2026-10-25T22:59:59Z', { mode: 'comprehensive', durationMs: 60_000 }),
    end('2026-10-25T11:00Z', failed),
    end('2026-10-25T11:00Z', { ...failed, severity: 'error', code: 'cw.rejected', mode: 'comprehensive' }),
    end('2026-10-25T12:00Z', { ...failed, projectId: 'p2' }),
    end('2026-10-25T23:00Z', { projectId: 'p2', durationMs: 0 }),
    // What ends no sync of a project.
    { ...end('2026-10-25T12:00Z'), action: 'taken up again', durationMs: undefined } as unknown as LogEntry,
    end(until.toISOString()),
  ]);
  for (const one of [
    request('2026-10-23T21:00Z'),
    ...['00:00', '00:30', '00:59.999'].map((at) => request(`2026-10-24T10:${at}Z`)),
    request('2026-10-24T10:01Z', { status: 429 }),
    request('2026-10-25T10:00Z', { status: 399, projectId: 'p2' }),
    unanswered,
  ])
    await log.record(one);
  await log.flush();
  await fresh.db.command({ profile: 2 });
  const all = told(await runs({ starts, until }));
  const asked = told(await requests({ starts, until }));
  const ofOne = told(await runs({ starts, until, projectId: 'p2' }));
  const askedOfOne = told(await requests({ starts, until, projectId: 'p2' }));
  await fresh.db.command({ profile: 0 });

  expect(all.days.map(({ durations: _, ...day }) => day)).toEqual([
    { completed: { delta: 5, comprehensive: 0 }, failed: { delta: 0, comprehensive: 0 }, forPerson: 0 },
    { completed: { delta: 0, comprehensive: 1 }, failed: { delta: 2, comprehensive: 1 }, forPerson: 1 },
    { completed: { delta: 1, comprehensive: 0 }, failed: { delta: 0, comprehensive: 0 }, forPerson: 0 },
  ]);
  const [first, second, third] = all.days.map(({ durations }) => durations);
  const near = (ms: number) => expect.toSatisfy((told: number) => told >= ms && told <= ms * 1.05);
  expect([percentile(first ?? [], 0.5), percentile(first ?? [], 0.95)]).toEqual([near(400), near(1_000)]);
  expect(percentile(second ?? [], 0.5)).toEqual(near(60_000));
  expect(third).toEqual([{ step: 0, count: 1 }]);
  expect(all.causes).toEqual([
    { code: 'cw.unavailable', count: 2 },
    { code: 'cw.rejected', count: 1 },
  ]);
  expect(all.since).toEqual(new Date('2026-10-20T12:00Z'));
  expect(asked).toEqual({
    days: [
      { made: 4, failed: 1, busiestMinute: 3 },
      { made: 2, failed: 1, busiestMinute: 2 },
      { made: 0, failed: 0, busiestMinute: 0 },
    ],
    since: new Date('2026-10-23T21:00Z'),
  });
  expect(ofOne.days.map((day) => day.failed.delta)).toEqual([0, 1, 0]);
  expect(ofOne.causes).toEqual([{ code: 'cw.unavailable', count: 1 }]);
  expect(askedOfOne.days.map(({ made }) => made)).toEqual([0, 1, 0]);

  const counted = await fresh.db
    .collection('system.profile')
    .find({ 'command.aggregate': { $exists: true }, ns: { $not: /system/u } })
    .toArray();
  const how = counted.map(({ docsExamined, planSummary }) => [docsExamined, String(planSummary)]);
  const byIndex = expect.stringMatching(/^IXSCAN/u);
  // Of one project there are few requests: they are looked up.
  expect(how.toSorted(([a = 0], [b = 0]) => a - b)).toEqual([
    [0, byIndex],
    [0, byIndex],
    [0, byIndex],
    [1, byIndex],
  ]);

  // Of a single day, today.
  const today = { starts: starts.slice(2), until };
  const [ended, made] = [told(await runs(today)), told(await requests(today))];
  expect([ended.days, made.days]).toEqual([all.days.slice(2), asked.days.slice(2)]);

  expect(await mongoReportStore(fresh.db, 'nobody').runs({ starts, until })).toMatchObject({ causes: [] });
});
