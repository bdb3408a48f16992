/**
 * Says whether the plan is what ConnectWise has. It reads the simulator's records and the collections themselves,
 * by a table of its own of kinds, fields and allowed forms: of how the engine compares and merges it knows nothing.
 */
import type { Db, Document } from 'mongodb';
import type { Reference, TimeEntry } from '../../demo/connectwise/world/records.ts';
import type { World } from '../../demo/connectwise/world/world.ts';

export type OracleKind =
  | 'project'
  | 'phase'
  | 'task'
  | 'teamMember'
  | 'event'
  | 'timeLog'
  | 'projectNote'
  | 'ticketNote';

const collections: { readonly [kind in OracleKind]: string } = {
  project: 'plan_projects',
  phase: 'plan_phases',
  task: 'plan_tasks',
  teamMember: 'plan_team_members',
  event: 'plan_events',
  timeLog: 'plan_time_logs',
  projectNote: 'plan_project_notes',
  ticketNote: 'plan_ticket_notes',
};
export function planCollection(kind: OracleKind): string {
  return collections[kind];
}
export const oracleKinds = Object.keys(collections) as readonly OracleKind[];

/** Values in the form in which the two sides are compared: references by id, statuses by category. */
export type Shown = { readonly [field: string]: unknown };

/** A plan record as it is stored. */
export type PlanRow = {
  readonly kind: OracleKind;
  readonly id: string;
  readonly projectId: string;
  readonly externalId?: number;
  readonly formerExternalId?: number;
  readonly parentId?: string;
  readonly version: number;
  readonly fields: { readonly [field: string]: unknown };
  readonly deleted?: { readonly reason: string; readonly by: string; readonly at: Date };
  readonly frozen?: { readonly at: Date; readonly approvedBy?: string };
  readonly rejected?: { readonly fields: { readonly [field: string]: { readonly words: string } } };
  readonly intent?: object;
  readonly keptHere?: true;
  readonly carried?: string;
  /** Its place among its siblings, in a form that sorts. */
  readonly orderKey: string;
};

export type TaskRow = {
  readonly id: string;
  readonly kind: string;
  readonly projectId: string;
  readonly externalId: number;
  readonly linkState: string;
  readonly document: Document;
};

export type LogLine = {
  readonly action: string;
  readonly message: string;
  readonly at: Date;
  readonly projectId?: string;
  readonly planId?: string;
  readonly externalId?: number;
  readonly entity?: string;
  readonly runId?: string;
  readonly mode?: string;
  readonly conflicts?: readonly { readonly field: string; readonly plan: unknown; readonly psa: unknown }[];
};

/** All that is stored of one integration. */
export type Stored = {
  readonly plan: ReadonlyMap<OracleKind, readonly PlanRow[]>;
  readonly tasks: readonly TaskRow[];
  readonly log: readonly LogLine[];
  /** What a status of a board, or of the projects, means. */
  readonly category: (of: number | 'projects', status: number) => string;
};

/** The plan records of one kind. */
export async function readRows(db: Db, tenantId: string, kind: OracleKind): Promise<readonly PlanRow[]> {
  const found = await db.collection(collections[kind]).find({ tenantId }).toArray();
  return found.map((document) => ({ ...document, kind, id: String(document._id) }) as unknown as PlanRow);
}

function taskRow(document: Document): TaskRow {
  return {
    id: String(document._id),
    kind: String(document.kind),
    projectId: String(document.projectId),
    externalId: Number(document.link?.externalId),
    linkState: String(document.link?.state),
    document,
  };
}

export async function readTasks(db: Db, tenantId: string): Promise<Stored['tasks']> {
  return (await db.collection('sync_tasks').find({ tenantId }).toArray()).map(taskRow);
}

export async function readStored(db: Db, tenantId: string): Promise<Stored> {
  const plan = new Map<OracleKind, readonly PlanRow[]>();
  const rowsOf = async (kind: OracleKind) => plan.set(kind, await readRows(db, tenantId, kind));
  const [tasks, log, mappings] = await Promise.all([
    readTasks(db, tenantId),
    db.collection('integration_log').find({ tenantId }).sort({ at: 1, _id: 1 }).toArray(),
    db.collection('status_mappings').find({ tenantId }).toArray(),
    ...oracleKinds.map(rowsOf),
  ]);
  const meanings = new Map<string, string>();
  for (const { of, statuses } of mappings) {
    for (const { id, category } of statuses) meanings.set(`${of}:${id}`, category);
  }
  const unmapped = (of: number | 'projects') => (of === 'projects' ? 'Planning' : 'Not Started');
  return {
    plan,
    tasks,
    log: log as unknown as readonly LogLine[],
    category: (of, status) => meanings.get(`${of}:${status}`) ?? unmapped(of),
  };
}

