import type { MemberStatus } from '../domain/member-status.ts';
import type { Fields, PlanKind, PlanRecord } from '../domain/plan.ts';
import type { DoorKind, Refusal } from '../domain/plan-door.ts';
import type { PsaTable } from '../domain/psa-records.ts';
import type { Role } from '../domain/roles.ts';
import type { StatusMapping } from '../domain/status-mapping.ts';
import type { ReferenceRow } from './reference-data.ts';

/** Whose token it is. */
export type ApiCaller = { readonly name: string; readonly role: Role };

/** A row of a set-up table; a member's `inactive` is what counts here, wherever it comes from. */
export type DoorRow = Pick<ReferenceRow, 'id' | 'name' | 'identifier' | 'inactive' | 'details' | 'parent'>;

export type DoorWritten =
  | { readonly result: 'stored' | 'unchanged'; readonly record: PlanRecord }
  | { readonly result: 'refused'; readonly refusals: readonly Refusal[] }
  /** Somebody wrote it since that version; with what it is now. */
  | { readonly result: 'conflict'; readonly record: PlanRecord }
  | { readonly result: 'missing' };

export type DoorPage = { readonly projectId?: string; readonly after?: string; readonly limit: number };

/**
 * The application's side of the planner's HTTP API. Who may do what, and what a request looks like, is looked at
 * before; each call rejects where the database does not answer.
 */
export type PlannerDoor = {
  /** Undefined for any text that is no token. */
  caller(token: string): Promise<ApiCaller | undefined>;
  /** Live records in order of id. */
  list(kind: PlanKind, page: DoorPage): Promise<readonly PlanRecord[]>;
  read(kind: PlanKind, id: string): Promise<PlanRecord | undefined>;
  /** @param key the same for a repeat of the same request, which then makes nothing and is `unchanged` */
  create(kind: DoorKind, fields: Fields, caller: ApiCaller, key?: string): Promise<DoorWritten>;
  change(
    kind: DoorKind,
    wish: { readonly id: string; readonly version: number; readonly fields: Fields },
    caller: ApiCaller,
  ): Promise<DoorWritten>;
  remove(
    kind: 'phase' | 'task' | 'event',
    wish: { readonly id: string; readonly version: number },
    caller: ApiCaller,
  ): Promise<DoorWritten>;
  /** Rows that ConnectWise shows, in order of id. */
  table(table: PsaTable): Promise<readonly DoorRow[]>;
  mappings(): Promise<readonly StatusMapping[]>;
  /** `managed-there`: Sync User Status is on. */
  setMemberStatus(
    id: number,
    status: MemberStatus,
    caller: ApiCaller,
  ): Promise<'set' | 'missing' | 'managed-there'>;
};
