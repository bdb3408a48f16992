import {
  type NewTeamMember,
  newTeamMemberSchema,
  type TeamMemberChanges,
  teamMemberChangesSchema,
} from './entry-changes.ts';
import type { Reference, TeamMember } from './records.ts';
import { Refusal } from './refusal.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

function chosenRole(world: WorldCore, wanted: string | number): Reference {
  const rows = world.stores.projectRoles.rows();
  return world.references.to('projectRoles', chooseByName(rows, wanted, 'project role'));
}

function checked(member: TeamMember): TeamMember {
  if ((member.startDate ?? '') > (member.endDate ?? '\uffff')) {
    throw new Refusal('invalid', 'the end date lies before the start date');
  }
  return member;
}

/** Puts somebody on the team of a project, where nobody stands twice. */
export function addTeamMember(world: WorldCore, person: string, input: NewTeamMember): TeamMember {
  const by = world.person(person).identifier;
  const { project, member, projectRole, hours, startDate, endDate } = newTeamMemberSchema.parse(input);
  const { id: projectId } = world.require('projects', project);
  const who = world.references.to('members', world.person(member));
  if (world.stores.teamMembers.rows('projectid', projectId).some((other) => other.member.id === who.id)) {
    throw new Refusal('invalid', `${who.name ?? member} is on the team already`);
  }
  const roles = world.stores.projectRoles.rows();
  const standard = roles.find((role) => !role.managerRoleFlag) ?? roles[0];
  const made = checked({
    id: world.counters.teamMembers + 1,
    projectId,
    member: who,
    projectRole: chosenRole(world, projectRole ?? standard?.id ?? 0),
    hours: hours ?? null,
    startDate: startDate ?? null,
    endDate: endDate ?? null,
    _info: world.newInfo(by),
  });
  world.added('teamMembers', made, by);
  world.touchProject(projectId, by);
  return made;
}

export function editTeamMember(
  world: WorldCore,
  person: string,
  id: number,
  changes: TeamMemberChanges,
): TeamMember {
  const by = world.person(person).identifier;
  const before = world.require('teamMembers', id);
  const { projectRole, hours, startDate, endDate } = teamMemberChangesSchema.parse(changes);
  const after = checked({
    ...before,
    projectRole: projectRole === undefined ? before.projectRole : chosenRole(world, projectRole),
    hours: hours === undefined ? before.hours : hours,
    startDate: startDate === undefined ? before.startDate : startDate,
    endDate: endDate === undefined ? before.endDate : endDate,
    _info: world.stamped(before._info, by),
  });
  world.updated('teamMembers', after, by);
  world.touchProject(after.projectId, by);
  return after;
}

export function deleteTeamMember(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const member = world.require('teamMembers', id);
  world.deleted('teamMembers', id, by);
  world.touchProject(member.projectId, by);
}
