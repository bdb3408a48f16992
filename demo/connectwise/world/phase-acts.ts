import {
  type NewPhase,
  newPhaseSchema,
  type PhaseChanges,
  type PhaseChangesRead,
  phaseChangesSchema,
} from './changes.ts';
import type { Phase } from './records.ts';
import { Refusal } from './refusal.ts';
import { freeWbsCode, recode } from './wbs.ts';
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

/** The phase that a code stands below, null for one of the top level. Throws a `Refusal` when nothing is there. */
function parentAt(world: WorldCore, phase: Phase, code: string): Phase | null {
  if (code === phase.wbsCode || code.startsWith(`${phase.wbsCode}.`)) {
    throw new Refusal('invalid', `phase ${phase.id} cannot stand below itself`);
  }
  const point = code.lastIndexOf('.');
  if (point < 0) return null;
  const parent = world.stores.phases
    .rows('projectid', phase.projectId)
    .find((other) => other.wbsCode === code.slice(0, point));
  if (!parent) throw new Refusal('invalid', `there is no phase ${code.slice(0, point)} for WBS code ${code}`);
  return parent;
}

/** The code that the phase is to get, or null when it stays where it is. */
function wantedCode(world: WorldCore, phase: Phase, changes: PhaseChangesRead): string | null {
  const { wbsCode, parentPhase } = changes;
  const leaves = parentPhase === null && phase.parentPhase !== null;
  const either = world.rules.phaseToTop === 'either';
  if (wbsCode === undefined)
    return leaves && either ? freeWbsCode(world.stores, phase.projectId, null) : null;
  if (wbsCode === phase.wbsCode) return null;
  const toTop = !wbsCode.includes('.') && phase.parentPhase !== null;
  return toTop && !leaves && !either ? null : wbsCode;
}

/** Where the phase stands now, after its code decided below which phase that is. */
function placed(
  world: WorldCore,
  phase: Phase,
  changes: PhaseChangesRead,
  by: string,
): Pick<Phase, 'parentPhase' | 'wbsCode'> {
  const code = wantedCode(world, phase, changes);
  if (code === null) return { parentPhase: phase.parentPhase, wbsCode: phase.wbsCode };
  const parent = parentAt(world, phase, code);
  recode(world, phase.projectId, { from: phase.wbsCode, to: code }, by);
  return { parentPhase: parent && world.references.to('phases', parent), wbsCode: code };
}

export function addPhase(world: WorldCore, person: string, phase: NewPhase): Phase {
  const by = world.person(person).identifier;
  const { project: projectId, parentPhase, wbsCode, ...changes } = newPhaseSchema.parse(phase);
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
  return wbsCode === undefined || wbsCode === made.wbsCode ? made : editPhase(world, person, id, { wbsCode });
}

export function editPhase(world: WorldCore, person: string, id: number, changes: PhaseChanges): Phase {
  const by = world.person(person).identifier;
  const before = world.require('phases', id);
  const input = phaseChangesSchema.parse(changes);
  const changed = phaseWith(world, before, input);
  const after = { ...changed, ...placed(world, before, input, by), _info: world.stamped(before._info, by) };
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
