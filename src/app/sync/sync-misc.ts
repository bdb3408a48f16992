import { type Failure, FailureError, failureRules } from '../../domain/failure.ts';
import { type PsaTable, psaTables } from '../../domain/psa-records.ts';
import {
  mandatoryGaps,
  proposeMapping,
  type StatusMapping,
  statusFacts,
} from '../../domain/status-mapping.ts';
import type { Progress, RunCounts } from '../../domain/sync-task.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogAction, LogEntry, LogStore, Severity } from '../../ports/log-store.ts';
import type { Psa, PsaCall, PsaPage } from '../../ports/psa.ts';
import type { ReferenceRow, ReferenceStore, TableRead, TableStored } from '../../ports/reference-data.ts';
import type { SettingsStore } from '../../ports/settings.ts';

export type SyncMiscDeps = {
  readonly psa: Pick<Psa, 'table'>;
  readonly reference: ReferenceStore;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly log: Pick<LogStore, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
};

export type MiscRun = {
  /** Of this run and of no other: what it does not show is gone. */
  readonly runId: string;
  readonly priority: PsaCall['priority'];
  readonly control: {
    readonly signal: AbortSignal;
    /** Between two pages; throws where the run must let go. */
    checkpoint(progress: Progress): Promise<void>;
  };
};

export type MiscSynced = {
  readonly counts: RunCounts;
  /** One for each table that ConnectWise did not let us read: `cw.permission`, with the table as `entity`. */
  readonly refused: readonly Failure[];
};

/**
 * The miscellaneous data sync: reads every set-up table and keeps it, and proposes what new statuses mean. A
 * table that may not be read stays as it was, and the others go on; any other failure ends the run with what was
 * stored until then, which the next one takes up.
 */
export async function syncMisc(deps: SyncMiscDeps, run: MiscRun): Promise<MiscSynced> {
  let requests = 0;
  const { signal } = run.control;
  const { priority, runId } = run;
  const onRequest = () => {
    requests += 1;
  };
  const { syncUserStatus } = await deps.settings.read();
  const reading: Reading = { deps, run, syncUserStatus, call: { signal, priority, runId, onRequest } };
  const total = { created: 0, updated: 0, gone: 0, skipped: 0 };
  const refused: Failure[] = [];
  for (const table of psaTables) {
    const result = await syncTable(reading, table);
    if (result.refused) refused.push(result.refused);
    for (const count of ['created', 'updated', 'gone', 'skipped'] as const) total[count] += result[count];
    await deps.log.append(entriesOf(reading, result));
  }
  await proposeMappings(reading);
  const { created, updated, gone, skipped } = total;
  const counts = { created, updated, deleted: gone, skipped, conflicts: 0, requests };
  return { counts, refused };
}

type Reading = {
  readonly deps: SyncMiscDeps;
  readonly run: MiscRun;
  readonly call: PsaCall;
  readonly syncUserStatus: boolean;
};

type TableResult = { -readonly [count in keyof TableStored]: number } & {
  readonly table: PsaTable;
  /** Shown on the pages so far, for the progress. */
  shown: number;
  skipped: number;
  /** Why one of them could not be read. */
  reason?: string;
  refused?: Failure;
};

async function syncTable(reading: Reading, table: PsaTable): Promise<TableResult> {
  const result: TableResult = { table, created: 0, updated: 0, gone: 0, shown: 0, skipped: 0 };
  try {
    for (const parent of await parentsOf(reading, table)) await readTable(reading, result, parent);
    if (table === 'member' && reading.syncUserStatus) await reading.deps.reference.dropMemberStatuses();
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.code !== 'cw.permission') throw error;
    result.refused = { entity: table, ...error.failure };
  }
  return result;
}

/** Statuses are read board by board, everything else at once. */
async function parentsOf({ deps }: Reading, table: PsaTable): Promise<readonly (number | undefined)[]> {
  if (table !== 'boardStatus') return [undefined];
  return (await there(deps.reference, 'board')).map(({ id }) => id);
}

async function there(reference: ReferenceStore, table: PsaTable): Promise<readonly ReferenceRow[]> {
  return (await reference.rows(table)).filter(({ gone }) => !gone);
}

async function readTable(reading: Reading, result: TableResult, parent?: number): Promise<void> {
  const { deps, run, call, syncUserStatus } = reading;
  const { table } = result;
  const skippedBefore = result.skipped;
  const read: TableRead = {
    token: run.runId,
    keepInactive: table === 'member' && !syncUserStatus,
    ...(parent === undefined ? {} : { parent }),
  };
  for await (const page of deps.psa.table(table, call, parent)) {
    const stored = await deps.reference.storePage(table, page.items, read);
    result.created += stored.created;
    result.updated += stored.updated;
    result.shown += page.items.length;
    noteSkipped(result, page);
    await run.control.checkpoint({
      phase: tableWords[table].many,
      doneCount: result.shown,
      totalCount: null,
    });
  }
  // What could not be read counts as shown, and which row it was is not always known: nothing is taken for gone.
  if (result.skipped > skippedBefore) return;
  result.gone += await deps.reference.finishTable(table, run.runId, parent);
}

