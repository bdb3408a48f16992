/**
 * Follows a first import in one direct message, edited to its end. Who is told is kept in the database, so that any
 * bot process goes on where another one died; a message that was posted by a process that died before it could be
 * noted is found by its key, or comes twice at worst.
 */
import { importTimeLeftMs } from '../domain/first-import.ts';
import type { ChatDelivery, Delivered } from '../ports/chat.ts';
import type { Clock } from '../ports/clock.ts';
import type { FirstImportStore, ImportState, ImportWatch } from '../ports/first-import.ts';
import type { Gate } from '../ports/gate.ts';
import type { Logger } from '../ports/logger.ts';
import type { PsaLinks } from '../ports/psa.ts';
import type { Reply } from '../ports/reply.ts';
import type { SyncTaskStore } from '../ports/sync-task-store.ts';
import { createAlarm } from './alarm.ts';
import { keepDraining } from './keep-draining.ts';
import {
  type ImportView,
  importEndedReply,
  importGivenUpReply,
  importingReply,
  lookingReply,
} from './replies/first-import.ts';

export type SetupProgressDeps = {
  readonly firstImport: FirstImportStore;
  readonly tasks: Pick<SyncTaskStore, 'get'>;
  readonly gate: Pick<Gate, 'read'>;
  readonly delivery: Pick<ChatDelivery, 'send' | 'post'>;
  readonly links: PsaLinks;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type SetupProgressOptions = {
  readonly tenantId: string;
  readonly owner: string;
  /** How often somebody is looked for who waits, in milliseconds. */
  readonly pollMs: number;
  readonly shutdown: AbortSignal;
};

/** For how long one process keeps a message to itself while it sends. */
const tellingLeaseMs = 20_000;
/** The chats take an edit every 3 s at most. */
const betweenEditsMs = 3_000;
/** After a delivery that failed and said nothing of when to try again. */
const retryAfterMs = 10_000;
const givenUpAfterMs = 24 * 3_600_000;

/** Goes on until the signal, also while the database is away. */
export async function tellSetupProgress(
  deps: SetupProgressDeps,
  options: SetupProgressOptions,
): Promise<void> {
  const { shutdown, pollMs } = options;
  await keepDraining(deps.logger, {
    next: () => tellNext(deps, options),
    complaint: 'cannot tell how the first import goes',
    alarm: createAlarm(deps.clock, shutdown),
    pollMs,
    shutdown,
  });
}

type Told = { readonly reply: Reply; readonly last: boolean };

async function tellNext(
  deps: SetupProgressDeps,
  { owner, tenantId }: SetupProgressOptions,
): Promise<boolean> {
  const watch = await deps.firstImport.take(owner, tellingLeaseMs);
  if (!watch) return false;
  const told = toldOf(watch, await viewOf(deps, watch, tenantId), watch.now);
  const shown = JSON.stringify(told.reply.blocks);
  if (shown === watch.shown && watch.handle && !told.last) {
    await deps.firstImport.release(watch.id, owner, betweenEditsMs);
    return true;
  }
  const delivered = await deliver(deps, watch, told.reply);
  await note(deps, { watch, owner, told, shown }, delivered);
  return true;
}

async function viewOf(deps: SetupProgressDeps, watch: ImportWatch, tenantId: string): Promise<ImportView> {
  const [state, gate, misc] = await Promise.all([
    deps.firstImport.state(),
    deps.gate.read(),
    deps.tasks.get(`${tenantId}:misc`),
  ]);
  const elapsedMs = Math.max(0, state.now.getTime() - watch.startedAt.getTime());
  const done = Math.max(0, state.imported - watch.importedBefore);
  const leftMs = importTimeLeftMs({ done, left: leftOf(state) }, elapsedMs);
  return {
    state,
    gate,
    elapsedMs,
    ...(misc ? { misc: misc.task } : {}),
    ...(leftMs === undefined ? {} : { leftMs }),
    linkTo: (externalId) => deps.links.record('project', externalId),
  };
}

/** Where a person must act first nothing is waited for. */
const leftOf = ({ of, imported, stuck }: ImportState): number => of - imported - stuck;

function toldOf(watch: ImportWatch, view: ImportView, now: Date): Told {
  const linked = (view.misc?.done ?? 0) >= watch.ticket;
  if (linked && leftOf(view.state) === 0) return { reply: importEndedReply(view), last: true };
  if (now.getTime() - watch.startedAt.getTime() > givenUpAfterMs) {
    return { reply: importGivenUpReply(view), last: true };
  }
  return { reply: linked ? importingReply(view) : lookingReply(view), last: false };
}

async function deliver(deps: SetupProgressDeps, watch: ImportWatch, reply: Reply): Promise<Delivered> {
  if (watch.handle) {
    const edited = await deps.delivery.send(watch.handle, reply);
    if (edited.result !== 'gone' || edited.touches !== 'message') return edited;
  }
  const { platform, tenant, userId } = watch.person;
  // One in the place of a message that somebody deleted is no repeat of that.
  const instead = watch.handle ? `:${Object.values(watch.handle).join()}` : '';
  const key = `first-import:${watch.id}:${watch.startedAt.getTime()}${instead}`;
  return await deps.delivery.post({ platform, tenant, user: userId }, reply, key);
}

type Telling = {
  readonly watch: ImportWatch;
  readonly owner: string;
  readonly told: Told;
  readonly shown: string;
};

async function note(
  { firstImport, logger }: SetupProgressDeps,
  { watch, owner, told, shown }: Telling,
  delivered: Delivered,
): Promise<void> {
  if (delivered.result === 'failed') {
    logger.warn({ reason: delivered.reason }, 'the first import could not be told yet');
    return await firstImport.release(watch.id, owner, delivered.retryAfterMs ?? retryAfterMs);
  }
  if (delivered.result === 'gone') {
    logger.warn({ reason: delivered.reason }, 'whoever started the first import cannot be reached');
    return await firstImport.close(watch.id, owner);
  }
  if (told.last) return await firstImport.close(watch.id, owner);
  await firstImport.told(watch.id, owner, { handle: delivered.handle, shown }, betweenEditsMs);
}
