/** Unusually many records that are gone from ConnectWise: what waits for an answer, and what was answered. */
import type { PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { nameOf } from '../sync/log-entries.ts';
import { buttons, count, name, note, notice, paragraph, strong, text } from './parts.ts';
import { deletionActions, lookActions, selector, shownName } from './project-words.ts';

export type DeletionsView = {
  readonly task: SyncTask;
  readonly open: readonly PlanRecord[];
  readonly approved: readonly PlanRecord[];
};

const namesAtMost = 10;

export function waitingDeletionsReply(view: DeletionsView): Reply {
  const { task, open, approved } = view;
  if (open.length === 0) return answeredAlreadyReply(view);
  const gone = `${count(open.length, 'record')} gone from ConnectWise ${open.length === 1 ? 'waits' : 'wait'} for your answer`;
  const more = open.length - namesAtMost;
  const blocks: Block[] = [
    paragraph(strong(shownName(task)), text(`: ${gone}. Nothing was deleted yet.`)),
    ...open.slice(0, namesAtMost).map((record) => paragraph(...lineOf(record))),
    ...(more > 0 ? [note(text(`… and ${count(more, 'more', 'more')}.`))] : []),
    ...(approved.length > 0 ? [note(text(approvedWords(approved)))] : []),
    note(
      text(
        'Apply: each is looked for once more, and those that are still gone, or in a project that is not linked, leave the plan; for 30 days they can be restored. Keep: they stay in the plan and are no longer synced; you are not asked again.',
      ),
    ),
    buttons(...deletionActions(task, open.length), ...lookActions(task)),
  ];
  return { summary: `${shownName(task)}: ${gone}`, blocks };
}

/** Nobody is asked: there is nothing, or somebody has answered. */
export function answeredAlreadyReply({ task, approved }: DeletionsView): Reply {
  const words = `${shownName(task)}: no deletions wait for an answer.`;
  return notice(words, approved.length > 0 ? approvedWords(approved) : undefined, lookActions(task));
}

export function keptReply(task: SyncTask, kept: number): Reply {
  const next = `They are no longer synced. Edit or delete them as you like: tasks ${selector(task)}.`;
  const tasks = { label: 'Tasks', command: `tasks ${selector(task)}` };
  return notice(
    `${count(kept, 'record')} of ${shownName(task)} ${kept === 1 ? 'stays' : 'stay'} in the plan.`,
    next,
    [tasks, ...lookActions(task)],
  );
}

function lineOf({ kind, fields, externalId }: PlanRecord): Text {
  return [name(nameOf(kind, fields, externalId)), text(externalId === undefined ? '' : ` · #${externalId}`)];
}

function approvedWords(approved: readonly PlanRecord[]): string {
  const by = approved[0]?.frozen?.approvedBy;
  const who = by === undefined ? '' : ` by ${by}`;
  return `${count(approved.length, 'deletion')} decided${who}: the next sync carries them out.`;
}
