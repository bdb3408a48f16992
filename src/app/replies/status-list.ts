import type { Action, Block, Reply } from '../../ports/reply.ts';
import { asking, wishWords } from '../list-wish.ts';
import { type HeaderView, headerBlocks, summaryLine } from './list-header.ts';
import { buttons, duration, note, pager, pagesOf, text } from './parts.ts';
import { attentionBlocks, type EmptyView, emptyBlocks, type RowsView, rowBlocks } from './project-rows.ts';

export const rowsPerPage = 10;
/** One or two have no page of their own. */
export const restAtMost = 2;

export type StatusListView = HeaderView & RowsView & EmptyView;

/** The enterprise list: items a to f and h to p of the monitor. */
export function statusListReply(view: StatusListView): Reply {
  const { list, page, wish } = view;
  const pages = pagesOf(list.total, rowsPerPage, restAtMost);
  const summary = summaryLine(view);
  const again = asking('status', wishWords(wish));
  const turn = pager((to) => `${again} --page ${to}`, page, pages);
  const logs: Action = { label: 'Logs', command: 'logs' };
  const blocks: Block[] = [
    ...headerBlocks(view),
    ...attentionBlocks(view, 'status'),
    ...(list.total === 0 ? emptyBlocks(view) : rowBlocks(view)),
    buttons(...turn, logs),
    note(text(footer(view, pages))),
  ];
  return { summary, blocks };
}

function footer(view: StatusListView, pages: number): string {
  const { list, page, wish } = view;
  const where = pages > 1 ? `Page ${page} of ${pages}. ` : '';
  const off = [
    list.hidden.disabled > 0 ? 'disabled' : '',
    list.hidden.disconnected > 0 ? 'disconnected' : '',
  ].filter((word) => word !== '');
  const hidden =
    off.length > 0 && !wish.disabled ? `Add --disabled to see the ${off.join(' and ')} ones. ` : '';
  // Whoever turns pages has read it, and where nothing is shown it explains nothing.
  const explained = page === 1 && list.total > 0;
  // Chats open a long message at its end: what counts stands there too.
  const every = list.comprehensiveMs === undefined ? '' : everyWords(list.comprehensiveMs);
  const more = explained ? `${every}Narrow it down: status <text>. One project: status <project>.` : '';
  return `${summaryLine(view)}. ${where}${hidden}${more}`.trimEnd();
}

/** Longer than what is set where there is too much to read in that time. */
function everyWords(comprehensiveMs: number): string {
  return `Each project is compared in full about every ${duration(comprehensiveMs)}. `;
}
