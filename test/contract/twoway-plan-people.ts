/** What people do in the plan of a sync that writes in both directions, and which of their values must not be lost. */
import type { World } from '../../demo/connectwise/world/world.ts';
import type { Json } from '../../src/domain/json.ts';
import { psaKindOf } from '../../src/domain/plan.ts';
import type { Actor } from '../../src/domain/sync-task.ts';
import type { EngineRig } from '../support/engine-rig.ts';
import { type OracleKind, type PlanRow, readRows, readStored, type Stored } from './inbound-oracle.ts';
import type { Choice } from './inbound-people.ts';

export const ann: Actor = { id: 'test:T1/ann', name: 'Ann' };
const quietly = { kinds: ['delta'], prio: 1 } as const;

/** A value that a person gave to a field in the plan. */
export type PlanEdit = {
  readonly kind: OracleKind;
  readonly id: string;
  readonly field: string;
  /** What the plan showed until then. */
  readonly before: unknown;
  readonly value: Json;
  readonly at: Date;
};

type Make = (n: number, world: World, row: PlanRow) => Json;
type Editable = readonly (readonly [field: string, make: Make])[];

const day = (n: number): string =>
  `${new Date(Date.UTC(2027, 1, 1 + (n % 300))).toISOString().slice(0, 19)}Z`;
const slotStart = (n: number): number => Date.UTC(2027, 5, 1 + (n % 28), 8 + (n % 6));
const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

function worker(world: World, n: number) {
  const people = world.stores.members
    .rows()
    .filter(({ inactiveFlag, licenseClass }) => !inactiveFlag && licenseClass === 'F');
  const { id, firstName, lastName } = people[n % people.length] ?? { id: 0, firstName: '', lastName: '' };
  return { id, name: `${firstName} ${lastName}` };
}

const category =
  (...names: readonly string[]): Make =>
  (n) => ({
    id: null,
    name: null,
    category: names[n % names.length] ?? '',
  });

/** Short texts, some of which ConnectWise trims, and some of which it refuses. */
const words = (n: number): string => {
  if (n % 9 === 4) return `  in the plan ${n} `;
  if (n % 9 === 7) return `in the\nplan ${n}`;
  return n % 23 === 11 ? `in the plan ${n} ${'x'.repeat(100)}` : `in the plan ${n}`;
};

/** Fields that people edit. */
const editable: { readonly [kind in OracleKind]?: Editable } = {
  task: [
    ['summary', words],
    ['budgetHours', (n) => (n % 7 === 3 ? n + 0.1234 : 10_000 + n)],
    ['status', category('In Progress', 'Complete', 'Not Started', 'Blocked', 'Cancelled')],
    ['dates', (n) => ({ start: day(n), due: n % 5 === 0 ? null : day(n + 3) })],
    ['owner', (n, world) => (n % 4 === 0 ? null : worker(world, n))],
    ['priority', (n) => ({ id: 1 + (n % 4), name: null })],
  ],
  phase: [
    ['name', words],
    ['budgetHours', (n) => n + 0.5],
  ],
  project: [
    ['name', words],
    ['description', (n) => `said in the plan ${n}`],
    ['status', category('In Progress', 'On Hold', 'Planning')],
    ['manager', (n, world) => worker(world, n)],
    ['dates', (n) => ({ start: day(n), end: day(n + 1) })],
  ],
  event: [
    [
      'slot',
      (n, world) => ({
        member: worker(world, n),
        start: moment(slotStart(n)),
        end: moment(slotStart(n) + 7_200_000),
        hours: 2,
      }),
    ],
    ['done', (n, _, row) => row.fields.done !== true || n < 0],
  ],
};

/** What they need of an engine, or of a product that runs elsewhere. */
export type PlanDoor = Pick<EngineRig, 'db' | 'tenantId'> & {
  readonly stores: Pick<EngineRig['stores'], 'planner' | 'tasks'>;
  readonly time: Pick<EngineRig['time'], 'now'>;
};

