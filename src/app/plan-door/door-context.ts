/** What the rules of the plan's doors have to know about a wish, read from the stores: only what the wish names. */
import { wbsSortKey } from '../../domain/inbound-fields.ts';
import { memberStatus } from '../../domain/member-status.ts';
import type { Fields, PlanRecord } from '../../domain/plan.ts';
import { boardOf, type DoorContext } from '../../domain/plan-door.ts';
import type { Planner } from '../../ports/planner.ts';
import type { ReferenceRow, ReferenceStore } from '../../ports/reference-data.ts';
import type { SettingsStore } from '../../ports/settings.ts';

export type DoorContextDeps = {
  readonly planner: Pick<Planner, 'recordsById' | 'phases' | 'tasks' | 'idsByExternalId'>;
  readonly reference: Pick<ReferenceStore, 'rows' | 'mappings'>;
  readonly settings: Pick<SettingsStore, 'read'>;
};

export type Subject = {
  readonly kind: PlanRecord['kind'];
  readonly projectId: string;
  /** Absent: a new one. */
  readonly record?: PlanRecord;
  readonly fields: Fields;
};

type Rows = ReadonlyMap<number, ReferenceRow>;
type Seen = ReadonlyMap<string, PlanRecord>;

export async function doorContext(deps: DoorContextDeps, subject: Subject): Promise<DoorContext> {
  const { fields, projectId, record, kind } = subject;
  const has = (...names: readonly string[]) => names.some((name) => fields[name] !== undefined);
  const table = async (wanted: boolean, name: Parameters<ReferenceStore['rows']>[0]) =>
    wanted ? byId(await deps.reference.rows(name)) : new Map();
  const [
    project,
    settings,
    members,
    phaseStatuses,
    workTypes,
    noteTypes,
    mappings,
    phases,
    tasks,
    linked,
    children,
  ] = await Promise.all([
    kind === 'task' && has('status') ? deps.planner.recordsById('project', [projectId]) : [],
    deps.settings.read(),
    table(has('owner', 'manager', 'member', 'slot'), 'member'),
    table(kind === 'phase' && has('status'), 'phaseStatus'),
    table(has('workType'), 'workType'),
    table(has('type'), 'noteType'),
    has('status') && kind !== 'phase' ? deps.reference.mappings() : [],
    phasesNamed(deps, subject),
    recordsNamed(deps, 'task', fields.taskId),
    linkedRecords(deps, subject),
    has('order') ? childrenBelow(deps, subject) : [],
  ]);
  const active = (row: ReferenceRow) => !row.gone && memberStatus(row, settings) === 'active';
  return {
    projectId,
    board: boardOf(record, project[0]),
    mapping: (of) => mappings.find((mapping) => mapping.of === of),
    member: (id) => {
      const row = members.get(id);
      return row && { name: row.name ?? row.identifier, active: active(row) };
    },
    phaseStatus: (id) => present(phaseStatuses, id),
    workType: (id) => present(workTypes, id),
    noteType: (id) => present(noteTypes, id),
    phase: (id) => {
      const phase = phases.get(id);
      const parentId = phase?.fields.parentId;
      return (
        phase && { projectId: phase.projectId, parentId: typeof parentId === 'string' ? parentId : null }
      );
    },
    task: (id) => tasks.get(id),
    children,
    linked: (of, externalId) => linked[of].has(externalId),
  };
}

function byId(rows: readonly ReferenceRow[]): Rows {
  return new Map(rows.map((row) => [row.id, row]));
}

function present(rows: Rows, id: number): ReferenceRow | undefined {
  const row = rows.get(id);
  return row?.gone || row?.inactive ? undefined : row;
}

/** A phase may be named of any project, so that the reason can be told; what is around it is looked for in its own. */
async function phasesNamed(deps: DoorContextDeps, { kind, projectId, fields }: Subject): Promise<Seen> {
  if (kind !== 'phase') return await recordsNamed(deps, 'phase', fields.phaseId);
  if (typeof fields.parentId !== 'string') return new Map();
  const [named, own] = await Promise.all([
    recordsNamed(deps, 'phase', fields.parentId),
    deps.planner.phases(projectId),
  ]);
  return new Map([...own.map((phase) => [phase.id, phase] as const), ...named]);
}

async function recordsNamed(
  { planner }: DoorContextDeps,
  kind: 'phase' | 'task',
  id: Fields[string] | undefined,
): Promise<Seen> {
  if (typeof id !== 'string') return new Map();
  const found = await planner.recordsById(kind, [id]);
  return new Map(found.filter(({ deleted }) => !deleted).map((record) => [record.id, record]));
}

const tasksAtOnce = 500;

/** In the order that ConnectWise showed last: an order that waits remembers by itself what it began with. */
async function childrenBelow(
  { planner }: DoorContextDeps,
  { kind, projectId, record }: Subject,
): Promise<readonly string[]> {
  if (!record) return [];
  const isTop = kind === 'project';
  const phases = (await planner.phases(projectId)).filter(
    ({ fields }) => (fields.parentId ?? null) === (isTop ? null : record.id),
  );
  const tasks: PlanRecord[] = [];
  for (let offset = 0, more = !isTop; more; offset += tasksAtOnce) {
    const page = (await planner.tasks(projectId, { offset, limit: tasksAtOnce })).tasks;
    tasks.push(...page.filter(({ fields }) => fields.phaseId === record.id));
    more = page.length === tasksAtOnce;
  }
  const byCode = ({ fields }: PlanRecord) =>
    wbsSortKey(typeof fields.wbsCode === 'string' ? fields.wbsCode : null);
  return [...phases, ...tasks].toSorted((a, b) => (byCode(a) < byCode(b) ? -1 : 1)).map(({ id }) => id);
}

async function linkedRecords({ planner }: DoorContextDeps, { kind, projectId, fields }: Subject) {
  if (kind !== 'task' || !fields.predecessor) return { ticket: new Map(), phase: new Map() };
  const [ticket, phase] = await Promise.all([
    planner.idsByExternalId(projectId, 'task'),
    planner.idsByExternalId(projectId, 'phase'),
  ]);
  return { ticket, phase };
}
