/**
 * The checks of set-up over ConnectWise: each right is tried by reading one row, since ConnectWise has no call that
 * tells what a security role may do.
 *
 * Hard cases: kinds that are read below a project, a ticket or a board, of which there may be none yet, or none that
 * may be read; an empty answer, which is what a right without its level looks like and proves nothing.
 */
import { z } from 'zod';
import { FailureError } from '../../src/domain/failure.ts';
import type { PsaKind, PsaTableRow } from '../../src/domain/psa-records.ts';
import { psaRights, type ReadKind } from '../../src/domain/psa-rights.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { PsaCall } from '../../src/ports/psa.ts';
import type { BoardSeen, ImportSize, PsaAccess, ReadRight } from '../../src/ports/psa-access.ts';
import type { ConnectWiseClient, Listing } from './client.ts';
import { and, type Condition, chunkIds, eq, isIn } from './conditions.ts';
import { RecordMissingError, RouteMissingError } from './errors.ts';
import { anyRecordOf, type Kind, kind, systemInfoKind, tableKinds } from './kinds.ts';
import { fullMembersPath, type Place, placeOf, tablePlaces } from './places.ts';

const projectsPath = '/project/projects';
const open = eq('closedFlag', false);
/** Open projects a page: an id and a board each. */
const projectsPerPage = 1_000;

const boardOfProjectSchema = z.object({
  id: z.int32(),
  board: z.object({ id: z.int32().nullish() }).nullish(),
});
const boardOfProject: Kind<number | null> = kind(
  'project',
  boardOfProjectSchema,
  ({ board }) => board?.id ?? null,
  projectsPerPage,
);

type Tried = { readonly state: ReadRight['state']; readonly first: number | undefined };
const untested: Tried = { state: 'untested', first: undefined };

