import type { NewProject, ProjectChanges } from '../../world/changes.ts';
import { addProject, deleteProject, editProject, moveProject } from '../../world/project-acts.ts';
import { checkOrder } from '../check-record.ts';
import { day, flag, hours, longText, member, reference, text } from '../field-rule.ts';
import {
  identifierOf,
  idOf,
  touchedFields,
  type Wanted,
  type WriteKind,
  withoutNulls,
} from '../write-kind.ts';

const PLAIN = [
  'name',
  'billingMethod',
  'estimatedStart',
  'estimatedEnd',
  'description',
  'budgetHours',
  'overridePercentComplete',
  'customFields',
] as const;

function changesOf(wanted: Wanted): ProjectChanges {
  const { draft, touched } = wanted;
  const status = idOf(draft, 'status');
  const percent = draft.percentComplete;
  return {
    ...touchedFields(wanted, PLAIN),
    ...(touched.has('percentComplete') && typeof percent === 'number' ? { percentComplete: percent } : {}),
    ...(touched.has('manager') ? { manager: identifierOf(draft, 'manager') } : {}),
    ...(touched.has('status') && status !== null ? { status } : {}),
  };
}

export const projectWrites: WriteKind = {
  store: 'projects',
  resource: 'project',
  rules: {
    name: { ...text(100), required: true },
    board: {
      ...reference(({ world }) => world.stores.boards.rows().filter(({ projectFlag }) => projectFlag)),
      required: true,
    },
    company: {
      ...reference(({ world }) => world.stores.companies.rows().filter(({ deletedFlag }) => !deletedFlag)),
      required: true,
      onlyNew: 'ignored',
    },
    billingMethod: {
      type: 'choice',
      of: ['ActualRates', 'FixedFee', 'NotToExceed', 'OverrideRate'],
      required: true,
    },
    estimatedStart: { ...day, required: true },
    estimatedEnd: { ...day, required: true },
    status: reference(({ world }) =>
      world.stores.projectStatuses.rows().filter(({ inactiveFlag }) => !inactiveFlag),
    ),
    manager: member,
    description: longText,
    budgetHours: hours,
    percentComplete: { type: 'number', decimals: 4, low: 0, high: 100 },
    overridePercentComplete: flag,
    customFields: { type: 'custom-fields', known: [1] },
  },
  ignored: [
    'actualStart',
    'actualEnd',
    'actualHours',
    'scheduledStart',
    'scheduledEnd',
    'scheduledHours',
    'closedFlag',
    'type',
    'site',
    'contact',
    'location',
    'department',
    'customerPO',
    'billTime',
    'billExpenses',
    'billProducts',
    'billingRateType',
    'budgetAnalysis',
  ],
  neededByPut: ['billTime', 'billExpenses', 'billProducts', 'billingRateType', 'budgetAnalysis'],
  check: ({ draft }, { switches }) => {
    const errors = [...checkOrder(draft, 'estimatedStart', 'estimatedEnd')];
    const percent = draft.percentComplete;
    const most = switches.percentCompleteOfAll;
    if (typeof percent === 'number' && percent > most) {
      const message = `The field percentComplete must be between 0 and ${most}.`;
      errors.push({ code: 'OutOfRange', message, field: 'percentComplete' });
    }
    return errors;
  },
  add: ({ world }, by, wanted) => {
    const board = idOf(wanted.draft, 'board') ?? 0;
    const company = idOf(wanted.draft, 'company') ?? 0;
    const project = withoutNulls({ ...changesOf(wanted), board, company });
    // What a project cannot be without was checked.
    return addProject(world, by, project as NewProject);
  },
  edit: ({ world }, by, id, wanted) => {
    const board = idOf(wanted.draft, 'board');
    const edited = editProject(world, by, id, changesOf(wanted));
    return wanted.touched.has('board') && board !== null && board !== edited.board.id
      ? moveProject(world, by, id, board)
      : edited;
  },
  deletionConflict: ({ world, switches }, id) => {
    if (switches.projectWithTicketsDeletion === 'allowed') return null;
    const tickets = world.stores.tickets.idsWhere('project/id', id)?.length ?? 0;
    return tickets > 0 ? `Project ${id} has tickets and cannot be deleted.` : null;
  },
  remove: ({ world }, by, id) => deleteProject(world, by, id),
};
