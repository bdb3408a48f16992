/**
 * Which run a line belongs to, without handing its id down to whatever may write one: drivers, retries and timers that
 * a run began are within it, too. Work that goes on beside it for several runs keeps the id of the one that began it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields, LogScope } from '../../src/ports/logger.ts';

export type LogContext = { current(): LogFields | undefined };

export function createLogScope(): LogScope & LogContext {
  const storage = new AsyncLocalStorage<LogFields>();
  return {
    current: () => storage.getStore(),
    within: (fields, work) => storage.run({ ...storage.getStore(), ...fields }, work),
  };
}
