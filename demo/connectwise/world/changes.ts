import { z } from 'zod';
import { toMidnight } from './timestamps.ts';

/** A calendar day: `YYYY-MM-DD`, or a date-time whose day counts. Becomes midnight UTC. */
export const day = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform(toMidnight);
export const hours = z.number().min(0).max(100_000);
export const recordId = z.int().min(1).max(2_147_483_647);
/** A status by its name or its id. */
export const statusChoice = z.union([recordId, z.string().min(1)]);
/** A person by member identifier, in any case. */
export const person = z.string().min(1);
const title = z.string().trim().min(1).max(100);
/** Values by the id of the custom field: what is not named keeps its value. */
const customValues = z.array(
  z.object({ id: recordId, value: z.union([z.string(), z.number(), z.boolean()]).nullable() }),
);
export type CustomValues = z.output<typeof customValues>;
const wbsCode = z
  .string()
  .regex(/^\d+(\.\d+)*$/, 'a WBS code looks like 2.3')
  .max(50);

export const ticketChangesSchema = z.strictObject({
  summary: title.optional(),
  status: statusChoice.optional(),
  owner: person.nullable().optional(),
  priority: z.string().min(1).optional(),
  phase: recordId.optional(),
  budgetHours: hours.nullable().optional(),
  estimatedStartDate: day.nullable().optional(),
  requiredDate: day.nullable().optional(),
  isIssueFlag: z.boolean().optional(),
  /** Both or neither; null and null takes the dependency away. */
  predecessorType: z.enum(['Ticket', 'Phase']).nullable().optional(),
  predecessorId: recordId.nullable().optional(),
  /** Days between the predecessor and this; counts only with one. */
  lagDays: z.int().nullable().optional(),
  /** Another place within its phase: whoever stands there moves up. */
  wbsCode: wbsCode.optional(),
  customFields: customValues.optional(),
});
export type TicketChanges = z.input<typeof ticketChangesSchema>;
export type TicketChangesRead = z.output<typeof ticketChangesSchema>;

export const newTicketSchema = ticketChangesSchema.extend({ summary: title, phase: recordId });
export type NewTicket = z.input<typeof newTicketSchema>;

export const projectChangesSchema = z.strictObject({
  name: title.optional(),
  status: statusChoice.optional(),
  manager: person.nullable().optional(),
  description: z.string().nullable().optional(),
  estimatedStart: day.optional(),
  estimatedEnd: day.optional(),
  budgetHours: hours.nullable().optional(),
  billingMethod: z.enum(['ActualRates', 'FixedFee', 'NotToExceed', 'OverrideRate']).optional(),
  /** Counts only while it is overridden. */
  percentComplete: z.number().min(0).max(100).nullable().optional(),
  overridePercentComplete: z.boolean().optional(),
  customFields: customValues.optional(),
});
export type ProjectChanges = z.input<typeof projectChangesSchema>;
export type ProjectChangesRead = z.output<typeof projectChangesSchema>;

export const newProjectSchema = projectChangesSchema.extend({
  name: title,
  board: recordId,
  company: recordId,
  estimatedStart: day,
  estimatedEnd: day,
});
export type NewProject = z.input<typeof newProjectSchema>;

export const phaseChangesSchema = z.strictObject({
  description: title.optional(),
  status: statusChoice.optional(),
  budgetHours: hours.nullable().optional(),
  notes: z.string().nullable().optional(),
  markAsMilestoneFlag: z.boolean().optional(),
  /** Another place in the project: the phase with the code before the last point becomes its parent. */
  wbsCode: wbsCode.optional(),
  /** Null, together with a WBS code of the top level, takes it out of its parent. */
  parentPhase: z.null().optional(),
});
export type PhaseChanges = z.input<typeof phaseChangesSchema>;
export type PhaseChangesRead = z.output<typeof phaseChangesSchema>;

export const newPhaseSchema = phaseChangesSchema.extend({
  description: title,
  project: recordId,
  /** The phase above it; without one it stands at the top. */
  parentPhase: recordId.optional(),
});
export type NewPhase = z.input<typeof newPhaseSchema>;
