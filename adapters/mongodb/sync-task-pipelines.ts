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
import type {
  Actor,
  LinkState,
  Progress,
  Suspect,
  SyncKind,
  TaskKind,
  Watermarks,
} from '../../src/domain/sync-task.ts';
import { searchForm } from '../../src/domain/text.ts';
import type { Finished, LinkFacts, Trigger } from '../../src/ports/sync-task-store.ts';
import {
  active,
  and,
  type Expression,
  isState,
  isThere,
  literal,
  max,
  min,
  not,
  or,
  orGone,
  plus,
  remove,
  type Stage,
  union,
  when,
} from './sync-task-expressions.ts';

export type { Expression, Stage } from './sync-task-expressions.ts';

export type Timings = {
  readonly leaseMs: number;
  /** Between the end of a run of a project and the earliest start of its next. */
  readonly coolDownMs: number;
};

const wanted: Expression = { $gt: ['$want', '$claimed.want'] };

/** Fields of a lease, gone when a run ends in whatever way. */
const leaseGone = {
  owner: remove,
  claimed: remove,
  startedAt: remove,
  readStart: remove,
  progress: remove,
  next: remove,
  tookOver: remove,
  // A disconnected task holds its external id for as long as a run of it is in hand.
  linkKey: when({ $eq: ['$link.state', 'disconnected'] }, remove, orGone('$linkKey')),
} as const;

type NewTask = {
  readonly id: string;
  readonly tenantId: string;
  readonly kind: TaskKind;
  readonly projectId: string;
  readonly link: LinkFacts & { readonly externalId: number };
  /** Unique while it is there; only projects have one. */
  readonly linkKey?: number;
  /** Where in the interval its comprehensive syncs begin, from 0 to 1. */
  readonly spread?: number;
  /** Its first run is asked for at once, or left to the clock, whose turn is now. */
  readonly first: 'at once' | 'by the clock';
  readonly asksFor: SyncKind;
};

export function createStage(now: Expression, task: NewTask): Stage {
  const atOnce = task.first === 'at once';
  const document = {
    _id: task.id,
    tenantId: task.tenantId,
    kind: task.kind,
    projectId: task.projectId,
    state: atOnce ? 'requested' : 'idle',
    want: atOnce ? 1 : 0,
    done: 0,
    kinds: atOnce ? [task.asksFor] : [],
    suspects: [],
    prio: 0,
    forceNow: false,
    fence: 0,
    attempts: 0,
    lost: 0,
    watermarks: {},
    ...(task.linkKey === undefined ? {} : { linkKey: task.linkKey }),
    ...(task.spread === undefined ? {} : { spread: task.spread }),
  };
  const fields = Object.fromEntries(
    Object.entries(document).map(([field, value]) => [field, literal(value)]),
  );
  return {
    $set: {
      ...fields,
      ...linkNames(task.link),
      'link.externalId': literal(task.link.externalId),
      'link.state': 'active',
      ...(atOnce ? { wakeAt: now } : { clockAt: now }),
      createdAt: now,
      serverTime: now,
    },
  };
}

/** Names as the PSA shows them, with the forms that lists search in and sort by. */
function linkNames(link: LinkFacts): Record<string, Expression> {
  return {
    'link.projectName': literal(link.projectName),
    'link.customer': literal(link.customer),
    'link.board': literal(link.board),
    ...(link.boardId === undefined ? {} : { 'link.boardId': literal(link.boardId) }),
    nameKey: literal(searchForm(link.projectName)),
    searchKey: literal(searchForm(`${link.projectName} ${link.customer ?? ''}`)),
  };
}

/** @param only what must hold besides that the task is active; where it does not, nothing is written */
export function triggerStage(now: Expression, trigger: Trigger, only?: Expression): Stage {
  const forceNow = trigger.forceNow === true;
  const counts = only === undefined ? active : and(active, only);
  const soonest = forceNow ? now : max(now, '$coolUntil');
  const ifCounts = (yes: Expression, no: Expression): Expression => when(counts, yes, no);
  return {
    $set: {
      want: ifCounts(plus('$want', 1), '$want'),
      kinds: ifCounts(union('$kinds', literal(trigger.kinds)), '$kinds'),
      suspects: ifCounts(union('$suspects', suspectsOf(trigger.suspects)), '$suspects'),
      forceNow: ifCounts(or('$forceNow', forceNow), '$forceNow'),
      // While a run is under way `prio` is that run's; what comes meanwhile collects in `next`.
      prio: when(and(counts, not(isState('syncing'))), max('$prio', trigger.prio), '$prio'),
      next: when(and(counts, isState('syncing')), max('$next', trigger.prio), orGone('$next')),
      state: when(and(counts, isState('idle')), 'requested', '$state'),
      wakeAt: when(
        and(counts, isState('idle')),
        soonest,
        // An ordinary trigger cannot shorten a back-off: `coolUntil` was raised to its end.
        when(and(counts, isState('requested')), min('$wakeAt', soonest), orGone('$wakeAt')),
      ),
      serverTime: only === undefined ? now : ifCounts(now, '$serverTime'),
    },
  };
}

