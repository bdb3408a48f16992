import type { NewTicket, ProjectChanges, TicketChanges } from '../world/changes.ts';
import type {
  NewProjectNote,
  NewScheduleEntry,
  NewTicketNote,
  NewTimeEntry,
  ScheduleEntryChanges,
} from '../world/entry-changes.ts';
import { Refusal } from '../world/refusal.ts';
import type { World } from '../world/world.ts';

/** One thing that somebody does, as data: it can be listed, kept and done again on another world. */
export type Act = { readonly person: string } & (
  | { readonly kind: 'edit-ticket'; readonly id: number; readonly changes: TicketChanges }
  | { readonly kind: 'add-ticket'; readonly ticket: NewTicket }
  | { readonly kind: 'delete-ticket'; readonly id: number }
  | { readonly kind: 'edit-project'; readonly id: number; readonly changes: ProjectChanges }
  | { readonly kind: 'log-time'; readonly entry: NewTimeEntry }
  | { readonly kind: 'schedule'; readonly entry: NewScheduleEntry }
  | { readonly kind: 'reschedule'; readonly id: number; readonly changes: ScheduleEntryChanges }
  | { readonly kind: 'unschedule'; readonly id: number }
  | { readonly kind: 'note-on-ticket'; readonly note: NewTicketNote }
  | { readonly kind: 'note-on-project'; readonly note: NewProjectNote }
  | { readonly kind: 'rename-company'; readonly id: number; readonly name: string }
);

function perform(world: World, act: Act): void {
  const { person } = act;
  switch (act.kind) {
    case 'edit-ticket':
      world.editTicket(person, act.id, act.changes);
      return;
    case 'add-ticket':
      world.addTicket(person, act.ticket);
      return;
    case 'delete-ticket':
      world.deleteTicket(person, act.id);
      return;
    case 'edit-project':
      world.editProject(person, act.id, act.changes);
      return;
    case 'log-time':
      world.addTimeEntry(person, act.entry);
      return;
    case 'schedule':
      world.addScheduleEntry(person, act.entry);
      return;
    case 'reschedule':
      world.editScheduleEntry(person, act.id, act.changes);
      return;
    case 'unschedule':
      world.deleteScheduleEntry(person, act.id);
      return;
    case 'note-on-ticket':
      world.addTicketNote(person, act.note);
      return;
    case 'note-on-project':
      world.addProjectNote(person, act.note);
      return;
    case 'rename-company':
      world.editCompany(person, act.id, { name: act.name });
  }
}

/** Does it, and says whether it was still possible: what it is about may be gone since it was thought of. */
export function tryAct(world: World, act: Act): boolean {
  try {
    perform(world, act);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
