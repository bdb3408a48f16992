/** What was edited in the plan, and when ConnectWise gets it. */
import type { Fields, PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Reply, Text } from '../../ports/reply.ts';
import { nameOf } from '../sync/log-entries.ts';
import { buttons, name, note, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';
import { fieldWords, valueWords } from './sync-preview.ts';

export type PlanEditView = {
  readonly task: SyncTask;
  readonly record: PlanRecord;
  readonly before: Fields;
  readonly edit: Fields;
  readonly when: Text;
};

export function planSavedReply({ task, record, before, edit, when }: PlanEditView): Reply {
  const named = nameOf(record.kind, record.fields, record.externalId);
  const lines = Object.entries(edit).map(([field, value]) =>
    changeLine(fieldWords(field), valueWords(before[field] ?? null), valueWords(value)),
  );
  return {
    summary: `Saved: ${named} of ${shownName(task)}.`,
    blocks: [
      paragraph(strong('Saved: '), name(named), text(' of '), name(shownName(task)), text('.')),
      ...lines.map((line) => paragraph(...line)),
      note(...when),
      backTo(task),
    ],
  };
}

export function taskMadeReply(task: SyncTask, record: PlanRecord, when: Text): Reply {
  const named = nameOf(record.kind, record.fields);
  return {
    summary: `Made: ${named} of ${shownName(task)}.`,
    blocks: [
      paragraph(strong('Made: '), name(named), text(' of '), name(shownName(task)), text('.')),
      note(...when),
      backTo(task),
    ],
  };
}

/** `due: 2026-01-31 → nothing`. */
export function changeLine(label: string, before: string, after: string): Text {
  return [text(`${label}: `), name(before), text(' → '), name(after)];
}

function backTo(task: SyncTask) {
  return buttons(
    { label: 'Tasks', command: `tasks ${selector(task)}` },
    { label: 'What goes out', command: `sync ${selector(task)} --dry-run` },
  );
}
