import type { Random } from './random.ts';
import type { ServiceTicket } from './records.ts';
import { PRIORITIES } from './setup-tables.ts';
import { dayFrom, toSeconds } from './timestamps.ts';
import { serviceSummary } from './work-names.ts';
import type { WorldCore } from './world-core.ts';

/** One ticket of the service desk, which takes its id from the counter that project tickets use too. */
export function addServiceTicket(world: WorldCore, random: Random, now: Date): void {
  const board = world.stores.boards.rows().find((row) => !row.projectFlag);
  if (!board) return;
  const status = random.pick(world.stores.boardStatuses.rows('board/id', board.id));
  const owner = random.pick(world.stores.members.rows());
  const at = toSeconds(new Date(now.getTime() - random.between(60, 86_400 * 20) * 1_000));
  world.counters.tickets += 1;
  const ticket: ServiceTicket = {
    id: world.counters.tickets,
    summary: serviceSummary(random),
    recordType: 'ServiceTicket',
    board: world.references.to('boards', board),
    status: world.references.to('boardStatuses', status),
    company: world.references.to('companies', random.pick(world.stores.companies.rows())),
    owner: world.references.to('members', owner),
    priority: { ...random.pick(PRIORITIES) },
    requiredDate: random.chance(0.5) ? dayFrom(now, random.between(-3, 10)) : null,
    closedFlag: status.closedStatus,
    _info: { lastUpdated: at, updatedBy: owner.identifier, dateEntered: at, enteredBy: owner.identifier },
  };
  world.stores.serviceTickets.put(ticket);
}
