import { type Health, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import type { GateState } from '../../ports/gate.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { gateBlocks } from './gate-words.ts';
import { buttons, count, dateAndTime, link, name, note, paragraph, text } from './parts.ts';
import {
  deletionActions,
  failureNote,
  failureWords,
  healthOf,
  healthWords,
  lastSyncWords,
  projectActions,
  selector,
  shownName,
  statusWords,
} from './project-words.ts';

export type ProjectCardView = {
  readonly task: SyncTask;
  readonly now: Date;
  readonly place?: number;
  readonly links: PsaLinks;
  readonly gate: GateState;
  /** Records that are gone from ConnectWise and wait for an answer. */
  readonly waiting?: number;
};

/** One project: items b, c, e to k of the project panel. */
export function projectCardReply(view: ProjectCardView): Reply {
  const { task, now, place, links, gate, waiting = 0 } = view;
  const status = syncStatus(task, now).word;
  const found = healthOf(task, gate);
  const when = (at: Date | undefined, none = 'never'): Text => [at ? dateAndTime(at) : text(none)];
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
        { label: 'Health', value: healthWords(task, gate) },
        { label: 'Last Sync Completed', value: lastSyncWords(task) },
        { label: 'Last Delta Sync', value: when(task.lastDeltaAt) },
        { label: 'Last Comprehensive Sync', value: when(task.lastComprehensiveAt) },
        { label: 'Next Comprehensive Sync', value: when(task.clockAt, 'none planned') },
      ],
    },
    ...gateBlocks(gate),
    ...troubleBlocks(task, found),
    ...questionBlocks(task, waiting),
    buttons(...projectActions(task, now)),
  ];
  if (task.link.state === 'active' && status !== 'Idle') {
    blocks.push(note(text('Sync can be asked for again when the project is Idle.')));
  }
  return { summary: `${shownName(task)}: ${status}, ${found.word}`, blocks };
}

/** What went wrong and what to do about it. */
function troubleBlocks(task: SyncTask, found: Health): readonly Block[] {
  if (found.word === 'Late') {
    const words = 'No sync has succeeded for more than twice the usual time.';
    return [paragraph(text(words)), note(text('Sync asks for one now; the logs show what happened since.'))];
  }
  if (found.word !== 'Needs attention' && found.word !== 'Retrying') return [];
  const { failure } = found;
  const blocks = [paragraph(...failureWords(failure)), note(...failureNote(failure))];
  const another = found.word === 'Needs attention' && task.failure && task.failure.code !== failure.code;
  if (!another) return blocks;
  return [...blocks, paragraph(text('The last attempt failed too: '), ...failureWords(task.failure))];
}

function questionBlocks(task: SyncTask, waiting: number): readonly Block[] {
  if (waiting === 0) return [];
  const which = { label: 'Which ones', command: `deletions ${selector(task)}` };
  const wait = waiting === 1 ? 'waits' : 'wait';
  return [
    paragraph(text(`${count(waiting, 'record')} gone from ConnectWise ${wait} for an answer.`)),
    buttons(...deletionActions(task, waiting), which),
  ];
}
