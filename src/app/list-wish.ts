/** What a list of projects is narrowed by, as somebody wished it: typed, kept, or ticked on a standing page. */
import type { StateWord } from '../domain/state-words.ts';
import { quote } from '../domain/typed-text.ts';
import type { TaskList } from '../ports/sync-task-store.ts';

export type ListWish = {
  readonly filter?: string;
  /** Only the asker's own. */
  readonly mine?: boolean;
  /** As typed. */
  readonly board?: string;
  readonly state?: StateWord;
  readonly problems?: boolean;
  readonly byBoard?: boolean;
  readonly disabled?: boolean;
  readonly archived?: boolean;
};

/** The words by which the same list is asked for again. */
export function wishWords(wish: ListWish): string {
  const words = [
    wish.mine ? '--mine' : '',
    wish.board === undefined ? '' : inline('board', wish.board),
    wish.state === undefined ? '' : inline('state', wish.state),
    wish.problems ? '--problems' : '',
    wish.byBoard ? '--by-board' : '',
    wish.disabled ? '--disabled' : '',
    wish.archived ? '--archived' : '',
    wish.filter === undefined ? '' : quote(wish.filter),
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** Whether anything but what is hidden by default keeps a project out of the list. */
export function isNarrowed({ filter, mine, board, state, problems }: ListWish): boolean {
  return filter !== undefined || board !== undefined || state !== undefined || !!mine || !!problems;
}

/** How many match and are hidden, for whatever reason. */
export function hiddenIn({ hidden }: Pick<TaskList, 'hidden'>): number {
  return hidden.disabled + hidden.disconnected + hidden.archived;
}

/** With words behind it, where there are any. */
export function asking(command: string, words: string): string {
  return words === '' ? command : `${command} ${words}`;
}

/** In one word, so that a value that begins with a dash is no switch of its own; nothing is no value. */
function inline(name: string, value: string): string {
  return value.trim() === '' ? '' : `--${name}=${quote(value)}`;
}
