import { installed } from './installed.ts';
import {
  COMPANY_STATUS_SEEDS,
  NOTE_TYPE_SEEDS,
  PROJECT_ROLE_SEEDS,
  SCHEDULE_STATUS_SEEDS,
  SCHEDULE_TYPE_SEEDS,
  WORK_ROLE_SEEDS,
  WORK_TYPE_SEEDS,
} from './setup-tables.ts';
import type { WorldCore } from './world-core.ts';

/** The tables with a handful of rows each, by store. A world out of an old state file gets those it lacks. */
const SMALL_TABLES = {
  companyStatuses: ({ stores }: WorldCore, now: Date) => {
    for (const [index, seed] of COMPANY_STATUS_SEEDS.entries()) {
      stores.companyStatuses.put({
        id: index + 1,
        name: seed.name,
        defaultFlag: index === 0,
        inactiveFlag: seed.inactive,
        notifyFlag: seed.notify,
        _info: installed(now),
      });
    }
  },
  noteTypes: ({ stores }: WorldCore, now: Date) => {
    for (const [index, seed] of NOTE_TYPE_SEEDS.entries()) {
      stores.noteTypes.put({
        id: index + 1,
        ...seed,
        defaultFlag: index === 0,
        importFlag: false,
        _info: installed(now),
      });
    }
  },
  workTypes: ({ stores }: WorldCore, now: Date) => {
    for (const [index, seed] of WORK_TYPE_SEEDS.entries()) {
      stores.workTypes.put({
        id: index + 1,
        ...seed,
        rateType: 'Multiplier',
        inactiveFlag: false,
        overallDefaultFlag: index === 0,
        _info: installed(now),
      });
    }
  },
  workRoles: ({ stores }: WorldCore, now: Date) => {
    for (const [index, seed] of WORK_ROLE_SEEDS.entries()) {
      stores.workRoles.put({
        id: index + 1,
        ...seed,
        inactiveFlag: false,
        locationIds: [1, 2],
        _info: installed(now),
      });
    }
  },
  scheduleTypes: ({ stores }: WorldCore, now: Date) => {
    for (const seed of SCHEDULE_TYPE_SEEDS) {
      stores.scheduleTypes.put({ ...seed, systemFlag: true, _info: installed(now) });
    }
  },
  scheduleStatuses: ({ stores }: WorldCore, now: Date) => {
    for (const { id, name, tentative } of SCHEDULE_STATUS_SEEDS) {
      const status = { id, name, defaultFlag: !tentative, showAsTentativeFlag: tentative };
      stores.scheduleStatuses.put({ ...status, _info: installed(now) });
    }
  },
  projectRoles: ({ stores }: WorldCore, now: Date) => {
    for (const [index, seed] of PROJECT_ROLE_SEEDS.entries()) {
      stores.projectRoles.put({
        id: index + 1,
        name: seed.name,
        managerRoleFlag: seed.manager,
        defaultContactFlag: false,
        _info: installed(now),
      });
    }
  },
} as const;

type SmallTable = keyof typeof SMALL_TABLES;

/** Fills all small tables, or those that are wanted. */
export function addSmallTables(
  world: WorldCore,
  now: Date,
  isWanted: (name: SmallTable) => boolean = () => true,
): void {
  for (const name of (Object.keys(SMALL_TABLES) as SmallTable[]).filter(isWanted)) {
    const store = world.stores[name];
    SMALL_TABLES[name](world, now);
    for (const row of store.rows()) world.references.to(name, row);
    world.counters[name] = store.ids().at(-1) ?? 0;
  }
}
