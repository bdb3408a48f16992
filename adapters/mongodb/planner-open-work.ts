/**
 * What there is to do in a project besides what ConnectWise shows, in one query over the kinds: asked kind by kind,
 * nearly every answer would be "nothing", at a round trip each.
 */
import type { Document } from 'mongodb';
import { deletedInPlan, type PlanKind, type PlanRecord, planKinds } from '../../src/domain/plan.ts';
import type { OpenWork, Planner } from '../../src/ports/planner.ts';
import {
  live,
  type PlanAccess,
  type PlanDocument,
  paired,
  planCollections,
  toRecord,
} from './plan-document.ts';

type Found = { readonly [what in keyof OpenWork]: boolean } & { readonly kind: PlanKind };

export function plannerOpenWork({ tenantId, of }: PlanAccess): Pick<Planner, 'openWork' | 'rejectedIn'> {
  /** The pipeline of each kind over its collection, as one. */
  async function overKinds<T extends Document>(pipelineOf: (kind: PlanKind) => Document[]): Promise<T[]> {
    const [first, ...others] = planKinds;
    const rest = others.map((kind) => ({
      $unionWith: { coll: planCollections[kind], pipeline: pipelineOf(kind) },
    }));
    return await of(first)
      .aggregate<T>([...pipelineOf(first), ...rest])
      .toArray();
  }

  async function openWork(projectId: string, seq: number): Promise<OpenWork> {
    const arms = {
      unsettled: { unsettled: { $exists: true }, ...paired, ...live },
      intent: { intent: { $exists: true } },
      frozen: { frozen: { $exists: true }, ...paired, ...live },
      edited: { planSeq: { $gt: seq }, ...live },
      buried: {
        'deleted.reason': deletedInPlan,
        carried: { $exists: false },
        planSeq: { $gt: seq },
        ...paired,
      },
    };
    const found = await overKinds<Found>((kind) => [
      // The project in each arm: only so does the server choose an index for each by itself.
      { $match: { $or: Object.values(arms).map((arm) => ({ tenantId, projectId, ...arm })) } },
      {
        $group: {
          _id: null,
          unsettled: { $max: { $and: [isThere('$unsettled'), isLive] } },
          intent: { $max: isThere('$intent') },
          frozen: { $max: { $and: [isThere('$frozen'), isLive] } },
          edited: { $max: { $and: [{ $gt: ['$planSeq', seq] }, isLive] } },
          buried: { $max: { $and: [isBuried, { $gt: ['$planSeq', seq] }] } },
        },
      },
      { $set: { kind } },
    ]);
    const kindsWith = (what: keyof OpenWork) =>
      new Set(found.flatMap((one) => (one[what] ? [one.kind] : [])));
    return {
      unsettled: kindsWith('unsettled'),
      intent: kindsWith('intent'),
      frozen: kindsWith('frozen'),
      edited: kindsWith('edited'),
      buried: kindsWith('buried'),
    };
  }

  async function rejectedIn(projectId: string, limit: number): Promise<readonly PlanRecord[]> {
    const found = await overKinds<PlanDocument & { readonly kind: PlanKind }>((kind) => [
      { $match: { tenantId, projectId, rejected: { $exists: true }, ...live } },
      { $limit: limit },
      { $set: { kind } },
    ]);
    return found.slice(0, limit).map(({ kind, ...document }) => toRecord(kind, document));
  }

  return { openWork, rejectedIn };
}

const isThere = (field: string) => ({ $ne: [{ $type: field }, 'missing'] });
const isLive = { $not: [isThere('$deleted')] };
const isBuried = {
  $and: [
    { $eq: ['$deleted.reason', deletedInPlan] },
    { $not: [isThere('$carried')] },
    isThere('$externalId'),
  ],
};
