/** Tells a watcher outside, once a minute, that everything is alive; it raises the alarm when that stops. */
import { fetchJson } from '../../adapters/http/fetch-json.ts';
import type { Redactor } from '../../adapters/http/redactor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Readiness } from '../ports/health-checks.ts';
import type { Logger } from '../ports/logger.ts';

export type HeartbeatParts = {
  readonly readiness: () => Promise<Readiness>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
};

export type Heartbeat = { stop(): Promise<void> };

/** In milliseconds. */
export const heartbeatEveryMs = 60_000;
const answerWithinMs = 10_000;
const maxAnswerBytes = 64 * 1_024;

/** @param url https, or http on this machine; whoever knows it can beat in our place, so it is never logged */
export function startHeartbeat(url: string, parts: HeartbeatParts): Heartbeat {
  const { clock, logger, redactor } = parts;
  const target = new URL(url);
  const secret = target.pathname.slice(1) + target.search;
  if (secret.length > 0) redactor.register(secret);
  const stopping = new AbortController();
  const { signal } = stopping;

  async function beatOnce(): Promise<void> {
    const states = await parts.readiness();
    const silent = Object.entries(states).flatMap(([name, works]) => (works ? [] : [name]));
    if (silent.length > 0) return logger.warn({ silent }, 'no heartbeat: not everything is alive');
    const answer = await fetchJson(
      {
        method: 'GET',
        url: target,
        headers: { 'user-agent': 'cwsync' },
        timeoutMs: answerWithinMs,
        maxBytes: maxAnswerBytes,
        signal,
      },
      {
        redact: (text) => redactor.redact(text),
        monotonicMs: () => clock.monotonicMs(),
        now: () => clock.now(),
      },
    );
    if (answer.kind === 'fault') logger.warn({ fault: answer.fault }, 'the heartbeat was not taken');
    else if (answer.status >= 300) logger.warn({ status: answer.status }, 'the heartbeat was not taken');
  }

  async function keepBeating(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(heartbeatEveryMs, signal);
      await beatOnce();
    }
  }

  // What rejects is a sleep or a request that was given up when it ends.
  const ended = keepBeating().catch((error: unknown) => {
    if (!signal.aborted) logger.error({ err: error }, 'the heartbeat ended');
  });
  return {
    async stop() {
      stopping.abort(new Error('shutting down'));
      await ended;
    },
  };
}
