/**
 * What there is to do in a project besides what ConnectWise shows, in one query over the kinds: asked kind by kind,
 * nearly every answer would be "nothing", at a round trip each.
 */
import type { Document, Filter } from 'mongodb';
import { deletedInPlan, type PlanKind, type PlanRecord, planKinds } from '../../src/domain/plan.ts';
import type { OpenWork, Planner, WorkSort } from '../../src/ports/planner.ts';
import {
  live,
  type PlanAccess,
  type PlanDocument,
  paired,
  planCollections,
  toRecord,
} from './plan-document.ts';

export function plannerOpenWork({ tenantId, of }: PlanAccess): Pick<Planner, 'openWork' | 'rejectedIn'> {
  /** The pipelines of each kind over its collection, as one. */
  async function overKinds<T extends Document>(pipelinesOf: (kind: PlanKind) => Document[][]): Promise<T[]> {
    const all = planKinds.flatMap((kind) => pipelinesOf(kind).map((pipeline) => ({ kind, pipeline })));
    const [first, ...others] = all;
    if (!first) return [];
    const rest = others.map(({ kind, pipeline }) => ({
      $unionWith: { coll: planCollections[kind], pipeline },
    }));
    return await of(first.kind)
      .aggregate<T>([...first.pipeline, ...rest])
      .toArray();
  }

  /** Each sort by itself, by its own index: for an `$or` of them the server weighs all indexes against each other, each time. */
  async function openWork<S extends WorkSort>(
    projectId: string,
    seq: number,
    asked: readonly S[],
  ): Promise<Pick<OpenWork, S>> {
    const found = await overKinds<{ readonly kind: PlanKind; readonly sort: WorkSort }>((kind) =>
      asked.map((sort) => [
        { $match: { tenantId, projectId, ...filters[sort](seq) } },
        { $limit: 1 },
        { $project: { _id: 0, kind: { $literal: kind }, sort: { $literal: sort } } },
      ]),
    );
    const kindsOf = (sort: WorkSort) =>
      new Set(found.flatMap((one) => (one.sort === sort ? [one.kind] : [])));
    const work: OpenWork = {
      unsettled: kindsOf('unsettled'),
      intent: kindsOf('intent'),
      frozen: kindsOf('frozen'),
      edited: kindsOf('edited'),
      buried: kindsOf('buried'),
    };
    return work;
  }

  async function rejectedIn(projectId: string, limit: number): Promise<readonly PlanRecord[]> {
    const found = await overKinds<PlanDocument & { readonly kind: PlanKind }>((kind) => [
      [
        { $match: { tenantId, projectId, rejected: { $exists: true }, ...live } },
        { $limit: limit },
        { $set: { kind } },
      ],
    ]);
    return found.slice(0, limit).map(({ kind, ...document }) => toRecord(kind, document));
  }

  return { openWork, rejectedIn };
}

const filters: { readonly [sort in WorkSort]: (seq: number) => Filter<PlanDocument> } = {
  unsettled: () => ({ unsettled: { $exists: true }, ...paired, ...live }),
  intent: () => ({ intent: { $exists: true } }),
  frozen: () => ({ frozen: { $exists: true }, ...paired, ...live }),
  edited: (seq) => ({ planSeq: { $gt: seq }, ...live }),
  buried: (seq) => ({
    'deleted.reason': deletedInPlan,
    carried: { $exists: false },
    planSeq: { $gt: seq },
    ...paired,
  }),
};
