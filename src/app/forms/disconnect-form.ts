import type { Person } from '../../domain/person.ts';
import type { PlanKind } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { normaliseTyped } from '../../domain/typed-text.ts';
import type { Field, Form } from '../../ports/form.ts';
import type { Action } from '../../ports/reply.ts';
import { disconnectMeans } from '../replies/disconnect.ts';
import { name, strong, text } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { formContext } from './form-context.ts';

export const disconnectTitle = 'Disconnect project';
export const disconnectField = 'name';

export type DisconnectFormView = {
  readonly person: Person;
  readonly task: SyncTask;
  readonly counts: { readonly [kind in PlanKind]: number };
};

/** What it means and what stays; it acts only once the name was typed. */
export function disconnectForm({ person, task, counts }: DisconnectFormView): Form {
  const { what, never, stays } = disconnectMeans(task, counts);
  return {
    form: 'disconnect',
    title: disconnectTitle,
    does: `disconnect ${shownName(task)} (${selector(task)})`,
    submit: 'Disconnect',
    danger: true,
    fields: [
      { field: 'words', text: [strong(what)] },
      { field: 'words', text: [text(never)] },
      { field: 'words', text: [text(stays)] },
      { field: 'words', text: [text('To confirm, type its name: '), name(nameToType(task))] },
      { field: 'text', id: disconnectField, label: 'Name of the project', maxLength: 300 },
      ...insteadFields(task),
    ],
    context: formContext(person, { taskId: task.id }),
  };
}

function insteadFields(task: SyncTask): readonly Field[] {
  const actions = stopActions(task);
  if (actions.length === 0) return [];
  return [
    { field: 'words', text: [text('To stop it for a while, disable or archive it instead:')] },
    { field: 'actions', actions },
  ];
}

/** What can be taken back, for those who came here for less. */
function stopActions(task: SyncTask): readonly Action[] {
  const archive = { label: 'Archive', command: `archive ${selector(task)}` };
  const disable = { label: 'Disable', command: `disable ${selector(task)}` };
  switch (task.link.state) {
    case 'active':
      return [disable, archive];
    case 'disabled':
      return [archive];
    default:
      return [];
  }
}

/** Nobody can type a name that is blank. */
export function nameToType(task: SyncTask): string {
  return normaliseTyped(task.link.projectName) || selector(task);
}

/** As exact as typing allows: chat clients turn quotes and dashes into others, and blanks into one. */
export function isItsName(typed: string, task: SyncTask): boolean {
  return normaliseTyped(typed) === nameToType(task);
}
