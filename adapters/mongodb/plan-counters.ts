import type { ClientSession, Db } from 'mongodb';
import type { RunFence } from '../../src/ports/planner.ts';
import { isDuplicateKey } from './duplicate-key.ts';

/** One per plan project: what orders the writes of runs and of people. */
type CounterDocument = {
  /** `tenant:project`. */
  readonly _id: string;
  readonly tenantId: string;
  readonly projectId: string;
  /** Plan edits so far. */
  readonly seq: number;
  /** Pages written so far: a number that changes with each, so that a page and a new run's beginning collide. */
  readonly pages: number;
  readonly fences?: { readonly [lane in RunFence['lane']]?: number };
};

export type PlanCounters = {
  /** Raises the lane's fence, only upwards. The count of edits at that moment; undefined where a higher one is there. */
  raiseFence(run: RunFence): Promise<number | undefined>;
  /** In the transaction of a page: true where the run may still write, which then holds until the transaction ends. */
  holdFence(run: RunFence, session: ClientSession): Promise<boolean>;
  /** In the transaction of an edit: the edit's place in the project's count. */
  countEdit(projectId: string, session: ClientSession): Promise<number>;
};

export function planCounters(db: Db, tenantId: string): PlanCounters {
  const counters = db.collection<CounterDocument>('plan_counters');
  const idOf = (projectId: string): string => `${tenantId}:${projectId}`;

  async function raiseFence(run: RunFence): Promise<number | undefined> {
    const { projectId, lane, fence } = run;
    try {
      const after = await counters.findOneAndUpdate(
        { _id: idOf(projectId) },
        { $max: { [`fences.${lane}`]: fence }, $setOnInsert: { tenantId, projectId, seq: 0, pages: 0 } },
        { upsert: true, returnDocument: 'after' },
      );
      return after?.fences?.[lane] === fence ? after.seq : undefined;
    } catch (error) {
      // Two that insert at the same time: the one that comes second finds the document there.
      if (isDuplicateKey(error)) return await raiseFence(run);
      throw error;
    }
  }

  async function holdFence({ projectId, lane, fence }: RunFence, session: ClientSession): Promise<boolean> {
    // Must change the document: an update that changes nothing would not collide with a new run's beginning.
    const held = await counters.updateOne(
      { _id: idOf(projectId), [`fences.${lane}`]: fence },
      { $inc: { pages: 1 } },
      { session },
    );
    return held.matchedCount === 1;
  }

  async function countEdit(projectId: string, session: ClientSession): Promise<number> {
    const after = await counters.findOneAndUpdate(
      { _id: idOf(projectId) },
      { $inc: { seq: 1 }, $setOnInsert: { tenantId, projectId, pages: 0 } },
      { upsert: true, returnDocument: 'after', session },
    );
    if (!after) throw new Error('an upsert returned nothing');
    return after.seq;
  }

  return { raiseFence, holdFence, countEdit };
}
