/** Projects one under another: the same rows in the list and on the standing page. */
import { failureRules } from '../../domain/failure.ts';
import { mayDo, type Role } from '../../domain/roles.ts';
import type { Health, SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { GateState } from '../../ports/gate.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Action, Block, Text } from '../../ports/reply.ts';
import type { TaskList, TaskName } from '../../ports/sync-task-store.ts';
import { asking, hiddenIn, type ListWish, wishWords } from '../list-wish.ts';
import type { Readiness } from '../readiness.ts';
import { buttons, joined, link, name, paragraph, people, strong, text } from './parts.ts';
import {
  deletionActions,
  failureWords,
  healthOf,
  healthWords,
  lastSyncWords,
  rowActions,
  selector,
  shownName,
  statusWords,
} from './project-words.ts';
import { nothingLinkedBlocks } from './setup.ts';

/** Who looks at it. */
export type Reader = {
  readonly role: Role;
  /** Where they can do nothing themselves: a few who can, as `platform:tenant/user`. */
  readonly helpers: readonly string[];
};

export type RowsView = {
  readonly reader: Reader;
  readonly list: TaskList;
  readonly wish: ListWish;
  readonly places: ReadonlyMap<string, number>;
  readonly links: PsaLinks;
  readonly gate: GateState;
  /** By task: how many records are gone from ConnectWise and wait for an answer. */
  readonly waiting: ReadonlyMap<string, number>;
  readonly page: number;
};

/** Those that need attention, apart, above the first page; where the list is of nothing else, not once more. */
export function attentionBlocks(view: RowsView, command: string): readonly Block[] {
  const { list, wish, page } = view;
  const { attention, needAttention } = list;
  if (attention.length === 0 || page > 1 || wish.problems || wish.state !== undefined) return [];
  const all = { ...wish, problems: true, byBoard: false };
  const more: Action = { label: `All ${needAttention}`, command: asking(command, wishWords(all)) };
  return [
    { block: 'heading', text: `⚠ Needs attention: ${needAttention}` },
    ...attention.map((task) => rowOf(task, view)),
    ...(needAttention > attention.length ? [buttons(more)] : []),
    { block: 'heading', text: wish.mine ? 'My projects' : 'All projects' },
  ];
}

/** With a heading for each board where they are in that order. */
export function rowBlocks(view: RowsView): readonly Block[] {
  const { tasks } = view.list;
  return tasks.flatMap((task, at): Block[] => {
    const { board } = task.link;
    const begins = view.wish.byBoard && (at === 0 || tasks[at - 1]?.link.board !== board);
    const heading: Block = { block: 'heading', text: board === null ? 'No board' : cut(board, 120) };
    return begins ? [heading, rowOf(task, view)] : [rowOf(task, view)];
  });
}

function rowOf(task: SyncTask, view: RowsView): Block {
  const { list, links, places, gate } = view;
  const external = link(`#${task.link.externalId}`, links.record('project', task.link.externalId));
  const found = healthOf(task, gate);
  const failure =
    found.word === 'Needs attention' || found.word === 'Retrying' ? [failureWords(found.failure)] : [];
  return {
    block: 'row',
    lines: [
      [strong(shownName(task))],
      [
        name(cut(task.link.customer ?? 'no customer', 120)),
        text(' · '),
        external,
        text(' · last sync '),
        ...lastSyncWords(task),
      ],
      joined([statusWords(task, list.now, places.get(task.id)), healthWords(task, gate)], ' · '),
      ...failure,
      ...nextSteps(found, view),
    ],
    menu: rowMenu(task, view),
  };
}

/** What the reader does about it, where that is what they look for. */
function nextSteps(found: Health, { reader, wish, page, list }: RowsView): readonly Text[] {
  const repeated = page === 1 && list.attention.length > 0;
  if (found.word !== 'Needs attention' || !(wish.problems || wish.mine || repeated)) return [];
  const { next } = failureRules[found.failure.code];
  if (mayDo(reader.role, 'operator')) return [[text(`Next: ${next}`)]];
  return [
    [text('You: nothing. Ask '), ...people(reader.helpers, 'an operator'), text(` to see to it: ${next}`)],
  ];
}

/** A menu has room for five: a question that waits comes before what the card offers too. */
function rowMenu(task: SyncTask, { list, waiting }: RowsView): readonly Action[] {
  const details = { label: 'Details', command: `status ${selector(task)}` };
  const answers = deletionActions(task, waiting.get(task.id) ?? 0);
  const logs = { label: 'Logs', command: `logs ${selector(task)}` };
  if (answers.length > 0) return [details, ...answers, logs];
  return [details, ...rowActions(task, list.now)];
}

/** An empty list says why it is empty, and the next step. */
export function emptyBlocks(view: EmptyView): readonly Block[] {
  if (view.ready) return nothingLinkedBlocks(view.ready, view.reader.role);
  const near = (view.near ?? []).map(({ name: label, externalId }) => ({
    label: cut(label, 60),
    command: `status #${externalId}`,
  }));
  return [paragraph(...whyEmpty(view)), buttons(...near, { label: 'Show all projects', command: 'status' })];
}

export type EmptyView = {
  readonly reader: Reader;
  readonly list: TaskList;
  readonly wish: ListWish;
  /** How far set-up is, where nothing is linked. */
  readonly ready?: Readiness;
  /** Where nothing matches the text: the projects whose names come near to it. */
  readonly near?: readonly TaskName[];
};

function whyEmpty({ list, wish, near = [] }: EmptyView): Text {
  const hidden = hiddenIn(list);
  const hiddenToo = hidden > 0 ? `; ${hidden} hidden match. Add --disabled or --archived.` : '.';
  if (wish.filter !== undefined) {
    const shorter =
      near.length > 0
        ? ' Did you mean one of these?'
        : ' Try a shorter part of its name, or its external id.';
    return [text('No project matches '), name(wish.filter), text(hidden > 0 ? hiddenToo : `.${shorter}`)];
  }
  if (wish.problems) return [text('✓ No project needs attention.')];
  if (wish.state !== undefined) return [text(`No project is ${wish.state}${hiddenToo}`)];
  if (wish.mine) return [text(`No project is yours: none has you as manager or in its team${hiddenToo}`)];
  if (wish.board !== undefined) return [text(`No project is on that board${hiddenToo}`)];
  const words = hidden === 1 ? 'The only project is hidden' : `All ${hidden} projects are hidden`;
  return [text(`${words}. Add --disabled or --archived to see what is there.`)];
}
