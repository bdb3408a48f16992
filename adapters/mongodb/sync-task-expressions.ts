/** The words that the queue's pipelines are written in. */

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

export const remove: Expression = '$$REMOVE';
export const active: Expression = { $eq: ['$link.state', 'active'] };
export const isState = (state: string): Expression => ({ $eq: ['$state', state] });
export const and = (...all: Expression[]): Expression => ({ $and: all });
export const or = (...any: Expression[]): Expression => ({ $or: any });
export const not = (one: Expression): Expression => ({ $not: [one] });
export const when = (condition: Expression, yes: Expression, no: Expression): Expression => ({
  $cond: [condition, yes, no],
});
export const union = (...sets: Expression[]): Expression => ({ $setUnion: sets });
export const plus = (a: Expression, b: Expression): Expression => ({ $add: [a, b] });
/** `$max` and `$min` pass over absent values, which is what an absent `coolUntil` or `next` calls for. */
export const max = (...values: Expression[]): Expression => ({ $max: values });
export const min = (...values: Expression[]): Expression => ({ $min: values });
/** A value from outside, never read as an expression: names may begin with `$`. */
export const literal = (value: unknown): Expression => ({ $literal: value as Expression });
/** An absent field stays absent instead of becoming null. */
export const orGone = (field: string): Expression => ({ $ifNull: [field, remove] });
/** Whether a field is there at all. */
export const isThere = (field: string): Expression => ({ $ne: [{ $type: field }, 'missing'] });
