import { type PairedRecord, planKinds } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Planner } from '../../ports/planner.ts';

type FrozenDeps = { readonly planner: Pick<Planner, 'frozen'> };

export type FrozenRecords = {
  /** Nobody has said yet what becomes of them. */
  readonly open: readonly PairedRecord[];
  /** To be deleted by the next sync, where they are still gone. */
  readonly approved: readonly PairedRecord[];
};

/** The records of a project that are gone from ConnectWise together with unusually many. */
export async function frozenRecords({ planner }: FrozenDeps, projectId: string): Promise<FrozenRecords> {
  const found = await Promise.all(planKinds.map((kind) => planner.frozen(projectId, kind)));
  const isApproved = ({ frozen }: PairedRecord) => frozen?.approvedBy !== undefined;
  const all = found.flat();
  return { open: all.filter((record) => !isApproved(record)), approved: all.filter(isApproved) };
}

/** How many wait for an answer; looked for only where a question was asked. */
export async function countWaiting(deps: FrozenDeps, task: SyncTask): Promise<number> {
  if (task.needsAttention?.failure.code !== 'plan.mass-deletion') return 0;
  return (await frozenRecords(deps, task.projectId)).open.length;
}
