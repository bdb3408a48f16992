import { type Health, type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { GateState } from '../../ports/gate.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import type { WorkTypeShown } from '../work-types.ts';
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
  whyNotSync,
} from './project-words.ts';

export type ProjectCardView = {
  readonly task: SyncTask;
  readonly now: Date;
  readonly place?: number;
  readonly links: PsaLinks;
  readonly gate: GateState;
  /** Records that are gone from ConnectWise and wait for an answer. */
  readonly waiting?: number;
  readonly workType: WorkTypeShown;
};

/** One project: the twelve items of the project panel, a to l. */
export function projectCardReply(view: ProjectCardView): Reply {
  const { task, now, gate, waiting = 0 } = view;
  const status = syncStatus(task, now).word;
  const found = healthOf(task, gate);
  const why = whyNotSync(task, now);
  const blocks: Block[] = [
    { block: 'heading', text: shownName(task) },
    { block: 'fields', fields: whatItIs(view) },
    { block: 'fields', fields: howItFares(view) },
    ...gateBlocks(gate),
    ...troubleBlocks(task, found),
    ...questionBlocks(task, waiting),
    buttons(...projectActions(task, now)),
    ...(why ? [note(...why)] : []),
    buttons(...wordsExplained),
  ];
  return { summary: `${shownName(task)}: ${status}, ${found.word}`, blocks };
}

type CardFields = Extract<Block, { block: 'fields' }>['fields'];

function whatItIs({ task, links, workType }: ProjectCardView): CardFields {
  const { externalId, customer, board, state, projectName } = task.link;
  return [
    { label: 'Linked', value: [text(state === 'disconnected' ? 'no, disconnected for good' : 'yes')] },
    { label: 'ConnectWise Project Name', value: [name(cut(projectName, namesAtMost))] },
    {
      label: 'ConnectWise Project ID',
      value: [link(`#${externalId}`, links.record('project', externalId))],
    },
    { label: 'Customer', value: [name(cut(customer ?? 'none', namesAtMost))] },
    { label: 'Board', value: [name(cut(board ?? 'none', namesAtMost))] },
    { label: 'Work Type', value: workTypeWords(workType) },
    { label: 'Sync Enabled', value: [text(state === 'active' ? 'yes' : 'no')] },
  ];
}

function howItFares({ task, now, place, gate }: ProjectCardView): CardFields {
  const when = (at: Date | undefined, none = 'never'): Text => [at ? dateAndTime(at) : text(none)];
  return [
    { label: 'Sync Status', value: statusWords(task, now, place) },
    { label: 'Health', value: healthWords(task, gate) },
    { label: 'Last Sync Completed', value: lastSyncWords(task) },
    { label: 'Last Delta Sync', value: when(task.lastDeltaAt) },
    { label: 'Last Comprehensive Sync', value: when(task.lastComprehensiveAt) },
    { label: 'Next Comprehensive Sync', value: when(task.clockAt, 'none planned') },
  ];
}

const namesAtMost = 300;

/** The name in brackets is the original monitor's: a default applies. */
function workTypeWords({ own, byDefault }: WorkTypeShown): Text {
  if (own !== undefined) return [name(cut(own, namesAtMost))];
  const of = byDefault?.of === 'board' ? 'Board' : 'Enterprise';
  return [
    name(`<${of} Default Work Type>`),
    ...(byDefault ? [text(': '), name(cut(byDefault.name, namesAtMost))] : [text(' (none chosen yet)')]),
  ];
}

/** Where the words of the card are explained. */
const wordsExplained: readonly Action[] = [
  { label: 'What the states mean', command: 'help states' },
  { label: 'Delta', command: 'help delta' },
  { label: 'Comprehensive', command: 'help comprehensive' },
];

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
