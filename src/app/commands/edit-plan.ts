/** Stores an edit of the plan that its doors let through, and tells what becomes of it. */
import type { Fields, PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { PlanEdited } from '../../ports/planner.ts';
import { whenWritten } from '../plan-desk.ts';
import { planSavedReply } from '../replies/plan-edit.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { fieldWords, valueWords } from '../replies/sync-preview.ts';
import { nameOf } from '../sync/log-entries.ts';
import { type Asker, type Audited, actorOf, type CommandDeps, type CommandResult } from './command.ts';

const auditAtMost = 500;
/** A person waits: the sync that takes it along is a person's. */
export const planTrigger = { kinds: ['delta'], prio: 2 } as const;

export type PlanSaved =
  | { readonly result: 'saved'; readonly done: CommandResult }
  | Exclude<PlanEdited, { readonly result: 'stored' }>;

/** @param record with the version that the edit is of */
export async function editPlan(
  deps: CommandDeps,
  asker: Asker,
  task: SyncTask,
  record: PlanRecord,
  edit: Fields,
): Promise<PlanSaved> {
  const { kind, id, version, fields: before } = record;
  const by = actorOf(asker.person);
  const edited = await deps.planner.edit(
    { kind, id, version, change: { fields: edit }, by, at: deps.clock.now() },
    planTrigger,
  );
  if (edited.result !== 'stored') return edited;
  const when = await whenWritten(deps, task.id);
  return {
    result: 'saved',
    done: {
      reply: planSavedReply({ task, record: edited.record, before, edit, when }),
      audited: {
        ...targetOf(task, record),
        before: sideOf(edit, (field) => before[field] ?? null),
        after: sideOf(edit, (field) => edit[field] ?? null),
        outcome: 'plan edited',
      },
    },
  };
}

export function targetOf(task: SyncTask, record: PlanRecord): Pick<Audited, 'target' | 'projectId'> {
  const named = nameOf(record.kind, record.fields, record.externalId);
  return { target: `${named} of ${shownName(task)} (${selector(task)})`, projectId: task.projectId };
}

function sideOf(edit: Fields, value: (field: string) => Fields[string]): string {
  const each = Object.keys(edit).map((field) => `${fieldWords(field)}: ${valueWords(value(field))}`);
  return cut(each.join('; '), auditAtMost);
}
