/**
 * The records of the simulated tenant, as the API shows them. A field that is null is left out of an answer.
 * References are objects shared by all records that point to the same thing, so that a rename shows everywhere
 * at once, as it does in a database that joins.
 */
export type Reference = { readonly id: number; name?: string; identifier?: string };

/** Times in whole seconds, UTC, `YYYY-MM-DDTHH:mm:ssZ`; people by member identifier. */
export type Info = { lastUpdated: string; updatedBy: string; dateEntered: string; enteredBy: string };

export type CustomField = {
  id: number;
  caption: string;
  type: string;
  entryMethod: string;
  numberOfDecimals: number;
  value: string | number | boolean | null;
};

export type Project = {
  id: number;
  name: string;
  board: Reference;
  company: Reference;
  manager: Reference | null;
  status: Reference;
  closedFlag: boolean;
  billingMethod: string;
  description: string | null;
  /** Midnight UTC of a calendar day. */
  estimatedStart: string;
  estimatedEnd: string;
  /** When its status became a closed one; null while it is open. */
  actualEnd: string | null;
  budgetHours: number | null;
  /** Hours; the sum over the project's tickets. */
  actualHours: number;
  /** Absent until somebody overrides it. */
  percentComplete?: number | null;
  overridePercentComplete?: boolean;
  customFields: CustomField[];
  _info: Info;
};

export type Phase = {
  id: number;
  projectId: number;
  /** The name of the phase. */
  description: string;
  board: Reference;
  status: Reference;
  parentPhase: Reference | null;
  wbsCode: string;
  markAsMilestoneFlag: boolean;
  notes: string | null;
  budgetHours: number | null;
  scheduledStart: string | null;
  scheduledEnd: string | null;
  _info: Info;
};

export type ProjectTicket = {
  id: number;
  summary: string;
  isIssueFlag: boolean;
  board: Reference;
  status: Reference;
  project: Reference;
  phase: Reference;
  wbsCode: string;
  company: Reference;
  owner: Reference | null;
  priority: Reference;
  /** Midnight UTC of a calendar day. */
  estimatedStartDate: string | null;
  requiredDate: string | null;
  budgetHours: number | null;
  /** The sum of its time entries; null without any. */
  actualHours: number | null;
  /** The members of its schedule entries, by identifier, separated by comma and space. */
  resources: string | null;
  /** The first start and the last end of its schedule entries. */
  scheduleStartDate: string | null;
  scheduleEndDate: string | null;
  closedFlag: boolean;
  closedDate: string | null;
  closedBy: string | null;
  predecessorType: 'Ticket' | 'Phase' | null;
  predecessorId: number | null;
  predecessorClosedFlag: boolean | null;
  lagDays: number | null;
  /** Absent in state files of before they were there. */
  customFields?: readonly CustomField[];
  _info: Info;
};

export type ServiceTicket = {
  id: number;
  summary: string;
  recordType: 'ServiceTicket';
  board: Reference;
  status: Reference;
  company: Reference;
  owner: Reference | null;
  priority: Reference;
  requiredDate: string | null;
  closedFlag: boolean;
  _info: Info;
};

export type Board = {
  id: number;
  name: string;
  inactiveFlag: boolean;
  projectFlag: boolean;
  percentageCalculation: string | null;
  _info: Info;
};

export type BoardStatus = {
  id: number;
  name: string;
  board: Reference;
  sortOrder: number;
  displayOnBoard: boolean;
  inactive: boolean;
  closedStatus: boolean;
  timeEntryNotAllowed: boolean;
  defaultFlag: boolean;
  escalationStatus: EscalationStatus;
  _info: Info;
};

export type EscalationStatus = 'NotResponded' | 'Responded' | 'ResolutionPlan' | 'Resolved' | 'NoEscalation';

/** Project statuses and phase statuses are alike. */
export type PlanStatus = {
  id: number;
  name: string;
  defaultFlag: boolean;
  inactiveFlag: boolean;
  closedFlag: boolean;
  _info: Info;
};

export type Member = {
  id: number;
  identifier: string;
  firstName: string;
  lastName: string;
  /** F = full member, A = API member. */
  licenseClass: 'F' | 'A';
  officeEmail: string | null;
  primaryEmail: string | null;
  inactiveFlag: boolean;
  dailyCapacity: number | null;
  _info: Info;
};

export type Company = {
  id: number;
  identifier: string;
  name: string;
  status: Reference;
  city: string | null;
  deletedFlag: boolean;
  types: { id: number; name: string }[];
  _info: Info;
};

/** Somebody's time on a ticket or an activity; without dates it only says who is to do it. */
export type ScheduleEntry = {
  id: number;
  /** A project ticket, a service ticket or an activity: the type says which id space is meant. */
  objectId: number;
  type: Reference;
  name: string;
  member: Reference;
  where: Reference | null;
  dateStart: string | null;
  dateEnd: string | null;
  hours: number | null;
  status: Reference;
  doneFlag: boolean;
  acknowledgedFlag: boolean;
  _info: Info;
};

export type TimeEntry = {
  id: number;
  chargeToId: number;
  chargeToType: 'ProjectTicket' | 'ServiceTicket';
  member: Reference;
  timeStart: string;
  timeEnd: string | null;
  actualHours: number;
  hoursDeduct: number | null;
  workType: Reference;
  workRole: Reference;
  billableOption: string;
  notes: string | null;
  internalNotes: string | null;
  status: string;
  ticket: Reference;
  project: Reference | null;
  phase: Reference | null;
  _info: Info;
};

export type ProjectNote = {
  id: number;
  projectId: number;
  text: string;
  type: Reference;
  flagged: boolean;
  _info: Info;
};

export type TicketNote = {
  id: number;
  ticketId: number;
  text: string;
  detailDescriptionFlag: boolean;
  internalAnalysisFlag: boolean;
  resolutionFlag: boolean;
  member: Reference;
  _info: Info;
};

export type TeamMember = {
  id: number;
  projectId: number;
  member: Reference;
  projectRole: Reference;
  hours: number | null;
  /** Midnight UTC of a calendar day. */
  startDate: string | null;
  endDate: string | null;
  _info: Info;
};

export type NoteType = {
  id: number;
  identifier: string;
  name: string;
  defaultFlag: boolean;
  importFlag: boolean;
  _info: Info;
};

export type CompanyStatus = {
  id: number;
  name: string;
  defaultFlag: boolean;
  inactiveFlag: boolean;
  notifyFlag: boolean;
  _info: Info;
};

export type WorkType = {
  id: number;
  name: string;
  billTime: string;
  rateType: string;
  rate: number;
  inactiveFlag: boolean;
  overallDefaultFlag: boolean;
  _info: Info;
};

export type WorkRole = {
  id: number;
  name: string;
  hourlyRate: number;
  inactiveFlag: boolean;
  locationIds: number[];
  _info: Info;
};

export type ScheduleType = {
  id: number;
  name: string;
  /** One character. */
  identifier: string;
  systemFlag: boolean;
  _info: Info;
};

export type ScheduleStatus = {
  id: number;
  name: string;
  defaultFlag: boolean;
  showAsTentativeFlag: boolean;
  _info: Info;
};

export type ProjectRole = {
  id: number;
  name: string;
  managerRoleFlag: boolean;
  defaultContactFlag: boolean;
  _info: Info;
};
