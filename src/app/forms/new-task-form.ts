import type { Person } from '../../domain/person.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import { namesAtMost } from '../../domain/plan-door.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Form } from '../../ports/form.ts';
import { name, text } from '../replies/parts.ts';
import { shownName } from '../replies/project-words.ts';
import { formContext } from './form-context.ts';

export const newTaskTitle = 'New task';
const phasesAtMost = 100;

/** @param id of the task that is made: a form that comes twice makes it once */
export function newTaskForm(person: Person, task: SyncTask, phases: readonly PlanRecord[], id: string): Form {
  const options = phases.slice(0, phasesAtMost).map(({ id: value, fields }) => {
    const wbs = typeof fields.wbsCode === 'string' ? `${fields.wbsCode} ` : '';
    const label = typeof fields.name === 'string' && fields.name.trim() !== '' ? fields.name : 'Phase';
    return { value, label: cut(`${wbs}${label}`, 120) };
  });
  const [first] = options;
  return {
    form: 'new-task',
    title: newTaskTitle,
    does: 'make a task',
    submit: 'Make',
    fields: [
      { field: 'words', text: [text('In the plan of '), name(shownName(task)), text('.')] },
      { field: 'text', id: 'summary', label: 'Summary', maxLength: namesAtMost },
      { field: 'choice', id: 'phase', label: 'Phase', options, ...(first ? { value: first.value } : {}) },
    ],
    context: formContext(person, { taskId: task.id, id }),
  };
}
