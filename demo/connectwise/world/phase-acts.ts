import {
  type NewPhase,
  newPhaseSchema,
  type PhaseChanges,
  type PhaseChangesRead,
  phaseChangesSchema,
} from './changes.ts';
import type { Phase } from './records.ts';
import { Refusal } from './refusal.ts';
import { freeWbsCode } from './wbs.ts';
import { chooseByName, type WorldCore } from './world-core.ts';

/** The phase of that id, if it stands in the project. */
export function phaseOf(world: WorldCore, projectId: number, phaseId: number): Phase {
  const phase = world.require('phases', phaseId);
  if (phase.projectId !== projectId) {
    throw new Refusal('invalid', `phase ${phaseId} belongs to another project`);
  }
  return phase;
}

function phaseWith(world: WorldCore, phase: Phase, changes: PhaseChangesRead): Phase {
  const next: Phase = { ...phase };
  if (changes.description !== undefined) next.description = changes.description;
  if (changes.status !== undefined) {
    const chosen = chooseByName(world.stores.phaseStatuses.rows(), changes.status, 'status');
    next.status = world.references.to('phaseStatuses', chosen);
  }
  if (changes.budgetHours !== undefined) next.budgetHours = changes.budgetHours;
  if (changes.notes !== undefined) next.notes = changes.notes;
  if (changes.markAsMilestoneFlag !== undefined) next.markAsMilestoneFlag = changes.markAsMilestoneFlag;
  return next;
}

export function addPhase(world: WorldCore, person: string, phase: NewPhase): Phase {
  const by = world.person(person).identifier;
  const { project: projectId, parentPhase, ...changes } = newPhaseSchema.parse(phase);
  const project = world.require('projects', projectId);
  const parent = parentPhase === undefined ? null : phaseOf(world, projectId, parentPhase);
  const id = world.counters.phases + 1;
  const blank: Phase = {
    id,
    projectId,
    description: changes.description,
    board: project.board,
    status: world.references.to('phaseStatuses', world.defaultStatus(world.stores.phaseStatuses)),
    parentPhase: parent ? world.references.to('phases', parent) : null,
    wbsCode: freeWbsCode(world.stores, projectId, parent),
    markAsMilestoneFlag: false,
    notes: null,
    budgetHours: null,
    scheduledStart: null,
    scheduledEnd: null,
    _info: world.newInfo(by),
  };
  const made = phaseWith(world, blank, changes);
  world.counters.phases = id;
  world.references.to('phases', made);
  world.stores.phases.put(made);
  world.touchProject(projectId, by);
  world.tell({ store: 'phases', action: 'added', id, person: by });
  return made;
}

export function editPhase(world: WorldCore, person: string, id: number, changes: PhaseChanges): Phase {
  const by = world.person(person).identifier;
  const before = world.require('phases', id);
  const changed = phaseWith(world, before, phaseChangesSchema.parse(changes));
  const after = { ...changed, _info: world.stamped(before._info, by) };
  world.references.to('phases', after);
  world.stores.phases.put(after);
  world.touchProject(after.projectId, by);
  world.tell({ store: 'phases', action: 'updated', id, person: by });
  return after;
}

/** Only a phase without tickets and without phases below it can go. */
export function deletePhase(world: WorldCore, person: string, id: number): void {
  const by = world.person(person).identifier;
  const phase = world.require('phases', id);
  const hasTickets = world.stores.tickets
    .rows('project/id', phase.projectId)
    .some((ticket) => ticket.phase.id === id);
  const hasPhases = world.stores.phases
    .rows('projectid', phase.projectId)
    .some((other) => other.parentPhase?.id === id);
  if (hasTickets || hasPhases) throw new Refusal('invalid', `phase ${id} still holds tickets or phases`);
  world.stores.phases.delete(id);
  world.touchProject(phase.projectId, by);
  world.tell({ store: 'phases', action: 'deleted', id, person: by });
}
