/** What left a plan and can be taken back. */
import { type PlanRecord, planWords } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import { nameOf } from '../sync/log-entries.ts';
import { buttons, count, dateAndTime, name, note, notice, pager, paragraph, strong, text } from './parts.ts';
import { readActions, selector, shownName } from './project-words.ts';

export const tombstonesPerPage = 10;

export type TombstonesView = {
  readonly task: SyncTask;
  /** Newest first. */
  readonly records: readonly PlanRecord[];
  readonly total: number;
  readonly page: number;
};

const again =
  'It is tied to its ConnectWise record again: the next sync brings both in step, or says that the record is gone there by now.';
const meaning =
  'What was deleted in the plan is tied to its ConnectWise record again. What is gone from ConnectWise lives in the plan only once it is restored: until cwsync writes to ConnectWise it is not made there again, and it is no longer synced. What it hangs on comes back with it.';
const alone =
  'A restored record lives in the plan only: until cwsync writes to ConnectWise it is not made there again, and it is no longer synced. What it hangs on comes back with it.';

export function tombstonesReply({ task, records, total, page }: TombstonesView): Reply {
  const summary = `${shownName(task)}: ${count(total, 'deleted record')} can be restored`;
  const blocks: Block[] = [
    paragraph(strong(shownName(task)), text(`: ${count(total, 'deleted record')}, newest first.`)),
  ];
  for (const record of records) blocks.push(row(record, task));
  if (total === 0) blocks.push(paragraph(text('Nothing left the plan in the last 30 days.')));
  else blocks.push(note(text(meaning)));
  const pages = Math.max(1, Math.ceil(total / tombstonesPerPage));
  const turn = pager((to) => `restore ${selector(task)} --page ${to}`, page, pages);
  blocks.push(buttons(...turn, ...readActions(task)));
  return { summary, blocks };
}

function row({ id, kind, fields, externalId, deleted }: PlanRecord, task: SyncTask): Block {
  const facts = deleted
    ? [text(`${deleted.reason} · `), dateAndTime(deleted.at), text(' · by '), name(deleted.by)]
    : [text(planWords[kind].plan)];
  return {
    block: 'row',
    lines: [[name(nameOf(kind, fields, externalId))], facts],
    menu: [{ label: 'Restore', command: `restore ${selector(task)} ${id}` }],
  };
}

/** @param paired whether ConnectWise still had its record when it was deleted here */
export function restoredReply(task: SyncTask, named: string, paired = false): Reply {
  const more = { label: 'Deleted records', command: `restore ${selector(task)}` };
  return notice(`${named} is back in the plan of ${shownName(task)}.`, paired ? again : alone, [
    ...readActions(task),
    more,
  ]);
}
