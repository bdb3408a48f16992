/** ConnectWise calls where a public address is set: who receives it, who keeps it up, and who looks after it. */
import type { Application } from 'express';
import { mountCallbacks } from '../../adapters/connectwise/callbacks/receiver.ts';
import { callbackUrl } from '../../adapters/connectwise/callbacks/subscriptions.ts';
import { callbackDoor } from '../app/sync/callbacks.ts';
import { callbackKeeper } from '../app/sync/callbacks-keeper.ts';
import type { Job } from '../app/sync/clock.ts';
import { mayWrite } from '../app/sync/push/writing.ts';
import type { Config } from '../config.ts';
import type { Parts } from './compose.ts';

/** How often the keeper is asked whether it has something to do, in milliseconds; it seldom has. */
const keeperEveryMs = 60_000;

export function callbackUrlOf({ publicUrl }: Config): string | undefined {
  return publicUrl === undefined ? undefined : callbackUrl(publicUrl);
}

export function receiveCallbacks(parts: Parts, http: Application, shutdown: AbortSignal): void {
  const { config, stores, redactor } = parts;
  const { connectWise, publicUrl } = config;
  if (!connectWise || publicUrl === undefined) return;
  const door = callbackDoor({ ...parts, ...stores, shutdown });
  mountCallbacks(http, { ...parts, connectWise, door, redact: (text) => redactor.redact(text) });
}

export function callbackJobs(parts: Parts, shutdown: AbortSignal): readonly Job[] {
  const { config, subscriptions, stores, clock, logger } = parts;
  const url = callbackUrlOf(config);
  if (url === undefined || !subscriptions) return [];
  const keep = callbackKeeper({
    subscriptions,
    url,
    mayWrite: () => mayWrite(stores),
    gate: stores.gate,
    clock,
    logger,
  });
  return [{ name: 'callbacks', everyMs: keeperEveryMs, run: () => keep(shutdown) }];
}
