import { z } from 'zod';
import { API_MEMBER } from './world/setup-tables.ts';
import type { WorldRules } from './world/world-core.ts';

/**
 * What is not known about a real ConnectWise tenant, one named switch each. A fact learned on a real tenant
 * is flipped in here (or by `startConnectWise({switches})`, or by `PATCH /_control/switches`) without a change
 * of code.
 */
export const switchesSchema = z.strictObject({
  /** The Link header of the last forward-only page: there but empty, or not there at all. */
  finalLink: z.enum(['empty', 'absent']),
  /** A full forward-only page that happens to be the last: does it still name a next page (an empty one)? */
  linkAfterFullLastPage: z.enum(['none', 'next']),
  /** Whether a navigable answer that fits on one page carries a Link header. */
  linkOnSinglePage: z.boolean(),
  /** A pageSize over 1,000: cut to 1,000, or refused with 400. */
  pageSizeOverMaximum: z.enum(['clamp', 'error']),
  /** Longest path and query, in characters, before 414. */
  maximumUrlLength: z.int().min(100),
  urlTooLongMessage: z.string(),
  /** 400 for a conditions string that cannot be read. `{reason}` is replaced by what is wrong. */
  badConditionsCode: z.string(),
  badConditionsMessage: z.string(),
  badParameterMessage: z.string(),
  /** Comparing a field that is null: SQL's third truth value, or null as a value like any other. */
  nullComparison: z.enum(['unknown', 'plain']),
  /** Whether "abc" = "ABC" is false. SQL Server's usual collation says that it is true. */
  stringsCaseSensitive: z.boolean(),
  /** Whether an answer with `fields` carries `_info` when it was not asked for. */
  fieldsKeepInfo: z.boolean(),
  /** Body of 401 for keys that are missing or wrong, and for a client id that is missing or wrong. */
  badKeysBody: z.enum(['Unauthorized', 'UserNotAuthenticated']),
  badClientIdBody: z.enum(['Unauthorized', 'UserNotAuthenticated']),
  unauthorizedMessage: z.string(),
  /** What a member whose role lacks a right is told: 403, or nothing at all (the records look deleted). */
  missingRight: z.enum(['403', 'hidden']),
  forbiddenCode: z.string(),
  forbiddenMessage: z.string(),
  methodNotAllowedMessage: z.string(),
  unsupportedMediaTypeMessage: z.string(),
  /** What the codebase of yesterday, and the alias v4_6_release, answer after the tenant was upgraded. */
  oldCodebase: z.enum(['cannot-route', 'not-found']),
  aliasAfterUpgrade: z.enum(['cannot-route', 'not-found', 'works']),
  /** How `IsCloud` of the codebase look-up is spelled: both were seen. */
  isCloudSpelling: z.enum(['text', 'boolean']),
  /**
   * Whether a change of what belongs to a record moves its `lastUpdated` too: of tickets, phases, notes and team
   * that of the project, of notes, schedule and time that of the ticket.
   */
  childTouchesParent: z.boolean(),
  /** Whether the ticket's `lastUpdated` moves when its resources, hours or scheduled dates follow from entries. */
  derivedTouchesTicket: z.boolean(),
  /** Whether such a change of a ticket is told to callbacks as well: no `skipCallback` can keep it from that. */
  derivedTellsTicket: z.boolean(),
  /** What becomes of the time entries of a ticket that is deleted. */
  deletedTicketTime: z.enum(['removed', 'kept']),
  /** Identifier of the type of schedule entries on project tickets; `C` stands for activities. */
  projectTicketScheduleType: z.string().regex(/^[^C]$/, 'one character, and not C'),
  /** Fields that no document names, on every record. */
  unknownFields: z.boolean(),
  /** A field without a value: left out, or there as null. Both were seen. */
  nullFields: z.enum(['omitted', 'explicit']),
  /** Names of fields that no record shows, whoever asks for them. */
  missingFields: z.array(z.string().min(1)),
  /** Whether names and texts carry a NUL character, as grown data does. */
  nulCharacters: z.boolean(),
  /** References to records of these stores lead nowhere, as if those had been deleted. */
  danglingReferences: z.array(z.enum(['members', 'boards', 'boardStatuses', 'companies', 'workTypes'])),
  /** Identifier of the member that the keys belong to: what the API writes is stamped with it. */
  apiMember: z.string().min(1),
  /** 400 for a body that cannot be read. `{reason}` is replaced by what is wrong. */
  badBodyMessage: z.string(),
  /** Codes of `errors[]`, where only the shape is known. */
  writeErrorCodes: z.strictObject({
    tooLong: z.string(),
    badValue: z.string(),
    unknownReference: z.string(),
    notAllowed: z.string(),
  }),
  /** A PATCH of a path that is no field: refused, or answered as if it had been done. */
  unknownPath: z.enum(['refused', 'ignored']),
  /** A PATCH inside of a reference (`status/id`): a false 200 that changes nothing, the change itself, or a refusal. */
  nestedReferencePath: z.enum(['ignored', 'applied', 'refused']),
  /** Fields, as `tickets.budgetHours`, that a write leaves as they are and answers 200 all the same. */
  falseSuccess: z.array(z.string().regex(/^\w+\.\w+$/, 'looks like tickets.budgetHours')),
  /** Whether a PATCH without an op on `customFields` is refused, without a reason, on records that have them. */
  customFieldsOnPatch: z.enum(['optional', 'needed']),
  /** Whether a write is checked against all fields of the record, or only against those that it touches. */
  wholeRecordValidation: z.boolean(),
  /** Whether line breaks in short texts become blanks, or stay. */
  lineBreaksBecomeBlanks: z.boolean(),
  /** Whether work can be given to a member who is inactive. */
  inactiveMembersAccepted: z.boolean(),
  /** Whether a PATCH that changes nothing moves `lastUpdated` all the same. */
  emptyPatchStamps: z.boolean(),
  ticketWbsCode: z.enum(['ignored', 'applied']),
  /** A PATCH of a ticket's phase to another one of its project. */
  ticketPhaseMove: z.enum(['applied', 'ignored', 'refused']),
  phaseToTop: z.enum(['both', 'either']),
  renumberingTouches: z.boolean(),
  /** Status of the refusal to delete what others still need. */
  deletionConflictStatus: z.union([z.literal(400), z.literal(409)]),
  /** Whether a ticket with time on it, and a project with tickets, can be deleted by the API. */
  ticketWithTimeDeletion: z.enum(['refused', 'allowed']),
  projectWithTicketsDeletion: z.enum(['refused', 'allowed']),
  /** Whether only members of the project's team can be scheduled on its tickets. */
  scheduleNeedsTeam: z.boolean(),
  /** Time in one of these states cannot be changed or deleted. */
  lockedTimeStatuses: z.array(z.string()),
  /** Whether `percentComplete` of a project follows the rule of its board as things change. */
  derivedPercentComplete: z.boolean(),
  /** What 100 % is as a number. */
  percentCompleteOfAll: z.union([z.literal(1), z.literal(100)]),
  /** Whether a ticket write that does not mention `processNotifications` sends them. */
  notifiesByDefault: z.boolean(),
  /** How far the header Date goes ahead of the clock that stamps records; negative for behind. */
  clockSkewSeconds: z.int().min(-86_400).max(86_400),
});

