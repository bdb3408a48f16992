/** How far set-up is: the one place that tells why nothing syncs yet (product.md, "The first hour"). */
import { type SyncTask, syncStatus } from '../domain/sync-task.ts';
import type { Gate, GateState } from '../ports/gate.ts';
import type { SettingsStore } from '../ports/settings.ts';
import type { SyncTaskStore, TaskList } from '../ports/sync-task-store.ts';

export type Stage =
  /** Settings of the process are not there: whoever operates it. */
  | 'keys-absent'
  /** ConnectWise does not take them: an admin. */
  | 'keys-refused'
  /** It heals by itself. */
  | 'unreachable'
  /** Nothing is linked, and no board says what should be. */
  | 'no-boards'
  /** Projects are still looked for, or were not all synced once. */
  | 'importing'
  | 'ready';

export type Readiness = {
  readonly stage: Stage;
  /** What is not set, in plain words. */
  readonly missing: readonly string[];
  readonly gate: GateState;
  /** Projects that are linked at all. */
  readonly linked: number;
  readonly importing: TaskList['importing'];
};

export type ReadinessDeps = {
  readonly tenantId: string;
  readonly installation: { readonly missing: readonly string[] };
  readonly gate: Pick<Gate, 'read'>;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly tasks: Pick<SyncTaskStore, 'list' | 'get'>;
};

type Listed = Pick<TaskList, 'linked' | 'importing'>;

/** @param known where the list has been read already */
export async function readiness(deps: ReadinessDeps, known?: Listed): Promise<Readiness> {
  const counts = { withDisabled: false, withArchived: false, offset: 0, limit: 1 };
  const [gate, { boards }, { linked, importing }, misc] = await Promise.all([
    deps.gate.read(),
    deps.settings.read(),
    known ?? deps.tasks.list(counts),
    deps.tasks.get(`${deps.tenantId}:misc`),
  ]);
  const { missing } = deps.installation;
  const looking = boards.length > 0 && (!misc?.task.lastSync || (linked === 0 && isAsked(misc)));
  const facts = { missing, gate, linked, importing };
  return { ...facts, stage: stageOf(facts, { chosen: boards.length > 0, looking }) };
}

/** What links the projects: boards that were chosen only now count with its next run. */
function isAsked({ task, now }: { readonly task: SyncTask; readonly now: Date }): boolean {
  return syncStatus(task, now).word !== 'Idle';
}

function stageOf(
  { missing, gate, linked, importing }: Omit<Readiness, 'stage'>,
  { chosen, looking }: { readonly chosen: boolean; readonly looking: boolean },
): Stage {
  if (missing.length > 0) return 'keys-absent';
  if (gate.circuit) return gate.circuit.failure.code === 'cw.auth' ? 'keys-refused' : 'unreachable';
  if (linked === 0 && !chosen) return 'no-boards';
  return importing.left > 0 || looking ? 'importing' : 'ready';
}

/** Whether set-up is still to be done: what a new admin is offered first. */
export function beforeSetUp({ stage, linked }: Pick<Readiness, 'stage' | 'linked'>): boolean {
  return linked === 0 && (stage === 'keys-absent' || stage === 'keys-refused' || stage === 'no-boards');
}
