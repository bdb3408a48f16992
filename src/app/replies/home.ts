import type { Person } from '../../domain/person.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import { wishWords } from '../list-wish.ts';
import { type HeaderView, headerBlocks, summaryLine } from './list-header.ts';
import { buttons, note, pager, paragraph, strong, text, timeOfDay } from './parts.ts';
import { attentionBlocks, type EmptyView, emptyBlocks, type RowsView, rowBlocks } from './project-rows.ts';

/**
 * A standing page may have 100 blocks and 250 kB. With a heading for each row, which is the worst, and everything
 * around them these are about 65 blocks. In Teams it is a card of 28 KB, which takes half as many with all their
 * buttons.
 */
export const homeRowsPerPage = (platform: Person['platform']): number => (platform === 'teams' ? 10 : 20);

export type HomeView = HeaderView &
  RowsView &
  EmptyView & {
    /** In the place of the projects, where it cannot be told which are meant. */
    readonly problem?: readonly Block[];
    readonly perPage: number;
  };

/** The command by which the filter of the page is set anew, whatever was kept. */
const setFilter = 'home --set';

/** The enterprise monitor, items a to r, as the standing page of one person. */
export function homeReply(view: HomeView): Reply {
  const { list, page, perPage, gate } = view;
  const pages = Math.max(1, Math.ceil(list.total / perPage));
  const turn = pager((to) => `home --page ${to}`, page, pages);
  const where = pages > 1 ? `, page ${page} of ${pages}` : '';
  return {
    surface: 'home',
    summary: summaryLine(view),
    blocks: [
      { block: 'heading', text: 'Projects in ConnectWise and their plans' },
      ...headerBlocks(view),
      buttons(...pageActions(gate.enabled)),
      filterBlock(view),
      ...narrowedBlocks(view),
      ...(view.problem ?? projectBlocks(view)),
      ...(turn.length > 0 && !view.problem ? [buttons(...turn)] : []),
      note(text('As of '), timeOfDay(list.now), text(`${where}. ${summaryLine(view)}.`)),
    ],
  };
}

function projectBlocks(view: HomeView): readonly Block[] {
  return [
    ...attentionBlocks(view, setFilter),
    ...(view.list.total === 0 ? emptyBlocks(view) : rowBlocks(view)),
  ];
}

function pageActions(enabled: boolean): readonly Action[] {
  return [
    { label: 'Reload', command: 'home' },
    { label: 'Logs', command: 'logs' },
    { label: 'Settings', command: 'settings' },
    { label: 'Help', command: 'help' },
    enabled
      ? { label: 'Disable Integration', command: 'integration disable', style: 'danger' }
      : { label: 'Enable Integration', command: 'integration enable', style: 'primary' },
  ];
}

function filterBlock({ wish }: HomeView): Block {
  return {
    block: 'filter',
    command: setFilter,
    text: { label: 'Quick Filter', value: wish.filter ?? '' },
    switches: [
      { name: 'by-board', label: 'Group by Project Board', on: !!wish.byBoard },
      { name: 'disabled', label: 'Show Disabled', on: !!wish.disabled },
      { name: 'archived', label: 'Show Archived Projects', on: !!wish.archived },
      { name: 'mine', label: 'My projects', on: !!wish.mine },
      { name: 'problems', label: 'Needs attention', on: !!wish.problems },
    ],
  };
}

/** What narrows the list and stands in none of the filter's boxes. */
function narrowedBlocks({ wish }: HomeView): readonly Block[] {
  const { board, state } = wish;
  if (board === undefined && state === undefined) return [];
  const words = [state === undefined ? '' : state, board === undefined ? '' : `the board ${board}`].filter(
    (word) => word !== '',
  );
  const { board: _board, state: _state, ...rest } = wish;
  const all = `${setFilter} ${wishWords(rest)}`.trim();
  return [
    paragraph(text('Shown is only '), strong(words.join(', ')), text('.')),
    buttons({ label: 'Show all', command: all }),
  ];
}
