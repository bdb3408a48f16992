import { addOtherSchedule } from './generate-entries.ts';
import { addProjects } from './generate-projects.ts';
import { addServiceTicket } from './generate-service-tickets.ts';
import { addSetupTables } from './generate-setup.ts';
import { Random } from './random.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world-options.ts';

/** A tenant with believable data: set-up, people, companies, projects with all that is in them. */
export function createWorld(options: WorldOptions): World {
  const world = new World(options.clock ?? (() => new Date()));
  const random = new Random(options.seed);
  addSetupTables(world, options.now, options.emails);
  addProjects(world, random.fork(1), options);
  // The people who created them went on working: the next id is not the next after the last project ticket.
  addServiceTicket(world, random.fork(2), options.now);
  addOtherSchedule(world, random.fork(3), options.now);
  return world;
}
