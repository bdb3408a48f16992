import type { PhaseNode } from './generate-phases.ts';
import type { Random } from './random.ts';
import type { BoardStatus, Info, Member, Project, ProjectTicket } from './records.ts';
import { API_MEMBER, PRIORITIES, TICKET_CUSTOM_FIELDS } from './setup-tables.ts';
import { DAY_MS, dayFrom, toSeconds } from './timestamps.ts';
import { ticketSummary } from './work-names.ts';
import type { WorldCore } from './world-core.ts';

type Order = {
  readonly project: Project;
  readonly phases: readonly PhaseNode[];
  readonly count: number;
  readonly now: Date;
};

type Cast = { readonly open: BoardStatus[]; readonly closed: BoardStatus[]; readonly people: Member[] };

function castOf(world: WorldCore, project: Project): Cast {
  const statuses = world.stores.boardStatuses.rows('board/id', project.board.id);
  return {
    open: statuses.filter((status) => !status.closedStatus),
    closed: statuses.filter((status) => status.closedStatus),
    people: world.stores.members.rows().filter((member) => member.identifier !== API_MEMBER),
  };
}

function historyOf(random: Random, project: Project, person: Member, now: Date): Info {
  const from = Date.parse(project._info.dateEntered);
  const entered = from + random.next() * Math.max(0, now.getTime() - 2 * DAY_MS - from);
  const updated = entered + random.next() * Math.max(0, now.getTime() - 60_000 - entered);
  return {
    lastUpdated: toSeconds(new Date(updated)),
    updatedBy: person.identifier,
    dateEntered: toSeconds(new Date(entered)),
    enteredBy: project._info.enteredBy,
  };
}

/**
 * What follows from entries, of which there are none yet. It uses up the numbers that hours and a second person
 * were once drawn from: what is drawn after them must stay as it was for every seed.
 */
function nothingDone(random: Random, started: boolean, people: readonly Member[], owner: Member | null) {
  if (started) random.between(1, 64);
  if (owner && random.chance(0.3)) random.pick(people);
  return { actualHours: null, resources: null, scheduleStartDate: null, scheduleEndDate: null };
}

type Predecessor = Pick<
  ProjectTicket,
  'predecessorType' | 'predecessorId' | 'predecessorClosedFlag' | 'lagDays'
>;

function predecessorOf(
  random: Random,
  previous: ProjectTicket | null,
  phases: readonly PhaseNode[],
): Predecessor {
  const dice = random.next();
  if (previous && dice < 0.15) {
    return {
      predecessorType: 'Ticket',
      predecessorId: previous.id,
      predecessorClosedFlag: previous.closedFlag,
      lagDays: random.between(0, 3),
    };
  }
  const first = phases[0];
  if (previous && first && dice < 0.18) {
    return {
      predecessorType: 'Phase',
      predecessorId: first.phase.id,
      predecessorClosedFlag: false,
      lagDays: 0,
    };
  }
  return { predecessorType: null, predecessorId: null, predecessorClosedFlag: null, lagDays: null };
}

/** The phase of ticket `index`: they fill one phase after the other, evenly. */
function phaseFor(order: Order, index: number): PhaseNode {
  const node = order.phases[Math.floor((index * order.phases.length) / order.count)];
  if (!node) throw new Error('a project needs a phase');
  return node;
}

function makeTicket(
  world: WorldCore,
  random: Random,
  order: Order,
  cast: Cast,
  index: number,
  previous: ProjectTicket | null,
): ProjectTicket {
  const { project, now } = order;
  const { references } = world;
  const node = phaseFor(order, index);
  const closed = project.closedFlag || random.chance(0.25);
  const status = random.pick(closed ? cast.closed : cast.open);
  const owner = random.chance(0.85) ? random.pick(cast.people) : null;
  const info = historyOf(random, project, owner ?? random.pick(cast.people), now);
  const startsIn = Math.round((Date.parse(project.estimatedStart) - now.getTime()) / DAY_MS);
  const ticketStart = startsIn + random.between(0, 60);
  const started = closed || random.chance(0.4);
  node.children += 1;
  world.counters.tickets += 1;
  return {
    id: world.counters.tickets,
    summary: ticketSummary(random),
    isIssueFlag: random.chance(0.05),
    board: project.board,
    status: references.to('boardStatuses', status),
    project: references.to('projects', project),
    phase: references.to('phases', node.phase),
    wbsCode: `${node.phase.wbsCode}.${node.children}`,
    company: project.company,
    owner: owner ? references.to('members', owner) : null,
    priority: { ...random.pick(PRIORITIES) },
    estimatedStartDate: random.chance(0.7) ? dayFrom(now, ticketStart) : null,
    requiredDate: random.chance(0.8) ? dayFrom(now, ticketStart + random.between(1, 21)) : null,
    budgetHours: random.chance(0.85) ? random.between(1, 64) / 4 : null,
    ...nothingDone(random, started, cast.people, owner),
    closedFlag: closed,
    closedDate: closed ? info.lastUpdated : null,
    closedBy: closed ? info.updatedBy : null,
    ...predecessorOf(random, previous, order.phases),
    customFields: TICKET_CUSTOM_FIELDS,
    _info: info,
  };
}

/** Adds `count` tickets to a project. */
export function addTickets(world: WorldCore, random: Random, order: Order): void {
  const cast = castOf(world, order.project);
  let previous: ProjectTicket | null = null;
  for (let index = 0; index < order.count; index += 1) {
    const ticket: ProjectTicket = makeTicket(world, random, order, cast, index, previous);
    world.stores.tickets.put(ticket);
    previous = ticket;
  }
}
