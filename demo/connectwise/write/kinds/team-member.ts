import type { NewTeamMember, TeamMemberChanges } from '../../world/entry-changes.ts';
import { addTeamMember, deleteTeamMember, editTeamMember } from '../../world/team-acts.ts';
import { checkOrder } from '../check-record.ts';
import { day, hours, member, reference } from '../field-rule.ts';
import {
  identifierOf,
  idOf,
  touchedFields,
  type Wanted,
  type WriteKind,
  withoutNulls,
} from '../write-kind.ts';

function changesOf(wanted: Wanted): TeamMemberChanges {
  const role = idOf(wanted.draft, 'projectRole');
  return {
    ...touchedFields(wanted, ['hours', 'startDate', 'endDate']),
    ...(wanted.touched.has('projectRole') && role !== null ? { projectRole: role } : {}),
  };
}

export const teamMemberWrites: WriteKind = {
  store: 'teamMembers',
  resource: 'projectTeamMember',
  rules: {
    member: { ...member, required: true, onlyNew: 'ignored' },
    // A role has no identifier of its own: references show its name under both.
    projectRole: {
      ...reference(({ world }) =>
        world.stores.projectRoles.rows().map(({ id, name }) => ({ id, name, identifier: name })),
      ),
      required: true,
    },
    hours,
    startDate: day,
    endDate: day,
  },
  ignored: ['projectId', 'workRole'],
  check: ({ draft }, { world, id, parentId }) => {
    const errors = checkOrder(draft, 'startDate', 'endDate');
    const team = world.stores.teamMembers.rows('projectid', parentId ?? 0);
    const twice = id === null && team.some((one) => one.member.id === idOf(draft, 'member'));
    if (!twice) return errors;
    const message = 'The member is on the team already.';
    return [...errors, { code: 'ObjectExists', message, field: 'member' }];
  },
  add: ({ world, parentId }, by, wanted) => {
    const input = withoutNulls({
      ...changesOf(wanted),
      project: parentId,
      member: identifierOf(wanted.draft, 'member'),
    });
    // The member was checked, and the project is of the address.
    return addTeamMember(world, by, input as NewTeamMember);
  },
  edit: ({ world }, by, id, wanted) => editTeamMember(world, by, id, changesOf(wanted)),
  remove: ({ world }, by, id) => deleteTeamMember(world, by, id),
};
