import type { TicketNoteChanges } from '../../world/entry-changes.ts';
import {
  addProjectNote,
  addTicketNote,
  deleteProjectNote,
  deleteTicketNote,
  editProjectNote,
  editTicketNote,
} from '../../world/note-acts.ts';
import type { TicketNote } from '../../world/records.ts';
import { actionFlag, flag, longText, reference } from '../field-rule.ts';
import { idOf, touchedFields, type Wanted, type WriteKind, withoutNulls } from '../write-kind.ts';

function projectNote(wanted: Wanted) {
  const type = wanted.touched.has('type') ? idOf(wanted.draft, 'type') : null;
  return { ...touchedFields(wanted, ['text', 'flagged']), ...(type === null ? {} : { type }) };
}

export const projectNoteWrites: WriteKind = {
  store: 'projectNotes',
  resource: 'projectNote',
  rules: {
    text: { ...longText, required: true },
    type: reference(({ world }) => world.stores.noteTypes.rows()),
    flagged: flag,
  },
  ignored: ['projectId'],
  add: ({ world, parentId }, by, wanted) =>
    addProjectNote(world, by, {
      ...projectNote(wanted),
      project: parentId ?? 0,
      text: String(wanted.draft.text),
    }),
  edit: ({ world }, by, id, wanted) => editProjectNote(world, by, id, projectNote(wanted)),
  remove: ({ world }, by, id) => deleteProjectNote(world, by, id),
};

const TICKET_NOTE = ['text', 'detailDescriptionFlag', 'internalAnalysisFlag', 'resolutionFlag'] as const;

function ticketNote(wanted: Wanted): TicketNoteChanges {
  return withoutNulls(touchedFields(wanted, TICKET_NOTE));
}

export const ticketNoteWrites: WriteKind = {
  store: 'ticketNotes',
  resource: 'ticketNote',
  rules: {
    text: { ...longText, required: true },
    detailDescriptionFlag: flag,
    internalAnalysisFlag: flag,
    resolutionFlag: flag,
    processNotifications: actionFlag,
  },
  ignored: [
    'ticketId',
    'issueFlag',
    'member',
    'contact',
    'customerUpdatedFlag',
    'internalFlag',
    'externalFlag',
  ],
  add: ({ world, parentId }, by, wanted) =>
    addTicketNote(world, by, {
      ...ticketNote(wanted),
      ticket: parentId ?? 0,
      text: String(wanted.draft.text),
    }),
  edit: ({ world }, by, id, wanted) => editTicketNote(world, by, id, ticketNote(wanted)),
  remove: ({ world }, by, id) => deleteTicketNote(world, by, id),
  notices: ({ switches }, row, { draft }) =>
    (draft.processNotifications ?? switches.notifiesByDefault)
      ? [{ reason: 'ticket note', ticketId: (row as TicketNote).ticketId }]
      : [],
};
