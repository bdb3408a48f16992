/**
 * The queue's rules as aggregation pipelines (sync.md, section 2).
 *
 * The problem: any number of processes, any of which may die, stall or come back at any moment, must never
 * run one project twice at once and never lose a trigger. So every operation is one atomic update of one
 * document, decided inside the database and by its clock. What makes it hard:
 *
 * - a trigger that arrives while a run is under way must lead to another run: hence `want` and `done` are
 *   counters, and a run settles only what was wanted when it began;
 * - a worker that stalled past its lease must not write when it wakes: hence the fence in every later filter;
 * - a trigger during an outage must not reset the back-off: hence a failure raises `coolUntil` too;
 * - a project may be switched off at any point of a run: hence `link.state` is read inside the pipeline, as it
 *   is at that write, never in the filter or before it.
 *
 * No pipeline names `$$NOW` itself: the store is given its time expression, so that tests can shift it.
 */
import type { Failure } from '../../src/domain/failure.ts';
import type { Actor, LinkState, Progress } from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { Finished, NewLink, Trigger } from '../../src/ports/sync-task-store.ts';

/** An aggregation expression; MongoDB's own types for these are `any`. */
export type Expression =
  | string
  | number
  | boolean
  | null
  | Date
  | Expression[]
  | { [key: string]: Expression };
export type Stage = { $set: { [field: string]: Expression } };

export type Timings = {
  readonly leaseMs: number;
  /** Between the end of a run and the earliest start of the next. */
  readonly coolDownMs: number;
};

const remove: Expression = '$$REMOVE';
const active: Expression = { $eq: ['$link.state', 'active'] };
const isState = (state: string): Expression => ({ $eq: ['$state', state] });
const and = (...all: Expression[]): Expression => ({ $and: all });
const or = (...any: Expression[]): Expression => ({ $or: any });
const not = (one: Expression): Expression => ({ $not: [one] });
const when = (condition: Expression, yes: Expression, no: Expression): Expression => ({
  $cond: [condition, yes, no],
});
const union = (...sets: Expression[]): Expression => ({ $setUnion: sets });
const plus = (a: Expression, b: Expression): Expression => ({ $add: [a, b] });
/** `$max` and `$min` pass over absent values, which is what an absent `coolUntil` or `next` calls for. */
const max = (...values: Expression[]): Expression => ({ $max: values });
const min = (...values: Expression[]): Expression => ({ $min: values });
/** A value from outside, never read as an expression: names may begin with `$`. */
const literal = (value: unknown): Expression => ({ $literal: value as Expression });
const wanted: Expression = { $gt: ['$want', '$claimed.want'] };

/** Fields of a lease, gone when a run ends in whatever way. */
const leaseGone = {
  owner: remove,
  claimed: remove,
  startedAt: remove,
  progress: remove,
  next: remove,
  tookOver: remove,
} as const;

export function createStage(now: Expression, id: string, tenantId: string, link: NewLink): Stage {
  const document = {
    _id: id,
    tenantId,
    projectId: link.projectId,
    kind: 'project',
    state: 'requested',
    want: 1,
    done: 0,
    kinds: ['comprehensive'],
    prio: 0,
    forceNow: false,
    fence: 0,
    attempts: 0,
    lost: 0,
    // Unset by a disconnect: what stays unique is the external id of a project that may sync.
    linkKey: link.externalId,
  };
  const fields = Object.fromEntries(
    Object.entries(document).map(([field, value]) => [field, literal(value)]),
  );
  return {
    $set: {
      ...fields,
      ...linkFacts(link),
      'link.externalId': link.externalId,
      'link.state': 'active',
      wakeAt: now,
      createdAt: now,
      serverTime: now,
    },
  };
}

/** Names as the PSA shows them, with the forms that lists search in and sort by. */
function linkFacts(link: {
  projectName: string;
  customer: string | null;
  board: string | null;
  externalId?: number;
}): Record<string, Expression> {
  return {
    'link.projectName': literal(link.projectName),
    'link.customer': literal(link.customer),
    'link.board': literal(link.board),
    nameKey: literal(searchForm(link.projectName)),
    searchKey: literal(searchForm(`${link.projectName} ${link.customer ?? ''}`)),
  };
}

export function triggerStage(now: Expression, trigger: Trigger): Stage {
  const forceNow = trigger.forceNow === true;
  const soonest = forceNow ? now : max(now, '$coolUntil');
  const ifActive = (yes: Expression, no: Expression): Expression => when(active, yes, no);
  return {
    $set: {
      want: ifActive(plus('$want', 1), '$want'),
      kinds: ifActive(union('$kinds', literal(trigger.kinds)), '$kinds'),
      forceNow: ifActive(or('$forceNow', forceNow), '$forceNow'),
      // While a run is under way `prio` is that run's; what comes meanwhile collects in `next`.
      prio: when(and(active, not(isState('syncing'))), max('$prio', trigger.prio), '$prio'),
      next: when(and(active, isState('syncing')), max('$next', trigger.prio), orGone('$next')),
      state: when(and(active, isState('idle')), 'requested', '$state'),
      wakeAt: when(
        and(active, isState('idle')),
        soonest,
        // An ordinary trigger cannot shorten a back-off: `coolUntil` was raised to its end.
        when(and(active, isState('requested')), min('$wakeAt', soonest), orGone('$wakeAt')),
      ),
      serverTime: now,
    },
  };
}

/** An absent field stays absent instead of becoming null. */
function orGone(field: string): Expression {
  return { $ifNull: [field, remove] };
}

