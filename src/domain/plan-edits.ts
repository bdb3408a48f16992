/** What was edited in the plan and not yet agreed with ConnectWise: what the merge compares, the other way round. */
import {
  eventFields,
  phaseFields,
  projectFields,
  projectNoteFields,
  taskFields,
  teamMemberFields,
  ticketNoteFields,
  timeLogFields,
} from './inbound-fields.ts';
import { type Json, sameJson } from './json.ts';
import type { PairedRecord, PlanKind } from './plan.ts';
import type { FieldRule } from './reconcile.ts';

type Compared = Pick<FieldRule<unknown, unknown>, 'field' | 'samePsa' | 'samePlan'>;

const fieldsOf: { readonly [kind in PlanKind]: readonly Compared[] } = {
  project: projectFields,
  phase: phaseFields,
  task: taskFields,
  teamMember: teamMemberFields,
  event: eventFields,
  timeLog: timeLogFields,
  projectNote: projectNoteFields,
  ticketNote: ticketNoteFields,
};

export type PlanEditedField = { readonly field: string; readonly was: Json; readonly is: Json };

/** The fields in which the plan differs from what both sides last agreed on. */
export function editedFields({ kind, fields, base }: PairedRecord): readonly PlanEditedField[] {
  return fieldsOf[kind].flatMap(({ field, samePsa = sameJson, samePlan = samePsa }) => {
    const was = base.plan[field] ?? null;
    const is = fields[field] ?? null;
    return samePlan(is, was) ? [] : [{ field, was, is }];
  });
}
