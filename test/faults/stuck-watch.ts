/**
 * Sees whether what is due is taken up: a sync whose lease has run out, or one that was asked for, may wait no longer
 * than a lease and a poll, and the start of a process, once the workers and the database are there again.
 */
import type { Db } from 'mongodb';
import type { SyncTaskDocument } from '../../adapters/mongodb/sync-task-document.ts';
import { type Fleet, leaseMs, pollMs } from './fleet.ts';

/** Whoever ended by itself, for want of the database, is started once more after all were there. In milliseconds. */
const startMs = 5_000;
const lookEveryMs = 200;
const wantedWithinMs = 30_000;

type Due = {
  readonly _id: string;
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
          { $project: { state: 1, fence: 1, overdueMs: { $subtract: ['$$NOW', '$wakeAt'] } } },
        ])
        .toArray();
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
    if (waitedMs <= leaseMs + pollMs + startMs || this.#said.has(key)) return;
    this.#said.add(key);
    this.stuck.push(`${_id.slice(-40)} is ${state}, due for ${Math.round(waitedMs)} ms while all are up`);
  }

  /** Resolves when all that is wanted of projects by now is done, but for those in a back-off; or after a long while. */
  async wantedIsDone(): Promise<void> {
    const tasks = this.#db.collection<SyncTaskDocument>('sync_tasks');
    const ofProjects = { kind: 'project', 'link.state': 'active' } as const;
    const wanted = await tasks.find(ofProjects).toArray();
    const waits = {
      $or: wanted.map(({ _id, want }) => ({ _id, done: { $lt: want } })),
      $nor: [{ state: 'requested' as const, $expr: { $gt: ['$wakeAt', '$$NOW'] } }],
    };
    const until = performance.now() + wantedWithinMs;
    while (wanted.length > 0 && performance.now() < until) {
      if ((await tasks.countDocuments(waits)) === 0) return;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
