/** How a record that was just made is read back, by kind. */
import {
  eventFields,
  phaseFields,
  projectNoteFields,
  type ReferenceContext,
  taskFields,
  ticketNoteFields,
  timeLogFields,
} from '../../../domain/inbound-fields.ts';
import type { CreatedKind } from '../../../domain/new-records.ts';
import type { FieldRule } from '../../../domain/reconcile.ts';

export const rulesByCreatedKind = {
  phase: phaseFields,
  task: taskFields,
  event: eventFields,
  timeLog: timeLogFields,
  projectNote: projectNoteFields,
  ticketNote: ticketNoteFields,
} as unknown as { readonly [kind in CreatedKind]: readonly FieldRule<object, ReferenceContext>[] };
