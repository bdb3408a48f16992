export type RequestEntry = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** 0 when the connection was cut. */
  readonly status: number;
  /** When it came, by the simulator's clock. */
  readonly at: string;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** As it came, cut after 20,000 characters; absent when there was none. */
  readonly body?: string;
};

export type RequestCounts = { count: number; byStatus: Record<string, number> };

const KEPT = 500;
const WRITES_KEPT = 5_000;
/** Beyond so many different paths, the ids in new ones are not told apart any more. */
const PATHS_TOLD_APART = 5_000;
const API_ROOT = /^\/[^/]+\/+apis\/3\.0(?=\/|$)/;

type StatusCounts = Map<number, number>;

function mayWrite({ method, path }: RequestEntry): boolean {
  return method !== 'GET' && !(method === 'POST' && path.endsWith('/search'));
}

/** Counts of requests to the API, and the last 500 of them, without headers: those hold the keys. */
export class RequestLog {
  #entries: RequestEntry[] = [];
  /** Those that could change something: reads do not push them out. */
  #writes: RequestEntry[] = [];
  #byMethod = new Map<string, number>();
  /** By path below the API's root. */
  #byPath = new Map<string, StatusCounts>();

  add(entry: RequestEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#entries.shift();
    this.#byMethod.set(entry.method, (this.#byMethod.get(entry.method) ?? 0) + 1);
    if (mayWrite(entry)) this.#writes.push(entry);
    if (this.#writes.length > WRITES_KEPT) this.#writes.shift();
    const key = this.#keyOf(entry.path.replace(API_ROOT, ''));
    const counts: StatusCounts = this.#byPath.get(key) ?? new Map();
    counts.set(entry.status, (counts.get(entry.status) ?? 0) + 1);
    this.#byPath.set(key, counts);
  }

  entries(): readonly RequestEntry[] {
    return this.#entries;
  }

  /** The last 5,000 requests other than GET and searches. */
  writes(): readonly RequestEntry[] {
    return this.#writes;
  }

  /** How many requests there were by method since the last reset. */
  methods(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#byMethod);
  }

  /**
   * Since the last reset, also those that are no longer kept; with `prefix` (`/project/tickets`, with or without
   * the API's root) only those of that path and below it.
   */
  counts(prefix = ''): RequestCounts {
    const wanted = prefix.replace(API_ROOT, '').replace(/\/+$/, '');
    const byStatus: StatusCounts = new Map();
    let count = 0;
    for (const [path, counts] of this.#byPath) {
      if (wanted !== '' && path !== wanted && !path.startsWith(`${wanted}/`)) continue;
      for (const [status, times] of counts) {
        byStatus.set(status, (byStatus.get(status) ?? 0) + times);
        count += times;
      }
    }
    return { count, byStatus: Object.fromEntries(byStatus) };
  }

  /** How many requests each path got, the most first. */
  paths(): { path: string; count: number }[] {
    const sums = [...this.#byPath].map(([path, counts]) => ({
      path,
      count: [...counts.values()].reduce((sum, times) => sum + times, 0),
    }));
    return sums.sort((left, right) => right.count - left.count);
  }

  reset(): void {
    this.#entries = [];
    this.#writes = [];
    this.#byMethod = new Map();
    this.#byPath = new Map();
  }

  #keyOf(path: string): string {
    if (this.#byPath.has(path) || this.#byPath.size < PATHS_TOLD_APART) return path;
    const plain = path.replace(/\/\d+(?=\/|$)/g, '/{id}');
    // Somebody may ask for a million paths that are none: those share one count.
    return this.#byPath.has(plain) || this.#byPath.size < 2 * PATHS_TOLD_APART ? plain : '/{other}';
  }
}
