import { isDeepStrictEqual } from 'node:util';
import type { PsaTable, PsaTableRow } from '../../src/domain/psa-records.ts';
import type { StatusMapping } from '../../src/domain/status-mapping.ts';
import type { ReferenceRow, ReferenceStore, TableRead } from '../../src/ports/reference-data.ts';

type Kept = { readonly row: ReferenceRow; readonly token: string };

/** Set-up tables and mappings in memory; bound to the same contract as the real store. */
export class FakeReferenceStore implements ReferenceStore {
  readonly #tables = new Map<PsaTable, Map<number, Kept>>();
  readonly #mappings = new Map<StatusMapping['of'], StatusMapping>();
  /** Those whose projects were not triggered since. */
  readonly #toTrigger = new Set<StatusMapping['of']>();
  /** Called before a mapping is saved: what somebody else does meanwhile. */
  beforeSave: () => void | Promise<void> = () => {};

  async rows(table: PsaTable): Promise<readonly ReferenceRow[]> {
    return [...this.#table(table).values()].map(({ row }) => row).toSorted((a, b) => a.id - b.id);
  }

  async storePage(table: PsaTable, rows: readonly PsaTableRow[], read: TableRead) {
    let created = 0;
    let updated = 0;
    for (const shown of rows) {
      const before = this.#table(table).get(shown.id)?.row;
      const row = merged(before, shown, read);
      this.#table(table).set(shown.id, { row, token: read.token });
      if (!before) created += 1;
      else if (!isDeepStrictEqual(before, row)) updated += 1;
    }
    return { created, updated };
  }

  async finishTable(table: PsaTable, token: string, parent?: number): Promise<number> {
    const notShown = [...this.#table(table).values()].filter(
      (kept) =>
        kept.token !== token && !kept.row.gone && (parent === undefined || kept.row.parent === parent),
    );
    for (const { row, token: last } of notShown) this.#put(table, { ...row, gone: true }, last);
    return notShown.length;
  }

  async setMemberStatus(memberId: number, statusHere: 'active' | 'inactive'): Promise<boolean> {
    const kept = this.#table('member').get(memberId);
    if (!kept) return false;
    this.#put('member', { ...kept.row, statusHere }, kept.token);
    return true;
  }

  async dropMemberStatuses(): Promise<number> {
    const set = [...this.#table('member').values()].filter(({ row }) => row.statusHere !== undefined);
    for (const { row, token } of set) {
      const { statusHere: _dropped, ...rest } = row;
      this.#put('member', rest, token);
    }
    return set.length;
  }

  async mappings(): Promise<readonly StatusMapping[]> {
    const place = ({ of }: StatusMapping) => (of === 'projects' ? Number.MAX_SAFE_INTEGER : of);
    return [...this.#mappings.values()].toSorted((a, b) => place(a) - place(b));
  }

  async saveMapping(mapping: StatusMapping): Promise<boolean> {
    await this.beforeSave();
    if ((this.#mappings.get(mapping.of)?.revision ?? 0) !== mapping.revision) return false;
    this.#mappings.set(mapping.of, { ...mapping, revision: mapping.revision + 1 });
    this.#toTrigger.add(mapping.of);
    return true;
  }

  async mappingsToTrigger() {
    const marked = (await this.mappings()).filter(({ of }) => this.#toTrigger.has(of));
    return marked.map(({ of, revision }) => ({ of, revision }));
  }

  async mappingTriggered({ of, revision }: Pick<StatusMapping, 'of' | 'revision'>): Promise<void> {
    if (this.#mappings.get(of)?.revision === revision) this.#toTrigger.delete(of);
  }

  #table(table: PsaTable): Map<number, Kept> {
    const kept = this.#tables.get(table) ?? new Map<number, Kept>();
    this.#tables.set(table, kept);
    return kept;
  }

  #put(table: PsaTable, row: ReferenceRow, token: string): void {
    this.#table(table).set(row.id, { row, token });
  }
}

function merged(before: ReferenceRow | undefined, shown: PsaTableRow, read: TableRead): ReferenceRow {
  const { id, name, identifier, details } = shown;
  const inactive = read.keepInactive ? (before?.inactive ?? shown.inactive) : shown.inactive;
  const parent = read.parent === undefined ? {} : { parent: read.parent };
  return { ...before, ...parent, id, name, identifier, details, inactive, gone: false };
}
