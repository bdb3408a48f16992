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
};

const KEPT = 500;

/** The last 500 requests to the API, without headers: those hold the keys. */
export class RequestLog {
  #entries: RequestEntry[] = [];
  #count = 0;
  #byStatus = new Map<number, number>();

  add(entry: RequestEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#entries.shift();
    this.#count += 1;
    this.#byStatus.set(entry.status, (this.#byStatus.get(entry.status) ?? 0) + 1);
  }

  entries(): readonly RequestEntry[] {
    return this.#entries;
  }

  /** Since the last reset, also those that are no longer kept. */
  counts(): { count: number; byStatus: Record<string, number> } {
    return { count: this.#count, byStatus: Object.fromEntries(this.#byStatus) };
  }

  reset(): void {
    this.#entries = [];
    this.#count = 0;
    this.#byStatus = new Map();
  }
}
