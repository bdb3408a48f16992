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
  'What was deleted in the plan is tied to its ConnectWise record again. What is gone from ConnectWise is made there anew once it is restored, where Write to ConnectWise is on; till then it lives in the plan only. What it hangs on comes back with it.';
const toBeMade =
  'The next sync makes it anew in ConnectWise, with what it hangs on, which comes back with it.';
const hereAlone =
  'It lives in the plan only until Write to ConnectWise is on; then it is made anew there. What it hangs on comes back with it.';

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

/** Whether ConnectWise still had its record when it was deleted here; else whether cwsync writes there. */
export type RestoredTo = 'paired' | 'to be made' | 'here alone';

const whatNext = { paired: again, 'to be made': toBeMade, 'here alone': hereAlone } as const satisfies Record<
  RestoredTo,
  string
>;

export function restoredReply(task: SyncTask, named: string, to: RestoredTo): Reply {
  const more = { label: 'Deleted records', command: `restore ${selector(task)}` };
  return notice(`${named} is back in the plan of ${shownName(task)}.`, whatNext[to], [
    ...readActions(task),
    more,
  ]);
}
