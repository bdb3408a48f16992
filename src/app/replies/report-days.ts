/** What a report tells of each day, and of all of them together. */
import { type DurationCount, percentile } from '../../domain/duration-counts.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { DayOfRequests, DayOfRuns, RequestFacts, RunFacts } from '../../ports/report.ts';

export type ReportView = {
  /** Absent for all projects. */
  readonly task?: SyncTask;
  /** When each day began in the reader's time zone, the oldest first. */
  readonly starts: readonly Date[];
  readonly until: Date;
  /** IANA name. */
  readonly timeZone: string;
  readonly runs: RunFacts;
  readonly requests: RequestFacts;
  /** What the budget of all projects allows in a minute; absent where there is none. */
  readonly perMinute?: number;
  readonly retentionDays: number;
};

export type ReportDay = {
  readonly start: Date;
  /** Absent where the day was over before anything is known. */
  readonly runs?: DayOfRuns;
  readonly requests?: DayOfRequests;
};

export type Took = { readonly half: number; readonly most: number };

export function daysOf({ starts, until, runs, requests }: ReportView): readonly ReportDay[] {
  return starts.map((start, n) => {
    const end = starts[n + 1] ?? until;
    const runsThen = isKnown(end, runs.since) ? runs.days[n] : undefined;
    const requestsThen = isKnown(end, requests.since) ? requests.days[n] : undefined;
    return {
      start,
      ...(runsThen ? { runs: runsThen } : {}),
      ...(requestsThen ? { requests: requestsThen } : {}),
    };
  });
}

const isKnown = (end: Date, since: Date | undefined): boolean => since !== undefined && since < end;

export const completedIn = ({ completed }: DayOfRuns): number => completed.delta + completed.comprehensive;
export const failedIn = ({ failed }: DayOfRuns): number => failed.delta + failed.comprehensive;

/** In milliseconds; undefined where none completed. */
export function tookIn(durations: readonly DurationCount[]): Took | undefined {
  const half = percentile(durations, 0.5);
  const most = percentile(durations, 0.95);
  return half === undefined || most === undefined ? undefined : { half, most };
}

export type Totals = {
  readonly runs: DayOfRuns;
  readonly requests: DayOfRequests;
  /** The day with the busiest minute. */
  readonly busiest: Date | undefined;
};

export function totalsOf({ starts, runs, requests }: ReportView): Totals {
  const sum = (of: (day: DayOfRuns) => number) => runs.days.reduce((total, day) => total + of(day), 0);
  const busiestMinute = Math.max(0, ...requests.days.map((day) => day.busiestMinute));
  const at = requests.days.findIndex((day) => day.busiestMinute === busiestMinute);
  return {
    runs: {
      completed: {
        delta: sum((day) => day.completed.delta),
        comprehensive: sum((day) => day.completed.comprehensive),
      },
      failed: {
        delta: sum((day) => day.failed.delta),
        comprehensive: sum((day) => day.failed.comprehensive),
      },
      forPerson: sum((day) => day.forPerson),
      durations: runs.days.flatMap(({ durations }) => durations),
    },
    requests: {
      made: requests.days.reduce((total, day) => total + day.made, 0),
      failed: requests.days.reduce((total, day) => total + day.failed, 0),
      busiestMinute,
    },
    busiest: busiestMinute > 0 ? starts[at] : undefined,
  };
}
