import { FailureError } from '../../src/domain/failure.ts';
import type {
  PsaChange,
  PsaKind,
  PsaKinds,
  PsaProject,
  PsaRecord,
  PsaTable,
  PsaTableRow,
  ScoutedKind,
} from '../../src/domain/psa-records.ts';
import type { Psa, PsaCall, PsaPage, PsaScope } from '../../src/ports/psa.ts';

type Skipped = PsaPage<never>['skipped'][number];
/** Phases, project notes and team members do not name their project: without `inProject` they are in each. */
export type Placed<T> = T & { readonly inProject?: number };
type Shown<T> = { readonly items: readonly T[]; readonly skipped: readonly Skipped[] };

const ofOneProject: ReadonlySet<PsaKind> = new Set(['phase', 'projectNote', 'teamMember']);

/** Reading of `FakePsa`: pages in order of id, and a place to step in between two of them. */
export class FakePsaReads implements Psa {
  projects: readonly PsaProject[] = [];
  readonly records: { [K in PsaKind]: readonly Placed<PsaKinds[K]>[] } = {
    phase: [],
    ticket: [],
    scheduleEntry: [],
    timeEntry: [],
    projectNote: [],
    ticketNote: [],
    teamMember: [],
  };
  /** Records of a kind that cannot be read; they are on the last page and count. */
  readonly skipped: { [K in PsaKind]?: readonly Skipped[] } = {};
  readonly tables: { [T in PsaTable]?: readonly PsaTableRow[] } = {};
  /** Kinds on which the API member has no right. */
  readonly forbidden = new Set<PsaKind | PsaTable | 'project'>();
  pageSize = 2;
  idsPerRequest = 100;
  /** ConnectWise's clock. */
  date: Date | null = new Date('2026-01-05T09:00:00Z');
  readonly calls: PsaCall[] = [];
  /** What was asked, in order: `list ticket`, `byIds ticket`, `table company`, `openProjects`. */
  readonly asked: string[] = [];
  /** Called before each request: what happens in ConnectWise meanwhile, or a fault to throw. */
  beforeRequest: (what: string) => void | Promise<void> = () => {};

  async systemInfo(call: PsaCall) {
    await this.ask('systemInfo', call);
    return { version: 'v2025_8' };
  }

  async project(id: number, call: PsaCall) {
    await this.ask('project', call, 'project');
    return { project: this.projectNamed(id), readAt: this.date };
  }

  openProjects(call: PsaCall) {
    const open = () => ({ items: this.projects.filter(({ closed }) => !closed), skipped: [] });
    return this.#pages('openProjects', 'project', call, open);
  }

  ticketsPerRequest(_digits: number): number {
    return this.idsPerRequest;
  }