export type Switches = z.infer<typeof switchesSchema>;

/** The switches that the world itself goes by. */
export function worldRules(switches: Switches): WorldRules {
  const { childTouchesParent, derivedTouchesTicket, deletedTicketTime, projectTicketScheduleType } = switches;
  const { renumberingTouches, phaseToTop, derivedPercentComplete, percentCompleteOfAll } = switches;
  return {
    childTouchesParent,
    derivedTouchesTicket,
    derivedTellsTicket: switches.derivedTellsTicket,
    deletedTicketTime,
    projectTicketScheduleType,
    renumberingTouches,
    phaseToTop,
    derivedPercentComplete,
    percentCompleteOfAll,
  };
}

export const DEFAULT_SWITCHES: Switches = {
  finalLink: 'empty',
  linkAfterFullLastPage: 'none',
  linkOnSinglePage: false,
  pageSizeOverMaximum: 'clamp',
  maximumUrlLength: 10_000,
  urlTooLongMessage: 'The request URL is too long.',
  badConditionsCode: 'InvalidObject',
  badConditionsMessage: 'The conditions are invalid: {reason}',
  badParameterMessage: 'The value of {name} is invalid.',
  nullComparison: 'unknown',
  stringsCaseSensitive: false,
  fieldsKeepInfo: false,
  badKeysBody: 'Unauthorized',
  badClientIdBody: 'UserNotAuthenticated',
  unauthorizedMessage: 'The API keys are missing or invalid.',
  missingRight: '403',
  forbiddenCode: 'Forbidden',
  forbiddenMessage: 'You do not have security permission to perform this operation.',
  methodNotAllowedMessage: 'The method is not allowed.',
  unsupportedMediaTypeMessage: 'The content type is not supported.',
  oldCodebase: 'cannot-route',
  aliasAfterUpgrade: 'cannot-route',
  isCloudSpelling: 'text',
  childTouchesParent: false,
  derivedTouchesTicket: true,
  derivedTellsTicket: false,
  deletedTicketTime: 'removed',
  projectTicketScheduleType: 'S',
  unknownFields: false,
  nullFields: 'omitted',
  missingFields: [],
  nulCharacters: false,
  danglingReferences: [],
  apiMember: API_MEMBER,
  badBodyMessage: 'The request body is invalid: {reason}',
  writeErrorCodes: {
    tooLong: 'StringLength',
    badValue: 'InvalidField',
    unknownReference: 'InvalidReference',
    notAllowed: 'InvalidOperation',
  },
  unknownPath: 'refused',
  nestedReferencePath: 'ignored',
  falseSuccess: [],
  customFieldsOnPatch: 'optional',
  wholeRecordValidation: true,
  lineBreaksBecomeBlanks: true,
  inactiveMembersAccepted: false,
  emptyPatchStamps: false,
  ticketWbsCode: 'ignored',
  ticketPhaseMove: 'applied',
  phaseToTop: 'both',
  renumberingTouches: true,
  deletionConflictStatus: 409,
  ticketWithTimeDeletion: 'refused',
  projectWithTicketsDeletion: 'refused',
  scheduleNeedsTeam: true,
  lockedTimeStatuses: ['Billed'],
  derivedPercentComplete: false,
  percentCompleteOfAll: 1,
  notifiesByDefault: true,
  clockSkewSeconds: 0,
};
