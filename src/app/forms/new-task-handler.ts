import { z } from 'zod';
import type { Fields } from '../../domain/plan.ts';
import { actorOf } from '../commands/command.ts';
import { planTrigger, targetOf } from '../commands/edit-plan.ts';
import { type PlanDesk, planDesk, whenWritten } from '../plan-desk.ts';
import { judge } from '../plan-door/edit-plan.ts';
import { notice } from '../replies/parts.ts';
import { taskMadeReply } from '../replies/plan-edit.ts';
import { insteadOf, notYours, readContext } from './form-context.ts';
import type { FormHandler } from './form-handler.ts';
import { refusedFields } from './task-values.ts';

const contextSchema = z.object({ taskId: z.string(), id: z.string() });

export const newTaskHandler: FormHandler = {
  form: 'new-task',
  role: 'operator',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('new-task', 'tasks <project> --new') };
    const seen = await deps.tasks.get(context.taskId);
    if (!seen)
      return { answer: insteadOf('new-task', 'Nothing was made: this project is not known any more.') };
    const { task } = seen;
    const desk = await planDesk(deps, task);
    const { summary, phase } = submission.values;
    const wished = fieldsOf(String(summary ?? '').trim(), String(phase ?? ''), desk);
    const { projectId } = task;
    const judged = await judge(deps, { kind: 'task', projectId, fields: wished });
    if (judged.result === 'refused') {
      return { answer: { result: 'errors', errors: refusedFields(judged.refusals) } };
    }
    const { fields } = judged;
    const made = await deps.planner.create(
      { kind: 'task', id: context.id, projectId, fields, by: actorOf(asker.person), at: deps.clock.now() },
      planTrigger,
    );
    // The platform sends a submission once more where the first answer was late.
    if (made.result === 'taken') {
      return { answer: { result: 'closed', reply: notice('This task is made already.') } };
    }
    const reply = taskMadeReply(task, made.record, await whenWritten(deps, task.id));
    return {
      answer: { result: 'closed', reply },
      audited: { ...targetOf(task, made.record), after: 'in the plan', outcome: 'task made' },
    };
  },
};

/** It has not begun; where nobody can tell what that is called, ConnectWise gives it what new tickets have. */
function fieldsOf(summary: string, phaseId: string, { statuses }: PlanDesk): Fields {
  const start = statuses.find(({ category }) => category === 'Not Started');
  const status = start ? { status: { ...start.status, category: start.category } } : {};
  return { summary, phaseId, ...status };
}
