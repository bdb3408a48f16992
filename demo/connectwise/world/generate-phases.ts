import type { Random } from './random.ts';
import type { Phase, Project } from './records.ts';
import { PHASE_NAMES, SUB_PHASE_NAMES } from './work-names.ts';
import type { WorldCore } from './world-core.ts';

/** A phase, and how many things stand below it already: the next gets the number after. */
export type PhaseNode = { readonly phase: Phase; children: number };

type Place = { readonly name: string; readonly wbsCode: string; readonly parent: Phase | null };

function makePhase(world: WorldCore, random: Random, project: Project, place: Place): Phase {
  const { stores, references } = world;
  const statuses = stores.phaseStatuses.rows().filter((status) => status.closedFlag === project.closedFlag);
  world.counters.phases += 1;
  const phase: Phase = {
    id: world.counters.phases,
    projectId: project.id,
    description: place.name,
    board: project.board,
    status: references.to('phaseStatuses', random.pick(statuses)),
    parentPhase: place.parent ? references.to('phases', place.parent) : null,
    wbsCode: place.wbsCode,
    markAsMilestoneFlag: random.chance(0.1),
    notes: null,
    budgetHours: random.chance(0.5) ? random.between(4, 60) : null,
    scheduledStart: project.estimatedStart,
    scheduledEnd: project.estimatedEnd,
    _info: { ...project._info },
  };
  stores.phases.put(phase);
  references.to('phases', phase);
  return phase;
}

/** Two to twelve phases by the size of the project; about every third holds two phases of its own. */
export function addPhases(world: WorldCore, random: Random, project: Project, tickets: number): PhaseNode[] {
  const count = Math.min(PHASE_NAMES.length, Math.max(2, Math.ceil(tickets / 12)));
  return PHASE_NAMES.slice(0, count).flatMap((name, index) => {
    const wbsCode = String(index + 1);
    const top: PhaseNode = {
      phase: makePhase(world, random, project, { name, wbsCode, parent: null }),
      children: 0,
    };
    if (!random.chance(0.3)) return [top];
    const nodes = SUB_PHASE_NAMES.slice(0, 2).map((subName): PhaseNode => {
      top.children += 1;
      const place = { name: subName, wbsCode: `${wbsCode}.${top.children}`, parent: top.phase };
      return { phase: makePhase(world, random, project, place), children: 0 };
    });
    return [top, ...nodes];
  });
}

/** Exactly `count` phases: every third stands below the one at the top before it. */
export function addPhasesExactly(
  world: WorldCore,
  random: Random,
  project: Project,
  count: number,
): PhaseNode[] {
  const nodes: PhaseNode[] = [];
  let top: PhaseNode | null = null;
  let tops = 0;
  for (let index = 0; index < Math.max(1, count); index += 1) {
    if (top !== null && index % 3 === 2) {
      top.children += 1;
      const name = SUB_PHASE_NAMES[index % SUB_PHASE_NAMES.length] ?? '';
      const place = { name, wbsCode: `${top.phase.wbsCode}.${top.children}`, parent: top.phase };
      nodes.push({ phase: makePhase(world, random, project, place), children: 0 });
    } else {
      const round = Math.floor(tops / PHASE_NAMES.length);
      const plain = PHASE_NAMES[tops % PHASE_NAMES.length] ?? '';
      tops += 1;
      const place = {
        name: round === 0 ? plain : `${plain} ${round + 1}`,
        wbsCode: String(tops),
        parent: null,
      };
      top = { phase: makePhase(world, random, project, place), children: 0 };
      nodes.push(top);
    }
  }
  return nodes;
}
