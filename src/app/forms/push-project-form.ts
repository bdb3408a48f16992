import type { Person } from '../../domain/person.ts';
import type { PlanKind, PlanRecord } from '../../domain/plan.ts';
import { cut } from '../../domain/text.ts';
import type { Field, Form } from '../../ports/form.ts';
import { choiceOf, type PushTables } from '../push-choice.ts';
import { count, name, strong, text } from '../replies/parts.ts';
import { projectName } from '../unlinked-projects.ts';
import { formContext } from './form-context.ts';

export const pushProjectTitle = 'Push a project';
/** A platform shows no more options at once. */
const boardsAtMost = 100;

export type PushProjectView = {
  readonly person: Person;
  readonly record: PlanRecord;
  readonly counts: { readonly [kind in PlanKind]: number };
  readonly tables: PushTables;
};

/** What will be made, and what ConnectWise needs that the plan may not say. */
export function pushProjectForm({ person, record, counts, tables }: PushProjectView): Form {
  const known = choiceOf(record, tables);
  const options = tables.boards
    .slice(0, boardsAtMost)
    .map(({ id, name: title }) => ({ value: String(id), label: cut(title ?? `#${id}`, 75) }));
  const board = tables.boards.find(({ name: title }) => title === known.board);
  const chosen = options.find(({ value }) => value === String(board?.id));
  const shown = cut(projectName(record), 120);
  return {
    form: 'push-project',
    title: pushProjectTitle,
    does: `make the project ${shown} in ConnectWise`,
    submit: 'Make it',
    fields: [
      {
        field: 'words',
        text: [
          text('A new project '),
          name(shown),
          text(
            ` is made in ConnectWise, with ${count(counts.phase, 'phase')} and ${count(counts.task, 'task')}, and linked with this plan for good. cwsync deletes no project: to take it back, delete it in ConnectWise.`,
          ),
        ],
      },
      boardField(options, chosen?.value),
      {
        ...{ field: 'text', id: 'company', label: 'Company', value: known.company, maxLength: 100 },
        hint: 'Its name or identifier in ConnectWise.',
      },
      day('start', 'Start', known.start),
      day('end', 'End', known.end),
    ],
    context: formContext(person, { id: record.id, version: record.version }),
  };
}

function boardField(options: readonly { value: string; label: string }[], value: string | undefined): Field {
  const chosen = value === undefined ? {} : { value };
  return options.length === 0
    ? { field: 'words', text: [strong('Its board: '), text('none is known yet; sync --misc reads them.')] }
    : { field: 'choice', id: 'board', label: 'Board', options, ...chosen };
}

const day = (id: string, label: string, value: string): Field => ({
  ...{ field: 'text', id, label, value, maxLength: 10 },
  hint: 'Year-month-day, such as 2026-01-31.',
});
