import { z } from 'zod';
import { recordId, statusChoice } from './changes.ts';

const name = z.string().trim().min(1).max(50);

export const memberChangesSchema = z.strictObject({
  firstName: z.string().trim().min(1).max(30).optional(),
  lastName: z.string().trim().min(1).max(30).optional(),
  inactiveFlag: z.boolean().optional(),
  dailyCapacity: z.number().min(0).max(24).nullable().optional(),
});
export type MemberChanges = z.input<typeof memberChangesSchema>;
export const newMemberSchema = memberChangesSchema.extend({
  identifier: z.string().regex(/^[A-Za-z0-9._-]{1,15}$/, 'an identifier has 1 to 15 plain characters'),
  firstName: z.string().trim().min(1).max(30),
  lastName: z.string().trim().min(1).max(30),
});
export type NewMember = z.input<typeof newMemberSchema>;

export const companyChangesSchema = z.strictObject({
  name: name.optional(),
  status: statusChoice.optional(),
  city: name.nullable().optional(),
});
export type CompanyChanges = z.input<typeof companyChangesSchema>;
export const newCompanySchema = companyChangesSchema.extend({
  identifier: z.string().trim().min(1).max(30),
  name,
});
export type NewCompany = z.input<typeof newCompanySchema>;

export const boardStatusChangesSchema = z.strictObject({
  name: name.optional(),
  inactive: z.boolean().optional(),
});
export type BoardStatusChanges = z.input<typeof boardStatusChangesSchema>;
export const newBoardStatusSchema = boardStatusChangesSchema.extend({
  board: recordId,
  name,
  closedStatus: z.boolean().optional(),
});
export type NewBoardStatus = z.input<typeof newBoardStatusSchema>;

export const noteTypeChangesSchema = z.strictObject({ name: name.optional() });
export type NoteTypeChanges = z.input<typeof noteTypeChangesSchema>;
export const newNoteTypeSchema = z.strictObject({ name });
export type NewNoteType = z.input<typeof newNoteTypeSchema>;

export const workTypeChangesSchema = z.strictObject({
  name: name.optional(),
  inactiveFlag: z.boolean().optional(),
});
export type WorkTypeChanges = z.input<typeof workTypeChangesSchema>;
export const newWorkTypeSchema = workTypeChangesSchema.extend({ name });
export type NewWorkType = z.input<typeof newWorkTypeSchema>;
