/** What is to be known about ConnectWise and shows in its records. */
import {
  activityScheduleType,
  changedField,
  percentCompleteOfAll,
  projectTicketScheduleType,
  timeEntryProjectField,
} from './inferred.ts';
import type { ProbeItem, Seen } from './probe-item.ts';
import {
  at,
  howMany,
  type Look,
  nothingSeen,
  numberAt,
  numbersAt,
  type Row,
  timeAt,
  typeOf,
} from './probe-look.ts';
import { childChanges, closedWithTickets } from './probe-parents.ts';
import { projects, scheduleEntries, tickets, timeEntries } from './probe-samples.ts';

export const recordItems: readonly ProbeItem[] = [
  {
    item: 'percentComplete: from 0 to 1, or from 0 to 100',
    settles: 'the constant percentCompleteOfAll of cwsync',
    matters: true,
    look: async (look) => percentComplete((await projects(look)).rows),
    how: 'open a project that is half done in ConnectWise and compare',
  },
  {
    item: 'The unit of a ticket’s duration',
    settles: 'no constant: cwsync reads budgetHours and the dates, never duration',
    look: ticketDuration,
    how: 'set a ticket to 1 day in ConnectWise and look at its duration by GET',
  },
  {
    item: 'The letter of schedule entries on project tickets',
    settles:
      'the constants activityScheduleType and projectTicketScheduleType of cwsync; projectTicketScheduleType of the simulator',
    matters: true,
    look: scheduleType,
    how: 'schedule somebody for a project ticket and look at the type of that entry',
  },
  {
    item: 'Whether time entries name their project',
    settles: 'the constant timeEntryProjectField of cwsync',
    matters: true,
    look: timeEntryProject,
  },
  {
    item: 'Whether lastUpdated stands for _info/lastUpdated in conditions',
    settles: 'the constant changedField of cwsync',
    matters: true,
    look: changedCondition,
  },
  {
    item: 'Whether a change of a child moves the parent’s lastUpdated',
    settles:
      'no constant: cwsync asks each kind by itself; childTouchesParent and derivedTouchesTicket of the simulator',
    look: childChanges,
    how: 'log time on a test ticket, and look at the ticket’s lastUpdated before and after',
  },
  {
    item: 'Custom fields of projects and tickets, which a PATCH may have to carry',
    settles: 'no constant: cwsync sends them empty, once more, after a 400 that names no field',
    look: customFields,
    how: 'PATCH one field of a test ticket without customFields; a 400 says that they must be sent along',
  },
  {
    item: 'Whether closing the last ticket closes its project',
    settles: 'no constant: cwsync takes a project’s status from the project alone',
    look: closedWithTickets,
    how: 'close the last open ticket of a test project and look at the status of its phase and project',
  },
];

function percentComplete(rows: readonly Row[]): Seen {
  const values = numbersAt(rows, 'percentComplete').filter((value) => value > 0);
  const seen = [
    `${rows.length} projects, ${values.length} of them over 0`,
    `${howMany(values, (value) => value < 1)} between 0 and 1, ${howMany(values, (value) => value > 1)} over 1`,
  ];
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) return { seen };
  // More than all hours may be spent, so a few over 1 mean nothing.
  const all = middle > 1.5 ? 100 : 1;
  return { seen, ...agreement('percentCompleteOfAll', percentCompleteOfAll, all) };
}

function agreement(name: string, stands: number, found: number): Pick<Seen, 'verdict' | 'wrong'> {
  return stands === found
    ? { verdict: `${name} = ${stands} is right` }
    : { verdict: `${name} = ${stands} is wrong here: ${found} is seen`, wrong: true };
}

async function ticketDuration(look: Look): Promise<Seen> {
  const sight = await tickets(look);
  const none = nothingSeen(sight, 'project tickets');
  if (none) return { seen: [none] };
  const filled = sight.rows.filter((row) => numberAt(row, 'duration'));
  const equals = (row: Row, value: number | undefined) =>
    value !== undefined && Math.abs((numberAt(row, 'duration') ?? 0) - value) < 0.01;
  const timesHours = (factor: number) =>
    howMany(filled, (row) => equals(row, (numberAt(row, 'budgetHours') ?? Number.NaN) * factor));
  return {
    seen: [
      `${sight.rows.length} tickets, ${filled.length} with a duration`,
      `equal to budgetHours: ${timesHours(1)}; to 60 times those: ${timesHours(60)}; to the days between start and due: ${howMany(filled, (row) => equals(row, daysOf(row)))}`,
    ],
  };
}

