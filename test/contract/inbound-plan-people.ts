/** What people do in the plan, and what of their edits must still be there or be told. */
import type { World } from '../../demo/connectwise/world/world.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { EngineRig } from '../support/engine-rig.ts';
import {
  externalIdsOf,
  type OracleKind,
  type PlanRow,
  planShows,
  psaRows,
  readStored,
  type Stored,
} from './inbound-oracle.ts';
import type { Choice } from './inbound-people.ts';
import { must } from './inbound-rules.ts';

const ann: Actor = { id: 'test:T1/ann', name: 'Ann' };

/** Fields that people edit, each with values that nobody else gives. */
const editable: { readonly [kind in OracleKind]?: readonly (readonly [string, (n: number) => Json])[] } = {
  task: [
    ['summary', (n) => `in the plan ${n}`],
    ['budgetHours', (n) => 10_000 + n],
    [
      'dates',
      (n) => ({
        start: `2027-01-01T00:00:00Z`,
        due: new Date(Date.UTC(2027, 1, n)).toISOString().replace('.000', ''),
      }),
    ],
  ],
  phase: [['name', (n) => `phase in the plan ${n}`]],
  project: [['name', (n) => `project in the plan ${n}`]],
  timeLog: [['notes', (n) => `time in the plan ${n}`]],
  projectNote: [['text', (n) => `note in the plan ${n}`]],
  ticketNote: [['text', (n) => `note in the plan ${n}`]],
};

type Edit = {
  readonly kind: OracleKind;
  readonly id: string;
  readonly field: string;
  readonly value: Json;
  /** What ConnectWise showed when it was made. */
  readonly psaThen: string;
};

const cut = (text: string): string => (text.length > 80 ? text.slice(0, 79) : text);

type Rig = Pick<EngineRig, 'db' | 'tenantId' | 'stores' | 'time'>;

export class PlanPeople {
  readonly #rig: Rig;
  readonly #world: World;
  readonly #edits = new Map<string, Edit>();
  readonly #outside: { readonly id: string; readonly at: Date }[] = [];
  #count = 0;

  constructor(rig: Rig, world: World) {
    this.#rig = rig;
    this.#world = world;
  }

  async #stored(): Promise<Stored> {
    return await readStored(this.#rig.db, this.#rig.tenantId);
  }

