/**
 * ConnectWise's records, narrowed to the fields cwsync uses (OpenAPI document 2025.8). Fields come and go within a
 * pinned version, so every one may be absent or null, which is the same, and unknown ones are ignored. What is
 * there must have its type: a date that cannot be read refuses the record instead of emptying the field.
 *
 * The `fields` parameter of a request is made from the schema, so what is asked for and what is read are one list.
 */

import { z } from 'zod';

/** Strings may hold NUL characters. */
const text = z
  .string()
  .nullish()
  .transform((value) => value?.replaceAll('\u0000', '') ?? null);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const number = z
  .number()
  .nullish()
  .transform((value) => value ?? null);
const whole = z
  .int32()
  .nullish()
  .transform((value) => value ?? null);
/** ConnectWise's own ids are int32. */
const id = z.int32().min(1);

/** Written `2026-01-31T08:00:00Z`; seen also without zone (then UTC), with fractions, or as a mere date. */
const date = z
  .string()
  .nullish()
  .transform((value, context) => {
    if (value === undefined || value === null || value === '') return null;
    const iso = isoSeconds(value);
    if (iso !== null) return iso;
    context.addIssue('not a date');
    return z.NEVER;
  });

/** Of `_info` alone: a stamp that cannot be read is as good as none, and no reason to refuse the record. */
const stamp = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => (value ? isoSeconds(value) : null));

const info = z
  .object({ lastUpdated: stamp, updatedBy: text })
  .nullish()
  .transform((value) => value ?? { lastUpdated: null, updatedBy: null });

/** Of kinds that cwsync makes itself: its own are known by who entered them, and when. */
const enteredInfo = z
  .object({ lastUpdated: stamp, updatedBy: text, dateEntered: stamp, enteredBy: text })
  .nullish()
  .transform((value) => value ?? { lastUpdated: null, updatedBy: null, dateEntered: null, enteredBy: null });

/** A reference; one without an id, or with id 0, refers to nothing. */
const ref = z
  .object({ id: whole, name: text })
  .nullish()
  .transform((value) => (value?.id ? { id: value.id, name: value.name } : null));

/** Members and companies have an identifier besides the name, and some references only that. */
const identifiedRef = z
  .object({ id: whole, identifier: text, name: text })
  .nullish()
  .transform((value) =>
    value?.id ? { id: value.id, identifier: value.identifier, name: value.name ?? value.identifier } : null,
  );

export const projectSchema = z.object({
  id,
  name: text,
  description: text,
  status: ref,
  closedFlag: flag,
  board: ref,
  company: identifiedRef,
  manager: identifiedRef,
  estimatedStart: date,
  estimatedEnd: date,
  actualEnd: date,
  actualHours: number,
  budgetHours: number,
  percentComplete: number,
  _info: enteredInfo,
});

export const phaseSchema = z.object({
  id,
  description: text,
  parentPhase: ref,
  wbsCode: text,
  status: ref,
  scheduledStart: date,
  scheduledEnd: date,
  budgetHours: number,
  _info: enteredInfo,
});

export const ticketSchema = z.object({
  id,
  summary: text,
  status: ref,
  board: ref,
  project: ref,
  phase: ref,
  wbsCode: text,
  owner: identifiedRef,
  priority: ref,
  budgetHours: number,
  actualHours: number,
  estimatedStartDate: date,
  requiredDate: date,
  resources: text,
  closedFlag: flag,
  predecessorType: text,
  predecessorId: whole,
  lagDays: whole,
  _info: enteredInfo,
});

export const boardSchema = z.object({
  id,
  name: text,
  inactiveFlag: flag,
  _info: info,
});

/** The flag is `inactive` here and `inactiveFlag` elsewhere, `closedStatus` here and `closedFlag` elsewhere. */
export const boardStatusSchema = z.object({
  id,
  name: text,
  sortOrder: number,
  inactive: flag,
  closedStatus: flag,
  defaultFlag: flag,
  escalationStatus: text,
  _info: info,
});

/** Statuses of projects and of phases. */
export const projectStatusSchema = z.object({
  id,
  name: text,
  defaultFlag: flag,
  inactiveFlag: flag,
  closedFlag: flag,
  _info: info,
});

