/**
 * The rules of the shared request budget as one aggregation pipeline over one document per tenant: a bucket of
 * tokens for the pace, the requests in flight, the processes that wait, one pause after a 429, and the share of the
 * settings that is allowed since. Decided inside the database and by its clock, so that processes need not agree on the time.
 *
 * The same arithmetic as in `adapters/connectwise/limiter.ts`; one contract suite holds both to it.
 */

import { type BudgetSettings, smallestShare, tokenTolerance } from '../../src/domain/request-budget.ts';
import type { Expression, Stage } from './sync-task-pipelines.ts';

type Waiting = {
  readonly by: string;
  readonly priority: number;
  readonly since: Date;
  readonly until: Date;
};

export type BudgetDocument = {
  readonly _id: string;
  readonly tokens: number;
  readonly filledAt: Date;
  readonly share: number;
  readonly shareAt: Date;
  readonly pausedUntil: Date;
  /** An entry ends with its release, or by itself when its process died. */
  readonly running: readonly { readonly id: string; readonly until: Date }[];
  /**
   * Of each process, the first in its line. Without this a process whose own request ends would always be there
   * before the others, who must ask again. An entry that is not renewed lapses.
   */
  readonly waiting: readonly Waiting[];
  readonly answer: BudgetAnswer;
};

/** What one process tells the budget, and asks of it, in one step. */
export type BudgetStep = {
  /** The process. */
  readonly by: string;
  /** Requests whose answers have been read. */
  readonly released: readonly string[];
  /** Turns that nobody took: the place and the token come back. */
  readonly unused: readonly string[];
  /** ConnectWise answered 429 and wants a pause of so many milliseconds. */
  readonly limitedMs?: number;
  /** One turn, to be known by this id, for the first in line; absent when nobody waits. */
  readonly take?: { readonly id: string; readonly priority: number };
};

export type BudgetAnswer = {
  readonly granted: boolean;
  /** Milliseconds after which to ask again; 0 when granted or not asked. */
  readonly waitMs: number;
  /** What is left of the pause. */
  readonly pausedMs: number;
};

/** Longer than any request may take, so that nobody's place is given away while he has it. */
export const placeLastsMs = 60_000;
/** How long one refused ask keeps those behind it from taking; renewed while it waits. */
export const waitingLastsMs = 500;
/** When a place will be free elsewhere, nobody knows. */
export const askAgainMs = 50;

const add = (...terms: Expression[]): Expression => ({ $add: terms });
const minus = (a: Expression, b: Expression): Expression => ({ $subtract: [a, b] });
const times = (...factors: Expression[]): Expression => ({ $multiply: factors });
const over = (a: Expression, b: Expression): Expression => ({ $divide: [a, b] });
const max = (...values: Expression[]): Expression => ({ $max: values });
const min = (...values: Expression[]): Expression => ({ $min: values });
const when = (condition: Expression, yes: Expression, no: Expression): Expression => ({
  $cond: [condition, yes, no],
});
const and = (...all: Expression[]): Expression => ({ $and: all });
const orElse = (field: Expression, value: Expression): Expression => ({ $ifNull: [field, value] });
/** A value from outside, never read as an expression. */
const literal = (value: Expression): Expression => ({ $literal: value });
const remove: Expression = '$$REMOVE';

/** The share allowed at a time: it grows from `share` at `shareAt` to the whole. */
function shareAt(time: Expression, recoveryMs: number): Expression {
  return min(1, add('$share', over(max(0, minus(time, '$shareAt')), recoveryMs)));
}

export function budgetStages(now: Expression, settings: BudgetSettings, step: BudgetStep): Stage[] {
  return [
    begin(now, settings, step),
    line(step),
    fill(settings),
    ...(step.limitedMs === undefined ? [] : limit(step.limitedMs, settings)),
    judge(settings, step),
    settle(step),
  ];
}

/** The document as it was, or a new one; without what was released or outlived its process. */
function begin(now: Expression, { burst }: BudgetSettings, { released, unused }: BudgetStep): Stage {
  const running = orElse('$running', []);
  const ids = (list: readonly string[]): Expression => literal([...list]);
  return {
    $set: {
      at: now,
      tokens: orElse('$tokens', burst),
      filledAt: orElse('$filledAt', now),
      share: orElse('$share', 1),
      shareAt: orElse('$shareAt', now),
      pausedUntil: orElse('$pausedUntil', now),
      waiting: {
        $filter: { input: orElse('$waiting', []), as: 'one', cond: { $gt: ['$$one.until', now] } },
      },
      cameBack: { $size: { $setIntersection: [orElse('$running.id', []), ids(unused)] } },
      running: {
        $filter: {
          input: running,
          as: 'one',
          cond: and(
            { $gt: ['$$one.until', now] },
            { $not: [{ $in: ['$$one.id', ids([...released, ...unused])] }] },
          ),
        },
      },
    },
  };
}