// --- What ConnectWise has -----------------------------------------------------------------------------------------

export type PsaRow = {
  readonly kind: OracleKind;
  readonly id: number;
  readonly shown: Shown;
  readonly lastUpdated: string;
  /** The ticket that it stands on. */
  readonly ticket?: number;
  /** May be in the plan and need not: an entry that plans nothing yet. */
  readonly optional?: boolean;
};

const idOf = (reference: Reference | null | undefined): number | null => reference?.id ?? null;

type Category = Stored['category'];
type Lister = (world: World, project: number, category: Category) => readonly PsaRow[];

function ticketOfTime({ ticket, chargeToType }: TimeEntry): number | null {
  return chargeToType === 'ProjectTicket' ? ticket.id : null;
}

const ticketsOf = (world: World, project: number) =>
  world.stores.tickets.rows().filter((ticket) => ticket.project.id === project);

const listers: { readonly [kind in OracleKind]: Lister } = {
  project(world, id, category) {
    const project = world.stores.projects.get(id);
    if (!project) return [];
    const shown = {
      name: project.name,
      description: project.description,
      status: category('projects', project.status.id),
      closed: project.closedFlag,
      board: idOf(project.board),
      company: idOf(project.company),
      manager: idOf(project.manager),
      dates: [project.estimatedStart, project.estimatedEnd],
      actualHours: project.actualHours,
      budgetHours: project.budgetHours,
      percentComplete: null,
    };
    return [{ kind: 'project', id, shown, lastUpdated: project._info.lastUpdated }];
  },
  phase: (world, id) =>
    world.stores.phases
      .rows()
      .filter(({ projectId }) => projectId === id)
      .map((phase) => ({
        kind: 'phase',
        id: phase.id,
        lastUpdated: phase._info.lastUpdated,
        shown: {
          name: phase.description,
          parentId: idOf(phase.parentPhase),
          wbsCode: phase.wbsCode,
          status: idOf(phase.status),
          dates: [phase.scheduledStart, phase.scheduledEnd],
          budgetHours: phase.budgetHours,
        },
      })),
  task: (world, id, category) =>
    ticketsOf(world, id).map((ticket) => ({
      kind: 'task',
      id: ticket.id,
      lastUpdated: ticket._info.lastUpdated,
      shown: {
        summary: ticket.summary,
        status: category(ticket.board.id, ticket.status.id),
        phaseId: idOf(ticket.phase),
        wbsCode: ticket.wbsCode,
        owner: idOf(ticket.owner),
        priority: idOf(ticket.priority),
        dates: [ticket.estimatedStartDate, ticket.requiredDate],
        budgetHours: ticket.budgetHours,
        actualHours: ticket.actualHours,
        resources: ticket.resources === null ? [] : ticket.resources.split(', '),
        closed: ticket.closedFlag,
        predecessor:
          ticket.predecessorType === null
            ? null
            : [ticket.predecessorType.toLowerCase(), ticket.predecessorId, ticket.lagDays ?? 0],
      },
    })),
  teamMember: (world, id) =>
    world.stores.teamMembers
      .rows()
      .filter(({ projectId }) => projectId === id)
      .map((one) => ({
        kind: 'teamMember',
        id: one.id,
        lastUpdated: one._info.lastUpdated,
        shown: {
          member: idOf(one.member),
          role: idOf(one.projectRole),
          hours: one.hours,
          dates: [one.startDate, one.endDate],
        },
      })),
  event(world, id) {
    const tickets = new Set(ticketsOf(world, id).map((ticket) => ticket.id));
    return world.stores.scheduleEntries
      .rows()
      .filter(({ objectId, type }) => tickets.has(objectId) && type.identifier !== 'C')
      .map((entry) => ({
        kind: 'event',
        id: entry.id,
        ticket: entry.objectId,
        lastUpdated: entry._info.lastUpdated,
        optional: entry.dateStart === null && entry.dateEnd === null && !entry.hours,
        shown: {
          taskId: entry.objectId,
          slot: [entry.member.id, entry.dateStart, entry.dateEnd, entry.hours],
          done: entry.doneFlag,
        },
      }));
  },
  timeLog: (world, id) =>
    world.stores.timeEntries
      .rows()
      .filter(({ project }) => project?.id === id)
      .map((entry) => ({
        kind: 'timeLog',
        id: entry.id,
        ticket: entry.ticket.id,
        lastUpdated: entry._info.lastUpdated,
        shown: {
          taskId: ticketOfTime(entry),
          phaseId: idOf(entry.phase),
          member: idOf(entry.member),
          span: [entry.timeStart, entry.timeEnd],
          hours: entry.actualHours,
          workType: idOf(entry.workType),
          billable: entry.billableOption,
          notes: entry.notes,
        },
      })),
  projectNote: (world, id) =>
    world.stores.projectNotes
      .rows()
      .filter(({ projectId }) => projectId === id)
      .map((note) => ({
        kind: 'projectNote',
        id: note.id,
        lastUpdated: note._info.lastUpdated,
        shown: {
          text: note.text,
          type: idOf(note.type),
          flagged: note.flagged,
          author: note._info.enteredBy,
          writtenAt: note._info.dateEntered,
        },
      })),
  ticketNote(world, id) {
    const tickets = new Set(ticketsOf(world, id).map((ticket) => ticket.id));
    return world.stores.ticketNotes
      .rows()
      .filter(({ ticketId }) => tickets.has(ticketId))
      .map((note) => ({
        kind: 'ticketNote',
        id: note.id,
        ticket: note.ticketId,
        lastUpdated: note._info.lastUpdated,
        shown: {
          taskId: note.ticketId,
          text: note.text,
          use: note.internalAnalysisFlag ? 'internal' : note.resolutionFlag ? 'resolution' : 'discussion',
          author: note.member.identifier ?? null,
          writtenAt: note._info.dateEntered,
        },
      }));
  },
};

