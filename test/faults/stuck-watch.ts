/**
 * Sees whether what is due is taken up: a sync whose lease has run out, or one that was asked for, may wait no longer
 * than a lease and a poll once a worker and the database are there again.
 */
import type { Db } from 'mongodb';
import { type Fleet, leaseMs, pollMs } from './fleet.ts';

/** A machine with other work on it, in milliseconds: nothing beside what stays for ever. */
const slackMs = 15_000;
const lookEveryMs = 200;

type Due = {
  readonly _id: string;
  readonly kind: string;
  readonly state: string;
  readonly fence: number;
  readonly overdueMs: number;
};

export class StuckWatch {
  readonly #db: Db;
  readonly #timer: NodeJS.Timeout;
  readonly #said = new Set<string>();
  #upSince: number | undefined = performance.now();
  #looking = false;
  #lastDueAt = performance.now();
  /** How often something went down. */
  downs = 0;
  longestMs = 0;
  readonly stuck: string[] = [];

  constructor({ db }: Pick<Fleet, 'db'>) {
    this.#db = db;
    this.#timer = setInterval(() => void this.#look(), lookEveryMs);
  }

  down(): void {
    this.downs += 1;
    this.#upSince = undefined;
  }

  /** Everything is there again, unless something went down in the meantime. */
  up(downs: number): void {
    if (downs === this.downs) this.#upSince ??= performance.now();
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#upSince === undefined) return;
    this.#looking = true;
    try {
      const upMs = performance.now() - this.#upSince;
      const due = await this.#db
        .collection('sync_tasks')
        .aggregate<Due>([
          {
            $match: {
              'link.state': 'active',
              $expr: { $lt: ['$wakeAt', '$$NOW'] },
              wakeAt: { $exists: true },
            },
          },
          { $project: { kind: 1, state: 1, fence: 1, overdueMs: { $subtract: ['$$NOW', '$wakeAt'] } } },
        ])
        .toArray();
      // The integration's own come every second.
      if (due.some(({ kind }) => kind === 'project')) this.#lastDueAt = performance.now();
      for (const one of due) this.#judge(one, upMs);
    } catch {
      // The database is gone: nothing can be taken up.
    } finally {
      this.#looking = false;
    }
  }

  #judge({ _id, state, fence, overdueMs }: Due, upMs: number): void {
    const waitedMs = Math.min(overdueMs, upMs);
    this.longestMs = Math.max(this.longestMs, waitedMs);
    const key = `${_id} ${fence}`;
    if (waitedMs <= leaseMs + pollMs + slackMs || this.#said.has(key)) return;
    this.#said.add(key);
    this.stuck.push(`${_id.slice(-40)} is ${state}, due for ${Math.round(waitedMs)} ms while all are up`);
  }

  /** Resolves when no project has been due for so long. */
  async quietFor(ms: number): Promise<void> {
    this.#lastDueAt = performance.now();
    const until = this.#lastDueAt + 30_000;
    while (performance.now() < until && performance.now() - this.#lastDueAt < ms) {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