  list<K extends PsaKind>(kind: K, scope: PsaScope, call: PsaCall, since?: Date) {
    return this.#pages(`list ${kind}`, kind, call, () => {
      const items = this.#inScope(kind, scope).filter(
        (record) => since === undefined || changed(record, since),
      );
      return { items, skipped: this.skipped[kind] ?? [] };
    });
  }

  async byIds<K extends PsaKind>(kind: K, ids: readonly number[], scope: PsaScope, call: PsaCall) {
    const wanted = [...new Set(ids)].toSorted((a, b) => a - b);
    const items: PsaKinds[K][] = [];
    for (let from = 0; from < wanted.length; from += this.idsPerRequest) {
      await this.ask(`byIds ${kind}`, call, kind);
      const chunk = new Set(wanted.slice(from, from + this.idsPerRequest));
      items.push(...inOrder(this.#inScope(kind, placeOf(kind, scope))).filter(({ id }) => chunk.has(id)));
    }
    return { items, skipped: [], readAt: wanted.length === 0 ? null : this.date };
  }

  async isMissing(kind: PsaKind, id: number, scope: PsaScope, call: PsaCall): Promise<boolean> {
    await this.ask(`isMissing ${kind}`, call, kind);
    if (ofOneProject.has(kind) && !this.projects.some((one) => one.id === scope.project)) return true;
    return !this.#inScope(kind, placeOf(kind, scope)).some((one) => one.id === id);
  }

  async count(kind: PsaKind, scope: PsaScope, call: PsaCall): Promise<number> {
    await this.ask(`count ${kind}`, call, kind);
    return this.#inScope(kind, scope).length + (this.skipped[kind]?.length ?? 0);
  }

  changes(kind: ScoutedKind, since: Date, call: PsaCall) {
    return this.#pages(`changes ${kind}`, kind, call, () => ({
      items: this.#changesOf(kind).filter((change) => changed(change, since)),
      skipped: [],
    }));
  }

  table(table: PsaTable, call: PsaCall, parent?: number) {
    return this.#pages(`table ${table}`, table, call, () => {
      const rows = this.tables[table] ?? [];
      const ofParent = rows.filter(({ details }) => table !== 'boardStatus' || details.boardId === parent);
      return { items: ofParent, skipped: [] };
    });
  }

  #changesOf(kind: ScoutedKind): PsaChange[] {
    const change = (
      { id, lastUpdated, updatedBy }: PsaRecord,
      of: { project?: number | null; ticket?: number | null },
    ) => ({
      id,
      lastUpdated,
      updatedBy,
      projectId: of.project ?? null,
      ticketId: of.ticket ?? null,
    });
    if (kind === 'project') return this.projects.map((one) => change(one, { project: one.id }));
    if (kind === 'ticket')
      return this.records.ticket.map((one) => change(one, { project: one.project?.id ?? null }));
    if (kind === 'scheduleEntry')
      return this.records.scheduleEntry.map((one) => change(one, { ticket: one.objectId }));
    return this.records.timeEntry.map((one) => change(one, { project: one.projectId, ticket: one.ticketId }));
  }

  #inScope<K extends PsaKind>(kind: K, scope: PsaScope): readonly PsaKinds[K][] {
    if (ofOneProject.has(kind)) {
      const { id } = this.projectNamed(scope.project);
      return this.records[kind].filter(({ inProject }) => (inProject ?? id) === id);
    }
    return this.records[kind].filter((record) => isWithin(record, scope));
  }

  protected projectNamed(id: number | undefined): PsaProject {
    const project = this.projects.find((one) => one.id === id);
    if (!project) throw new FailureError({ code: 'cw.project-missing' });
    return project;
  }

  protected async ask(what: string, call: PsaCall, entity?: PsaKind | PsaTable | 'project'): Promise<void> {
    call.signal.throwIfAborted();
    this.calls.push(call);
    this.asked.push(what);
    call.onRequest?.();
    await this.beforeRequest(what);
    if (entity !== undefined && this.forbidden.has(entity)) {
      throw new FailureError({ code: 'cw.permission', entity });
    }
  }

  async *#pages<T extends PsaRecord>(
    what: string,
    entity: PsaKind | PsaTable | 'project',
    call: PsaCall,
    all: () => Shown<T>,
  ): AsyncGenerator<PsaPage<T>> {
    let last = 0;
    for (;;) {
      await this.ask(what, call, entity);
      const { items: shown, skipped } = all();
      const left = inOrder(shown).filter(({ id }) => id > last);
      const items = left.slice(0, this.pageSize);
      const final = left.length <= this.pageSize;
      yield { items, skipped: final ? skipped : [], readAt: this.date };
      if (final) return;
      last = items.at(-1)?.id ?? last;
    }
  }
}

/** Where a record is looked for by id: tickets, schedule and time entries wherever they are by now. */
function placeOf(kind: PsaKind, scope: PsaScope): PsaScope {
  return ofOneProject.has(kind) || kind === 'ticketNote' ? scope : {};
}

function isWithin(record: PsaKinds[PsaKind], { project, ticket, tickets }: PsaScope): boolean {
  if ('resources' in record) return project === undefined || record.project?.id === project;
  if ('objectId' in record) return tickets === undefined || tickets.includes(record.objectId ?? 0);
  if ('projectId' in record) return project === undefined || record.projectId === project;
  if ('ticketId' in record) return record.ticketId === ticket;
  return true;
}

function changed({ lastUpdated }: PsaRecord, since: Date): boolean {
  // ConnectWise is asked in whole seconds.
  return lastUpdated !== null && Date.parse(lastUpdated) >= Math.floor(since.getTime() / 1000) * 1000;
}

function inOrder<T extends PsaRecord>(records: readonly T[]): T[] {
  return records.toSorted((a, b) => a.id - b.id);
}