export class TwoWayPlanPeople {
  readonly #rig: PlanDoor;
  readonly #world: World;
  readonly #seen: (planId: string, fields: PlanRow['fields']) => void;
  readonly edits: PlanEdit[] = [];
  /** Records that somebody made in the plan, or took back. */
  readonly theirs = new Set<string>();
  /** Records that somebody deleted in the plan, and when. */
  readonly deleted = new Map<string, Date>();
  readonly restored = new Map<string, Date>();
  /** The order of what stands directly below a project or a phase, as somebody wanted it last. */
  readonly orders = new Map<string, { readonly to: readonly string[]; readonly at: Date }>();
  #count = 0;
  #made = 0;

  /** @param seen told of what the plan shows before it is edited */
  constructor(rig: PlanDoor, world: World, seen: (planId: string, fields: PlanRow['fields']) => void) {
    this.#rig = rig;
    this.#world = world;
    this.#seen = seen;
  }

  async #stored(): Promise<Stored> {
    return await readStored(this.#rig.db, this.#rig.tenantId);
  }

  async #live(kind: OracleKind): Promise<readonly PlanRow[]> {
    const { db, tenantId } = this.#rig;
    const [rows, tasks] = await Promise.all([
      readRows(db, tenantId, kind),
      db.collection('sync_tasks').find({ tenantId, kind: 'project', 'link.state': 'active' }).toArray(),
    ]);
    const synced = new Set(tasks.map(({ projectId }) => String(projectId)));
    return rows
      .filter((row) => !row.deleted && !row.frozen && !row.keptHere && synced.has(row.projectId))
      .toSorted(inOrder);
  }

  async #pick(kind: OracleKind, pick: number): Promise<PlanRow | undefined> {
    const rows = await this.#live(kind);
    return rows[pick % Math.max(1, rows.length)];
  }

  /** Edits the row of that external id where it is given. */
  async edit({ pick, value }: Choice): Promise<string | undefined> {
    const kinds = ['task', 'task', 'task', 'phase', 'event', 'project'] as const;
    const kind = kinds[value % kinds.length] ?? 'task';
    const row = await this.#pick(kind, pick);
    const fields = editable[kind] ?? [];
    const chosen = fields[(value >> 1) % fields.length];
    return row && chosen && (await this.#give(row, ...chosen));
  }

  /** Edits this field of the record of this external id. */
  async editThat(kind: OracleKind, externalId: number, field: string): Promise<string | undefined> {
    const row = (await this.#live(kind)).find((one) => one.externalId === externalId);
    const chosen = (editable[kind] ?? []).find(([name]) => name === field);
    return row && chosen && (await this.#give(row, ...chosen));
  }

  async #give(row: PlanRow, field: string, make: Make): Promise<string | undefined> {
    this.#count += 1;
    return await this.#set(row, field, make(this.#count, this.#world, row));
  }

  async #set(row: PlanRow, field: string, value: Json): Promise<string | undefined> {
    const { kind, id, version } = row;
    const at = this.#rig.time.now();
    this.#seen(id, row.fields);
    const change = { fields: { [field]: value } };
    const edited = await this.#rig.stores.planner.edit({ kind, id, version, change, by: ann, at }, quietly);
    if (edited.result !== 'stored') return undefined;
    this.edits.push({ kind, id, field, before: row.fields[field] ?? null, value, at });
    return `Ann edits ${named(row)} in the plan: ${field} = ${JSON.stringify(value)}`;
  }

  async move({ pick, value }: Choice): Promise<string | undefined> {
    const row = await this.#pick('task', pick);
    const phases = (await this.#live('phase')).filter(
      ({ projectId, id }) => projectId === row?.projectId && id !== row.fields.phaseId,
    );
    const phase = phases[value % Math.max(1, phases.length)];
    if (value % 17 === 3) return row && (await this.#set(row, 'phaseId', null));
    return row && phase && (await this.#set(row, 'phaseId', phase.id));
  }

  /** Puts one of those that stand below a phase, or the phases of a project, in another place. */
  async reorder({ pick, value }: Choice): Promise<string | undefined> {
    const kind = value % 4 === 0 ? 'project' : 'phase';
    const [parents, phases, tasks] = await Promise.all([
      this.#live(kind),
      this.#live('phase'),
      this.#live('task'),
    ]);
    const below = new Map(parents.map((row) => [row, siblingsBelow(row, phases, tasks)]));
    const several = parents.filter((row) => (below.get(row)?.length ?? 0) > 1);
    const parent = several[pick % Math.max(1, several.length)];
    const children = (parent && below.get(parent)) ?? [];
    if (!parent) return undefined;
    const moved = children[value % children.length] ?? '';
    const to = children.filter((id) => id !== moved);
    // Anywhere but where it is.
    const other = (value + 1 + ((value >> 3) % (children.length - 1))) % children.length;
    to.splice(other, 0, moved);
    const waiting = parent.fields.order as { readonly from?: readonly string[] } | undefined;
    const told = await this.#set(parent, 'order', { from: [...(waiting?.from ?? children)], to });
    if (told) this.orders.set(parent.id, { to, at: this.#rig.time.now() });
    return told;
  }

  async createTask({ pick, value }: Choice): Promise<string | undefined> {
    const phase = await this.#pick('phase', pick);
    if (!phase) return undefined;
    const twin = value % 4 === 0;
    const fields = {
      summary: twin ? 'made twice' : words(value),
      phaseId: phase.id,
      ...(value % 3 === 0 ? { budgetHours: value } : {}),
      ...(value % 5 === 0 ? { owner: worker(this.#world, value) } : {}),
      ...(value % 7 === 0 ? { status: { id: null, name: null, category: 'In Progress' } } : {}),
      ...(value % 2 === 0 ? { dates: { start: day(value), due: day(value + 2) } } : {}),
    };
    const made = await this.#create('task', phase.projectId, fields);
    if (twin) await this.#create('task', phase.projectId, fields);
    return made;
  }

  async createPhase({ pick, value }: Choice): Promise<string | undefined> {
    const above = await this.#pick('phase', pick);
    if (!above) return undefined;
    const inside = value % 3 === 0 ? { parentId: above.id } : {};
    const made = await this.#create('phase', above.projectId, { name: `phase made ${value}`, ...inside });
    const phaseId = [...this.theirs].at(-1) ?? '';
    if (value % 2 === 0) {
      await this.#create('task', above.projectId, { summary: `in the new phase ${value}`, phaseId });
    }
    return made;
  }

  async createEntry({ pick, value }: Choice): Promise<string | undefined> {
    const task = await this.#pick('task', pick);
    if (!task) return undefined;
    const member = worker(this.#world, value);
    const [start, end] = [moment(slotStart(value)), moment(slotStart(value) + 3_600_000)];
    const { projectId, id } = task;
    switch (value % 4) {
      case 0:
        return await this.#create('event', projectId, { slot: { member, start, end, hours: 1 } }, id);
      case 1:
        return await this.#create('timeLog', projectId, { member, span: { start, end }, hours: 1 }, id);
      case 2:
        return await this.#create('ticketNote', projectId, { text: `note of Ann ${value}` }, id);
      default:
        return await this.#create('projectNote', projectId, { text: `note of Ann ${value}` });
    }
  }

  async #create(
    kind: OracleKind,
    projectId: string,
    fields: PlanRow['fields'],
    parentId?: string,
  ): Promise<string> {
    this.#made += 1;
    const id = `made-${String(this.#made).padStart(3, '0')}-${this.#rig.tenantId}`;
    const parent = parentId === undefined ? {} : { parentId };
    const all = { ...fields, ...(parentId === undefined ? {} : { taskId: parentId }) } as {
      readonly [field: string]: Json;
    };
    const record = { kind, id, projectId, fields: all, ...parent, by: ann, at: this.#rig.time.now() };
    const made = await this.#rig.stores.planner.create(record, quietly);
    if (made.result !== 'stored') throw new Error(`the id ${id} is taken`);
    this.theirs.add(id);
    return `Ann makes ${kind} ${id.slice(0, 8)} in the plan: ${JSON.stringify(fields)}`;
  }

  async delete({ pick, value }: Choice): Promise<string | undefined> {
    const kind = (['task', 'task', 'event', 'event', 'phase'] as const)[value % 5] ?? 'task';
    const row = await this.#pick(kind, pick);
    return row && (await this.#delete(row));
  }

  async deleteThat(kind: OracleKind, externalId: number): Promise<string | undefined> {
    const row = (await this.#live(kind)).find((one) => one.externalId === externalId);
    return row && (await this.#delete(row));
  }

  async #delete(row: PlanRow): Promise<string | undefined> {
    const { kind, id, version } = row;
    const at = this.#rig.time.now();
    this.#seen(id, row.fields);
    const gone = await this.#rig.stores.planner.edit(
      { kind, id, version, change: 'delete', by: ann, at },
      quietly,
    );
    if (gone.result !== 'stored') return undefined;
    this.deleted.set(id, at);
    return `Ann deletes ${named(row)} in the plan`;
  }

  async restore({ pick }: Choice): Promise<string | undefined> {
    const stored = await this.#stored();
    const buried = [...stored.plan.values()].flat().filter(({ deleted }) => deleted);
    const row = buried.toSorted(inOrder)[pick % Math.max(1, buried.length)];
    if (!row) return undefined;
    const at = this.#rig.time.now();
    const before = new Set(buried.map(({ id }) => id));
    await this.#rig.stores.planner.restore(row.projectId, row.kind, row.id, ann, at);
    const after = [...(await this.#stored()).plan.values()].flat();
    for (const { id, deleted } of after) {
      if (deleted || !before.has(id)) continue;
      this.restored.set(id, at);
      this.theirs.add(id);
    }
    await this.#syncAgain(row);
    return `Ann restores ${named(row)} (${row.deleted?.reason})`;
  }

  /** As the command does: looked for by its id where it is still paired. */
  async #syncAgain({ kind, projectId, externalId }: PlanRow): Promise<void> {
    const psaKind = psaKindOf[kind];
    const suspects =
      psaKind === 'project' || externalId === undefined ? [] : [{ kind: psaKind, id: externalId }];
    const wanted = { kinds: ['delta'], prio: 2, suspects } as const;
    await this.#rig.stores.tasks.trigger(`${this.#rig.tenantId}:${projectId}`, wanted);
  }
}

/** Of all that stands directly below a project or a phase, in order. */
export function siblingsBelow(
  parent: PlanRow,
  phases: readonly PlanRow[],
  tasks: readonly PlanRow[],
): readonly string[] {
  const above = parent.kind === 'project' ? null : parent.id;
  const inside = phases.filter(
    ({ projectId, fields }) => projectId === parent.projectId && (fields.parentId ?? null) === above,
  );
  const own = above === null ? [] : tasks.filter(({ fields }) => fields.phaseId === above);
  return [...inside, ...own]
    .toSorted((a, b) => (a.orderKey < b.orderKey || (a.orderKey === b.orderKey && a.id < b.id) ? -1 : 1))
    .map(({ id }) => id);
}

function named({ kind, id, externalId }: PlanRow): string {
  return `${kind} ${externalId ?? id.slice(0, 8)}`;
}

/** Those that ConnectWise has by its ids, then those that only the plan has as they were made. */
function inOrder(a: PlanRow, b: PlanRow): number {
  const place = ({ externalId }: PlanRow) => externalId ?? Number.MAX_SAFE_INTEGER;
  return place(a) - place(b) || (a.id < b.id ? -1 : 1);
}
