/** What happens when a task is saved: compared with what others changed meanwhile, checked, stored. */
import { z } from 'zod';
import type { PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { FormValues } from '../../ports/form.ts';
import type { Text } from '../../ports/reply.ts';
import type { Asker, CommandDeps } from '../commands/command.ts';
import { editPlan } from '../commands/edit-plan.ts';
import { type PlanDesk, planDesk } from '../plan-desk.ts';
import { judge } from '../plan-door/edit-plan.ts';
import { name, notice, text } from '../replies/parts.ts';
import { insteadOf, notYours, readContext } from './form-context.ts';
import type { FormHandler, FormResult } from './form-handler.ts';
import { planTaskForm } from './plan-task-form.ts';
import { withoutRound, withRound } from './settings-values.ts';
import {
  editOf,
  mergedTask,
  nobody,
  ownerName,
  ownerTyped,
  refusedFields,
  type TaskValues,
  taskMarks,
  taskValues,
  touchedFields,
  typedTask,
} from './task-values.ts';

const marks = z.object({
  summary: z.string(),
  status: z.string(),
  owner: z.string(),
  start: z.string(),
  due: z.string(),
});
const contextSchema = z.object({
  taskId: z.string(),
  id: z.string(),
  version: z.number(),
  round: z.string(),
  marks,
});
type Context = z.infer<typeof contextSchema>;

/** The sync may write the same record at the same moment: so often it is tried again upon that. */
const savesAtMost = 3;

export const planTaskHandler: FormHandler = {
  form: 'plan-task',
  role: 'operator',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('plan-task', 'tasks <project>') };
    const seen = await deps.tasks.get(context.taskId);
    if (!seen) return gone;
    const values = withoutRound(submission.values, context.round);
    for (let tries = 0; tries < savesAtMost; tries += 1) {
      const [record] = await deps.planner.recordsById('task', [context.id]);
      if (!record || record.deleted || record.frozen) return gone;
      const mine = typedTask(values, taskValues(record.fields));
      const saved = await save({ context, record, values, mine, task: seen.task, asker, deps });
      if (saved) return saved;
    }
    return refused(context, { summary: 'Others are changing this task right now: try again in a moment.' });
  },
};

const gone: FormResult = {
  answer: insteadOf(
    'plan-task',
    'Nothing was saved: this task left the plan meanwhile, or is gone from ConnectWise. tasks <project> shows the others.',
  ),
};

function refused({ round }: Context, errors: { readonly [field: string]: string }): FormResult {
  return { answer: { result: 'errors', errors: withRound(errors, round) } };
}

type Saving = {
  readonly context: Context;
  readonly record: PlanRecord;
  readonly values: FormValues;
  readonly mine: TaskValues;
  readonly task: SyncTask;
  readonly asker: Asker;
  readonly deps: CommandDeps;
};

/** Undefined where somebody wrote it in this moment. */
async function save(given: Saving): Promise<FormResult | undefined> {
  const { context, record, task, asker, deps } = given;
  const now = taskValues(record.fields);
  const desk = await planDesk(deps, task, record);
  const typed = ownerTyped(given.values, desk.members);
  if (typed && 'words' in typed) return refused(context, { [ownerName]: typed.words });
  const mine = { ...given.mine, ...typed };
  const saving = { ...given, mine };
  // A version alone that moved is the sync’s: nothing that the form shows has changed.
  if (touchedFields(context.marks, now).length > 0) return askAgain(saving, now, desk);
  const touched = touchedFields(context.marks, mine);
  if (touched.length === 0) return closedWith('Nothing was changed: the task stays as it was.');
  const edit = editOf(touched, mine, record.fields, desk);
  const { projectId } = record;
  const judged = await judge(deps, { kind: 'task', projectId, record, fields: edit });
  if (judged.result === 'refused') return refused(context, refusedFields(judged.refusals));
  const saved = await editPlan(deps, asker, task, record, judged.fields);
  if (saved.result === 'missing') return gone;
  if (saved.result === 'conflict') return undefined;
  const { reply, ...after } = saved.done;
  return { answer: { result: 'closed', ...(reply ? { reply } : {}) }, ...after };
}

function closedWith(words: string): FormResult {
  return { answer: { result: 'closed', reply: notice(words) } };
}

/** Nothing is stored before the person has seen what somebody else made of it. */
function askAgain(
  { context, record, mine, task, asker }: Saving,
  now: TaskValues,
  desk: PlanDesk,
): FormResult {
  const merged = mergedTask(context.marks, mine, now);
  // The platform sends a submission once more where the first answer was late.
  if (touchedFields(taskMarks(now), merged).length === 0)
    return closedWith('The task is saved like that already.');
  const theirs = touchedFields(context.marks, now).map((field): Text => {
    const yours = merged[field] === now[field] ? [] : [text('; yours: '), name(shown(field, merged, desk))];
    return [text(`${labels[field]}: now `), name(shown(field, now, desk)), ...yours];
  });
  const form = planTaskForm({ person: asker.person, task, record, desk, conflict: { mine: merged, theirs } });
  return { answer: { result: 'replaced', form } };
}

const labels = { summary: 'Summary', status: 'Status', owner: 'Owner', start: 'Start', due: 'Due' } as const;

function shown(field: keyof TaskValues, values: TaskValues, { members }: PlanDesk): string {
  const value = values[field];
  if (field === 'owner' && value !== nobody) {
    return members.find(({ id }) => String(id) === value)?.name ?? `#${value}`;
  }
  return value === '' ? 'none' : value;
}
