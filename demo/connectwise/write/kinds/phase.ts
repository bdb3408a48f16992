import type { NewPhase, PhaseChanges } from '../../world/changes.ts';
import { addPhase, deletePhase, editPhase } from '../../world/phase-acts.ts';
import { flag, hours, longText, reference, text } from '../field-rule.ts';
import { idOf, touchedFields, type Wanted, type WriteKind, withoutNulls } from '../write-kind.ts';

const PLAIN = ['description', 'notes', 'budgetHours', 'markAsMilestoneFlag'] as const;
const WBS_CODE = /^\d+(\.\d+)*$/;

function changesOf(wanted: Wanted): PhaseChanges {
  const { draft, touched } = wanted;
  const status = idOf(draft, 'status');
  const code = draft.wbsCode;
  return {
    ...touchedFields(wanted, PLAIN),
    ...(touched.has('status') && status !== null ? { status } : {}),
    ...(touched.has('wbsCode') && typeof code === 'string' ? { wbsCode: code } : {}),
    // Another parent is got by another WBS code; here it can only be taken away.
    ...(touched.has('parentPhase') && draft.parentPhase === null ? { parentPhase: null } : {}),
  };
}

export const phaseWrites: WriteKind = {
  store: 'phases',
  resource: 'projectPhase',
  rules: {
    description: { ...text(100), required: true },
    status: reference(({ world }) =>
      world.stores.phaseStatuses.rows().filter(({ inactiveFlag }) => !inactiveFlag),
    ),
    parentPhase: reference(({ world, parentId }) =>
      world.stores.phases
        .rows('projectid', parentId ?? 0)
        .map(({ id, description }) => ({ id, name: description })),
    ),
    wbsCode: text(50),
    markAsMilestoneFlag: flag,
    notes: longText,
    budgetHours: hours,
  },
  ignored: [
    'projectId',
    'board',
    'scheduledStart',
    'scheduledEnd',
    'scheduledHours',
    'actualStart',
    'actualEnd',
    'actualHours',
    'startDate',
    'endDate',
    'deadlineDate',
    'billTime',
    'billExpenses',
    'billProducts',
    'customFields',
  ],
  neededByPut: ['billTime', 'billExpenses', 'billProducts'],
  check: ({ draft, touched }, { switches }) => {
    const code = draft.wbsCode;
    if (!touched.has('wbsCode') || typeof code !== 'string' || WBS_CODE.test(code)) return [];
    const message = 'The wbsCode is invalid.';
    return [{ code: switches.writeErrorCodes.badValue, message, field: 'wbsCode' }];
  },
  add: ({ world, parentId }, by, wanted) => {
    const parentPhase = idOf(wanted.draft, 'parentPhase');
    const { parentPhase: _left, ...changes } = changesOf(wanted);
    const phase = withoutNulls({ ...changes, parentPhase, project: parentId });
    // The description was checked, and the project is of the address.
    return addPhase(world, by, phase as NewPhase);
  },
  edit: ({ world }, by, id, wanted) => editPhase(world, by, id, changesOf(wanted)),
  remove: ({ world }, by, id) => deletePhase(world, by, id),
};
