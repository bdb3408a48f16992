/** Of a log entry: what both sides had, what ConnectWise did not take, and how the other value is applied. */
import { sameJson } from '../../domain/json.ts';
import { goesOut } from '../../domain/outbound-fields.ts';
import { isPlanKind, type PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { Kept, LogEntry } from '../../ports/log-store.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import { nameOf } from '../sync/log-entries.ts';
import { askBack, buttons, dateAndTime, name, note, notice, paragraph, strong, text } from './parts.ts';
import { selector } from './project-words.ts';
import { fieldWords, valueWords } from './sync-preview.ts';

export type Conflict = NonNullable<LogEntry['conflicts']>[number];

/** The value that was not taken, and whose it was. */
export function otherOf({ took, plan, psa }: Conflict) {
  return took === 'plan' ? { value: psa, whose: 'ConnectWise’s' } : { value: plan, whose: 'the plan’s' };
}

/** @param seen of the value that the press is about; absent: the one that was taken then */
export function takeCommand(entryId: string, field: string, seen?: string): string {
  return `logs --entry ${quote(entryId)} --take ${field}${seen === undefined ? '' : ` --seen ${seen}`}`;
}

export function conflictBlocks(entry: Kept<LogEntry>, record: PlanRecord | undefined): readonly Block[] {
  return (entry.conflicts ?? []).map((conflict): Block => {
    const { field, plan, psa, took } = conflict;
    const whose = took === 'plan' ? 'the plan’s' : 'ConnectWise’s';
    const lines: Text[] = [
      [strong(fieldWords(field)), text(`: ${whose} value was taken`)],
      [text('plan: '), name(valueWords(plan))],
      [text('ConnectWise: '), name(valueWords(psa))],
    ];
    const isOpen = record && !record.deleted && !record.frozen && goesOut(record.kind, field);
    const take = { label: `Apply ${otherOf(conflict).whose}`, command: takeCommand(entry.id, field) };
    return { block: 'row', lines, menu: isOpen ? [take] : [] };
  });
}

/** What is refused of the record by now: an entry of the log stays as it was. */
export function rejectedBlocks(
  entry: LogEntry,
  record: PlanRecord | undefined,
  task: SyncTask | undefined,
): readonly Block[] {
  if (entry.action !== 'rejected' || !record) return [];
  const open = Object.entries(record.rejected?.fields ?? {});
  if (open.length === 0 || record.deleted)
    return [note(text('It is settled by now: nothing of it is refused.'))];
  const lines = open.map(([field, { value, words }]): Block => {
    const still = sameJson(value, record.fields[field] ?? null) || value === null;
    return paragraph(
      strong(fieldWords(field)),
      text(value === null ? ': ' : ` ${valueWords(value)}: `),
      name(cut(words, 500)),
      text(still ? '' : ' (changed since: the next sync tries it again)'),
    );
  });
  return [paragraph(text('ConnectWise does not take:')), ...lines, ...(task ? [wayOut(task, record)] : [])];
}

function wayOut(task: SyncTask, { kind, id }: PlanRecord): Block {
  const edit: readonly Action[] =
    kind === 'task' ? [{ label: 'Edit', command: `tasks ${selector(task)} --edit ${quote(id)}` }] : [];
  return buttons(...edit, { label: 'Try again now', command: `sync ${selector(task)} --now` });
}

/** The record that an entry is about, by which it is looked up in the plan. */
export function recordNamed({ entity, planId }: LogEntry) {
  return entity !== undefined && planId !== undefined && isPlanKind(entity)
    ? { kind: entity, planId }
    : undefined;
}

export function changedSinceReply(record: PlanRecord, conflict: Conflict, take: Action): Reply {
  const { field } = conflict;
  const named = nameOf(record.kind, record.fields, record.externalId);
  const summary = `Nothing was changed: ${fieldWords(field)} of ${named} is another by now.`;
  return {
    summary,
    unclear: true,
    blocks: [
      paragraph(text(summary)),
      paragraph(
        text('Now: '),
        name(valueWords(record.fields[field] ?? null)),
        text(', changed '),
        dateAndTime(record.changedAt),
        text(' by '),
        name(cut(record.changedBy, 60)),
        text('. Apply '),
        name(valueWords(otherOf(conflict).value)),
        text(' all the same?'),
      ),
      buttons(take),
    ],
  };
}

export function nothingToTakeReply(words: string, task?: SyncTask): Reply {
  const logs = { label: 'Logs', command: task ? `logs ${selector(task)}` : 'logs' };
  return askBack(words, undefined, [logs]);
}

export function refusedTakeReply(reasons: readonly string[]): Reply {
  return notice('This value cannot be applied.', reasons.join(' '));
}
