import { addSmallTables } from './generate-small-tables.ts';
import { installed } from './installed.ts';
import type { RecordStore } from './record-store.ts';
import type { EscalationStatus, PlanStatus } from './records.ts';
import {
  API_MEMBER,
  BOARD_SEEDS,
  CITIES,
  COMPANY_NAMES,
  FORMER_PERSON,
  PEOPLE,
  PHASE_STATUS_SEEDS,
  PROJECT_STATUS_SEEDS,
} from './setup-tables.ts';
import type { StoreName } from './stores.ts';
import type { WorldCore } from './world-core.ts';

/** How far a status is on the way, as a service level agreement sees it. */
function escalationOf(sortOrder: number, closed: boolean): EscalationStatus {
  if (closed) return 'Resolved';
  return (['NotResponded', 'Responded', 'ResolutionPlan'] as const)[sortOrder] ?? 'NoEscalation';
}

function addBoards(world: WorldCore, now: Date): void {
  let statusId = 100;
  for (const [index, seed] of BOARD_SEEDS.entries()) {
    const board = {
      id: index + 1,
      name: seed.name,
      inactiveFlag: false,
      projectFlag: seed.projectFlag,
      percentageCalculation: seed.projectFlag ? 'ClosedTickets' : null,
      _info: installed(now),
    };
    world.stores.boards.put(board);
    const names = [...seed.open, ...seed.closed];
    for (const [sortOrder, name] of names.entries()) {
      statusId += 1;
      const closed = sortOrder >= seed.open.length;
      const status = {
        id: statusId,
        name,
        board: world.references.to('boards', board),
        sortOrder,
        displayOnBoard: !closed,
        inactive: false,
        closedStatus: closed,
        timeEntryNotAllowed: false,
        defaultFlag: sortOrder === 0,
        escalationStatus: escalationOf(sortOrder, closed),
        _info: installed(now),
      };
      world.stores.boardStatuses.put(status);
      world.references.to('boardStatuses', status);
    }
  }
}

function addPlanStatuses(
  world: WorldCore,
  name: StoreName & ('projectStatuses' | 'phaseStatuses'),
  seeds: readonly { readonly name: string; readonly closed: boolean }[],
  now: Date,
): void {
  const store: RecordStore<PlanStatus> = world.stores[name];
  for (const [index, seed] of seeds.entries()) {
    const status: PlanStatus = {
      id: index + 1,
      name: seed.name,
      defaultFlag: index === 0,
      inactiveFlag: false,
      closedFlag: seed.closed,
      _info: installed(now),
    };
    store.put(status);
    world.references.to(name, status);
  }
}

type Emails = { readonly [identifier: string]: string };

function addMembers(world: WorldCore, now: Date, emails: Emails): void {
  for (const [index, person] of PEOPLE.entries()) {
    const email = emails[person.identifier] ?? `${person.identifier}@msp.example`;
    const member = {
      id: 150 + index,
      ...person,
      licenseClass: 'F' as const,
      officeEmail: email,
      primaryEmail: email,
      inactiveFlag: person.identifier === FORMER_PERSON,
      dailyCapacity: 8,
      _info: installed(now),
    };
    world.stores.members.put(member);
    world.references.to('members', member);
  }
  const api = {
    id: 150 + PEOPLE.length,
    identifier: API_MEMBER,
    firstName: 'cwsync',
    lastName: 'API',
    licenseClass: 'A' as const,
    officeEmail: null,
    primaryEmail: null,
    inactiveFlag: false,
    dailyCapacity: null,
    _info: installed(now),
  };
  world.stores.members.put(api);
  world.references.to('members', api);
}

function addCompanies(world: WorldCore, now: Date): void {
  const active = world.references.to('companyStatuses', world.require('companyStatuses', 1));
  for (const [index, name] of COMPANY_NAMES.entries()) {
    const company = {
      id: 20 + index,
      identifier: name.normalize('NFD').replace(/[^A-Za-z]/g, ''),
      name,
      status: active,
      city: CITIES[index % CITIES.length] ?? null,
      deletedFlag: false,
      types:
        index % 5 === 0
          ? [
              { id: 1, name: 'Customer' },
              { id: 5, name: 'Partner' },
            ]
          : [{ id: 1, name: 'Customer' }],
      _info: installed(now),
    };
    world.stores.companies.put(company);
    world.references.to('companies', company);
  }
}

/** Boards with their statuses, project and phase statuses, members, companies, and all the small tables. */
export function addSetupTables(world: WorldCore, now: Date, emails: Emails = {}): void {
  addSmallTables(world, now);
  addBoards(world, now);
  addPlanStatuses(world, 'projectStatuses', PROJECT_STATUS_SEEDS, now);
  addPlanStatuses(world, 'phaseStatuses', PHASE_STATUS_SEEDS, now);
  addMembers(world, now, emails);
  addCompanies(world, now);
  for (const name of ['boards', 'boardStatuses', 'projectStatuses', 'phaseStatuses', 'members'] as const) {
    world.counters[name] = world.stores[name].ids().at(-1) ?? 0;
  }
  world.counters.companies = world.stores.companies.ids().at(-1) ?? 0;
  world.counters.projects = 100;
  world.counters.phases = 700;
  world.counters.tickets = 5_000;
}
