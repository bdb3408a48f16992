import type { Random } from './random.ts';

const WORK_DONE = [
  'Prepared the change and agreed the window with the customer.',
  'Worked through the list; two devices left.',
  'Tested with three people of the pilot group, no findings.',
  'Waited for the vendor, then finished the roll-out.',
  'Wrote the hand-over page and updated the diagram.',
  'Call with the customer about open questions.',
] as const;

const TICKET_NOTES = [
  'Customer asks to move this behind the month-end close.',
  'Serial numbers are in the shared folder.\nTwo are still missing.',
  'Access was granted, work can start.',
  'Größe der Postfächer geprüft: 3 über 50 GB.',
  'Rolled back: the old firmware cannot be upgraded in one step.',
  'Done as agreed 👍 – please check & confirm.',
  'Root cause: DNS record with a TTL of 24 h.',
] as const;

const PROJECT_NOTES = [
  'Steering meeting: scope unchanged, go-live one week later.',
  'Budget: hours for training are used up, change request sent.',
  'Risk: the only person who knows the old phone system leaves in spring.',
  'Customer wants a weekly report on Fridays.',
] as const;

export const workDone = (random: Random): string => random.pick(WORK_DONE);
export const ticketNoteText = (random: Random): string => random.pick(TICKET_NOTES);
export const projectNoteText = (random: Random): string => random.pick(PROJECT_NOTES);
