import { addEntries } from './generate-entries.ts';
import { addPhases, addPhasesExactly, type PhaseNode } from './generate-phases.ts';
import { addServiceTicket } from './generate-service-tickets.ts';
import { addTickets } from './generate-tickets.ts';
import { type ProjectName, projectNames } from './project-names.ts';
import type { Random } from './random.ts';
import type { Project } from './records.ts';
import { FORMER_PERSON } from './setup-tables.ts';
import { DAY_MS, dayFrom, toSeconds } from './timestamps.ts';
import type { WorldCore } from './world-core.ts';
import type { WorldOptions } from './world-options.ts';

/** Every tenth project is over. */
const CLOSED_EVERY = 10;
/** Number of the stream of random numbers that entries and notes are drawn from. */
const ENTRIES_STREAM = 1_001;
const REGIONS = ['West', 'East', 'North', null] as const;

function ticketsOf(random: Random, options: WorldOptions): number {
  const reach = Math.round(options.tickets * (options.spread ?? 0));
  return options.tickets + (reach === 0 ? 0 : random.between(-reach, reach));
}

function makeProject(world: WorldCore, random: Random, now: Date, index: number, name: ProjectName): Project {
  const { stores, references } = world;
  const closed = index % CLOSED_EVERY === CLOSED_EVERY - 1;
  const boards = stores.boards.rows().filter((board) => board.projectFlag);
  const company = stores.companies.rows().find((row) => row.name === name.company);
  const statuses = stores.projectStatuses.rows().filter((status) => status.closedFlag === closed);
  const managers = stores.members
    .rows()
    .filter((member) => member.licenseClass === 'F' && member.identifier !== FORMER_PERSON);
  const manager = random.pick(managers);
  const startsIn = closed ? random.between(-300, -150) : random.between(-90, 30);
  const length = closed ? random.between(30, 120) : random.between(45, 160);
  const entered = now.getTime() + Math.min(startsIn - 20, -1) * DAY_MS + random.between(0, 36_000) * 1_000;
  const updated = entered + random.next() * (now.getTime() - 60_000 - entered);
  world.counters.projects += 1;
  return {
    id: world.counters.projects,
    name: name.name,
    board: references.to('boards', random.pick(boards)),
    company: references.to('companies', company ?? random.pick(stores.companies.rows())),
    manager: references.to('members', manager),
    status: references.to('projectStatuses', random.pick(statuses)),
    closedFlag: closed,
    billingMethod: random.pick(['ActualRates', 'FixedFee', 'NotToExceed']),
    description: random.chance(0.6) ? `Agreed with the customer in ${random.between(2, 6)} workshops.` : null,
    estimatedStart: dayFrom(now, startsIn),
    estimatedEnd: dayFrom(now, startsIn + length),
    actualEnd: closed ? toSeconds(new Date(updated)) : null,
    budgetHours: random.chance(0.8) ? random.between(8, 80) * 10 : null,
    actualHours: 0,
    customFields: [
      {
        id: 1,
        caption: 'Region',
        type: 'Text',
        entryMethod: 'List',
        numberOfDecimals: 0,
        value: random.pick(REGIONS),
      },
    ],
    _info: {
      lastUpdated: toSeconds(new Date(updated)),
      updatedBy: manager.identifier,
      dateEntered: toSeconds(new Date(entered)),
      enteredBy: manager.identifier,
    },
  };
}

/** Projects with their phases and tickets, and now and then a ticket of the service desk in between. */
export function addProjects(world: WorldCore, random: Random, options: WorldOptions): void {
  const names = projectNames(random.fork(0), options.projects);
  for (const [index, name] of names.entries()) {
    const own = random.fork(index + 1);
    const project = makeProject(world, own, options.now, index, name);
    world.references.to('projects', project);
    const tickets = ticketsOf(own, options);
    const phases: PhaseNode[] =
      options.phases === undefined
        ? addPhases(world, own, project, tickets)
        : addPhasesExactly(world, own, project, options.phases);
    // A stream of their own: what stands on tickets must not shift what the tickets are.
    const plan = { ...options, tickets };
    const order = { project, phases, count: tickets, now: options.now };
    addTickets(world, own, order);
    const actualHours = addEntries(world, random.fork(index + 1).fork(ENTRIES_STREAM), project, plan);
    world.stores.projects.put({ ...project, actualHours });
    addServiceTicket(world, own, options.now);
  }
}
