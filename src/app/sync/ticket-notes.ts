/**
 * Notes of tickets can only be read ticket by ticket. A project's run reads those of the tickets that changed in
 * it, a few; the rest is marked due and read by a run of its own, which otherwise goes round the open tickets,
 * the longest unread first, within its share of the request budget (sync.md, section 4).
 */
import { type Failure, FailureError, failureRules } from '../../domain/failure.ts';
import { ticketNoteFields } from '../../domain/inbound-fields.ts';
import type { PairedRecord } from '../../domain/plan.ts';
import type { Finished } from '../../ports/sync-task-store.ts';
import { buryMissingNotes } from './deletions.ts';
import { entryOf, nameOf } from './log-entries.ts';
import { mergePage } from './merge-page.ts';
import { openIntentsOf, thoseOf } from './push/open-intents.ts';
import { leaveOut, type ProjectRun } from './reading.ts';
import { callOf, type Run, refusalOf, type SyncDeps, type Writer, writerOf } from './run.ts';
import { RunStopped } from './run-control.ts';

/**
 * Reads the notes of the tickets that changed in this run; where they may not be read, the tickets stay due.
 * @returns the question where unusually many notes are gone
 */
export async function readNotesOfChangedTickets(
  deps: SyncDeps,
  project: ProjectRun,
): Promise<Failure | undefined> {
  const changed = [...project.changedTickets];
  if (changed.length === 0) return undefined;
  const tasks = await deps.planner.pairedByExternalId('task', changed);
  const live = tasks.filter(({ projectId, deleted }) => projectId === project.projectId && !deleted);
  let question: Failure | undefined;
  try {
    for (const [doneCount, task] of live.entries()) {
      await project.run.control.checkpoint({ phase: 'ticket notes', doneCount, totalCount: live.length });
      const asked = await readOrPassOver(deps, project.run, writerOf(project.run), task);
      question ??= asked;
    }
  } catch (error) {
    // All else of the project is in step by now: its notes stay due, and are read by the run for notes.
    if (!isUnavailable(error)) leaveOut(project, error, 'ticketNote');
  }
  return question;
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof FailureError && error.failure.code === 'cw.unavailable';

/** What concerns the notes of one ticket alone. */
const ofOneTicket: ReadonlySet<string> = new Set(['cw.unexpected-response', 'cw.rejected']);

/** Notes that nobody understands hold up neither their project nor those of other tickets. */
async function readOrPassOver(
  deps: SyncDeps,
  run: Run,
  writer: Writer,
  task: PairedRecord,
): Promise<Failure | undefined> {
  try {
    return await readNotesOf(deps, run, writer, task);
  } catch (error) {
    if (!(error instanceof FailureError) || !ofOneTicket.has(error.failure.code)) throw error;
    const { failure } = error;
    const at = deps.clock.now();
    await deps.planner.markNotesRead([task.id], at);
    await deps.log.append([
      {
        ...entryOf(at, writer, 'task', task),
        severity: 'warning',
        action: 'skipped',
        message: `The notes of ${nameOf('task', task.fields, task.externalId)} could not be read: ${failure.message ?? failureRules[failure.code].what}`,
        next: failureRules[failure.code].next,
      },
    ]);
    return undefined;
  }
}

/** @returns the question where unusually many of the notes are gone */
async function readNotesOf(
  deps: SyncDeps,
  run: Run,
  writer: Writer,
  task: PairedRecord,
): Promise<Failure | undefined> {
  const begunAt = deps.clock.now();
  const intents = await openIntentsOf(deps, task.projectId, 'ticketNote');
  const call = callOf(run, task.projectId);
  const shown: number[] = [];
  let unsettled = 0;
  for await (const page of deps.psa.list('ticketNote', { ticket: task.externalId }, call)) {
    shown.push(...page.items.map(({ id }) => id), ...page.skipped.flatMap(({ id }) => id ?? []));
    const merged = await mergePage(deps, {
      writer,
      kind: 'ticketNote',
      rules: ticketNoteFields,
      page: { ...page, items: page.items.map((note) => ({ ...note, ticketId: task.externalId })) },
      parentId: () => task.id,
      mayBeOurs: async (unknown) => thoseOf(intents, unknown, 'ticketNote'),
      context: {
        phaseId: () => undefined,
        taskId: (id) => (id === task.externalId ? task.id : undefined),
        meaning: () => ({ category: 'Not Started', revision: 0 }),
      },
    });
    unsettled += merged.unsettled.length;
  }
  const question = await buryMissingNotes(deps, run, writer, task, new Set(shown));
  // What became due since the reading began stays so.
  if (unsettled === 0) await deps.planner.markNotesRead([task.id], begunAt);
  else await deps.planner.markNotesDue([task.id], deps.clock.now());
  return question;
}

export type NotesShare = {
  /** Tickets that are read in one run where notes are due, and where none are. */
  readonly due: number;
  readonly sweep: number;
  /** How long ago the notes of an open ticket must have been read to be read again; null: never. */
  readonly againAfterMs: number | null;
};

/** One round of the notes run. */
export async function syncNotes(
  deps: SyncDeps,
  run: Run,
  share: NotesShare,
): Promise<Pick<Finished, 'watermarks' | 'attention'>> {
  const { againAfterMs } = share;
  const now = deps.clock.now().getTime();
  const unreadSince = againAfterMs === null ? null : new Date(now - againAfterMs);
  const found = await deps.planner.tasksToReadNotesOf(share.due, unreadSince);
  const due = found.filter(({ notesDue }) => notesDue);
  const tasks = due.length > 0 ? due : found.slice(0, share.sweep);
  const begun = new Set<string>();
  for (const [doneCount, task] of tasks.entries()) {
    await run.control.checkpoint({ phase: 'ticket notes', doneCount, totalCount: tasks.length });
    const attention = await readIfActive(deps, run, task, begun);
    if (attention) return { watermarks: {}, attention };
  }
  return { watermarks: {} };
}

async function readIfActive(
  deps: SyncDeps,
  run: Run,
  task: PairedRecord,
  begun: Set<string>,
): Promise<Failure | undefined> {
  const { projectId } = task;
  const owner = await deps.tasks.get(`${run.task.tenantId}:${projectId}`);
  // One of a project that does not sync goes to the end of the line unread.
  if (owner?.task.link.state !== 'active') {
    await deps.planner.markNotesRead([task.id], deps.clock.now());
    return undefined;
  }
  if (!begun.has(projectId)) {
    const fenced = await deps.planner.beginRun({ projectId, lane: 'notes', fence: run.fence });
    if (!fenced) throw new RunStopped('lease-lost');
    begun.add(projectId);
  }
  try {
    const question = await readOrPassOver(deps, run, writerOf(run, 'notes', projectId), task);
    // It is put by the project's own next sync.
    if (question) await deps.tasks.trigger(owner.task.id, { kinds: ['comprehensive'], prio: 1 });
    return undefined;
  } catch (error) {
    // Behind the others: one ticket that always takes too long must not be met first again and again.
    if (isUnavailable(error)) await deps.planner.markNotesRead([task.id], deps.clock.now());
    return refusalOf(error);
  }
}
