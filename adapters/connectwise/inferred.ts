/**
 * What ConnectWise's documents do not say and cwsync goes by, one named constant each. None of it was seen on a real
 * tenant by us: `npx cwsync probe` looks, and what it finds is put in here.
 */

/**
 * `percentComplete` of a project that is done: 1 where ConnectWise counts from 0 to 1, 100 where it counts from 0
 * to 100. The plan has shares from 0 to 1.
 */
export const percentCompleteOfAll: number = 1;

/**
 * The letter of the stock type for sales activities, whose ids have nothing to do with those of tickets. Which
 * letter project tickets have is not documented, so everything else is looked up among the tickets.
 */
export const activityScheduleType = 'C';

/**
 * That a time entry charged to a project ticket names the project. Where it does not,
 * `chargeToType = "ProjectTicket" and chargeToId in (…)` with the tickets of the project asks the same.
 */
export const timeEntryProjectField = 'project/id';

/** The letter of the type that schedule entries on project tickets have; its id is looked up. */
export const projectTicketScheduleType = 'S';

/** How a PATCH empties a field; only a phase's parent is known to take `remove` and nothing else. */
export const emptiedBy: 'replace' | 'remove' = 'replace';

/** How a project that was begun in the plan is billed: ConnectWise insists on a word, and the plan has none. */
export const newProjectBillingMethod = 'ActualRates';

/** That this stands for the field within `_info` in conditions, on every kind of record. */
export const changedField = 'lastUpdated';
