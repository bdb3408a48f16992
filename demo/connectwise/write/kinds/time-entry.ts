import type { FieldError } from '../../api/errors.ts';
import type { NewTimeEntry, TimeEntryChanges } from '../../world/entry-changes.ts';
import type { TimeEntry } from '../../world/records.ts';
import { addTimeEntry, deleteTimeEntry, editTimeEntry } from '../../world/time-acts.ts';
import { checkOrder } from '../check-record.ts';
import {
  actionFlag,
  type Draft,
  hours,
  longText,
  member,
  moment,
  recordId,
  reference,
  type WriteContext,
} from '../field-rule.ts';
import {
  identifierOf,
  idOf,
  touchedFields,
  type Wanted,
  type WriteKind,
  withoutNulls,
} from '../write-kind.ts';

const PLAIN = ['timeEnd', 'hoursDeduct', 'notes', 'internalNotes'] as const;
/** Fields that are kept when a write empties them. */
const FIRM = ['chargeToId', 'timeStart', 'actualHours', 'billableOption'] as const;

function changesOf(wanted: Wanted): TimeEntryChanges {
  const { draft, touched } = wanted;
  const who = identifierOf(draft, 'member');
  const [workType, workRole] = [idOf(draft, 'workType'), idOf(draft, 'workRole')];
  return {
    ...touchedFields(wanted, PLAIN),
    ...withoutNulls(touchedFields(wanted, FIRM)),
    ...(touched.has('member') && who !== null ? { member: who } : {}),
    ...(touched.has('workType') && workType !== null ? { workType } : {}),
    ...(touched.has('workRole') && workRole !== null ? { workRole } : {}),
  };
}

/** What the ticket says about time on it. */
function checkCharge({ draft, touched }: Wanted, { world, switches }: WriteContext): FieldError[] {
  if (!touched.has('chargeToId') && !touched.has('chargeToType')) return [];
  const codes = switches.writeErrorCodes;
  const id = Number(draft.chargeToId);
  const ticket = world.stores.tickets.get(id) ?? world.stores.serviceTickets.get(id);
  if (!ticket) {
    const message = 'The chargeToId reference is invalid.';
    return [{ code: codes.unknownReference, message, field: 'chargeToId' }];
  }
  const type = world.stores.tickets.get(id) ? 'ProjectTicket' : 'ServiceTicket';
  if (touched.has('chargeToType') && draft.chargeToType !== type) {
    const message = 'The chargeToType does not fit the chargeToId.';
    return [{ code: codes.badValue, message, field: 'chargeToType' }];
  }
  if (!world.stores.boardStatuses.get(ticket.status.id)?.timeEntryNotAllowed) return [];
  const message = 'The status of the ticket does not allow time entries.';
  return [{ code: codes.notAllowed, message, field: 'chargeToId' }];
}

function checkLength(draft: Draft, { id }: WriteContext): FieldError[] {
  if (id !== null || draft.timeEnd !== null || draft.actualHours !== null) return [];
  return [{ code: 'MissingRequiredField', message: 'The timeEnd field is required.', field: 'timeEnd' }];
}

function lockedAs({ world, switches, id }: WriteContext): string | null {
  const status = id === null ? undefined : world.stores.timeEntries.get(id)?.status;
  return status !== undefined && switches.lockedTimeStatuses.includes(status) ? status : null;
}

function checkLock(context: WriteContext): FieldError[] {
  const status = lockedAs(context);
  if (status === null) return [];
  const message = `A time entry with the status ${status} cannot be changed.`;
  return [{ code: context.switches.writeErrorCodes.notAllowed, message, field: 'status' }];
}

export const timeWrites: WriteKind = {
  store: 'timeEntries',
  resource: 'timeEntry',
  rules: {
    chargeToId: { ...recordId, required: true },
    chargeToType: {
      type: 'choice',
      of: ['Company', 'ServiceTicket', 'ProjectTicket', 'ChargeCode', 'Activity'],
      onlyNew: 'ignored',
    },
    member,
    timeStart: { ...moment, required: true },
    timeEnd: moment,
    actualHours: hours,
    hoursDeduct: hours,
    workType: reference(({ world }) =>
      world.stores.workTypes.rows().filter(({ inactiveFlag }) => !inactiveFlag),
    ),
    workRole: reference(({ world }) =>
      world.stores.workRoles.rows().filter(({ inactiveFlag }) => !inactiveFlag),
    ),
    billableOption: {
      type: 'choice',
      of: ['Billable', 'DoNotBill', 'NoCharge', 'NoDefault'],
      standard: 'Billable',
    },
    notes: longText,
    internalNotes: longText,
    emailContactFlag: actionFlag,
    emailResourceFlag: actionFlag,
    emailCcFlag: actionFlag,
  },
  ignored: [
    'company',
    'companyType',
    'status',
    'ticket',
    'project',
    'phase',
    'locationId',
    'businessUnitId',
    'enteredBy',
    'dateEntered',
    'addToDetailDescriptionFlag',
    'addToInternalAnalysisFlag',
    'addToResolutionFlag',
    'customFields',
  ],
  neededByPut: ['billableOption'],
  check: (wanted, context) => [
    ...checkLock(context),
    ...checkOrder(wanted.draft, 'timeStart', 'timeEnd'),
    ...checkCharge(wanted, context),
    ...checkLength(wanted.draft, context),
  ],
  // The ticket and the start were checked.
  add: ({ world }, by, wanted) => addTimeEntry(world, by, withoutNulls(changesOf(wanted)) as NewTimeEntry),
  edit: ({ world }, by, id, wanted) => editTimeEntry(world, by, id, changesOf(wanted)),
  deletionConflict: (context, id) => {
    const status = lockedAs({ ...context, id });
    return status === null ? null : `Time entry ${id} has the status ${status} and cannot be deleted.`;
  },
  remove: ({ world }, by, id) => deleteTimeEntry(world, by, id),
  notices: (_context, row, { draft }) =>
    (['emailContactFlag', 'emailResourceFlag', 'emailCcFlag'] as const)
      .filter((name) => draft[name] === true)
      .map((name) => ({ reason: `time entry with ${name}`, ticketId: (row as TimeEntry).chargeToId })),
};
