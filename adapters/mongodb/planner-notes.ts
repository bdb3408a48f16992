/** Whose ticket notes are to be read next: kept on the tasks, beside what runs and people write, and of no version. */
import type { Planner } from '../../src/ports/planner.ts';
import { live, type PlanAccess, paired, toPaired } from './plan-document.ts';

type Notes = Pick<Planner, 'markNotesDue' | 'markNotesRead' | 'tasksToReadNotesOf'>;

/** Named, since every other index would read all open tasks of the integration to find the first few. */
const byReading = { tenantId: 1, 'fields.closed': 1, notesReadAt: 1, _id: 1 } as const;

export function plannerNotes({ tenantId, of }: PlanAccess): Notes {
  const tasks = of('task');

  async function markNotesDue(taskIds: readonly string[], at: Date): Promise<void> {
    await tasks.updateMany({ _id: { $in: [...taskIds] }, tenantId }, { $max: { notesDueAt: at } });
  }

  async function markNotesRead(taskIds: readonly string[], at: Date): Promise<void> {
    await tasks.updateMany({ _id: { $in: [...taskIds] }, tenantId }, [
      {
        $set: {
          notesReadAt: { $max: ['$notesReadAt', at] },
          // What became due after the reading began was not read by it.
          notesDueAt: { $cond: [{ $gt: ['$notesDueAt', at] }, '$notesDueAt', '$$REMOVE'] },
        },
      },
    ]);
  }

  async function tasksToReadNotesOf(limit: number, unreadSince: Date | null) {
    const due = await tasks
      .find({ tenantId, notesDueAt: { $exists: true }, ...paired, ...live })
      .sort({ notesDueAt: -1, _id: 1 })
      .limit(limit)
      .toArray();
    const left = limit - due.length;
    const unread = left === 0 || unreadSince === null ? [] : await openTasks(left, unreadSince);
    return [
      ...toPaired('task', due).map((task) => ({ ...task, notesDue: true })),
      ...toPaired('task', unread).map((task) => ({ ...task, notesDue: false })),
    ];
  }

  /** By equality with what is not closed: the index then gives them in order, never read ones first. */
  function openTasks(limit: number, unreadSince: Date) {
    const open = {
      'fields.closed': { $in: [false, null] },
      notesDueAt: { $exists: false },
      notesReadAt: { $not: { $gte: unreadSince } },
    };
    return tasks
      .find({ tenantId, ...open, ...paired, ...live }, { hint: byReading })
      .sort({ notesReadAt: 1, _id: 1 })
      .limit(limit)
      .toArray();
  }

  return { markNotesDue, markNotesRead, tasksToReadNotesOf };
}