export function claimStage(now: Expression, owner: string, timings: Timings): Stage {
  const expired = isState('syncing');
  const mine = (yes: Expression, no: Expression): Expression => when(active, yes, no);
  return {
    $set: {
      state: mine('syncing', 'idle'),
      fence: plus('$fence', 1),
      owner: mine(literal(owner), remove),
      tookOver: mine(expired, remove),
      startedAt: mine(now, remove),
      progress: remove,
      wakeAt: mine(plus(now, timings.leaseMs), remove),
      claimed: mine(
        {
          want: '$want',
          kinds: union('$kinds', { $ifNull: ['$claimed.kinds', []] }),
          prio: max('$prio', '$next', '$claimed.prio'),
          forceNow: or('$forceNow', { $ifNull: ['$claimed.forceNow', false] }),
        },
        remove,
      ),
      prio: mine(max('$prio', '$next'), 0),
      next: remove,
      kinds: literal([]),
      forceNow: false,
      lost: when(and(active, expired), plus('$lost', 1), '$lost'),
      attempts: when(and(active, expired), plus('$attempts', 1), '$attempts'),
      serverTime: now,
    },
  };
}

export function heartbeatStage(now: Expression, progress: Progress | undefined, timings: Timings): Stage {
  return {
    $set: {
      wakeAt: plus(now, timings.leaseMs),
      ...(progress ? { progress: literal(progress) } : {}),
      serverTime: now,
    },
  };
}

/** What follows a run that settled its triggers: the next one after the cool-down, or rest. */
function settled(now: Expression, timings: Timings): Record<string, Expression> {
  const coolUntil = plus(now, timings.coolDownMs);
  const again = and(active, wanted);
  return {
    done: '$claimed.want',
    attempts: 0,
    lost: 0,
    coolUntil,
    state: when(again, 'requested', 'idle'),
    wakeAt: when(again, when('$forceNow', now, coolUntil), remove),
    prio: when(again, { $ifNull: ['$next', 0] }, 0),
    kinds: when(active, '$kinds', literal([])),
    forceNow: when(active, '$forceNow', false),
    ...leaseGone,
    serverTime: now,
  };
}

export function completeStage(now: Expression, finished: Finished, timings: Timings): Stage {
  return {
    $set: {
      ...settled(now, timings),
      ...linkFacts(finished.link),
      failure: remove,
      needsAttention: remove,
      lastSync: {
        at: now,
        startedAt: '$startedAt',
        mode: literal(finished.mode),
        runId: literal(finished.runId),
        counts: literal(finished.counts),
      },
      [finished.mode === 'delta' ? 'lastDeltaAt' : 'lastComprehensiveAt']: now,
    },
  };
}

export function failToPersonStage(now: Expression, failure: Failure, timings: Timings): Stage {
  return {
    $set: {
      ...settled(now, timings),
      ...failureFacts(now, failure),
      needsAttention: { since: { $ifNull: ['$needsAttention.since', now] }, failure: literal(failure) },
    },
  };
}

function failureFacts(now: Expression, failure: Failure): Record<string, Expression> {
  return { failure: { $mergeObjects: [literal(failure), { at: now }] } };
}

/** What a run was asked for goes back to the task, joined with what came meanwhile. */
const claimRestored = {
  kinds: when(active, union('$kinds', '$claimed.kinds'), literal([])),
  forceNow: when(active, or('$forceNow', '$claimed.forceNow'), false),
  prio: when(active, max('$claimed.prio', '$next'), 0),
  state: when(active, 'requested', 'idle'),
  ...leaseGone,
} as const;

/**
 * A run that ended in words breaks a row of runs that ended with their worker. One that was not even begun
 * because the row was too long does not, but lets one run through after the back-off: else none would follow.
 */
const oneLessLost = max(0, { $subtract: ['$lost', 1] });

export function failToRetryStage(
  now: Expression,
  failure: Failure,
  retry: { delayMs: number; countsAttempt: boolean },
): Stage {
  const earliest = plus(now, retry.delayMs);
  const force = or('$forceNow', '$claimed.forceNow');
  const wakeAt = when(force, earliest, max(earliest, '$coolUntil'));
  return {
    $set: {
      ...claimRestored,
      ...failureFacts(now, failure),
      attempts: retry.countsAttempt ? plus('$attempts', 1) : '$attempts',
      lost: failure.code === 'sync.lost' ? oneLessLost : 0,
      wakeAt: when(active, wakeAt, remove),
      // Else every trigger during an outage would start the task again at once.
      coolUntil: max('$coolUntil', wakeAt),
      serverTime: now,
    },
  };
}

export function handBackStage(now: Expression): Stage {
  return { $set: { ...claimRestored, wakeAt: when(active, now, remove), serverTime: now } };
}

function linkChange(now: Expression, to: LinkState, by: Actor, reason: string | undefined) {
  return {
    'link.state': to,
    'link.changed': {
      by: literal(by),
      at: now,
      // An object in `$set` is merged into what is there: without this an old reason would stay.
      reason: reason === undefined ? remove : literal(reason),
    },
  } as const;
}

/** Applies only to a task that is active; one that is syncing stays so until its worker lets go. */
export function disableStage(now: Expression, by: Actor, reason: string | undefined): Stage {
  const resting = not(isState('syncing'));
  return {
    $set: {
      ...linkChange(now, 'disabled', by, reason),
      state: when(resting, 'idle', '$state'),
      wakeAt: when(resting, remove, orGone('$wakeAt')),
      kinds: literal([]),
      forceNow: false,
      prio: when(resting, 0, '$prio'),
      next: remove,
      serverTime: now,
    },
  };
}

/** Active again and asked for a comprehensive sync by a person: two stages of one update. */
export function enableStages(now: Expression, by: Actor): Stage[] {
  return [
    { $set: linkChange(now, 'active', by, undefined) },
    triggerStage(now, { kinds: ['comprehensive'], prio: 2 }),
  ];
}
