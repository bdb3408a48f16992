import { health, type SyncTask } from '../../domain/sync-task.ts';
import { quote } from '../../domain/typed-text.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import type { TaskList } from '../../ports/sync-task-store.ts';
import { buttons, joined, link, name, note, pager, paragraph, strong, text } from './parts.ts';
import {
  failureWords,
  healthWords,
  lastSyncWords,
  projectActions,
  projectCount,
  selector,
  shownName,
  statusWords,
} from './project-words.ts';

export const rowsPerPage = 10;

export type StatusListView = {
  readonly list: TaskList;
  readonly places: ReadonlyMap<string, number>;
  readonly links: PsaLinks;
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
    ...(list.total === 0 ? [emptyBlock(view)] : list.tasks.map((task) => row(task, view))),
  ];
  const turn = pager((to) => `${listCommand(view)} --page ${to}`, page, pages);
  if (turn.length > 0) blocks.push(buttons(...turn));
  blocks.push(note(text(footer(view, pages))));
  return { summary, blocks };
}

function summaryLine({ list, filter }: StatusListView): string {
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
  return `${projectCount(list.total)}${matching}${attention}${notShown}`;
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
  const { list, links, places } = view;
  const external = link(`#${task.link.externalId}`, links.record('project', task.link.externalId));
  const found = health(task);
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
      joined([statusWords(task, list.now, places.get(task.id)), healthWords(task)], ' · '),
      ...failure,
    ],
    menu: [{ label: 'Details', command: `status ${selector(task)}` }, ...projectActions(task, list.now)],
  };
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
  return `${summaryLine(view)}. ${where}${hidden}Narrow it down: status <text>. One project: status <project>.`;
}