export function connectWiseAccess(client: ConnectWiseClient, clock: Clock): PsaAccess {
  const callOf = (signal: AbortSignal): PsaCall => ({ signal, priority: 2 });

  /** Reads one row. Rejects where ConnectWise is out of reach or refuses the keys, which is no matter of one right. */
  async function tryOne(entity: ReadKind, listing: Listing, call: PsaCall): Promise<Tried> {
    const oneRow = { ...anyRecordOf(entity), pageSize: 1 };
    try {
      const pages = client.pages(oneRow, listing, call);
      const page = await pages.next();
      await pages.return();
      return { state: 'allowed', first: page.value?.items[0]?.id };
    } catch (error) {
      if (error instanceof RecordMissingError || error instanceof RouteMissingError) return untested;
      if (error instanceof FailureError && error.failure.code === 'cw.permission') {
        return { state: 'missing', first: undefined };
      }
      throw error;
    }
  }

  async function tryMembers(call: PsaCall): Promise<Tried> {
    const info = await tryOne('member', tablePlaces.member, call);
    return info.state === 'allowed' ? info : await tryOne('member', { path: fullMembersPath }, call);
  }

  /** Of what the kind belongs to, one is asked for: the first that was shown. */
  async function below(parent: Tried, listing: (id: number) => Listing, entity: ReadKind, call: PsaCall) {
    return parent.first === undefined ? untested : await tryOne(entity, listing(parent.first), call);
  }

  async function rights(signal: AbortSignal): Promise<readonly ReadRight[]> {
    const call = callOf(signal);
    const project = await tryOne('project', { path: projectsPath }, call);
    const ofProject = (entity: PsaKind) =>
      below(project, (id) => listingOf(placeOf(entity, { project: id })), entity, call);
    const table = (name: keyof typeof tablePlaces) => tryOne(name, tablePlaces[name], call);
    const [ticket, board] = await Promise.all([
      tryOne('ticket', listingOf(placeOf('ticket', {})), call),
      table('board'),
    ]);
    const tried: { readonly [entity in ReadKind]: Promise<Tried> | Tried } = {
      project,
      phase: ofProject('phase'),
      ticket,
      scheduleEntry: tryOne('scheduleEntry', listingOf(placeOf('scheduleEntry', {})), call),
      timeEntry: tryOne('timeEntry', listingOf(placeOf('timeEntry', {})), call),
      projectNote: ofProject('projectNote'),
      ticketNote: below(ticket, (id) => listingOf(placeOf('ticketNote', { ticket: id })), 'ticketNote', call),
      teamMember: ofProject('teamMember'),
      company: table('company'),
      companyStatus: table('companyStatus'),
      noteType: table('noteType'),
      workType: table('workType'),
      board,
      boardStatus: below(board, (id) => ({ path: `/service/boards/${id}/statuses` }), 'boardStatus', call),
      projectStatus: table('projectStatus'),
      phaseStatus: table('phaseStatus'),
      member: tryMembers(call),
    };
    const kinds = Object.keys(tried) as ReadKind[];
    const states = await Promise.all(kinds.map((entity) => tried[entity]));
    return kinds.map((entity, i) => ({
      kind: entity,
      right: psaRights[entity],
      state: (states[i] ?? untested).state,
    }));
  }

  async function openByBoard(call: PsaCall): Promise<ReadonlyMap<number, number>> {
    const counts = new Map<number, number>();
    for await (const page of client.pages(boardOfProject, { path: projectsPath, condition: open }, call)) {
      for (const board of page.items) if (board !== null) counts.set(board, (counts.get(board) ?? 0) + 1);
    }
    return counts;
  }

  async function boardRows(call: PsaCall): Promise<readonly PsaTableRow[]> {
    const rows: PsaTableRow[] = [];
    for await (const { items } of client.pages(tableKinds.board, tablePlaces.board, call))
      rows.push(...items);
    return rows;
  }

  async function boards(signal: AbortSignal): Promise<readonly BoardSeen[]> {
    const call = callOf(signal);
    const [counts, rows] = await Promise.all([openByBoard(call), boardRows(call)]);
    return rows
      .map((row) => ({ ...row, openProjects: counts.get(row.id) ?? 0 }))
      .filter(({ inactive, openProjects }) => !inactive || openProjects > 0)
      .map(({ id, name, openProjects }) => ({ id, name: name ?? `Board ${id}`, openProjects }))
      .toSorted((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
  }

  /** Without the right to tickets the import goes on without them. */
  async function ticketsOn(path: string, condition: Condition, call: PsaCall): Promise<number | null> {
    try {
      return await client.count('ticket', { path, condition }, call);
    } catch (error) {
      if (error instanceof FailureError && error.failure.code === 'cw.permission') return null;
      throw error;
    }
  }

  async function openProjects(chosen: readonly number[], signal: AbortSignal): Promise<ImportSize> {
    const call = callOf(signal);
    let projects = 0;
    let tickets: number | null = 0;
    const { path: ticketsPath } = placeOf('ticket', {});
    const room = client.idChars(boardOfProject, projectsPath, 'board/id', open);
    for (const ids of chunkIds([...new Set(chosen)], room)) {
      const onBoard = isIn('board/id', ids);
      const [someProjects, someTickets] = await Promise.all([
        client.count('project', { path: projectsPath, condition: and(open, onBoard) }, call),
        ticketsOn(ticketsPath, onBoard, call),
      ]);
      projects += someProjects;
      tickets = tickets === null || someTickets === null ? null : tickets + someTickets;
    }
    return { projects, tickets };
  }

  return {
    async info(signal) {
      const { record, readAt } = await client.get(systemInfoKind, '/system/info', callOf(signal));
      return { version: record.version, clockSkewMs: readAt === null ? null : skew(readAt, clock.now()) };
    },
    rights,
    boards,
    openProjects,
  };
}

/** ConnectWise's clock is told in whole seconds, cut off: so is ours. */
function skew(theirs: Date, ours: Date): number {
  return theirs.getTime() - Math.floor(ours.getTime() / 1_000) * 1_000;
}

function listingOf({ path, condition }: Place): Listing {
  return condition === undefined ? { path } : { path, condition };
}
