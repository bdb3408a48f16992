import { workerDownAfterMs } from '../../domain/incident.ts';
import type { DatabaseHealth, HealthCheck } from '../../ports/health-checks.ts';
import { beatEveryMs, type Liveness } from '../../ports/liveness.ts';

/** Three beats that did not come. */
const workerLateAfterMs = 3 * beatEveryMs.worker;

export type WorkerCheckDeps = {
  readonly liveness: Pick<Liveness, 'lastBeat'>;
  readonly database: Pick<DatabaseHealth, 'facts'>;
};

/** How long ago any background worker showed that it is alive, in milliseconds; undefined where none ever did. */
async function workerSilence({ liveness, database }: WorkerCheckDeps): Promise<number | undefined> {
  const [beat, { now }] = await Promise.all([liveness.lastBeat('worker'), database.facts()]);
  return beat === undefined ? undefined : Math.max(0, now.getTime() - beat.at.getTime());
}

export async function workerAlive(deps: WorkerCheckDeps): Promise<boolean> {
  const silence = await workerSilence(deps);
  return silence !== undefined && silence < workerDownAfterMs;
}

export function workerCheck(deps: WorkerCheckDeps): HealthCheck {
  return {
    name: 'Background worker',
    async run() {
      const silence = await workerSilence(deps);
      if (silence === undefined) {
        return { ok: 'fail', words: 'It was never seen in this database.', next: startIt };
      }
      const words = `Last seen ${Math.round(silence / 1_000)} s ago.`;
      if (silence >= workerDownAfterMs) return { ok: 'fail', words, next: startIt };
      return silence > workerLateAfterMs
        ? { ok: 'warn', words, next: 'Check again in a minute; the log says what keeps it.' }
        : { ok: 'pass', words };
    },
  };
}

const startIt = 'Start cwsync (npm start), or restart it, and read the last lines of its log.';
