import { type ReferenceContext, rulesOf } from '../../../domain/inbound-fields.ts';
import type { PlanKind } from '../../../domain/plan.ts';
import type { FieldRule } from '../../../domain/reconcile.ts';

/** The rules of each kind, for records of which the types say no more than that they are of that kind. */
export const rulesFor = rulesOf as unknown as {
  readonly [kind in PlanKind]: readonly FieldRule<object, ReferenceContext>[];
};
