import { randomUUID } from 'node:crypto';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import type { Fields, PairedRecord, PlanKind, PlanRecord } from '../../src/domain/plan.ts';
import type { LinkState, SyncKind } from '../../src/domain/sync-task.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { Applied, PlanCreate, Planner, PlanPage, PlanUpdate } from '../../src/ports/planner.ts';
import { FakePlanner } from '../support/fake-planner.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { migratedDatabase } from './migrated-database.ts';

/** The plan of one integration that nothing was written into yet, and what its edits ask of the queue. */
export type PlannerRig = {
  readonly planner: Planner;
  /** Makes the project's task, at rest. */
  link(projectId: string, state?: LinkState): Promise<void>;
  /** What was asked of the project's sync since then. */
  asked(projectId: string): Promise<{ readonly times: number; readonly kinds: readonly SyncKind[] }>;
  /** What the Integration Log says, in order of its words. */
  lines(): Promise<readonly string[]>;
};

export type RigMaker = {
  readonly name: string;
  make(): Promise<PlannerRig>;
  end(): Promise<void>;
};

/** Both that the port has: every rule of it is tested on each. */
export function plannerRigs(): readonly RigMaker[] {
  return [fakeRigs(), mongoRigs()];
}

function fakeRigs(): RigMaker {
  return {
    name: 'in memory',
    async make() {
      const planner = new FakePlanner();
      return {
        planner,
        link: async () => {},
        lines: async () => planner.lines.map(({ message }) => message).toSorted(),
        async asked(projectId) {
          const asked = planner.triggered.filter((one) => one.projectId === projectId);
          return { times: asked.length, kinds: [...new Set(asked.flatMap(({ kinds }) => kinds))] };
        },
      };
    },
    async end() {},
  };
}

function mongoRigs(): RigMaker {
  let fresh: FreshDatabase | undefined;
  return {
    name: 'in MongoDB',
    async make() {
      fresh ??= await migratedDatabase();
      return mongoRig(fresh, `tenant-${randomUUID()}`);
    },
    end: async () => await fresh?.drop(),
  };
}

export function mongoRig({ db }: FreshDatabase, tenantId: string): PlannerRig {
  const tasks = db.collection<{ _id: string; want: number; kinds: SyncKind[] }>('sync_tasks');
  const taskId = (projectId: string): string => `${tenantId}:${projectId}`;
  return {
    planner: mongoPlanner(db, tenantId),
    async link(projectId, state = 'active') {
      const { id, ...task } = makeSyncTask({ id: taskId(projectId), tenantId, projectId, link: { state } });
      await tasks.insertOne({ _id: id, ...task, want: 0, kinds: [] });
    },
    async lines() {
      const found = await db.collection('integration_log').find({ tenantId }).toArray();
      return found.map(({ message }) => String(message)).toSorted();
    },
    async asked(projectId) {
      const task = await tasks.findOne({ _id: taskId(projectId) });
      return { times: task?.want ?? 0, kinds: task?.kinds ?? [] };
    },
  };
}

export const ann = { id: 'slack:T1/UANN', name: 'Ann' } as const;
export const changed = { changedAt: new Date('2026-01-05T08:00:00Z'), changedBy: 'Ann in ConnectWise' };
export const day = (date: number): Date => new Date(Date.UTC(2026, 1, date));
export const everything = { after: 0, to: Number.MAX_SAFE_INTEGER } as const;

export function create(externalId: number, part: Partial<PlanCreate> = {}): PlanCreate {
  const fields = part.fields ?? { summary: `Ticket ${externalId}` };
  return { ...changed, id: randomUUID(), externalId, fields, base: { psa: fields, plan: fields }, ...part };
}

export function update({ id, version }: PlanRecord, fields: Fields): PlanUpdate {
  return {
    changed: { ...changed, changedBy: 'Bob in ConnectWise' },
    id,
    version,
    fields,
    base: { psa: fields, plan: fields },
  };
}

export function page(part: Partial<PlanPage>): PlanPage {
  return { projectId: 'p1', kind: 'task', lane: 'project', fence: 1, create: [], update: [], ...part };
}

export function line(message: string): LogEntry {
  return { at: day(1), severity: 'info', action: 'updated', direction: 'from ConnectWise', message };
}

/** Begins the page's run, or goes on with it, and stores the page. */
export async function write(planner: Planner, part: Partial<PlanPage>): Promise<Applied> {
  const whole = page(part);
  await planner.beginRun(whole);
  return await planner.apply(whole);
}

/** Stores records of a kind that are new, all of which must be taken. */
export async function seed(
  planner: Planner,
  creates: readonly PlanCreate[],
  part: Partial<PlanPage> = {},
): Promise<readonly PairedRecord[]> {
  const stored = await write(planner, { ...part, create: creates });
  if (stored.result !== 'stored' || stored.refused > 0) throw new Error('not all of it was stored');
  const externalIds = creates.map(({ externalId }) => externalId);
  const found = await planner.pairedByExternalId(part.kind ?? 'task', externalIds);
  return found.toSorted((a, b) => externalIds.indexOf(a.externalId) - externalIds.indexOf(b.externalId));
}

export async function recordOf(
  planner: Planner,
  externalId: number,
  kind: PlanKind = 'task',
): Promise<PairedRecord> {
  const [record] = await planner.pairedByExternalId(kind, [externalId]);
  if (!record) throw new Error(`no record ${externalId}`);
  return record;
}

export function externalIds(records: readonly PlanRecord[]): readonly (number | undefined)[] {
  return records.map(({ externalId }) => externalId);
}
