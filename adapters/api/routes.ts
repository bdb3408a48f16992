/** Which addresses there are, and what each method does there. */
import type { PlanKind } from '../../src/domain/plan.ts';
import type { DoorKind } from '../../src/domain/plan-door.ts';
import type { PsaTable } from '../../src/domain/psa-records.ts';

export type PlanResource = {
  readonly kind: PlanKind;
  readonly creates?: DoorKind;
  readonly changes?: DoorKind;
  readonly deletes?: 'phase' | 'task' | 'event';
};

/** Records of the plan. Time is ConnectWise's once it is entered, and a note is not changed once it is written. */
export const planResources: { readonly [path: string]: PlanResource } = {
  projects: { kind: 'project', creates: 'project', changes: 'project' },
  phases: { kind: 'phase', creates: 'phase', changes: 'phase', deletes: 'phase' },
  tasks: { kind: 'task', creates: 'task', changes: 'task', deletes: 'task' },
  events: { kind: 'event', creates: 'event', changes: 'event', deletes: 'event' },
  'time-logs': { kind: 'timeLog', creates: 'timeLog' },
  'project-notes': { kind: 'projectNote', creates: 'projectNote' },
  'task-notes': { kind: 'ticketNote', creates: 'ticketNote' },
  'team-members': { kind: 'teamMember' },
};

/** Set-up tables of ConnectWise, which are only read; but for whether a member counts as active. */
export const tableResources: { readonly [path: string]: PsaTable } = {
  members: 'member',
  boards: 'board',
  'work-types': 'workType',
  companies: 'company',
  'phase-statuses': 'phaseStatus',
  'note-types': 'noteType',
};

export const mappingsPath = 'status-mappings';
export const openApiPath = 'openapi.json';
