import { z } from 'zod';
import { day, hours, person, recordId, statusChoice } from './changes.ts';
import { toSeconds } from './timestamps.ts';

/** A moment, with its offset; kept in whole seconds, UTC. */
const moment = z.iso.datetime({ offset: true }).transform((text) => toSeconds(new Date(text)));
const text = z.string().trim().min(1).max(50_000);
/** A row of a small table by its name or its id. */
const choice = statusChoice;

export const scheduleEntryChangesSchema = z.strictObject({
  /** A project ticket or a service ticket; another one moves the entry there. */
  objectId: recordId.optional(),
  member: person.optional(),
  where: z.string().min(1).nullable().optional(),
  dateStart: moment.nullable().optional(),
  dateEnd: moment.nullable().optional(),
  /** Follows from the dates when it is left out and they change. */
  hours: hours.nullable().optional(),
  status: choice.optional(),
  doneFlag: z.boolean().optional(),
  acknowledgedFlag: z.boolean().optional(),
});
export type ScheduleEntryChanges = z.input<typeof scheduleEntryChangesSchema>;
export type ScheduleEntryChangesRead = z.output<typeof scheduleEntryChangesSchema>;
/** Without a member it is for whoever adds it. */
export const newScheduleEntrySchema = scheduleEntryChangesSchema.extend({ objectId: recordId });
export type NewScheduleEntry = z.input<typeof newScheduleEntrySchema>;

export const timeEntryChangesSchema = z.strictObject({
  /** A project ticket or a service ticket. */
  chargeToId: recordId.optional(),
  member: person.optional(),
  timeStart: moment.optional(),
  timeEnd: moment.nullable().optional(),
  /** Follows from start, end and deduction when it is left out and one of them changes. */
  actualHours: hours.optional(),
  hoursDeduct: hours.nullable().optional(),
  workType: choice.optional(),
  workRole: choice.optional(),
  billableOption: z.enum(['Billable', 'DoNotBill', 'NoCharge', 'NoDefault']).optional(),
  notes: text.nullable().optional(),
  internalNotes: text.nullable().optional(),
  status: z.enum(['Open', 'Rejected', 'PendingApproval', 'Billed']).optional(),
});
export type TimeEntryChanges = z.input<typeof timeEntryChangesSchema>;
export type TimeEntryChangesRead = z.output<typeof timeEntryChangesSchema>;
/** Without a member it is the time of whoever adds it. */
export const newTimeEntrySchema = timeEntryChangesSchema.extend({ chargeToId: recordId, timeStart: moment });
export type NewTimeEntry = z.input<typeof newTimeEntrySchema>;

export const projectNoteChangesSchema = z.strictObject({
  text: text.optional(),
  type: choice.optional(),
  flagged: z.boolean().optional(),
});
export type ProjectNoteChanges = z.input<typeof projectNoteChangesSchema>;
export const newProjectNoteSchema = projectNoteChangesSchema.extend({ project: recordId, text });
export type NewProjectNote = z.input<typeof newProjectNoteSchema>;

export const ticketNoteChangesSchema = z.strictObject({
  text: text.optional(),
  detailDescriptionFlag: z.boolean().optional(),
  internalAnalysisFlag: z.boolean().optional(),
  resolutionFlag: z.boolean().optional(),
});
export type TicketNoteChanges = z.input<typeof ticketNoteChangesSchema>;
export const newTicketNoteSchema = ticketNoteChangesSchema.extend({ ticket: recordId, text });
export type NewTicketNote = z.input<typeof newTicketNoteSchema>;

export const teamMemberChangesSchema = z.strictObject({
  projectRole: choice.optional(),
  hours: hours.nullable().optional(),
  startDate: day.nullable().optional(),
  endDate: day.nullable().optional(),
});
export type TeamMemberChanges = z.input<typeof teamMemberChangesSchema>;
export const newTeamMemberSchema = teamMemberChangesSchema.extend({ project: recordId, member: person });
export type NewTeamMember = z.input<typeof newTeamMemberSchema>;