/** Field by field, in one order: two documents are one in a set only where they are equal to the byte. */
function suspectsOf(suspects: readonly Suspect[] = []): Expression {
  return literal(suspects.map(({ kind, id }) => ({ kind, id })));
}

/**
 * Triggers where no run has read, or is about to read, a change of that time: the run in hand if it has begun to
 * read, else the last that was completed.
 * @param lastUpdated by ConnectWise's clock
 */
export function triggerChangedStage(now: Expression, lastUpdated: Date, marginMs: number): Stage {
  const readStart: Expression = { $ifNull: ['$readStart', '$lastSync.readStart', null] };
  const unread = or(
    { $eq: [readStart, null] },
    { $gte: [literal(lastUpdated), { $subtract: [readStart, marginMs] }] },
  );
  return triggerStage(now, { kinds: ['delta'], prio: 1 }, unread);
}

export function claimStage(now: Expression, owner: string, timings: Timings): Stage {
  const expired = isState('syncing');
  const mine = (yes: Expression, no: Expression): Expression => when(active, yes, no);
  return {
    $set: {
      ...leaseGone,
      state: mine('syncing', 'idle'),
      fence: plus('$fence', 1),
      owner: mine(literal(owner), remove),
      tookOver: mine(expired, remove),
      startedAt: mine(now, remove),
      wakeAt: mine(plus(now, timings.leaseMs), remove),
      claimed: mine(
        {
          want: '$want',
          kinds: union('$kinds', { $ifNull: ['$claimed.kinds', []] }),
          prio: max('$prio', '$next', '$claimed.prio'),
          forceNow: or('$forceNow', { $ifNull: ['$claimed.forceNow', false] }),
          suspects: union('$suspects', { $ifNull: ['$claimed.suspects', []] }),
        },
        remove,
      ),
      prio: mine(max('$prio', '$next'), 0),
      kinds: literal([]),
      suspects: literal([]),
      forceNow: false,
      lost: when(and(active, expired), plus('$lost', 1), '$lost'),
      attempts: when(and(active, expired), plus('$attempts', 1), '$attempts'),
      serverTime: now,
    },
  };
}

export function heartbeatStage(
  now: Expression,
  facts: { readonly progress?: Progress; readonly readStart?: Date },
  timings: Timings,
): Stage {
  const { progress, readStart } = facts;
  return {
    $set: {
      wakeAt: plus(now, timings.leaseMs),
      ...(progress ? { progress: literal(progress) } : {}),
      // A run has one beginning, whatever it tells later.
      ...(readStart ? { readStart: { $ifNull: ['$readStart', literal(readStart)] } } : {}),
      serverTime: now,
    },
  };
}

/** What follows a run that settled its triggers: the next one after the cool-down, or rest. */
function settled(now: Expression, timings: Timings): Record<string, Expression> {
  // The integration's own tasks keep to their clock and to the gate, not to a cool-down.
  const coolUntil = when({ $eq: ['$kind', 'project'] }, plus(now, timings.coolDownMs), now);
  const again = and(active, wanted);
  return {
    ...leaseGone,
    done: '$claimed.want',
    attempts: 0,
    lost: 0,
    coolUntil,
    state: when(again, 'requested', 'idle'),
    wakeAt: when(again, when('$forceNow', now, coolUntil), remove),
    prio: when(again, { $ifNull: ['$next', 0] }, 0),
    kinds: when(active, '$kinds', literal([])),
    suspects: when(active, '$suspects', literal([])),
    forceNow: when(active, '$forceNow', false),
    serverTime: now,
  };
}