/** Who of the others goes before this one, and since when it waits itself. */
function line({ by, take }: BudgetStep): Stage {
  const isMine = { $eq: ['$$one.by', literal(by)] };
  const others = { $filter: { input: '$waiting', as: 'one', cond: { $not: [isMine] } } };
  if (take === undefined) return { $set: { waiting: others } };
  const samePriority = { $eq: ['$$one.priority', take.priority] };
  const mine = { $filter: { input: '$waiting', as: 'one', cond: and(isMine, samePriority) } };
  return {
    $set: { waiting: others, since: min('$at', { $min: { $map: { input: mine, in: '$$this.since' } } }) },
  };
}

function fill({ perSecond, burst, recoveryMs }: BudgetSettings): Stage {
  const perMs = times(perSecond / 1000, shareAt('$filledAt', recoveryMs));
  const since = max(0, minus('$at', '$filledAt'));
  return {
    $set: {
      tokens: min(burst, add('$tokens', '$cameBack', times(since, perMs))),
      filledAt: max('$filledAt', '$at'),
    },
  };
}

/** Several requests in flight get their 429 for one overload: those told during the pause change no share. */
function limit(pauseMs: number, { recoveryMs }: BudgetSettings): Stage[] {
  const halved = max(smallestShare, over(shareAt('$at', recoveryMs), 2));
  return [
    {
      $set: {
        share: when({ $gte: ['$at', '$pausedUntil'] }, halved, '$share'),
        pausedUntil: max('$pausedUntil', add('$at', Math.ceil(pauseMs))),
      },
    },
    // The pause must not end in a burst.
    { $set: { shareAt: '$pausedUntil', filledAt: '$pausedUntil', tokens: min('$tokens', 1) } },
  ];
}

function judge(settings: BudgetSettings, { take }: BudgetStep): Stage {
  const pausedMs = max(0, minus('$pausedUntil', '$at'));
  if (take === undefined) return { $set: { answer: { granted: false, waitMs: 0, pausedMs } } };
  const share = shareAt('$at', settings.recoveryMs);
  const places = max(1, { $floor: times(settings.atOnce, share) });
  const ahead = goBefore(take.priority);
  const noPlace = { $gte: [add({ $size: '$running' }, ahead), places] };
  const perMs = times(settings.perSecond / 1000, share);
  const tooFew = { $gt: [minus(add(1, ahead), '$tokens'), tokenTolerance] };
  // When it could go if those ahead were gone: they may give up, and nobody would say so.
  const aloneMs = max(0, { $ceil: over(minus(1, '$tokens'), perMs) });
  const turnOfOthersMs = when({ $gt: [ahead, 0] }, askAgainMs, 0);
  const waitMs = max(pausedMs, when(noPlace, askAgainMs, 0), when(tooFew, max(aloneMs, turnOfOthersMs), 0));
  return { $set: { answer: { granted: { $eq: [waitMs, 0] }, waitMs, pausedMs } } };
}

/** How many others a place and a token must be left for. */
function goBefore(priority: number): Expression {
  const higher = { $gt: ['$$one.priority', priority] };
  const longer = and({ $eq: ['$$one.priority', priority] }, { $lt: ['$$one.since', '$since'] });
  return { $size: { $filter: { input: '$waiting', as: 'one', cond: { $or: [higher, longer] } } } };
}

function settle({ by, take }: BudgetStep): Stage {
  const gone = { at: remove, cameBack: remove, since: remove };
  if (take === undefined) return { $set: gone };
  const { id, priority } = take;
  const place = { id: literal(id), until: add('$at', placeLastsMs) };
  const entry = { by: literal(by), priority, since: '$since', until: add('$at', waitingLastsMs) };
  const granted = '$answer.granted';
  return {
    $set: {
      ...gone,
      tokens: when(granted, minus('$tokens', 1), '$tokens'),
      running: when(granted, { $concatArrays: ['$running', [place]] }, '$running'),
      waiting: when(granted, '$waiting', { $concatArrays: ['$waiting', [entry]] }),
    },
  };
}
