import type { SyncTask } from '../../domain/sync-task.ts';
import { quote } from '../../domain/typed-text.ts';
import type { GateState } from '../../ports/gate.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import type { TaskList } from '../../ports/sync-task-store.ts';
import { gateBlocks, gateSummary } from './gate-words.ts';
import { buttons, duration, joined, link, name, note, pager, paragraph, strong, text } from './parts.ts';
import {
  deletionActions,
  failureWords,
  healthOf,
  healthWords,
  lastSyncWords,
  projectActions,
  projectCount,
  readActions,
  selector,
  shownName,
  statusWords,
} from './project-words.ts';

export const rowsPerPage = 10;

export type StatusListView = {
  readonly list: TaskList;
  readonly places: ReadonlyMap<string, number>;
  readonly links: PsaLinks;
  readonly gate: GateState;
  /** By task: how many records are gone from ConnectWise and wait for an answer. */
  readonly waiting: ReadonlyMap<string, number>;
  readonly page: number;
  readonly filter?: string;
  readonly withDisabled: boolean;
  readonly withArchived: boolean;
  readonly missing: readonly string[];
  /** Whether open projects are linked without anybody asking. */
  readonly linksByItself: boolean;
};

/** The enterprise list: items a, c, e, f and h to o of the monitor. */
export function statusListReply(view: StatusListView): Reply {
  const { list, links, page } = view;
  const home = links.home();
  const pages = Math.max(1, Math.ceil(list.total / rowsPerPage));
  const summary = summaryLine(view);
  const blocks: Block[] = [
    paragraph(strong('ConnectWise '), link(home.label, home.url), text(` · ${summary}`)),
    ...gateBlocks(view.gate),
    ...importingBlocks(view),
    ...(list.total === 0 ? [emptyBlock(view)] : list.tasks.map((task) => row(task, view))),
  ];
  const turn = pager((to) => `${listCommand(view)} --page ${to}`, page, pages);
  if (turn.length > 0) blocks.push(buttons(...turn));
  blocks.push(note(text(footer(view, pages))));
  return { summary, blocks };
}

/** While some project was never synced: how far the first import is. */
function importingBlocks({ list: { importing } }: StatusListView): readonly Block[] {
  const { left, of } = importing;
  if (left === 0) return [];
  return [paragraph(strong('First import'), text(`: ${of - left} of ${projectCount(of)}.`))];
}

function summaryLine({ list, filter, gate }: StatusListView): string {
  const hidden = [
    list.hidden.disabled > 0 ? `${list.hidden.disabled} disabled` : '',
    list.hidden.archived > 0 ? `${list.hidden.archived} archived` : '',
  ].filter((words) => words !== '');
  const matching = filter === undefined ? '' : ' matching';
  const attention =
    list.needAttention > 0
      ? `, ${list.needAttention} ${list.needAttention === 1 ? 'needs' : 'need'} attention`
      : '';
  const notShown = hidden.length > 0 ? `; ${hidden.join(' and ')} not shown` : '';
  const shut = gateSummary(gate);
  return `${projectCount(list.total)}${matching}${attention}${notShown}${shut === undefined ? '' : `; ${shut}`}`;
}

/** An empty list says why it is empty, and the next step. */
function emptyBlock(view: StatusListView): Block {
  const { list, filter, missing } = view;
  if (missing.length > 0) return paragraph(text(`Nothing can sync yet: ${missing.join('; ')}.`));
  if (list.linked === 0) {
    return paragraph(
      text(
        view.linksByItself
          ? 'No project is linked yet: that happens as soon as the background worker has reached ConnectWise.'
          : 'No project is linked yet. The operator sets CWSYNC_LINK_OPEN_PROJECTS=true to link the open ones.',
      ),
    );
  }
  const hidden = list.hidden.disabled + list.hidden.archived;
  if (filter === undefined) return paragraph(text(`All ${projectCount(hidden)} are hidden.`));
  return paragraph(
    text('No project matches '),
    name(filter),
    text(hidden > 0 ? `; ${hidden} hidden match.` : '.'),
  );
}

function row(task: SyncTask, view: StatusListView): Block {
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
        name(task.link.customer ?? 'no customer'),
        text(' · '),
        external,
        text(' · last sync '),
        ...lastSyncWords(task),
      ],
      joined([statusWords(task, list.now, places.get(task.id)), healthWords(task, gate)], ' · '),
      ...failure,
    ],
    menu: rowMenu(task, view),
  };
}

/** A menu has room for five: a question that waits comes before what the card offers too. */
function rowMenu(task: SyncTask, { list, waiting }: StatusListView): readonly Action[] {
  const details = { label: 'Details', command: `status ${selector(task)}` };
  const answers = deletionActions(task, waiting.get(task.id) ?? 0);
  if (answers.length > 0) return [details, ...answers, ...readActions(task)];
  return [details, ...projectActions(task, list.now)];
}

function listCommand(view: StatusListView): string {
  const words = ['status'];
  if (view.filter !== undefined) words.push(quote(view.filter));
  if (view.withDisabled) words.push('--disabled');
  if (view.withArchived) words.push('--archived');
  return words.join(' ');
}

function footer(view: StatusListView, pages: number): string {
  const { list, page, withDisabled } = view;
  const where = pages > 1 ? `Page ${page} of ${pages}. ` : '';
  const hidden = list.hidden.disabled > 0 && !withDisabled ? 'Add --disabled to see the disabled ones. ' : '';
  // Chats open a long message at its end: what counts stands there too.
  const every = list.comprehensiveMs === undefined ? '' : everyWords(list.comprehensiveMs);
  return `${summaryLine(view)}. ${where}${hidden}${every}Narrow it down: status <text>. One project: status <project>.`;
}

/** Longer than what is set where there is too much to read in that time. */
function everyWords(comprehensiveMs: number): string {
  return `Each project is compared in full about every ${duration(comprehensiveMs)}. `;
}
