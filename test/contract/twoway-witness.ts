/**
 * Sees every value that the fields of either side ever had, and who put it there: so that the check can tell a value
 * that arrived on the other side from one that was lost on the way.
 */
import type { Db } from 'mongodb';
import { API_MEMBER } from '../../demo/connectwise/world/setup-tables.ts';
import type { World } from '../../demo/connectwise/world/world.ts';
import type { WorldChange } from '../../demo/connectwise/world/world-core.ts';
import type { PlanPage } from '../../src/ports/planner.ts';
import { type OracleKind, type PlanRow, type PsaRow, planCollection, psaRows } from './inbound-oracle.ts';

/** A value that a field of a ConnectWise record got. */
export type Given = { readonly value: unknown; readonly byUs: boolean; readonly at: Date };
export type PsaDeletion = {
  readonly kind: OracleKind;
  readonly id: number;
  readonly at: Date;
  readonly byUs: boolean;
  /** The ticket that it stood on. */
  readonly ticket?: number;
};

const kindOf: { readonly [store: string]: OracleKind } = {
  projects: 'project',
  phases: 'phase',
  tickets: 'task',
  scheduleEntries: 'event',
  timeEntries: 'timeLog',
  projectNotes: 'projectNote',
  ticketNotes: 'ticketNote',
};

/** Fields that both sides edit. */
export const tracked: { readonly [kind in OracleKind]?: readonly string[] } = {
  project: ['name', 'description', 'status', 'manager', 'dates'],
  phase: ['name', 'budgetHours', 'status'],
  task: ['summary', 'status', 'phaseId', 'owner', 'priority', 'dates', 'budgetHours'],
  event: ['slot', 'done'],
};

/** Statuses as they are: what they mean is asked when the values are looked at. */
const asTheyAre = (of: number | 'projects', status: number): string => `${of}:${status}`;

export class Witness {
  readonly #world: World;
  readonly #db: Db;
  readonly #now: () => Date;
  readonly #psa = new Map<string, Given[]>();
  readonly #lastRows = new Map<string, PsaRow>();
  /** In which project each record was last seen. */
  readonly #projects = new Map<string, number>();
  /** All that the plan ever showed, of each record. */
  readonly #plan = new Map<string, PlanRow['fields'][]>();
  readonly #pairs = new Map<string, string>();
  readonly deletions: PsaDeletion[] = [];
  /** Records that we made in ConnectWise. */
  readonly made: { readonly kind: OracleKind; readonly id: number }[] = [];
  /** When we wrote anything to ConnectWise, and in which project. */
  readonly written: { readonly at: Date; readonly project: number; readonly what: string }[] = [];

  constructor(world: World, db: Db, now: () => Date) {
    this.#world = world;
    this.#db = db;
    this.#now = now;
    for (const [store, kind] of Object.entries(kindOf)) {
      for (const id of world.stores[store as keyof World['stores']].ids()) this.#note(kind, id, false);
    }
    world.onChange((change) => this.#see(change));
  }

  #see({ store, action, id, person }: WorldChange): void {
    const kind = kindOf[store];
    const byUs = person === API_MEMBER;
    if (!kind) return;
    if (action !== 'deleted') this.#note(kind, id, byUs);
    if (byUs) {
      const project = this.#projects.get(`${kind} ${id}`) ?? 0;
      this.written.push({ at: this.#now(), project, what: `${kind} ${id} ${action} in ConnectWise` });
    }
    if (action === 'deleted') {
      const { ticket } = this.#lastRows.get(`${kind} ${id}`) ?? {};
      this.deletions.push({ kind, id, byUs, at: this.#now(), ...(ticket === undefined ? {} : { ticket }) });
      return;
    }
    if (action === 'added' && byUs) this.made.push({ kind, id });
  }

  #note(kind: OracleKind, id: number, byUs: boolean): void {
    const row = this.#rowOf(kind, id);
    if (!row) return;
    this.#lastRows.set(`${kind} ${id}`, row);
    for (const field of tracked[kind] ?? []) {
      const key = `${kind} ${id} ${field}`;
      const values = this.#psa.get(key) ?? [];
      this.#psa.set(key, values);
      const value = row.shown[field];
      if (JSON.stringify(values.at(-1)?.value) === JSON.stringify(value) && values.length > 0) continue;
      values.push({ value, byUs, at: this.#now() });
    }
  }

  #rowOf(kind: OracleKind, id: number): PsaRow | undefined {
    for (const project of this.#world.stores.projects.ids()) {
      const found = psaRows(this.#world, kind, project, asTheyAre).find((row) => row.id === id);
      if (!found) continue;
      this.#projects.set(`${kind} ${id}`, project);
      return found;
    }
    return undefined;
  }

  /** What the field was given, one after another. */
  given(kind: OracleKind, id: number, field: string): readonly Given[] {
    return this.#psa.get(`${kind} ${id} ${field}`) ?? [];
  }

  /** Whether a ticket was in this phase at any moment since then. */
  hadTicketIn(phase: number, since: Date): boolean {
    return [...this.allGiven()].some(({ kind, id, field, values }) => {
      if (kind !== 'task' || field !== 'phaseId') return false;
      const gone = this.deletions.find((one) => one.kind === 'task' && one.id === id);
      return values.some(({ value }, index) => {
        const until = values[index + 1]?.at ?? gone?.at;
        return value === phase && (until === undefined || until >= since);
      });
    });
  }

  /** Every field of every ConnectWise record that was ever given a value. */
  *allGiven(): Generator<{ kind: OracleKind; id: number; field: string; values: readonly Given[] }> {
    for (const [key, values] of this.#psa) {
      const [kind, id, field] = key.split(' ');
      yield { kind: kind as OracleKind, id: Number(id), field: field ?? '', values };
    }
  }

  /** After a page of a run was stored. */
  async planWritten({ kind, create, update, pair = [] }: PlanPage): Promise<void> {
    const ids = [...create, ...update, ...pair].map(({ id }) => id);
    if (ids.length === 0) return;
    const found = await this.#db
      .collection<{ _id: string; fields: PlanRow['fields']; externalId?: number }>(planCollection(kind))
      .find({ _id: { $in: ids } })
      .toArray();
    for (const { _id, fields, externalId } of found) this.shows(kind, _id, fields, externalId);
  }

  /** A state of a plan record, and which ConnectWise record it is paired with. */
  shows(kind: OracleKind, planId: string, fields: PlanRow['fields'], externalId?: number): void {
    this.planShows(planId, fields);
    if (externalId !== undefined) this.#pairs.set(`${kind} ${externalId}`, planId);
  }

  /** The plan record that a ConnectWise record was ever paired with last. */
  planIdOf(kind: OracleKind, externalId: number): string | undefined {
    return this.#pairs.get(`${kind} ${externalId}`);
  }

  planShows(planId: string, fields: PlanRow['fields']): void {
    const all = this.#plan.get(planId) ?? [];
    this.#plan.set(planId, all);
    all.push(fields);
  }

  /** All that the plan ever showed of a record. */
  shownInPlan(planId: string): readonly PlanRow['fields'][] {
    return this.#plan.get(planId) ?? [];
  }
}