  #edit(row: PlanRow, fields: { readonly [field: string]: Json }) {
    return this.#rig.stores.planner.edit(
      {
        kind: row.kind,
        id: row.id,
        version: row.version,
        change: { fields },
        by: ann,
        at: this.#rig.time.now(),
      },
      { kinds: ['delta'], prio: 1 },
    );
  }

  async edit({ pick, value }: Choice): Promise<string | undefined> {
    const stored = await this.#stored();
    const kinds = Object.keys(editable) as OracleKind[];
    const kind = value % 2 === 0 ? 'task' : (kinds[value % kinds.length] ?? 'task');
    const rows = livePaired(stored, kind);
    const row = rows[pick % Math.max(1, rows.length)];
    const choices = editable[kind] ?? [];
    const chosen = choices[value % choices.length];
    if (!row || !chosen) return undefined;
    this.#count += 1;
    const [field, make] = chosen;
    const key = `${row.id} ${field}`;
    const before = this.#edits.get(key);
    if (before) this.#mustBeThereOrTold(stored, before);
    const edited = await this.#edit(row, { [field]: make(this.#count) });
    if (edited.result !== 'stored') return undefined;
    const psaThen = this.#psaShows(stored, row, field);
    this.#edits.set(key, { kind, id: row.id, field, value: make(this.#count), psaThen });
    return `Ann edits ${kind} ${row.externalId} in the plan: ${field} = ${JSON.stringify(make(this.#count))}`;
  }

  async takeOutOfPhase({ pick }: Choice): Promise<string | undefined> {
    const rows = livePaired(await this.#stored(), 'task').filter(
      ({ fields }) => typeof fields.phaseId === 'string',
    );
    const row = rows[pick % Math.max(1, rows.length)];
    if (!row) return undefined;
    const edited = await this.#edit(row, { phaseId: null });
    if (edited.result !== 'stored') return undefined;
    this.#edits.set(`${row.id} phaseId`, {
      kind: 'task',
      id: row.id,
      field: 'phaseId',
      value: null,
      psaThen: this.#psaShows(await this.#stored(), row, 'phaseId'),
    });
    this.#outside.push({ id: row.id, at: this.#rig.time.now() });
    return `Ann takes task ${row.externalId} out of its phase`;
  }

  async restore({ pick }: Choice): Promise<string | undefined> {
    const stored = await this.#stored();
    const buried = [...stored.plan.values()].flat().filter(({ deleted }) => deleted);
    const row = buried.toSorted(byId)[pick % Math.max(1, buried.length)];
    if (!row) return undefined;
    await this.#rig.stores.planner.restore(row.projectId, row.kind, row.id, ann, this.#rig.time.now());
    return `Ann restores ${row.kind} ${row.externalId}`;
  }

  async answer({ pick, value }: Choice): Promise<string | undefined> {
    const asking = await this.#asking();
    const projectId = asking[pick % Math.max(1, asking.length)];
    if (projectId === undefined) return undefined;
    return await this.#answer(projectId, value % 2 === 0);
  }

  /** Somebody answers what still waits. False where nothing did. */
  async answerAll(): Promise<boolean> {
    const asking = await this.#asking();
    for (const projectId of asking) await this.#answer(projectId, true);
    return asking.length > 0;
  }

  async #asking(): Promise<readonly string[]> {
    const rows = [...(await this.#stored()).plan.values()].flat();
    const frozen = rows.filter(
      ({ frozen, deleted }) => frozen && frozen.approvedBy === undefined && !deleted,
    );
    return [...new Set(frozen.map(({ projectId }) => projectId))].toSorted();
  }

  async #answer(projectId: string, apply: boolean): Promise<string> {
    const { planner, tasks } = this.#rig.stores;
    if (apply) await planner.approveFrozen(projectId, ann);
    else await planner.detachFrozen(projectId, ann, this.#rig.time.now());
    const trigger = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
    await tasks.trigger(`${this.#rig.tenantId}:${projectId}`, trigger);
    return `Ann answers a mass deletion: ${apply ? 'apply' : 'keep'}`;
  }

  #psaShows(stored: Stored, { kind, externalId, projectId }: PlanRow, field: string): string {
    const project = stored.tasks.find((task) => task.projectId === projectId)?.externalId ?? 0;
    const all = this.#world.stores.projects
      .ids()
      .flatMap((id) => psaRows(this.#world, kind, id, stored.category));
    const rows = [...psaRows(this.#world, kind, project, stored.category), ...all];
    return JSON.stringify(rows.find(({ id }) => id === externalId)?.shown[field]);
  }

  /** Whether the plan rightly shows another value than ConnectWise: edited here, and not there since. */
  explains(stored: Stored, planId: string | undefined, field: string | undefined): boolean {
    const edit = this.#edits.get(`${planId} ${field}`);
    const row = edit && rowOf(stored, edit);
    if (!edit || !row) return false;
    return this.#isStillThere(stored, row, edit) && this.#psaShows(stored, row, edit.field) === edit.psaThen;
  }

  #isStillThere(stored: Stored, row: PlanRow, { field, value }: Edit): boolean {
    const externalIds = externalIdsOf(stored);
    const shown = (fields: PlanRow['fields']) =>
      JSON.stringify(planShows({ ...row, fields }, externalIds)[field]);
    return shown(row.fields) === shown({ ...row.fields, [field]: value });
  }

  #mustBeThereOrTold(stored: Stored, edit: Edit): void {
    const row = rowOf(stored, edit);
    if (!row || row.deleted || row.externalId === undefined || this.#isStillThere(stored, row, edit)) return;
    const words = `${edit.field}: plan ${cut(JSON.stringify(edit.value))}`;
    const told = stored.log.some(
      ({ planId, message }) =>
        planId === edit.id && message.includes(words) && message.includes('ConnectWise'),
    );
    const where = `${edit.kind} ${row.externalId}`;
    must('an overwritten edit is told with both values', told, `no line says “${words}” of ${where}`);
  }

  /** Every edit that ConnectWise's value took the place of is told; so is each that ConnectWise cannot hold. */
  check(stored: Stored, isSynced: (projectId: string) => boolean): void {
    for (const edit of this.#edits.values()) this.#mustBeThereOrTold(stored, edit);
    for (const { id, at } of this.#outside) {
      const row = stored.plan.get('task')?.find((task) => task.id === id);
      const still = row && !row.deleted && row.externalId !== undefined && row.fields.phaseId === null;
      if (!still || !isSynced(row.projectId)) continue;
      const told = stored.log.some((line) => line.planId === id && line.action === 'held' && line.at >= at);
      must('a task outside its phase is told', told, `task ${row.externalId}`);
    }
  }
}

const byId = (a: PlanRow, b: PlanRow): number => (a.externalId ?? 0) - (b.externalId ?? 0);

function livePaired(stored: Stored, kind: OracleKind): readonly PlanRow[] {
  const rows = stored.plan.get(kind) ?? [];
  return rows.filter(({ deleted, externalId }) => !deleted && externalId !== undefined).toSorted(byId);
}

function rowOf(stored: Stored, { kind, id }: Edit): PlanRow | undefined {
  return stored.plan.get(kind)?.find((row) => row.id === id);
}