/** What ConnectWise has of a project, kind by kind. */
export function psaRows(
  world: World,
  kind: OracleKind,
  project: number,
  category: Category,
): readonly PsaRow[] {
  return listers[kind](world, project, category);
}

const stores = {
  project: 'projects',
  phase: 'phases',
  task: 'tickets',
  teamMember: 'teamMembers',
  event: 'scheduleEntries',
  timeLog: 'timeEntries',
  projectNote: 'projectNotes',
  ticketNote: 'ticketNotes',
} as const satisfies { readonly [kind in OracleKind]: keyof World['stores'] };

export function isInConnectWise(world: World, kind: OracleKind, id: number): boolean {
  return world.stores[stores[kind]].get(id) !== undefined;
}

// --- What the plan shows --------------------------------------------------------------------------------------------

type PlanRead = (value: unknown, externalIds: ReadonlyMap<string, number>) => unknown;

const asIs: PlanRead = (value) => value ?? null;
function part(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? ((value as Shown)[name] ?? null) : null;
}
const referenceId: PlanRead = (value) => part(value, 'id');
const category: PlanRead = (value) => part(value, 'category');
const planReference: PlanRead = (value, externalIds) =>
  typeof value === 'string' ? (externalIds.get(value) ?? `plan record ${value}`) : null;
const parts =
  (...names: readonly string[]): PlanRead =>
  (value) =>
    value === null || value === undefined ? null : names.map((name) => part(value, name));

