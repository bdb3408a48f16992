import type { AnyBulkWriteOperation, Db } from 'mongodb';
import type { PsaTable, PsaTableRow } from '../../src/domain/psa-records.ts';
import type { StatusMapping } from '../../src/domain/status-mapping.ts';
import type { ReferenceRow, ReferenceStore, TableRead } from '../../src/ports/reference-data.ts';
import { isDuplicateKey } from './duplicate-key.ts';

type RowDocument = ReferenceRow & {
  readonly _id: string;
  readonly tenantId: string;
  readonly table: PsaTable;
  /** Of the last read that showed it. */
  readonly token?: string;
};

type MappingDocument = StatusMapping & {
  readonly _id: string;
  readonly tenantId: string;
  /** Its projects were not asked to sync since it was saved. */
  readonly toTrigger?: true;
};

export function mongoReferenceStore(db: Db, tenantId: string): ReferenceStore {
  const kept = db.collection<RowDocument>('reference_rows');
  const known = db.collection<MappingDocument>('status_mappings');
  const rowId = (table: PsaTable, id: number) => `${tenantId}:${table}:${id}`;

  async function rows(table: PsaTable) {
    const projection = { _id: 0, tenantId: 0, table: 0, token: 0 } as const;
    return await kept.find<ReferenceRow>({ tenantId, table }, { projection }).sort({ id: 1 }).toArray();
  }

  async function storePage(table: PsaTable, shown: readonly PsaTableRow[], read: TableRead) {
    if (shown.length === 0) return { created: 0, updated: 0 };
    const written = await kept.bulkWrite(
      shown.map((row) => store(table, row, read)),
      { ordered: false },
    );
    // Apart from the row itself: a row that is only stamped would count as changed.
    await kept.updateMany(
      { _id: { $in: shown.map(({ id }) => rowId(table, id)) } },
      { $set: { token: read.token } },
    );
    return { created: written.upsertedCount, updated: written.modifiedCount };
  }

  function store(table: PsaTable, row: PsaTableRow, read: TableRead): AnyBulkWriteOperation<RowDocument> {
    const { id, name, identifier, inactive } = row;
    const atFirst = { tenantId, table, id, ...(read.keepInactive ? { inactive } : {}) };
    const always = {
      name,
      identifier,
      details: inOrder(row.details),
      gone: false,
      ...(read.keepInactive ? {} : { inactive }),
      ...(read.parent === undefined ? {} : { parent: read.parent }),
    };
    const update = { $set: always, $setOnInsert: atFirst };
    return { updateOne: { filter: { _id: rowId(table, id) }, update, upsert: true } };
  }

  async function finishTable(table: PsaTable, token: string, parent?: number): Promise<number> {
    const ofBoard = parent === undefined ? {} : { parent };
    const notShown = { tenantId, table, gone: false, token: { $ne: token }, ...ofBoard };
    return (await kept.updateMany(notShown, { $set: { gone: true } })).modifiedCount;
  }

  async function setMemberStatus(memberId: number, statusHere: 'active' | 'inactive'): Promise<boolean> {
    const set = await kept.updateOne({ _id: rowId('member', memberId) }, { $set: { statusHere } });
    return set.matchedCount === 1;
  }

  async function dropMemberStatuses(): Promise<number> {
    const set = { tenantId, table: 'member' as const, statusHere: { $exists: true } };
    return (await kept.updateMany(set, { $unset: { statusHere: '' } })).modifiedCount;
  }

  async function mappings() {
    const projection = { _id: 0, tenantId: 0, toTrigger: 0 } as const;
    return await known.find<StatusMapping>({ tenantId }, { projection }).sort({ of: 1 }).toArray();
  }

  async function saveMapping({ of, revision, statuses, defaults }: StatusMapping): Promise<boolean> {
    const _id = `${tenantId}:${of}`;
    const next = { revision: revision + 1, statuses, defaults, toTrigger: true } as const;
    if (revision > 0) return (await known.updateOne({ _id, revision }, { $set: next })).matchedCount === 1;
    try {
      await known.insertOne({ _id, tenantId, of, ...next });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function mappingsToTrigger() {
    const projection = { _id: 0, of: 1, revision: 1 } as const;
    const marked = { tenantId, toTrigger: true } as const;
    return await known
      .find<Pick<StatusMapping, 'of' | 'revision'>>(marked, { projection })
      .sort({ of: 1 })
      .toArray();
  }

  async function mappingTriggered({ of, revision }: Pick<StatusMapping, 'of' | 'revision'>) {
    await known.updateOne({ _id: `${tenantId}:${of}`, revision }, { $unset: { toTrigger: 1 } });
  }

  return {
    rows,
    storePage,
    finishTable,
    setMemberStatus,
    dropMemberStatuses,
    mappings,
    saveMapping,
    mappingsToTrigger,
    mappingTriggered,
  };
}

/** The database tells two objects apart by the order of their fields too, which says nothing here. */
function inOrder(details: PsaTableRow['details']): PsaTableRow['details'] {
  return Object.fromEntries(Object.entries(details).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
