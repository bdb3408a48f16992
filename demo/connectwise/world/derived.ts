import type { ProjectTicket, ScheduleEntry } from './records.ts';
import type { WorldCore } from './world-core.ts';

/** Hours to the hundredth: sums of them must not show how floating numbers add. */
export function toHundredths(hours: number): number {
  return Math.round(hours * 100) / 100;
}

/** What a ticket shows of its schedule entries. */
export type Scheduled = Pick<ProjectTicket, 'resources' | 'scheduleStartDate' | 'scheduleEndDate'>;

function extreme(dates: readonly (string | null)[], pick: 'first' | 'last'): string | null {
  const known = dates.filter((date) => date !== null).sort();
  return (pick === 'first' ? known[0] : known.at(-1)) ?? null;
}

export function scheduledOf(entries: readonly ScheduleEntry[]): Scheduled {
  const people = [...new Set(entries.map(({ member }) => member.identifier ?? ''))];
  return {
    resources: people.length === 0 ? null : people.join(', '),
    scheduleStartDate: extreme(
      entries.map((entry) => entry.dateStart),
      'first',
    ),
    scheduleEndDate: extreme(
      entries.map((entry) => entry.dateEnd),
      'last',
    ),
  };
}

/** The schedule entries of a ticket: an activity may have the same id, so the type counts as well. */
export function entriesOf(world: WorldCore, ticketId: number): ScheduleEntry[] {
  return world.stores.scheduleEntries.rows('objectid', ticketId).filter((entry) => isOnTicket(entry));
}

/** The type of activities; every other one that the simulator gives out stands on a ticket. */
export const ACTIVITY_TYPE = 'C';

export function isOnTicket(entry: Pick<ScheduleEntry, 'type'>): boolean {
  return entry.type.identifier !== ACTIVITY_TYPE;
}

function addToProject(world: WorldCore, projectId: number, hours: number): void {
  const project = world.stores.projects.get(projectId);
  if (!project || hours === 0) return;
  world.stores.projects.put({ ...project, actualHours: toHundredths(project.actualHours + hours) });
  world.followProgress(projectId);
}

/** Takes the hours of a ticket that leaves away from its project (or adds them, for one that comes). */
export function moveHours(world: WorldCore, projectId: number, ticket: ProjectTicket, sign: 1 | -1): void {
  addToProject(world, projectId, sign * (ticket.actualHours ?? 0));
}

function putDerived(world: WorldCore, ticket: ProjectTicket, fields: Partial<ProjectTicket>, by: string) {
  const names = Object.keys(fields) as (keyof ProjectTicket)[];
  const changed = names.some((name) => fields[name] !== ticket[name]);
  const touches = world.rules.childTouchesParent || (changed && world.rules.derivedTouchesTicket);
  if (!changed && !touches) return;
  const _info = touches ? world.stamped(ticket._info, by) : ticket._info;
  world.stores.tickets.put({ ...ticket, ...fields, _info });
  if (!world.rules.derivedTellsTicket) return;
  world.tell({ store: 'tickets', action: 'updated', id: ticket.id, person: by });
}

/** After a change of the schedule of a ticket; an id that is no project ticket is none of ours. */
export function followSchedule(world: WorldCore, ticketId: number, by: string): void {
  const ticket = world.stores.tickets.get(ticketId);
  if (ticket) putDerived(world, ticket, scheduledOf(entriesOf(world, ticketId)), by);
}

/** After a change of the time on a ticket. */
export function followTime(world: WorldCore, ticketId: number, by: string): void {
  const ticket = world.stores.tickets.get(ticketId);
  if (!ticket) return;
  const entries = world.stores.timeEntries.rows('ticket/id', ticketId);
  const actualHours =
    entries.length === 0 ? null : toHundredths(entries.reduce((sum, { actualHours: one }) => sum + one, 0));
  putDerived(world, ticket, { actualHours }, by);
  addToProject(world, ticket.project.id, toHundredths((actualHours ?? 0) - (ticket.actualHours ?? 0)));
}
