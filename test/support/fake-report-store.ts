import type {
  DayOfRequests,
  DayOfRuns,
  ReportQuery,
  ReportStore,
  RequestFacts,
  RunFacts,
} from '../../src/ports/report.ts';

const quiet: DayOfRuns = {
  completed: { delta: 0, comprehensive: 0 },
  failed: { delta: 0, comprehensive: 0 },
  forPerson: 0,
  durations: [],
};
const silent: DayOfRequests = { made: 0, failed: 0, busiestMinute: 0 };

/** Tells what it was given for the last days; of those before nothing happened. */
export class FakeReportStore implements ReportStore {
  readonly asked: ReportQuery[] = [];
  given: {
    readonly runs?: Partial<Omit<RunFacts, 'days'>> & { readonly days?: readonly Partial<DayOfRuns>[] };
    readonly requests?: { readonly days?: readonly Partial<DayOfRequests>[]; readonly since?: Date };
  } = {};
  tooMuch = false;

  async runs(query: ReportQuery): Promise<RunFacts | undefined> {
    this.asked.push(query);
    const { days = [], causes = [], since } = this.given.runs ?? {};
    if (this.tooMuch) return undefined;
    return { days: filled(query, days, quiet), causes, ...(since ? { since } : {}) };
  }

  async requests(query: ReportQuery): Promise<RequestFacts> {
    const { days = [], since } = this.given.requests ?? {};
    return { days: filled(query, days, silent), ...(since ? { since } : {}) };
  }
}

function filled<T>({ starts }: ReportQuery, days: readonly Partial<T>[], none: T): readonly T[] {
  return starts.map((_, n) => ({ ...none, ...days[days.length - starts.length + n] }));
}
