/** How records and what belongs to them move together. */
import { ticketsField } from './places.ts';
import type { Seen } from './probe-item.ts';
import { howMany, type Look, nothingSeen, numberAt, numbersAt, type Row, timeAt } from './probe-look.ts';
import { projects, scheduleEntries, stamp, tickets, timeEntries } from './probe-samples.ts';

const openProjectsAtMost = 8;

export async function childChanges(look: Look): Promise<Seen> {
  const { rows } = await tickets(look);
  const ids = numbersAt(rows, 'id');
  if (ids.length === 0) return { seen: ['no project tickets to look at'] };
  const ofTicket = stampsOf(rows);
  const ofProject = stampsOf((await projects(look)).rows);
  const compared = [
    {
      what: 'schedule entries and tickets',
      ...compare((await scheduleEntries(look, ids)).rows, ticketsField, ofTicket),
    },
    { what: 'time entries and tickets', ...compare((await timeEntries(look)).rows, 'chargeToId', ofTicket) },
    { what: 'tickets and projects', ...compare(rows, 'project/id', ofProject) },
  ];
  const seen = compared.map(
    ({ what, pairs, later }) => `${what}: ${pairs} compared, ${later} changed after their parent`,
  );
  if (compared.every(({ pairs }) => pairs === 0)) return { seen };
  const moved = compared.every(({ later }) => later === 0);
  return {
    seen,
    verdict: moved
      ? 'no child is newer than its parent: it may move it, or these were not edited later'
      : 'a child’s change does not always move the parent: each kind must be asked by itself, as cwsync does',
  };
}

/** When each changed, by id. */
function stampsOf(rows: readonly Row[]): ReadonlyMap<number | undefined, number | undefined> {
  return new Map(rows.map((row) => [numberAt(row, 'id'), timeAt(row, stamp)]));
}

/** ConnectWise stamps in whole seconds, and one act may take a few. */
const sameActMs = 5_000;

function compare(children: readonly Row[], parent: string, parentStamps: ReturnType<typeof stampsOf>) {
  const apart = children.flatMap((child) => {
    const [own, parents] = [timeAt(child, stamp), parentStamps.get(numberAt(child, parent))];
    return own === undefined || parents === undefined ? [] : [own - parents];
  });
  return { pairs: apart.length, later: howMany(apart, (ms) => ms > sameActMs) };
}

export async function closedWithTickets(look: Look): Promise<Seen> {
  const sight = await look('/project/projects', {
    conditions: 'closedFlag = False',
    fields: 'id',
    orderBy: 'id asc',
    pageSize: openProjectsAtMost,
  });
  const none = nothingSeen(sight, 'open projects');
  if (none) return { seen: [none] };
  let allClosed = 0;
  for (const id of numbersAt(sight.rows, 'id')) {
    const count = async (conditions: string) =>
      numberAt(
        { ...((await look('/project/tickets/count', { conditions })).value as Row | null) },
        'count',
      ) ?? 0;
    const all = await count(`project/id = ${id}`);
    if (all > 0 && (await count(`project/id = ${id} and closedFlag = False`)) === 0) allClosed += 1;
  }
  const seen = [`${sight.rows.length} open projects, ${allClosed} of them with all of their tickets closed`];
  return allClosed === 0
    ? { seen }
    : { seen, verdict: 'closing the last ticket does not close the project, or not always' };
}
