import type { MemberStatus } from '../domain/member-status.ts';
import type { PsaTable, PsaTableRow } from '../domain/psa-records.ts';
import type { StatusMapping } from '../domain/status-mapping.ts';

/** A row of a set-up table as kept. */
export type ReferenceRow = Pick<PsaTableRow, 'id' | 'name' | 'identifier' | 'inactive' | 'details'> & {
  /** The board, of a `boardStatus`. */
  readonly parent?: number;
  /** No longer shown by ConnectWise; kept, since records may refer to it. */
  readonly gone: boolean;
  /** Of a member: set here by an admin while Sync User Status is off, and then what counts. */
  readonly statusHere?: MemberStatus;
};

export type TableRead = {
  /** Of this read of the whole table, and of no other. */
  readonly token: string;
  /** The board, for `boardStatus`. */
  readonly parent?: number;
  /** Rows that are known keep their `inactive`: of members while Sync User Status is off. */
  readonly keepInactive?: boolean;
};

export type TableStored = { readonly created: number; readonly updated: number; readonly gone: number };

/** What the miscellaneous data sync keeps: set-up tables, companies, people, and what statuses mean. */
export type ReferenceStore = {
  /** In order of id. */
  rows(table: PsaTable): Promise<readonly ReferenceRow[]>;
  /** Counts only what really changed; a row that was gone and is shown again is an update. */
  storePage(
    table: PsaTable,
    rows: readonly PsaTableRow[],
    read: TableRead,
  ): Promise<Pick<TableStored, 'created' | 'updated'>>;
  /**
   * After a whole table was read under this token: whatever it did not show is marked gone. Returns how many
   * were not before.
   */
  finishTable(table: PsaTable, token: string, parent?: number): Promise<number>;
  /** False where no such member is kept. */
  setMemberStatus(memberId: number, status: MemberStatus): Promise<boolean>;
  /** Drops what was set here: ConnectWise's word counts from now on. Returns of how many members. */
  dropMemberStatuses(): Promise<number>;
  mappings(): Promise<readonly StatusMapping[]>;
  /**
   * Stores the mapping under the next revision; `mapping.revision` is the one it was read with, 0 where there was
   * none. False where that has moved since. With the same write it is marked: its projects are still to be synced.
   */
  saveMapping(mapping: StatusMapping): Promise<boolean>;
  /** Mappings that carry that mark, in order like `mappings`. */
  mappingsToTrigger(): Promise<readonly Pick<StatusMapping, 'of' | 'revision'>[]>;
  /** Takes the mark away; not where the mapping was saved again since that revision. */
  mappingTriggered(mapping: Pick<StatusMapping, 'of' | 'revision'>): Promise<void>;
};
