/** What stands above a list of projects: how many, what is hidden, whether anything syncs at all. */

import type { GateState } from '../../ports/gate.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Block, Text } from '../../ports/reply.ts';
import type { FirstImport, TaskList } from '../../ports/sync-task-store.ts';
import { isNarrowed, type ListWish } from '../list-wish.ts';
import { gateBlocks, gateSummary } from './gate-words.ts';
import { duration, link, note, paragraph, strong, text } from './parts.ts';
import { projectCount } from './project-words.ts';

export type HeaderView = {
  readonly list: TaskList;
  readonly wish: ListWish;
  readonly gate: GateState;
  readonly links: PsaLinks;
  /** Writing to ConnectWise is off. */
  readonly readOnly: boolean;
  /** What else must be known at once, e.g. a channel that cannot be told of failures. */
  readonly notices?: readonly Text[];
};

export function headerBlocks(view: HeaderView): readonly Block[] {
  const home = view.links.home();
  const { notices = [] } = view;
  return [
    paragraph(strong('ConnectWise '), link(home.label, home.url), text(` · ${summaryLine(view)}`)),
    ...(view.readOnly ? [note(text('Read only: nothing is changed in ConnectWise.'))] : []),
    ...gateBlocks(view.gate),
    ...notices.map((words) => paragraph(text('⚠ '), ...words)),
    ...importingBlocks(view.list),
  ];
}

export function summaryLine({ list, wish, gate }: Pick<HeaderView, 'list' | 'wish' | 'gate'>): string {
  const hidden = [
    list.hidden.disabled > 0 ? `${list.hidden.disabled} disabled` : '',
    list.hidden.disconnected > 0 ? `${list.hidden.disconnected} disconnected` : '',
    list.hidden.archived > 0 ? `${list.hidden.archived} archived` : '',
  ].filter((words) => words !== '');
  const matching = isNarrowed(wish) ? (isNarrowed({ ...wish, mine: false }) ? ' matching' : ' of yours') : '';
  const attention =
    list.needAttention > 0
      ? `, ${list.needAttention} ${list.needAttention === 1 ? 'needs' : 'need'} attention`
      : '';
  const notShown = hidden.length > 0 ? `; ${enumerated(hidden)} not shown` : '';
  const shut = gateSummary(gate);
  return `${projectCount(list.total)}${matching}${attention}${notShown}${shut === undefined ? '' : `; ${shut}`}`;
}

/** `a`, `a and b`, `a, b and c`. */
function enumerated(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((word) => word !== '').join(' and ');
}

/** While some project was never synced: how far the first import is. */
function importingBlocks({ importing, now }: TaskList): readonly Block[] {
  const { left, of, needAttention } = importing;
  if (left === 0) return [];
  const remaining = remainingMs(importing, now);
  const parts = [
    `${of - left} of ${projectCount(of)}`,
    remaining === undefined ? '' : `about ${duration(remaining)} left`,
    needAttention === 0 ? '' : `${needAttention} ${needAttention === 1 ? 'needs' : 'need'} attention`,
  ].filter((words) => words !== '');
  return [paragraph(strong('First import'), text(`: ${parts.join(', ')}.`))];
}

/** By what was imported so far; undefined while that tells nothing. Who waits for a person is not reckoned with. */
function remainingMs({ left, needAttention, pace }: FirstImport, now: Date): number | undefined {
  if (!pace || pace.imported === 0) return undefined;
  const perProject = (now.getTime() - pace.since.getTime()) / pace.imported;
  return Math.max(0, perProject * (left - needAttention));
}
