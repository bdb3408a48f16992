import type { FieldError } from '../../api/errors.ts';
import { isOnTicket } from '../../world/derived.ts';
import type { NewScheduleEntry, ScheduleEntryChanges } from '../../world/entry-changes.ts';
import type { ScheduleEntry } from '../../world/records.ts';
import {
  addScheduleEntry,
  deleteScheduleEntry,
  editScheduleEntry,
  scheduleTypeOf,
} from '../../world/schedule-acts.ts';
import { SERVICE_LOCATIONS } from '../../world/setup-tables.ts';
import { addTeamMember } from '../../world/team-acts.ts';
import { checkOrder } from '../check-record.ts';
import {
  actionFlag,
  type Draft,
  flag,
  hours,
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

const PLAIN = ['dateStart', 'dateEnd', 'hours', 'doneFlag', 'acknowledgedFlag'] as const;

function changesOf(wanted: Wanted): ScheduleEntryChanges {
  const { draft, touched } = wanted;
  const [who, status] = [identifierOf(draft, 'member'), idOf(draft, 'status')];
  const place = SERVICE_LOCATIONS.find(({ id }) => id === idOf(draft, 'where'))?.name;
  return {
    ...touchedFields(wanted, PLAIN),
    ...(touched.has('member') && who !== null ? { member: who } : {}),
    ...(touched.has('where') ? { where: place ?? null } : {}),
    ...(touched.has('status') && status !== null ? { status } : {}),
  };
}

function checkTicket({ world, switches, id }: WriteContext, draft: Draft): FieldError[] {
  if (id !== null) return [];
  const ticket = Number(draft.objectId);
  const codes = switches.writeErrorCodes;
  if (!world.stores.tickets.get(ticket) && !world.stores.serviceTickets.get(ticket)) {
    return [
      { code: codes.unknownReference, message: 'The objectId reference is invalid.', field: 'objectId' },
    ];
  }
  if (scheduleTypeOf(world, ticket) === identifierOf(draft, 'type')) return [];
  return [{ code: codes.unknownReference, message: 'The type does not fit the objectId.', field: 'type' }];
}

type Joining = { readonly project: number; readonly member: string };

/** Who would have to come into which team for the entry to be, or null. */
function joining({ world, id }: WriteContext, by: string, { draft, touched }: Wanted): Joining | null {
  const project = world.stores.tickets.get(Number(draft.objectId))?.project.id;
  const onTicket = isOnTicket({ type: { id: 0, identifier: identifierOf(draft, 'type') ?? '' } });
  // A new entry without a member is for whoever adds it.
  const who = identifierOf(draft, 'member') ?? (id === null ? by : null);
  const changes = id === null || touched.has('member');
  if (project === undefined || !onTicket || !changes || who === null) return null;
  const team = world.stores.teamMembers.rows('projectid', project);
  return team.some((one) => one.member.identifier === who) ? null : { project, member: who };
}

function checkTeam(wanted: Wanted, context: WriteContext): FieldError[] {
  const { world, switches } = context;
  const { draft } = wanted;
  const codes = switches.writeErrorCodes;
  if (!joining(context, switches.apiMember, wanted)) return [];
  if (draft.addMemberToProjectFlag !== true) {
    const message = 'The member is not on the team of the project.';
    return switches.scheduleNeedsTeam ? [{ code: codes.notAllowed, message, field: 'member' }] : [];
  }
  const role = draft.projectRoleId;
  if (typeof role !== 'number') {
    const message = 'The projectRoleId field is required.';
    return [{ code: 'MissingRequiredField', message, field: 'projectRoleId' }];
  }
  if (world.stores.projectRoles.get(role)) return [];
  const message = 'The projectRoleId reference is invalid.';
  return [{ code: codes.unknownReference, message, field: 'projectRoleId' }];
}

/** Runs the act, and then lets the member into the team if the write asked for that. */
function joiningAfter(
  context: WriteContext,
  by: string,
  wanted: Wanted,
  act: () => ScheduleEntry,
): ScheduleEntry {
  const joins = wanted.draft.addMemberToProjectFlag === true ? joining(context, by, wanted) : null;
  const entry = act();
  if (joins) addTeamMember(context.world, by, { ...joins, projectRole: Number(wanted.draft.projectRoleId) });
  return entry;
}

export const scheduleWrites: WriteKind = {
  store: 'scheduleEntries',
  resource: 'scheduleEntry',
  rules: {
    objectId: { ...recordId, required: true, onlyNew: 'ignored' },
    type: {
      ...reference(({ world }) => world.stores.scheduleTypes.rows()),
      required: true,
      onlyNew: 'ignored',
    },
    member,
    where: reference(() => SERVICE_LOCATIONS),
    status: reference(({ world }) => world.stores.scheduleStatuses.rows()),
    dateStart: moment,
    dateEnd: moment,
    hours,
    doneFlag: flag,
    acknowledgedFlag: flag,
    addMemberToProjectFlag: actionFlag,
    projectRoleId: { ...recordId, action: true },
    allowScheduleConflictsFlag: actionFlag,
    notifyResource: actionFlag,
  },
  ignored: [
    'name',
    'reminder',
    'span',
    'ownerFlag',
    'meetingFlag',
    'closeDate',
    'acknowledgedDate',
    'startTimeSet',
    'endTimeSet',
  ],
  check: (wanted, context) => [
    ...checkOrder(wanted.draft, 'dateStart', 'dateEnd'),
    ...checkTicket(context, wanted.draft),
    ...checkTeam(wanted, context),
  ],
  add: (context, by, wanted) =>
    joiningAfter(context, by, wanted, () => {
      const entry = withoutNulls({ ...changesOf(wanted), objectId: wanted.draft.objectId });
      // The ticket was checked.
      return addScheduleEntry(context.world, by, entry as NewScheduleEntry);
    }),
  edit: (context, by, id, wanted) =>
    joiningAfter(context, by, wanted, () => editScheduleEntry(context.world, by, id, changesOf(wanted))),
  remove: ({ world }, by, id) => deleteScheduleEntry(world, by, id),
  notices: (_context, row, { draft }) =>
    draft.notifyResource === true
      ? [{ reason: 'resource of a schedule entry', ticketId: (row as ScheduleEntry).objectId }]
      : [],
};