export function completeStages(now: Expression, finished: Finished, timings: Timings): Stage[] {
  const complete: Stage = {
    $set: {
      ...settled(now, timings),
      ...(finished.link ? { ...linkNames(finished.link), ...closing(now, finished.link) } : {}),
      ...watermarksMoved(finished.watermarks),
      failure: remove,
      needsAttention: finished.attention ? attentionTo(now, finished.attention) : remove,
      lastSync: {
        at: now,
        startedAt: '$startedAt',
        readStart: finished.readStart ? literal(finished.readStart) : orGone('$readStart'),
        mode: literal(finished.mode),
        runId: literal(finished.runId),
        counts: literal(finished.counts),
      },
      ...(finished.mode === 'delta'
        ? { lastDeltaAt: now }
        : { lastComprehensiveAt: now, comprehensiveRequests: finished.counts.requests }),
      // Only a project that the clock has seen has an interval: what is late is a question of that.
      lateAt: when(isThere('$intervalMs'), plus(now, { $multiply: [2, '$intervalMs'] }), orGone('$lateAt')),
    },
  };
  // What the run left unsettled is one more trigger, come while it ran.
  const unsettled = triggerStage(now, { kinds: ['delta'], prio: 1 });
  return finished.again === true ? [unsettled, complete] : [complete];
}

/** Only those that are given move, and none goes back. */
function watermarksMoved({ plan, psa = {} }: Watermarks): Record<string, Expression> {
  const moved = (path: string, to: number | Date): [string, Expression] => [
    path,
    max(`$${path}`, literal(to)),
  ];
  const given = Object.entries(psa).flatMap(([kind, at]) =>
    at ? [moved(`watermarks.psa.${kind}`, at)] : [],
  );
  return Object.fromEntries(plan === undefined ? given : [...given, moved('watermarks.plan', plan)]);
}

/** Since when it is closed; a project that is open may be switched off by itself anew. */
function closing(now: Expression, { closed }: LinkFacts): Record<string, Expression> {
  if (!closed) return { 'link.closedSince': remove, 'link.autoDisabledFor': remove };
  const since = closed.at ? literal(closed.at) : { $ifNull: ['$link.closedSince', now] };
  return { 'link.closedSince': since };
}

function attentionTo(now: Expression, failure: Failure): Expression {
  return { since: { $ifNull: ['$needsAttention.since', now] }, failure: literal(failure) };
}

export function failToPersonStage(now: Expression, failure: Failure, timings: Timings): Stage {
  return {
    $set: {
      ...settled(now, timings),
      ...failureFacts(now, failure),
      needsAttention: attentionTo(now, failure),
    },
  };
}

function failureFacts(now: Expression, failure: Failure): Record<string, Expression> {
  return { failure: { $mergeObjects: [literal(failure), { at: now }] } };
}

/** What a run was asked for goes back to the task, joined with what came meanwhile. */
const claimRestored = {
  ...leaseGone,
  kinds: when(active, union('$kinds', '$claimed.kinds'), literal([])),
  suspects: when(active, union('$suspects', '$claimed.suspects'), literal([])),
  forceNow: when(active, or('$forceNow', '$claimed.forceNow'), false),
  prio: when(active, max('$claimed.prio', '$next'), 0),
  state: when(active, 'requested', 'idle'),
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

/** Out of the queue; a task that is syncing stays so until its worker lets go. */
export function stopStage(
  now: Expression,
  to: Exclude<LinkState, 'active'>,
  by: Actor,
  reason: string | undefined,
): Stage {
  const resting = not(isState('syncing'));
  return {
    $set: {
      ...linkChange(now, to, by, reason),
      state: when(resting, 'idle', '$state'),
      wakeAt: when(resting, remove, orGone('$wakeAt')),
      kinds: literal([]),
      suspects: literal([]),
      forceNow: false,
      prio: when(resting, 0, '$prio'),
      next: remove,
      ...(to === 'disconnected' ? { linkKey: when(resting, remove, orGone('$linkKey')) } : {}),
      serverTime: now,
    },
  };
}

/** Not archived any more, and not in the sync either: that is for a person to say. */
export function unarchiveStage(now: Expression, by: Actor): Stage {
  return { $set: { ...linkChange(now, 'disabled', by, undefined), serverTime: now } };
}

/** Active again and asked for a comprehensive sync by a person: two stages of one update. */
export function enableStages(now: Expression, by: Actor): Stage[] {
  // Its turns and its being late are reckoned anew: those of before it was stopped are long past.
  const turns = { clockAt: remove, lateAt: remove, intervalMs: remove };
  return [
    { $set: { ...linkChange(now, 'active', by, undefined), ...turns } },
    triggerStage(now, { kinds: ['comprehensive'], prio: 2 }),
  ];
}

/** Out of the sync because it has long been closed, once for each closing. */
export function autoDisableStages(now: Expression, by: Actor, reason: string): Stage[] {
  return [stopStage(now, 'disabled', by, reason), { $set: { 'link.autoDisabledFor': '$link.closedSince' } }];
}