function noteSkipped(result: TableResult, { skipped }: PsaPage<unknown>): void {
  const [first] = skipped;
  if (!first) return;
  result.skipped += skipped.length;
  result.reason ??= first.reason;
}

/** In people's words. */
const tableWords: Record<PsaTable, { readonly one: string; readonly many: string }> = {
  company: { one: 'company', many: 'companies' },
  companyStatus: { one: 'company status', many: 'company statuses' },
  noteType: { one: 'note category', many: 'note categories' },
  workType: { one: 'work type', many: 'work types' },
  board: { one: 'project board', many: 'project boards' },
  boardStatus: { one: 'board status', many: 'board statuses' },
  projectStatus: { one: 'project status', many: 'project statuses' },
  phaseStatus: { one: 'phase status', many: 'phase statuses' },
  member: { one: 'member', many: 'members' },
};

/** A line for each row would bury everything else on the first run: one for each table and what happened to it. */
function entriesOf(reading: Reading, result: TableResult): readonly LogEntry[] {
  const { created, updated, gone, skipped, refused, reason = 'unknown reason', table } = result;
  const words = tableWords[table];
  const some = (count: number) => `${count} ${count === 1 ? words.one : words.many}`;
  const entries: LogEntry[] = [];
  if (created > 0) entries.push(entry(reading, 'info', 'created', `${some(created)} created`));
  if (updated > 0) entries.push(entry(reading, 'info', 'updated', `${some(updated)} updated`));
  if (gone > 0) {
    entries.push(entry(reading, 'info', 'updated', `${some(gone)} no longer shown by ConnectWise`));
  }
  if (skipped > 0) {
    const message = `${some(skipped)} could not be read: ${reason}`;
    entries.push(entry(reading, 'warning', 'skipped', message));
  }
  if (refused) {
    const { what, next } = failureRules[refused.code];
    const message = `The ${words.many} could not be read: ${refused.message ?? what}`;
    entries.push({ ...entry(reading, 'warning', 'failed', message), next });
  }
  return entries;
}

function entry({ deps, run }: Reading, severity: Severity, action: LogAction, message: string): LogEntry {
  return {
    at: deps.clock.now(),
    severity,
    action,
    message,
    direction: 'from ConnectWise',
    runId: run.runId,
  };
}

/** From what is kept, not from what this run read: a table that was refused or read in part changes no meaning. */
async function proposeMappings(reading: Reading): Promise<void> {
  const { reference } = reading.deps;
  const boards = await there(reference, 'board');
  const boardStatuses = Map.groupBy(await there(reference, 'boardStatus'), ({ parent }) => parent);
  for (const { id, name } of boards) {
    const title = `the board “${name ?? `#${id}`}”`;
    await propose(reading, id, boardStatuses.get(id) ?? [], title);
  }
  const projectStatuses = await there(reference, 'projectStatus');
  await propose(reading, 'projects', projectStatuses, 'projects');
}

/** An admin may save the same mapping at the same time: so often it is proposed anew, then by the next run. */
const savesAtMost = 3;

async function propose(
  reading: Reading,
  of: StatusMapping['of'],
  rows: readonly ReferenceRow[],
  title: string,
): Promise<void> {
  const { reference, log } = reading.deps;
  const statuses = rows.map(statusFacts);
  for (let attempt = 0; attempt < savesAtMost; attempt += 1) {
    const existing = (await reference.mappings()).find((mapping) => mapping.of === of);
    const proposed = proposeMapping(existing, statuses, of);
    if (proposed === existing || proposed.statuses.length === 0) return;
    if (await reference.saveMapping(proposed)) {
      return await log.append(mappingEntries(reading, existing, proposed, title));
    }
  }
}

function mappingEntries(
  reading: Reading,
  before: StatusMapping | undefined,
  proposed: StatusMapping,
  title: string,
): readonly LogEntry[] {
  const added = proposed.statuses.slice(before?.statuses.length ?? 0);
  const meanings = added.map(({ name, category }) => `“${name}” is ${category}`).join(', ');
  const message = added.length > 0 ? `Statuses of ${title}: ${meanings}` : `Statuses of ${title} updated`;
  const entries = [entry(reading, 'info', added.length > 0 ? 'created' : 'updated', message)];
  const gaps = mandatoryGaps(proposed);
  if (gaps.length > 0) {
    const words = `No status of ${title} means ${gaps.join(' or ')}`;
    const next = 'An admin chooses what the statuses of this board mean.';
    entries.push({ ...entry(reading, 'warning', 'updated', words), next });
  }
  return entries;
}
