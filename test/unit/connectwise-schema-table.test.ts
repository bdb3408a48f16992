import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  boardSchema,
  boardStatusSchema,
  companySchema,
  companyStatusSchema,
  memberInfoSchema,
  memberSchema,
  noteTypeSchema,
  phaseSchema,
  projectNoteSchema,
  projectSchema,
  projectStatusSchema,
  scheduleEntrySchema,
  teamMemberSchema,
  ticketNoteSchema,
  ticketSchema,
  timeEntrySchema,
  workTypeSchema,
} from '../../adapters/connectwise/schemas.ts';

/** Every kind, with one field that must have its type where it is there. */
const kinds: readonly [string, z.ZodType, string, unknown][] = [
  ['board', boardSchema, 'inactiveFlag', 'yes'],
  ['board status', boardStatusSchema, 'closedStatus', 1],
  ['company', companySchema, 'name', 7],
  ['company status', companyStatusSchema, 'name', 7],
  ['member', memberSchema, 'inactiveFlag', 'no'],
  ['member info', memberInfoSchema, 'fullName', 7],
  ['note type', noteTypeSchema, 'name', 7],
  ['phase', phaseSchema, 'wbsCode', 1.2],
  ['project', projectSchema, 'estimatedStart', 'soon'],
  ['project note', projectNoteSchema, 'text', 7],
  ['project or phase status', projectStatusSchema, 'closedFlag', 'no'],
  ['schedule entry', scheduleEntrySchema, 'dateStart', 'tomorrow'],
  ['team member', teamMemberSchema, 'startDate', 'soon'],
  ['ticket', ticketSchema, 'summary', 7],
  ['ticket note', ticketNoteSchema, 'resolutionFlag', 'no'],
  ['time entry', timeEntrySchema, 'timeStart', 'yesterday'],
  ['work type', workTypeSchema, 'name', 7],
];

describe.each(kinds)('a %s of ConnectWise', (_kind, schema, field, wrong) => {
  it('may lack everything but its id', () => {
    expect(schema.safeParse({ id: 7 }).success).toBe(true);
  });

  it('may have null where it has nothing', () => {
    expect(schema.safeParse({ id: 7, [field]: null, _info: null }).success).toBe(true);
  });

  it('loses what cwsync does not use', () => {
    expect(schema.parse({ id: 7, notOfOurs: 1 })).not.toHaveProperty('notOfOurs');
  });

  it('is refused without an id', () => {
    expect(schema.safeParse({ [field]: null }).success).toBe(false);
  });

  it(`is refused when its ${field} has another type`, () => {
    expect(schema.safeParse({ id: 7, [field]: wrong }).success).toBe(false);
  });
});
