import { FailureError } from '../../src/domain/failure.ts';
import type { PsaKind, PsaTable, PsaTableRow } from '../../src/domain/psa-records.ts';
import type { Psa, PsaCall, PsaPage, PsaScope } from '../../src/ports/psa.ts';
import type { ConnectWiseClient, Listing } from './client.ts';
import { and, type Condition, eq, gte } from './conditions.ts';
import { RecordMissingError, RouteMissingError } from './errors.ts';
import { changedField } from './inferred.ts';
import {
  anyRecordOf,
  boardStatusKind,
  changeKinds,
  fullMemberKind,
  projectKind,
  recordKinds,
  systemInfoKind,
  tableKinds,
} from './kinds.ts';
import { changePaths, fullMembersPath, placeOf, tablePlaces, ticketsField } from './places.ts';

/** The `Psa` port over ConnectWise. Reads only; `connectWiseWrites` writes. */
export function connectWisePsa(client: ConnectWiseClient): Psa {
  return {
    systemInfo: async (call) => (await client.get(systemInfoKind, '/system/info', call)).record,

    async project(id, call) {
      const asked = client.get(projectKind, `/project/projects/${id}`, call);
      const { record, readAt } = await asked.catch(asMissingProject(id));
      return { project: record, readAt };
    },

    openProjects: (call) =>
      client.pages(projectKind, { path: '/project/projects', condition: eq('closedFlag', false) }, call),

    ticketsPerRequest(digits) {
      const { path } = placeOf('scheduleEntry', {});
      const changed = gte(changedField, new Date(0));
      const chars = client.idChars(recordKinds.scheduleEntry, path, ticketsField, changed);
      return Math.max(1, Math.floor((chars + encodedComma) / (digits + encodedComma)));
    },

    async *list(kind, scope, call, since) {
      const { path, condition } = placeOf(kind, scope);
      const pages = client.pages(recordKinds[kind], listing(path, condition, changedSince(since)), call);
      try {
        yield* pages;
      } catch (error) {
        yield withoutParent(kind, scope, error, nothing);
      }
    },

    async byIds(kind, ids, scope, call) {
      const { path } = placeOf(kind, scope);
      return await client
        .byIds(recordKinds[kind], path, ids, call)
        .catch((error: unknown) => withoutParent(kind, scope, error, nothing));
    },

    async isMissing(kind, id, scope, call) {
      const { path } = placeOf(kind, scope);
      const asked = client.get(anyRecordOf(kind), `${path}/${id}`, call).then(() => false);
      return await asked.catch((error: unknown) => {
        if (error instanceof RecordMissingError) return true;
        throw error;
      });
    },

    async count(kind, scope, call) {
      const { path, condition } = placeOf(kind, scope);
      return await client
        .count(recordKinds[kind].entity, listing(path, condition), call)
        .catch((error: unknown) => withoutParent(kind, scope, error, 0));
    },

    changes: (kind, since, call) =>
      client.pages(changeKinds[kind], listing(changePaths[kind], changedSince(since)), call),

    table: (table, call, parent) => tableRows(client, table, call, parent),
  };
}

/** Characters of a comma in an address. */
const encodedComma = 3;

const nothing: PsaPage<never> = { items: [], skipped: [], readAt: null };

function listing(path: string, ...conditions: readonly (Condition | undefined)[]): Listing {
  const parts = conditions.filter((one) => one !== undefined);
  return parts.length === 0 ? { path } : { path, condition: and(...parts) };
}

function changedSince(since: Date | undefined): Condition | undefined {
  return since === undefined ? undefined : gte(changedField, since);
}

function tableRows(
  client: ConnectWiseClient,
  table: PsaTable,
  call: PsaCall,
  parent: number | undefined,
): AsyncIterable<PsaPage<PsaTableRow>> {
  if (table === 'member') return memberRows(client, call);
  if (table !== 'boardStatus') return client.pages(tableKinds[table], tablePlaces[table], call);
  if (parent === undefined) throw new TypeError('the statuses of a board need the board');
  return client.pages(boardStatusKind(parent), { path: `/service/boards/${parent}/statuses` }, call);
}

/** Where the list that takes fewer rights is not to be had, the set-up table itself is asked. */
async function* memberRows(client: ConnectWiseClient, call: PsaCall): AsyncGenerator<PsaPage<PsaTableRow>> {
  let shown = false;
  try {
    for await (const page of client.pages(tableKinds.member, tablePlaces.member, call)) {
      shown = true;
      yield page;
    }
  } catch (error) {
    if (shown || !isOutOfReach(error)) throw error;
    yield* client.pages(fullMemberKind, { path: fullMembersPath }, call);
  }
}

function isOutOfReach(error: unknown): boolean {
  if (error instanceof RouteMissingError || error instanceof RecordMissingError) return true;
  return error instanceof FailureError && error.failure.code === 'cw.permission';
}

/**
 * A 404 says which record is missing only to the one who asked: a list of what belongs to a project is missing with
 * the project; a ticket that is gone has no notes, and that is no trouble.
 */
function withoutParent<T>(kind: PsaKind, scope: PsaScope, error: unknown, none: T): T {
  if (kind === 'ticketNote' && error instanceof RecordMissingError) return none;
  if (scope.project === undefined) throw error;
  return asMissingProject(scope.project)(error);
}

function asMissingProject(projectId: number): (error: unknown) => never {
  return (error) => {
    throw error instanceof RecordMissingError ? missingProject(projectId, error) : error;
  };
}

/** For a missing record that can only be the project. */
export function missingProject(projectId: number, cause: RecordMissingError): FailureError {
  const { message: _, ...rest } = cause.failure;
  const message = `ConnectWise has no project ${projectId}, or the API member can no longer see it.`;
  return new FailureError({ ...rest, code: 'cw.project-missing', message, entity: 'project' }, { cause });
}
