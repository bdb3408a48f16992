import { health, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { buttons, dateAndTime, link, name, note, paragraph, text } from './parts.ts';
import {
  failureNote,
  failureWords,
  healthWords,
  lastSyncWords,
  projectActions,
  shownName,
  statusWords,
} from './project-words.ts';

export type ProjectCardView = {
  readonly task: SyncTask;
  readonly now: Date;
  readonly place?: number;
  readonly links: PsaLinks;
};

/** One project: items b, c, e to k of the project panel. */
export function projectCardReply(view: ProjectCardView): Reply {
  const { task, now, place, links } = view;
  const status = syncStatus(task, now).word;
  const found = health(task);
  const when = (at: Date | undefined): Text => [at ? dateAndTime(at) : text('never')];
  const { externalId, customer, board } = task.link;
  const blocks: Block[] = [
    { block: 'heading', text: shownName(task) },
    {
      block: 'fields',
      fields: [
        { label: 'Customer', value: [name(customer ?? 'none')] },
        { label: 'Board', value: [name(board ?? 'none')] },
        {
          label: 'ConnectWise project',
          value: [link(`#${externalId}`, links.record('project', externalId))],
        },
        { label: 'Sync enabled', value: [text(task.link.state === 'active' ? 'yes' : 'no')] },
        { label: 'Sync Status', value: statusWords(task, now, place) },
        { label: 'Health', value: healthWords(task) },
        { label: 'Last Sync Completed', value: lastSyncWords(task) },
        { label: 'Last Delta Sync', value: when(task.lastDeltaAt) },
        { label: 'Last Comprehensive Sync', value: when(task.lastComprehensiveAt) },
      ],
    },
  ];
  if (found.word === 'Needs attention' || found.word === 'Retrying') {
    blocks.push(paragraph(...failureWords(found.failure)), note(...failureNote(found.failure)));
  }
  if (found.word === 'Needs attention' && task.failure && task.failure.code !== found.failure.code) {
    blocks.push(paragraph(text('The last attempt failed too: '), ...failureWords(task.failure)));
  }
  blocks.push(buttons(...projectActions(task, now)));
  if (task.link.state === 'active' && status !== 'Idle') {
    blocks.push(note(text('Sync can be asked for again when the project is Idle.')));
  }
  return { summary: `${shownName(task)}: ${status}, ${found.word}`, blocks };
}
