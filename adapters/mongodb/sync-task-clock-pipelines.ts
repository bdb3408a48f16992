/**
 * What the clock does to tasks. Nobody leads: every process ticks, and each update names in its filter the turn that
 * is due and moves that turn on in the same write, so that a second process finds nothing left to do.
 */
import type { SyncKind } from '../../src/domain/sync-task.ts';
import { type Expression, max, plus, type Stage } from './sync-task-expressions.ts';
import { triggerStage } from './sync-task-pipelines.ts';

/**
 * The first turn of a project that was linked or enabled, spread over the interval by its id: all projects of a new
 * integration are linked within minutes and would be read again in the same minutes for ever.
 */
export function firstTurnStage(now: Expression, intervalMs: number): Stage {
  // Tasks of before the clock have no place in the interval: chance spreads as well.
  const spread: Expression = { $ifNull: ['$spread', { $rand: {} }] };
  return {
    $set: {
      intervalMs,
      clockAt: plus(now, { $multiply: [intervalMs, spread] }),
      lateAt: plus(now, 2 * intervalMs),
    },
  };
}

/** One comprehensive sync, and the next after the interval, a tenth more or less: what fell together drifts apart. */
export function comprehensiveTurnStages(now: Expression, intervalMs: number): Stage[] {
  const drift: Expression = { $multiply: [intervalMs, plus(0.9, { $multiply: [0.2, { $rand: {} }] })] };
  return [
    triggerStage(now, { kinds: ['comprehensive'], prio: 0 }),
    { $set: { intervalMs, clockAt: plus(now, drift) } },
  ];
}

/** A turn of one of the integration's own tasks. */
export function ownTurnStages(now: Expression, asksFor: SyncKind, intervalMs: number): Stage[] {
  return [triggerStage(now, { kinds: [asksFor], prio: 0 }), { $set: { clockAt: plus(now, intervalMs) } }];
}

/** The first turn of one of them whose first run was asked for when it was made. */
export function ownFirstTurnStage(now: Expression, intervalMs: number): Stage {
  return { $set: { clockAt: plus(now, intervalMs) } };
}

/**
 * What has been due for long goes in line with changes. Its time stays as it is: only its place in the line moves.
 * It never gets to the priority of a person (sync.md had that after 30 minutes): a first import of hundreds of projects
 * ages as a whole and would then stand in front of everyone who asks; product.md says that it stays behind them.
 */
export function ageStage(now: Expression): Stage {
  return { $set: { prio: max('$prio', 1), serverTime: now } };
}
