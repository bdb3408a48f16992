import { type Failure, FailureError } from '../../src/domain/failure.ts';
import type {
  CreatableKind,
  PatchableKind,
  PsaChanges,
  PsaKind,
  PsaNew,
  PsaProject,
  PsaRecord,
  PsaRecordOf,
  PsaScheduleEntry,
} from '../../src/domain/psa-records.ts';
import type { PsaCall, PsaScope, PsaWrites, PsaWritten } from '../../src/ports/psa.ts';
import { FakePsaReads, type Placed } from './fake-psa-reads.ts';
import { type FakeParent, type FakeWrite, madeRecord, trimmed } from './fake-psa-records.ts';

/**
 * ConnectWise in memory. It writes as `member`, trims texts, and takes what `refuse` does not refuse. A fault thrown by
 * `beforeRequest` comes before a write is done, one by `afterWrite` when it is done and not yet answered.
 */
export class FakePsa extends FakePsaReads implements PsaWrites {
  /** Identifier of the API member. */
  member = 'cwsync';
  /** Kinds that the API member may read and not write. */
  readonly readOnly = new Set<CreatableKind>();
  /** Writes that were done, in order. */
  readonly written: FakeWrite[] = [];
  /** Why ConnectWise refuses a write, e.g. `{code: 'cw.rejected', field: 'required'}`; nothing is written then. */
  refuse: (write: FakeWrite) => Failure | undefined = () => undefined;
  /** What ConnectWise makes of the values: without one that it does not take though it says so, or in another form. */
  stored: (write: FakeWrite) => FakeWrite['values'] = ({ values }) => trimmed(values);
  /** Called when a write is done and before it is answered: throws where the answer is lost. */
  afterWrite: (write: FakeWrite) => void | Promise<void> = () => {};
  #ownMember: string | null = null;
  #made = 90_000;

  async patch<K extends PatchableKind>(
    kind: K,
    id: number,
    change: PsaChanges[K],
    _scope: PsaScope,
    call: PsaCall,
  ): Promise<PsaWritten<K> | undefined> {
    await this.#askToWrite(`patch ${kind}`, kind, call);
    const before = this.#recordsOf(kind).find((one) => one.id === id);
    if (before === undefined) return undefined;
    const write = { what: `patch ${kind}`, id, values: change };
    this.#refuseOrNot(write);
    const { joinTeamAs: _, ...values } = this.stored(write) as PsaChanges['scheduleEntry'];
    const record = { ...before, ...values, ...this.#stamps() };
    this.#put(kind, [...this.#recordsOf(kind).filter((one) => one.id !== id), record]);
    this.#join(change, record);
    return await this.#done(write, record);
  }

  async create<K extends CreatableKind>(
    kind: K,
    given: PsaNew[K],
    scope: PsaScope,
    call: PsaCall,
  ): Promise<PsaWritten<K>> {
    await this.#askToWrite(`create ${kind}`, kind, call);
    const parent = this.#parentOf(kind, given, scope);
    const id = ++this.#made;
    const write = { what: `create ${kind}`, id, values: given };
    this.#refuseOrNot(write);
    const stamps = this.#stamps();
    const entered = { by: stamps.updatedBy, at: stamps.lastUpdated };
    const record = madeRecord(kind, this.stored(write), { id, ...stamps, entered }, parent);
    this.#put(kind, [...this.#recordsOf(kind), record as Placed<PsaRecordOf<K>>]);
    this.#join(given, record);
    return await this.#done(write, record as Placed<PsaRecordOf<K>>);
  }

  async remove(
    kind: 'phase' | 'ticket' | 'scheduleEntry',
    id: number,
    _scope: PsaScope,
    call: PsaCall,
  ): Promise<void> {
    await this.#askToWrite(`remove ${kind}`, kind, call);
    if (!this.#recordsOf(kind).some((one) => one.id === id)) return;
    const write = { what: `remove ${kind}`, id, values: {} };
    this.#refuseOrNot(write);
    this.#put(
      kind,
      this.#recordsOf(kind).filter((one) => one.id !== id),
    );
    if (kind === 'ticket') {
      this.records.scheduleEntry = this.records.scheduleEntry.filter(({ objectId }) => objectId !== id);
      this.records.ticketNote = this.records.ticketNote.filter(({ ticketId }) => ticketId !== id);
    }
    this.written.push(write);
    await this.afterWrite(write);
  }

  async ownMember(): Promise<string | null> {
    return this.#ownMember;
  }

  async #askToWrite(what: string, kind: CreatableKind, call: PsaCall): Promise<void> {
    await this.ask(what, call, kind);
    if (this.readOnly.has(kind)) throw new FailureError({ code: 'cw.permission', entity: kind });
  }

  #refuseOrNot(write: FakeWrite): void {
    const failure = this.refuse(write);
    if (failure !== undefined) throw new FailureError(failure);
  }

  async #done<K extends CreatableKind>(
    write: FakeWrite,
    record: Placed<PsaRecordOf<K>>,
  ): Promise<PsaWritten<K>> {
    this.written.push(write);
    await this.afterWrite(write);
    this.#ownMember = this.member;
    return { record, readAt: this.date };
  }

  #stamps() {
    const at = this.date;
    return {
      lastUpdated: at === null ? null : `${at.toISOString().slice(0, 19)}Z`,
      updatedBy: this.member,
    };
  }

  #recordsOf<K extends CreatableKind>(kind: K): readonly Placed<PsaRecordOf<K>>[] {
    const all = kind === 'project' ? this.projects : this.records[kind as PsaKind];
    return all as readonly PsaRecord[] as readonly Placed<PsaRecordOf<K>>[];
  }

  #put<K extends CreatableKind>(kind: K, all: readonly PsaRecord[]): void {
    if (kind === 'project') this.projects = all as readonly PsaRecord[] as readonly PsaProject[];
    else Object.assign(this.records, { [kind]: all });
  }

  /** What the new record is below: its project, and its ticket if it has one. */
  #parentOf(kind: CreatableKind, given: object, scope: PsaScope): FakeParent {
    if (kind === 'project') return {};
    if (kind === 'phase' || kind === 'projectNote' || kind === 'ticket') {
      return { project: this.projectNamed(scope.project) };
    }
    const { objectId, ticketId } = given as { objectId?: number; ticketId?: number };
    const id = objectId ?? ticketId ?? scope.ticket;
    const ticket = this.records.ticket.find((one) => one.id === id);
    if (ticket === undefined) throw new FailureError({ code: 'cw.rejected', entity: kind });
    return { ticket };
  }

  /** Puts the member of a schedule entry on the team of the project, where it is asked for. */
  #join(values: PsaChanges['scheduleEntry'] | object, entry: PsaRecord): void {
    if (!('joinTeamAs' in values) || values.joinTeamAs === undefined) return;
    const { objectId, member } = entry as PsaScheduleEntry;
    const inProject = this.records.ticket.find(({ id }) => id === objectId)?.project?.id;
    const isOnIt = this.records.teamMember.some(
      (one) => one.member?.id === member?.id && (one.inProject ?? inProject) === inProject,
    );
    if (isOnIt || inProject === undefined) return;
    const stamps = { id: ++this.#made, ...this.#stamps() };
    const one = {
      ...stamps,
      inProject,
      member,
      role: values.joinTeamAs,
      hours: null,
      start: null,
      end: null,
    };
    this.records.teamMember = [...this.records.teamMember, one];
  }
}
