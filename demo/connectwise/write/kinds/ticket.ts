import type { FieldError } from '../../api/errors.ts';
import type { NewTicket, TicketChanges } from '../../world/changes.ts';
import { addTicketNote } from '../../world/note-acts.ts';
import { PRIORITIES } from '../../world/setup-tables.ts';
import { addTicket, deleteTicket, editTicket } from '../../world/ticket-acts.ts';
import type { WorldCore } from '../../world/world-core.ts';
import {
  actionFlag,
  type Draft,
  day,
  flag,
  hours,
  integer,
  longText,
  member,
  recordId,
  reference,
  text,
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

const PLAIN = [
  'summary',
  'budgetHours',
  'estimatedStartDate',
  'requiredDate',
  'isIssueFlag',
  'customFields',
  'predecessorType',
  'predecessorId',
] as const;

function ticketOf({ world, id }: WriteContext) {
  return id === null ? undefined : world.stores.tickets.get(id);
}

/** The phases that the ticket may stand in: only people move one to another project. */
function phasesFor(context: WriteContext) {
  const { phases } = context.world.stores;
  const ticket = ticketOf(context);
  const rows = ticket ? phases.rows('projectid', ticket.project.id) : phases.rows();
  return rows.map(({ id, description }) => ({ id, name: description }));
}

function statusesFor(context: WriteContext, soFar: Draft) {
  const { phases, boardStatuses } = context.world.stores;
  const board = ticketOf(context)?.board ?? phases.get(idOf(soFar, 'phase') ?? 0)?.board;
  return board ? boardStatuses.rows('board/id', board.id).filter(({ inactive }) => !inactive) : [];
}

function predecessorChanges({ draft, touched }: Wanted): TicketChanges {
  const [id, type, lagDays] = [draft.predecessorId, draft.predecessorType, draft.lagDays];
  const moves = touched.has('predecessorId') || touched.has('predecessorType');
  return {
    ...(moves && typeof id === 'number' && (type === 'Ticket' || type === 'Phase')
      ? { predecessorId: id, predecessorType: type }
      : {}),
    ...(moves && id === null && type === null ? { predecessorId: null, predecessorType: null } : {}),
    ...(touched.has('lagDays') && (typeof lagDays === 'number' || lagDays === null) ? { lagDays } : {}),
  };
}

function changesOf(wanted: Wanted, { switches }: WriteContext): TicketChanges {
  const { draft, touched } = wanted;
  const { predecessorId: _id, predecessorType: _type, ...plain } = touchedFields(wanted, PLAIN);
  const [status, phase, code] = [idOf(draft, 'status'), idOf(draft, 'phase'), draft.wbsCode];
  const priority = PRIORITIES.find(({ id }) => id === idOf(draft, 'priority'))?.name;
  return {
    ...plain,
    ...predecessorChanges(wanted),
    ...(touched.has('status') && status !== null ? { status } : {}),
    ...(touched.has('owner') ? { owner: identifierOf(draft, 'owner') } : {}),
    ...(touched.has('priority') && priority !== undefined ? { priority } : {}),
    ...(touched.has('phase') && phase !== null && switches.ticketPhaseMove === 'applied' ? { phase } : {}),
    ...(touched.has('wbsCode') && typeof code === 'string' && switches.ticketWbsCode === 'applied'
      ? { wbsCode: code }
      : {}),
  };
}

function checkPlace({ draft, touched }: Wanted, context: WriteContext): FieldError[] {
  const { world, switches, id } = context;
  const phase = world.stores.phases.get(idOf(draft, 'phase') ?? 0);
  const project = idOf(draft, 'project');
  const codes = switches.writeErrorCodes;
  if (id === null && phase && project !== null && project !== phase.projectId) {
    return [
      { code: codes.unknownReference, message: 'The phase belongs to another project.', field: 'phase' },
    ];
  }
  const moves = id !== null && touched.has('phase') && phase?.id !== ticketOf(context)?.phase.id;
  if (!moves || switches.ticketPhaseMove !== 'refused') return [];
  return [{ code: codes.notAllowed, message: 'The phase cannot be changed.', field: 'phase' }];
}

function projectOf(context: WriteContext, draft: Draft): number | undefined {
  const phase = context.world.stores.phases.get(idOf(draft, 'phase') ?? 0);
  return ticketOf(context)?.project.id ?? phase?.projectId;
}

function stands(world: WorldCore, type: string, id: number, projectId: number | undefined): boolean {
  if (type === 'Phase') return world.stores.phases.get(id)?.projectId === projectId;
  return world.stores.tickets.get(id)?.project.id === projectId;
}

function checkPredecessor({ draft, touched }: Wanted, context: WriteContext): FieldError[] {
  const [id, type] = [draft.predecessorId, draft.predecessorType];
  const codes = context.switches.writeErrorCodes;
  if (!touched.has('predecessorId') && !touched.has('predecessorType')) return [];
  if ((id === null) !== (type === null)) {
    const field = id === null ? 'predecessorId' : 'predecessorType';
    return [{ code: 'MissingRequiredField', message: `The ${field} field is required.`, field }];
  }
  if (typeof id !== 'number' || typeof type !== 'string') return [];
  const itself = type === 'Ticket' && id === context.id;
  if (!itself && stands(context.world, type, id, projectOf(context, draft))) return [];
  const message = 'The predecessorId reference is invalid.';
  return [{ code: codes.unknownReference, message, field: 'predecessorId' }];
}

const INITIAL_NOTES = {
  initialDescription: 'detailDescriptionFlag',
  initialInternalAnalysis: 'internalAnalysisFlag',
  initialResolution: 'resolutionFlag',
} as const;

function addInitialNotes(world: WorldCore, by: string, ticket: number, draft: Draft): void {
  for (const [field, place] of Object.entries(INITIAL_NOTES)) {
    const note = draft[field];
    if (typeof note === 'string') addTicketNote(world, by, { ticket, text: note, [place]: true });
  }
}

function quietly<T>({ world }: WriteContext, { draft }: Wanted, act: () => T): T {
  return draft.skipCallback === true ? world.withoutCallbacks(act) : act();
}

const initialNote = { ...longText, onlyNew: 'refused' } as const;

export const ticketWrites: WriteKind = {
  store: 'tickets',
  resource: 'ticket',
  rules: {
    summary: { ...text(100), required: true },
    project: {
      ...reference(({ world }) => world.stores.projects.rows()),
      onlyNew: 'ignored',
    },
    phase: { ...reference(phasesFor), required: true },
    status: reference(statusesFor),
    owner: member,
    priority: reference(() => PRIORITIES),
    budgetHours: hours,
    estimatedStartDate: day,
    requiredDate: day,
    isIssueFlag: flag,
    predecessorType: { type: 'choice', of: ['Ticket', 'Phase'] },
    predecessorId: recordId,
    lagDays: integer(-999, 999),
    wbsCode: text(50),
    customFields: { type: 'custom-fields', known: [2, 3] },
    initialDescription: initialNote,
    initialInternalAnalysis: initialNote,
    initialResolution: initialNote,
    processNotifications: actionFlag,
    skipCallback: actionFlag,
  },
  ignored: [
    'board',
    'company',
    'site',
    'contact',
    'type',
    'subType',
    'item',
    'source',
    'workRole',
    'workType',
    'duration',
    'actualHours',
    'resources',
    'closedFlag',
    'closedDate',
    'closedBy',
    'predecessorClosedFlag',
    'lagNonworkingDaysFlag',
    'scheduleStartDate',
    'scheduleEndDate',
    'location',
    'department',
  ],
  check: (wanted, context) => [...checkPlace(wanted, context), ...checkPredecessor(wanted, context)],
  add: (context, by, wanted) =>
    quietly(context, wanted, () => {
      const changes = changesOf(wanted, context);
      const phase = idOf(wanted.draft, 'phase');
      // The summary and the phase were checked.
      const made = addTicket(context.world, by, withoutNulls({ ...changes, phase }) as NewTicket);
      addInitialNotes(context.world, by, made.id, wanted.draft);
      return made;
    }),
  edit: (context, by, id, wanted) =>
    quietly(context, wanted, () => editTicket(context.world, by, id, changesOf(wanted, context))),
  deletionConflict: ({ world, switches }, id) => {
    if (switches.ticketWithTimeDeletion === 'allowed') return null;
    const entries = world.stores.timeEntries.idsWhere('ticket/id', id)?.length ?? 0;
    return entries > 0 ? `Ticket ${id} has time entries and cannot be deleted.` : null;
  },
  remove: ({ world }, by, id) => deleteTicket(world, by, id),
  notices: ({ switches, id }, row, { draft }) => {
    const sends = draft.processNotifications ?? switches.notifiesByDefault;
    return sends ? [{ reason: id === null ? 'ticket added' : 'ticket updated', ticketId: row.id }] : [];
  },
};
