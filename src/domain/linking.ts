/** Which ConnectWise projects are linked by themselves, and in which order (product.md, "Rules"). */
import type { PsaProject } from './psa-records.ts';

export type LinkChoice = {
  readonly boards: readonly number[] | 'all';
  /** External ids that any task has or ever had: whoever disconnected one does not want it back. */
  readonly everLinked: ReadonlySet<number>;
};

type Facts = Pick<PsaProject, 'id' | 'closed' | 'board' | 'estimatedEnd'>;

export function linksByItself(
  { id, closed, board }: Omit<Facts, 'estimatedEnd'>,
  { boards, everLinked }: LinkChoice,
): boolean {
  if (closed || everLinked.has(id)) return false;
  return boards === 'all' || (board !== null && boards.includes(board.id));
}

const dayMs = 86_400_000;

/**
 * Nearest due date first, overdue or not: that is what people look at. Those without one last, and equal ones by
 * id.
 */
export function nearestDueFirst<P extends Pick<Facts, 'id' | 'estimatedEnd'>>(
  projects: readonly P[],
  today: Date,
): readonly P[] {
  const day = Math.floor(today.getTime() / dayMs);
  const away = new Map(projects.map(({ id, estimatedEnd }) => [id, daysAway(estimatedEnd, day)]));
  const distance = ({ id }: P) => away.get(id) ?? undated;
  return projects.toSorted((a, b) => distance(a) - distance(b) || a.id - b.id);
}

const undated = Number.MAX_SAFE_INTEGER;

function daysAway(date: string | null, day: number): number {
  const due = Date.parse(date ?? '');
  return Number.isNaN(due) ? undated : Math.abs(Math.floor(due / dayMs) - day);
}