function daysOf(row: Row): number | undefined {
  const start = timeAt(row, 'estimatedStartDate');
  const due = timeAt(row, 'requiredDate');
  return start === undefined || due === undefined ? undefined : (due - start) / 86_400_000;
}

async function scheduleType(look: Look): Promise<Seen> {
  const ids = numbersAt((await tickets(look)).rows, 'id');
  if (ids.length === 0) return { seen: ['no project tickets to look for'] };
  const sight = await scheduleEntries(look, ids);
  const none = nothingSeen(sight, 'schedule entries of these tickets');
  if (none) return { seen: [none] };
  const letters = Map.groupBy(sight.rows, (row) => letterOf(at(row, 'type/identifier')));
  const seen = [...letters].map(([letter, rows]) => `${letter}: ${rows.length} entries`);
  if (letters.has(activityScheduleType)) {
    return {
      seen,
      verdict: `activityScheduleType = ${activityScheduleType} is wrong where it is a ticket’s, too`,
      wrong: true,
    };
  }
  if (!letters.has(projectTicketScheduleType)) {
    return {
      seen,
      verdict: `projectTicketScheduleType = ${projectTicketScheduleType} is wrong here: none of them has it`,
      wrong: true,
    };
  }
  return {
    seen,
    verdict: `activityScheduleType = ${activityScheduleType} leaves all of them with their tickets; projectTicketScheduleType = ${projectTicketScheduleType} is right`,
  };
}

/** One letter is a type's sign; anything longer could be a name. */
function letterOf(value: unknown): string {
  if (typeof value !== 'string') return `type ${typeOf(value)}`;
  return /^[A-Za-z0-9]$/u.test(value) ? value.toUpperCase() : `an identifier of ${value.length} characters`;
}

async function timeEntryProject(look: Look): Promise<Seen> {
  const sight = await timeEntries(look);
  const none = nothingSeen(sight, 'time entries');
  if (none) return { seen: [none] };
  const onTickets = sight.rows.filter(
    (row) => String(at(row, 'chargeToType')).toLowerCase() === 'projectticket',
  );
  const named = howMany(onTickets, (row) => numberAt(row, timeEntryProjectField) !== undefined);
  const seen = [
    `${sight.rows.length} time entries, ${onTickets.length} charged to project tickets`,
    `with ${timeEntryProjectField}: ${named}; with ticket/id: ${howMany(onTickets, (row) => numberAt(row, 'ticket/id') !== undefined)}`,
  ];
  if (onTickets.length === 0) return { seen };
  const right = named === onTickets.length;
  return {
    seen,
    wrong: !right,
    verdict: right
      ? `timeEntryProjectField = ${timeEntryProjectField} is right`
      : `timeEntryProjectField = ${timeEntryProjectField} misses ${onTickets.length - named}: ask by chargeToId`,
  };
}

async function changedCondition(look: Look): Promise<Seen> {
  const countOf = async (conditions?: string) =>
    numberAt(
      { ...((await look('/project/tickets/count', conditions ? { conditions } : {})).value as Row | null) },
      'count',
    );
  const all = await countOf();
  const past = await countOf(`${changedField} >= [2000-01-01T00:00:00Z]`);
  const future = await countOf(`${changedField} >= [2999-01-01T00:00:00Z]`);
  const seen = [
    `tickets: ${all ?? 'not shown'}; changed since 2000: ${past ?? 'refused'}; since 2999: ${future ?? 'refused'}`,
  ];
  if (all === undefined || all === 0) return { seen };
  const right = past === all && future === 0;
  return {
    seen,
    wrong: !right,
    verdict: right
      ? `changedField = ${changedField} is right`
      : `changedField = ${changedField} is wrong here: changes would be missed, try _info/lastUpdated`,
  };
}

async function customFields(look: Look): Promise<Seen> {
  const words = (what: string, rows: readonly Row[]) => {
    const lists = rows.map((row) => at(row, 'customFields')).filter((value) => Array.isArray(value));
    const most = Math.max(0, ...lists.map((list) => list.length));
    return `${what}: ${lists.length} of ${rows.length} carry customFields, at most ${most} each`;
  };
  return {
    seen: [words('projects', (await projects(look)).rows), words('tickets', (await tickets(look)).rows)],
  };
}