/** Each field of each kind, and the form in which the plan holds it. */
const forms: { readonly [kind in OracleKind]: { readonly [field: string]: PlanRead } } = {
  project: {
    name: asIs,
    description: asIs,
    status: category,
    closed: asIs,
    board: referenceId,
    company: referenceId,
    manager: referenceId,
    dates: parts('start', 'end'),
    actualHours: asIs,
    budgetHours: asIs,
    percentComplete: asIs,
  },
  phase: {
    name: asIs,
    parentId: planReference,
    wbsCode: asIs,
    status: referenceId,
    dates: parts('start', 'end'),
    budgetHours: asIs,
  },
  task: {
    summary: asIs,
    status: category,
    phaseId: planReference,
    wbsCode: asIs,
    owner: referenceId,
    priority: referenceId,
    dates: parts('start', 'due'),
    budgetHours: asIs,
    actualHours: asIs,
    resources: asIs,
    closed: asIs,
    predecessor: parts('kind', 'id', 'lagDays'),
  },
  teamMember: { member: referenceId, role: referenceId, hours: asIs, dates: parts('start', 'end') },
  event: {
    taskId: planReference,
    slot: (value) => [
      part(part(value, 'member'), 'id'),
      part(value, 'start'),
      part(value, 'end'),
      part(value, 'hours'),
    ],
    done: asIs,
  },
  timeLog: {
    taskId: planReference,
    phaseId: planReference,
    member: referenceId,
    span: parts('start', 'end'),
    hours: asIs,
    workType: referenceId,
    billable: asIs,
    notes: asIs,
  },
  projectNote: { text: asIs, type: referenceId, flagged: asIs, author: asIs, writtenAt: asIs },
  ticketNote: { taskId: planReference, text: asIs, use: asIs, author: asIs, writtenAt: asIs },
};

export function planShows(row: PlanRow, externalIds: ReadonlyMap<string, number>): Shown {
  const entries = Object.entries(forms[row.kind]).map(([field, read]) => [
    field,
    read(row.fields[field], externalIds),
  ]);
  return Object.fromEntries(entries);
}

/** External ids of all plan records that have one, or had one, by plan id. */
export function externalIdsOf(stored: Stored): ReadonlyMap<string, number> {
  const pairs = [...stored.plan.values()].flat().flatMap(({ id, externalId, formerExternalId }) => {
    const external = externalId ?? formerExternalId;
    return external === undefined ? [] : [[id, external] as const];
  });
  return new Map(pairs);
}

export type Difference = {
  readonly kind: OracleKind;
  readonly externalId: number;
  readonly planId?: string;
  readonly field?: string;
  readonly what: string;
};

/** Where a linked project's plan is not what ConnectWise has, kind by kind and field by field. */
export function differences(
  world: World,
  stored: Stored,
  task: Pick<TaskRow, 'projectId' | 'externalId'>,
): readonly Difference[] {
  const externalIds = externalIdsOf(stored);
  return oracleKinds.flatMap((kind) => {
    const live = (stored.plan.get(kind) ?? []).filter(
      ({ projectId, deleted, externalId }) =>
        projectId === task.projectId && !deleted && externalId !== undefined,
    );
    const there = new Map(live.map((row) => [row.externalId, row]));
    const rows = psaRows(world, kind, task.externalId, stored.category);
    const shown = new Set(rows.map(({ id }) => id));
    const missing = rows
      .filter(({ id, optional }) => !optional && !there.has(id))
      .map(({ id }): Difference => ({ kind, externalId: id, what: 'is not in the plan' }));
    const tooMany = live
      .filter(({ externalId }) => !shown.has(externalId ?? 0))
      .map(
        (row): Difference => ({
          kind,
          externalId: row.externalId ?? 0,
          planId: row.id,
          what: 'lives in the plan alone',
        }),
      );
    const other = rows.flatMap((row) => {
      const inPlan = there.get(row.id);
      return inPlan ? fieldsThatDiffer(row, inPlan, externalIds) : [];
    });
    return [...missing, ...tooMany, ...other];
  });
}

function fieldsThatDiffer(
  row: PsaRow,
  inPlan: PlanRow,
  externalIds: ReadonlyMap<string, number>,
): Difference[] {
  const planned = planShows(inPlan, externalIds);
  return Object.entries(row.shown).flatMap(([field, value]) => {
    const [ours, theirs] = [JSON.stringify(planned[field]), JSON.stringify(value)];
    if (ours === theirs) return [];
    const { kind, id } = row;
    return [
      {
        kind,
        externalId: id,
        planId: inPlan.id,
        field,
        what: `${field}: plan ${ours}, ConnectWise ${theirs}`,
      },
    ];
  });
}

/** Changes with every write of a run or a person into the plan, and with nothing else. */
export function fingerprint(stored: Stored): string {
  const rows = [...stored.plan.values()].flat();
  return rows
    .map(({ kind, id, version, fields }) => `${kind} ${id} ${version} ${JSON.stringify(fields)}`)
    .sort()
    .join('\n');
}
