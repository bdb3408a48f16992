import type { PlanKind, PlanRecord } from '../../src/domain/plan.ts';
import type { PlanCreate, Planner, PlanPage, PlanUpdate } from '../../src/ports/planner.ts';

/** The plan in memory, with the port's rules: versions, fences, and one pair for each external id of a kind. */
export class FakePlanner implements Planner {
  readonly records: PlanRecord[] = [];
  /** Pages that were asked to be stored, whether or not anything was refused. */
  readonly applied: PlanPage[] = [];
  /** Called before a page is stored: what somebody else does between our read and our write. */
  beforeApply: (page: PlanPage) => void = () => {};

  async pairedInRange(projectId: string, kind: PlanKind, after: number, to: number) {
    return this.records
      .filter((record) => record.projectId === projectId && record.kind === kind)
      .filter(({ externalId }) => externalId > after && externalId <= to)
      .toSorted((a, b) => a.externalId - b.externalId);
  }

  async pairedByExternalId(kind: PlanKind, externalIds: readonly number[]) {
    return this.records.filter((record) => record.kind === kind && externalIds.includes(record.externalId));
  }

  async idsByExternalId(projectId: string, kind: PlanKind): Promise<ReadonlyMap<number, string>> {
    const found = this.records.filter((record) => record.projectId === projectId && record.kind === kind);
    return new Map(found.map(({ externalId, id }) => [externalId, id]));
  }

  async apply(page: PlanPage): Promise<{ readonly refused: number }> {
    this.beforeApply(page);
    this.applied.push(page);
    const stored = [
      ...page.create.map((one) => this.#create(page, one)),
      ...page.update.map((one) => this.#update(page, one)),
    ];
    return { refused: stored.filter((done) => !done).length };
  }

  #create({ projectId, kind, fence }: PlanPage, one: PlanCreate): boolean {
    const taken = this.records.some(
      (record) => record.id === one.id || (record.kind === kind && record.externalId === one.externalId),
    );
    if (!taken) this.records.push({ ...one, projectId, kind, version: 1, syncFence: fence });
    return !taken;
  }

  #update({ fence }: PlanPage, { version, ...written }: PlanUpdate): boolean {
    const at = this.records.findIndex(({ id }) => id === written.id);
    const before = this.records[at];
    if (!before || before.version !== version || before.syncFence > fence) return false;
    this.records[at] = { ...before, ...written, version: version + 1, syncFence: fence };
    return true;
  }

  /** A person's edit. */
  edit(id: string, fields: PlanRecord['fields']): void {
    const at = this.records.findIndex((record) => record.id === id);
    const before = this.records[at];
    if (!before) throw new Error(`no record ${id}`);
    this.records[at] = { ...before, fields: { ...before.fields, ...fields }, version: before.version + 1 };
  }

  of(kind: PlanKind): readonly PlanRecord[] {
    return this.records.filter((record) => record.kind === kind);
  }

  async phases(projectId: string): Promise<readonly PlanRecord[]> {
    return this.of('phase').filter((record) => record.projectId === projectId);
  }

  async tasks(projectId: string, page: { readonly offset: number; readonly limit: number }) {
    const tasks = this.of('task').filter((record) => record.projectId === projectId);
    return { tasks: tasks.slice(page.offset, page.offset + page.limit), total: tasks.length };
  }
}
