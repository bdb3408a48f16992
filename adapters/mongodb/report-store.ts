/**
 * What the logs add up to, counted by the database from indexes alone: a report of a month looks at a line for every
 * sync and every request of that month, and brings back some numbers a day. Only the requests of one project, which
 * are few, are looked up one by one: an index more would cost every request something.
 *
 * Days are those of somebody's calendar, given by when they began: the database need not know their time zone.
 */
import { type Collection, type Db, type Document, MongoServerError } from 'mongodb';
import { stepRatio } from '../../src/domain/duration-counts.ts';
import type { FailureCode } from '../../src/domain/failure.ts';
import type { SyncKind } from '../../src/domain/sync-task.ts';
import type {
  DayOfRequests,
  DayOfRuns,
  ReportQuery,
  ReportStore,
  RequestFacts,
  RunFacts,
} from '../../src/ports/report.ts';

/** Somebody waits for the answer, in milliseconds. */
const countWithinMs = 20_000;

/** Ends of projects' syncs, and nothing else, have a duration: an index has only those. */
const isEnd = { durationMs: { $gte: 0 } } as const;

export function mongoReportStore(db: Db, tenantId: string): ReportStore {
  const log = db.collection('integration_log');
  const requestLog = db.collection('api_requests');

  function within({ starts, until, projectId }: ReportQuery) {
    const at = { $gte: starts[0] ?? until, $lt: until };
    return { tenantId, ...(projectId === undefined ? {} : { projectId }), at };
  }

  async function runs(query: ReportQuery): Promise<RunFacts> {
    const [since, [counted]] = await Promise.all([
      firstOf(log, { tenantId, ...isEnd }),
      count<CountedRuns>(log, [{ $match: { ...within(query), ...isEnd } }, ...countRuns(query.starts)]),
    ]);
    return {
      days: query.starts.map((_, day) => dayOfRuns(day, counted)),
      causes: counted?.causes ?? [],
      ...(since ? { since } : {}),
    };
  }

  async function requests(query: ReportQuery): Promise<RequestFacts> {
    const [since, counted] = await Promise.all([
      firstOf(requestLog, { tenantId }),
      count<DayOfRequests & { readonly day: number }>(requestLog, [
        { $match: within(query) },
        ...countRequests(query.starts),
      ]),
    ]);
    const byDay = new Map(counted.map(({ day, ...numbers }) => [day, numbers]));
    const none = { made: 0, failed: 0, busiestMinute: 0 };
    return { days: query.starts.map((_, day) => byDay.get(day) ?? none), ...(since ? { since } : {}) };
  }

  return { runs: (query) => inTime(() => runs(query)), requests: (query) => inTime(() => requests(query)) };
}

const maxTimeExpired = 50;

async function inTime<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MongoServerError && error.code === maxTimeExpired) return undefined;
    throw error;
  }
}

async function count<T extends Document>(collection: Collection, pipeline: Document[]): Promise<T[]> {
  return await collection.aggregate<T>(pipeline, { maxTimeMS: countWithinMs }).toArray();
}

async function firstOf(collection: Collection, filter: Document): Promise<Date | undefined> {
  const options = { sort: { at: 1 }, projection: { _id: 0, at: 1 }, maxTimeMS: countWithinMs } as const;
  const found = await collection.findOne<{ readonly at: Date }>(filter, options);
  return found?.at;
}

/** Which of the days a moment is of, found by halves. A bare number would be a projection to the server. */
function dayOf(at: string, starts: readonly Date[], from = 0, to = starts.length): Document {
  if (to - from <= 1) return { $literal: from };
  const middle = Math.floor((from + to) / 2);
  const isBefore = { $lt: [at, starts[middle]] };
  return { $cond: [isBefore, dayOf(at, starts, from, middle), dayOf(at, starts, middle, to)] };
}

const stepOf = {
  $cond: [
    { $lte: ['$durationMs', 1] },
    0,
    { $ceil: { $divide: [{ $ln: { $max: ['$durationMs', 1] } }, Math.log(stepRatio)] } },
  ],
};

type CountedRuns = {
  readonly ends: readonly {
    readonly day: number;
    readonly mode: SyncKind;
    readonly action: 'finished' | 'failed';
    readonly forPerson: boolean;
    readonly count: number;
  }[];
  readonly durations: readonly { readonly day: number; readonly step: number; readonly count: number }[];
  readonly causes: readonly { readonly code: FailureCode; readonly count: number }[];
};

function countRuns(starts: readonly Date[]): Document[] {
  const failed = { $eq: ['$action', 'failed'] };
  const line = {
    day: dayOf('$at', starts),
    mode: '$mode',
    action: '$action',
    forPerson: { $and: [failed, { $eq: ['$severity', 'error'] }] },
    code: '$code',
    step: { $cond: [failed, null, stepOf] },
  };
  const sum = { $sum: '$count' };
  const end = { day: '$_id.day', mode: '$_id.mode', action: '$_id.action', forPerson: '$_id.forPerson' };
  const flat = { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } };
  return [
    { $group: { _id: line, count: { $sum: 1 } } },
    {
      $facet: {
        ends: [{ $group: { _id: end, count: sum } }, flat],
        durations: [
          { $match: { '_id.step': { $ne: null } } },
          { $group: { _id: { day: '$_id.day', step: '$_id.step' }, count: sum } },
          flat,
        ],
        causes: [
          { $match: { '_id.code': { $gt: '' } } },
          { $group: { _id: { code: '$_id.code' }, count: sum } },
          { $sort: { count: -1, _id: 1 } },
          flat,
        ],
      },
    },
  ];
}

function dayOfRuns(day: number, { ends = [], durations = [] }: Partial<CountedRuns> = {}): DayOfRuns {
  const today = ends.filter((end) => end.day === day);
  const sum = (wanted: (end: CountedRuns['ends'][number]) => boolean) =>
    today.filter(wanted).reduce((total, { count: number }) => total + number, 0);
  const byMode = (wanted: CountedRuns['ends'][number]['action']) => ({
    delta: sum(({ action, mode }) => action === wanted && mode === 'delta'),
    comprehensive: sum(({ action, mode }) => action === wanted && mode === 'comprehensive'),
  });
  return {
    completed: byMode('finished'),
    failed: byMode('failed'),
    forPerson: sum(({ forPerson }) => forPerson),
    durations: durations.filter((one) => one.day === day).map(({ step, count: n }) => ({ step, count: n })),
  };
}

function countRequests(starts: readonly Date[]): Document[] {
  // Also those that got no answer at all: they have no status.
  const failed = { $cond: [{ $and: [{ $gt: ['$status', null] }, { $lt: ['$status', 400] }] }, 0, 1] };
  // Days begin with a minute.
  const minute = { $dateTrunc: { date: '$at', unit: 'minute' } };
  return [
    { $group: { _id: minute, made: { $sum: 1 }, failed: { $sum: failed } } },
    {
      $group: {
        _id: dayOf('$_id', starts),
        made: { $sum: '$made' },
        failed: { $sum: '$failed' },
        busiestMinute: { $max: '$made' },
      },
    },
    { $project: { _id: 0, day: '$_id', made: 1, failed: 1, busiestMinute: 1 } },
  ];
}
