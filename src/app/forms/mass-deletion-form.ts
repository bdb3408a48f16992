import type { Person } from '../../domain/person.ts';
import { type PlanKind, type PlanRecord, planKinds } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Field, Form } from '../../ports/form.ts';
import { count, name, strong, text } from '../replies/parts.ts';
import { shownName } from '../replies/project-words.ts';
import { nameOf } from '../sync/log-entries.ts';
import { formContext } from './form-context.ts';

export const massDeletionTitle = 'Apply deletions';
const namesAtMost = 10;

const kindWords: { readonly [kind in PlanKind]: readonly [one: string, many: string] } = {
  project: ['project', 'projects'],
  phase: ['phase', 'phases'],
  task: ['task', 'tasks'],
  event: ['scheduled event', 'scheduled events'],
  timeLog: ['time log', 'time logs'],
  teamMember: ['team member', 'team members'],
  projectNote: ['project note', 'project notes'],
  ticketNote: ['ticket note', 'ticket notes'],
};

export type MassDeletionView = {
  readonly person: Person;
  readonly task: SyncTask;
  /** Those that nobody has answered. */
  readonly open: readonly PlanRecord[];
  /** The numbers have changed since they were shown. */
  readonly changed?: boolean;
};

/** What would leave the plan, with the numbers as they are now. */
export function massDeletionForm({ person, task, open, changed = false }: MassDeletionView): Form {
  const total = count(open.length, 'record');
  const kinds = planKinds.flatMap((kind) => {
    const number = open.filter((record) => record.kind === kind).length;
    return number === 0 ? [] : [count(number, ...kindWords[kind])];
  });
  const more = open.length - namesAtMost;
  const words = (parts: Extract<Field, { field: 'words' }>['text']): Field => ({
    field: 'words',
    text: parts,
  });
  return {
    form: 'mass-deletion',
    title: massDeletionTitle,
    submit: `Apply ${count(open.length, 'deletion')}`.slice(0, 24),
    danger: true,
    fields: [
      ...(changed ? [words([text('Not applied yet: the numbers have changed since you opened this.')])] : []),
      words([
        strong(shownName(task)),
        text(`: ${total} gone from ConnectWise leave the plan: ${kinds.join(', ')}.`),
      ]),
      ...open
        .slice(0, namesAtMost)
        .map(({ kind, fields, externalId }) => words([name(nameOf(kind, fields, externalId))])),
      ...(more > 0 ? [words([text(`… and ${count(more, 'more', 'more')}.`)])] : []),
      words([
        text(
          'Each is looked for once more, and only those that are still gone leave the plan; for 30 days they can be restored.',
        ),
      ]),
    ],
    context: formContext(person, { taskId: task.id, waiting: open.length }),
  };
}
