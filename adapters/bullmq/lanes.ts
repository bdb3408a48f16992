/**
 * The queues of hints. What a person waits for has one of its own, so that it never stands behind hints that a worker
 * took and has no place for yet; and so have the integration's own tasks, which need no place.
 */
import type { ClaimLane, Waking } from '../../src/ports/sync-task-store.ts';

export const hintLanes = ['people', 'projects', 'own'] as const;
export type HintLane = (typeof hintLanes)[number];

/** What a job says; all of it is only a hint. */
export type HintData = Pick<Waking, 'kind' | 'prio'> & { readonly taskId: string };

/** Hints that one process takes ahead of its places: enough to have the next one at once, too few to hoard. */
export const inHandAtMost: { readonly [lane in HintLane]: number } = { people: 2, projects: 2, own: 3 };

export function hintLaneOf({ kind, prio }: Pick<Waking, 'kind' | 'prio'>): HintLane {
  if (kind !== 'project') return 'own';
  return prio === 2 ? 'people' : 'projects';
}

export function fitsLane({ kind, prio }: HintData, lane: ClaimLane): boolean {
  if (lane === 'projects') return kind === 'project';
  if (lane === 'people') return kind === 'project' && prio === 2;
  return kind === lane;
}

/** Every key in Redis begins with it. */
export const keyPrefix = 'cwsync';
/** One set of queues for each integration: any number of them may share a Redis. */
export const queueName = (tenantId: string, lane: HintLane): string => `${tenantId}-${lane}`;
/** The task id; BullMQ takes no colon in one. */
export const jobIdOf = (taskId: string): string => encodeURIComponent(taskId);
