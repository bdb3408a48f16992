/**
 * May this run write to ConnectWise, now? Asked directly before each write: the switch may have been turned off, the
 * project disabled or the lease lost in the very moment, and what ConnectWise has taken nobody takes back.
 */
import { FailureError, WritingIsOff } from '../../../domain/failure.ts';
import type { ProjectRun } from '../reading.ts';
import type { SyncDeps } from '../run.ts';

export async function mayWrite({ settings }: Pick<SyncDeps, 'settings'>): Promise<boolean> {
  return (await settings.read()).writeToConnectWise;
}

/** Throws `RunStopped` or `WritingIsOff` where it may not. */
export async function beforeWrite(deps: Pick<SyncDeps, 'settings'>, { run }: ProjectRun): Promise<void> {
  await run.control.beforeWrite();
  if (!(await mayWrite(deps))) throw new WritingIsOff();
}

/** After these ConnectWise has surely done nothing. */
const surelyNotDone: ReadonlySet<string> = new Set([
  'cw.rejected',
  'cw.permission',
  'cw.auth',
  'cw.rate-limited',
]);

export function mayHaveBeenDone(error: unknown): boolean {
  return error instanceof FailureError && !surelyNotDone.has(error.failure.code);
}

/** Throws where nothing was refused but the switch is off by now: then no record is to blame. */
export function rejectionOf(error: unknown): FailureError | undefined {
  if (error instanceof WritingIsOff) throw error;
  return error instanceof FailureError && error.failure.code === 'cw.rejected' ? error : undefined;
}

export function wordsOf({ failure }: FailureError): string {
  return failure.vendorMessage ?? failure.message ?? 'ConnectWise refused it';
}

/** Requests at once; the budget over all processes is kept elsewhere. */
export const writesAtOnce = 4;

/** Every one is tried; the first error that is not the work's own is thrown when all have ended. */
export async function sideBySide<T>(
  work: readonly T[],
  each: (one: T) => Promise<void>,
  atOnce = writesAtOnce,
): Promise<void> {
  const queue = [...work];
  const errors: unknown[] = [];
  async function next(): Promise<void> {
    for (let one = queue.shift(); one !== undefined && errors.length === 0; one = queue.shift()) {
      try {
        await each(one);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, next));
  if (errors.length > 0) throw errors[0];
}
