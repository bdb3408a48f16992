/** The form in which a task of the plan is edited. */
import type { Person } from '../../domain/person.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import { namesAtMost } from '../../domain/plan-door.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Field, Form, Option } from '../../ports/form.ts';
import type { Text } from '../../ports/reply.ts';
import type { PlanDesk } from '../plan-desk.ts';
import { dateAndTime, name, strong, text } from '../replies/parts.ts';
import { shownName } from '../replies/project-words.ts';
import { formContext } from './form-context.ts';
import { nobody, ownerName, type TaskValues, taskMarks, taskValues } from './task-values.ts';

export const editTaskTitle = 'Edit task';
/** A platform shows no more options at once. */
const ownersAtMost = 99;

export type TaskFormView = {
  readonly person: Person;
  readonly task: SyncTask;
  readonly record: PlanRecord;
  readonly desk: PlanDesk;
  /** Somebody else changed it meanwhile: what one typed oneself stays, and what changed is said. */
  readonly conflict?: { readonly mine: TaskValues; readonly theirs: readonly Text[] };
};

export function planTaskForm({ person, task, record, desk, conflict }: TaskFormView): Form {
  const now = taskValues(record.fields);
  const values = conflict?.mine ?? now;
  // A platform keeps what stands in a field of the same id: where others’ values are shown, the ids are new.
  const round = conflict ? `~${record.version}` : '';
  const fields: Field[] = [
    ...(conflict ? conflictWords(record, conflict.theirs) : []),
    words([
      name(shownName(task)),
      text(', last changed '),
      dateAndTime(record.changedAt),
      text(' by '),
      name(cut(record.changedBy, 60)),
    ]),
    { field: 'text', id: 'summary', label: 'Summary', value: values.summary, maxLength: namesAtMost },
    ...statusField(desk, values, record),
    {
      field: 'choice',
      id: 'owner',
      label: 'Owner',
      options: ownerOptions(desk, record, values),
      value: values.owner,
    },
    ...(desk.members.length + 2 > ownersAtMost ? [anotherOwner] : []),
    day('start', 'Start', values.start),
    day('due', 'Due', values.due),
  ];
  return {
    form: 'plan-task',
    title: editTaskTitle,
    does: 'edit the task',
    submit: 'Save',
    fields: fields.map((field) => ('id' in field ? { ...field, id: `${field.id}${round}` } : field)),
    context: formContext(person, {
      taskId: task.id,
      id: record.id,
      version: record.version,
      round,
      marks: taskMarks(now),
    }),
  };
}

const words = (parts: Text): Field => ({ field: 'words', text: parts });

function conflictWords({ changedBy, changedAt }: PlanRecord, theirs: readonly Text[]): readonly Field[] {
  const who: Text = [
    strong('Not saved yet. '),
    name(cut(changedBy, 60)),
    text(' changed this task '),
    dateAndTime(changedAt),
    text(', after you opened this. Your own values are below: look at them, then save again.'),
  ];
  return [words(who), ...theirs.map(words)];
}

const day = (id: string, label: string, value: string): Field => ({
  ...{ field: 'text', id, label, value, optional: true, maxLength: 10 },
  hint: 'Year-month-day, such as 2026-01-31; empty for none.',
});

/** Where there are more than can be shown at once. */
const anotherOwner: Field = {
  ...{ field: 'text', id: ownerName, label: 'Another owner', value: '', optional: true, maxLength: 100 },
  hint: 'Not everybody can be shown above: a name that is typed here counts instead.',
};

function statusField({ statuses }: PlanDesk, { status }: TaskValues, record: PlanRecord): readonly Field[] {
  const options = statuses.map(({ category, status: written }): Option => {
    const hint =
      written.name && written.name !== category ? { hint: `“${cut(written.name, 40)}” in ConnectWise` } : {};
    return { value: category, label: category, ...hint };
  });
  const before = taskValues(record.fields).status;
  const current = [before, status].filter(
    (one, at, all) => one !== '' && all.indexOf(one) === at && !options.some(({ value }) => value === one),
  );
  const all = [...options, ...current.map((value) => ({ value, label: value, hint: 'as it is' }))];
  if (all.length === 0) {
    return [
      words([text('Status: what its board’s statuses mean is not known yet; sync --misc reads them.')]),
    ];
  }
  return [
    { field: 'choice', id: 'status', label: 'Status', options: all, ...(status ? { value: status } : {}) },
  ];
}

/** Who has it stays among them, active or not. */
function ownerOptions(
  { members }: PlanDesk,
  { fields }: PlanRecord,
  { owner }: TaskValues,
): readonly Option[] {
  const known = members.some(({ id }) => String(id) === owner);
  const shown = (fields.owner as { readonly name?: string | null } | null | undefined)?.name;
  const left =
    owner === nobody || known ? [] : [{ value: owner, label: shown ?? `#${owner}`, hint: 'not active' }];
  const chosenFirst = members.toSorted(
    (a, b) => Number(String(b.id) === owner) - Number(String(a.id) === owner),
  );
  const options = chosenFirst.map(({ id, name: label }) => ({ value: String(id), label: label ?? `#${id}` }));
  return [{ value: nobody, label: 'Nobody' }, ...left, ...options].slice(0, ownersAtMost);
}