/** `/system/members`; the last name is called required and is absent in real data. */
export const memberSchema = z.object({
  id,
  identifier: text,
  firstName: text,
  lastName: text,
  licenseClass: text,
  officeEmail: text,
  primaryEmail: text,
  inactiveFlag: flag,
  _info: info,
});

/** `/system/info/members`: the same people for fewer rights. */
export const memberInfoSchema = z.object({
  id,
  identifier: text,
  firstName: text,
  lastName: text,
  fullName: text,
  defaultEmail: text,
  licenseClass: text,
  inactiveFlag: flag,
  _info: info,
});

export const companySchema = z.object({
  id,
  identifier: text,
  name: text,
  status: ref,
  deletedFlag: flag,
  _info: info,
});

export const companyStatusSchema = z.object({
  id,
  name: text,
  defaultFlag: flag,
  inactiveFlag: flag,
  _info: info,
});

export const noteTypeSchema = z.object({ id, identifier: text, name: text, defaultFlag: flag, _info: info });

export const workTypeSchema = z.object({
  id,
  name: text,
  billTime: text,
  inactiveFlag: flag,
  overallDefaultFlag: flag,
  _info: info,
});

export const scheduleEntrySchema = z.object({
  id,
  objectId: whole,
  member: identifiedRef,
  type: identifiedRef,
  dateStart: date,
  dateEnd: date,
  hours: number,
  doneFlag: flag,
  _info: enteredInfo,
});

export const timeEntrySchema = z.object({
  id,
  chargeToId: whole,
  chargeToType: text,
  member: identifiedRef,
  timeStart: date,
  timeEnd: date,
  actualHours: number,
  workType: ref,
  billableOption: text,
  notes: text,
  ticket: ref,
  project: ref,
  phase: ref,
  _info: enteredInfo,
});

export const projectNoteSchema = z.object({
  id,
  text,
  type: ref,
  flagged: flag,
  _info: enteredInfo,
});

export const ticketNoteSchema = z.object({
  id,
  ticketId: whole,
  text,
  internalAnalysisFlag: flag,
  resolutionFlag: flag,
  member: identifiedRef,
  _info: enteredInfo,
});

export const teamMemberSchema = z.object({
  id,
  member: identifiedRef,
  projectRole: identifiedRef,
  hours: number,
  startDate: date,
  endDate: date,
  _info: info,
});

export const scheduleTypeSchema = z.object({ id, identifier: text });

export const anyRecordSchema = z.object({ id });

export const systemInfoSchema = z.object({ version: text });

export const countSchema = z.object({ count: z.int().min(0) });

/** What a scout asks: who belongs where, and when it changed. */
export const projectChangeSchema = z.object({ id, _info: info });
export const ticketChangeSchema = z.object({ id, project: ref, _info: info });
export const scheduleEntryChangeSchema = z.object({ id, objectId: whole, _info: info });
export const timeEntryChangeSchema = z.object({
  id,
  chargeToId: whole,
  chargeToType: text,
  ticket: ref,
  project: ref,
  _info: info,
});

/** The value of the `fields` parameter that asks for what the schema reads: `id,status/id,status/name`. */
export function fieldsOf(schema: z.ZodObject): string {
  return paths(schema, '').join(',');
}

function paths(schema: z.ZodObject, prefix: string): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = objectIn(field);
    return inner === null ? [prefix + name] : paths(inner, `${prefix}${name}/`);
  });
}

/** The object behind `.nullish()` and `.transform()`; null for a plain value. */
function objectIn(field: unknown): z.ZodObject | null {
  if (field instanceof z.ZodObject) return field;
  if (field instanceof z.ZodPipe) return objectIn(field.in);
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable) return objectIn(field.unwrap());
  return null;
}

const usualDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const datePattern = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** ISO in whole seconds, or null; what has no zone is UTC, never the zone of this machine. */
function isoSeconds(value: string): string | null {
  // What ConnectWise writes nearly always, as it is; days that a month may not have take the long way.
  if (usualDate.test(value)) return value;
  const match = datePattern.exec(value.trim());
  if (match === null) return null;
  const [, day, time = '00:00:00', zone = 'Z'] = match;
  const at = new Date(`${day}T${time}${zone}`);
  return Number.isNaN(at.getTime()) ? null : `${at.toISOString().slice(0, 19)}Z`;
}
