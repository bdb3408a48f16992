import { entriesOf } from './derived.ts';
import type { ProjectTicket } from './records.ts';
import type { StoreName } from './stores.ts';
import type { WorldCore } from './world-core.ts';

function remove(world: WorldCore, store: StoreName, ids: readonly number[], person: string): void {
  for (const id of [...ids]) world.deleted(store, id, person);
}

/** Takes away what stands on a ticket that is deleted: its schedule, its notes, and its time unless that is kept. */
export function removeTicketBelongings(world: WorldCore, ticketId: number, person: string): void {
  const { stores, rules } = world;
  const scheduled = entriesOf(world, ticketId).map(({ id }) => id);
  remove(world, 'scheduleEntries', scheduled, person);
  remove(world, 'ticketNotes', stores.ticketNotes.idsWhere('ticketid', ticketId) ?? [], person);
  if (rules.deletedTicketTime === 'kept') return;
  remove(world, 'timeEntries', stores.timeEntries.idsWhere('ticket/id', ticketId) ?? [], person);
}

/** Takes away what stands on a project that is deleted, besides its phases and tickets. */
export function removeProjectBelongings(world: WorldCore, projectId: number, person: string): void {
  for (const store of ['projectNotes', 'teamMembers'] as const) {
    remove(world, store, world.stores[store].idsWhere('projectid', projectId) ?? [], person);
  }
}

/** Time follows its ticket into another phase or project, without a stamp of its own. */
export function moveTimeWith(world: WorldCore, ticket: ProjectTicket): void {
  for (const entry of world.stores.timeEntries.rows('ticket/id', ticket.id)) {
    world.stores.timeEntries.put({ ...entry, project: ticket.project, phase: ticket.phase });
  }
}
