import type { Filter, IndexSpecification } from 'mongodb';
import {
  goneFromPsa,
  movedAway,
  type PairedRecord,
  type PlanKind,
  type PlanRecord,
  planKinds,
} from '../../src/domain/plan.ts';
import type { DeletedInPeriod, FormerPair, PairGlance, Planner } from '../../src/ports/planner.ts';
import { live, type PlanAccess, type PlanDocument, paired, toPaired, toRecord } from './plan-document.ts';

type Reads = Pick<
  Planner,
  | 'pairedInRange'
  | 'pairedByExternalId'
  | 'glanceInRange'
  | 'glanceAt'
  | 'formerlyPaired'
  | 'idsByExternalId'
  | 'countPaired'
  | 'editedSince'
  | 'unsettled'
  | 'deletedSince'
  | 'frozen'
  | 'tasksLeavingChildren'
  | 'childrenOf'
  | 'tombstones'
  | 'phases'
  | 'tasks'
  | 'counts'
  | 'projectsOfMember'
>;

type Page = { readonly offset: number; readonly limit: number };

/**
 * Named, since the server keeps the plan that was best for the first of many alike queries: chosen while a project
 * was being imported, it would read the whole project for every page of it later.
 */
const byProjectAndPair = { tenantId: 1, projectId: 1, externalId: 1 } as const;
const byEdit = { tenantId: 1, projectId: 1, planSeq: 1 } as const;
const byPair = { tenantId: 1, externalId: 1 } as const;

const atAGlance = {
  projectId: 1,
  externalId: 1,
  fingerprint: 1,
  'deleted.reason': 1,
  'frozen.at': 1,
  'unsettled.runs': 1,
} as const;
const buried: Filter<PlanDocument> = { deleted: { $exists: true } };

export function plannerReads({ tenantId, of }: PlanAccess): Reads {
  type Wanted = { readonly filter: Filter<PlanDocument>; readonly hint?: IndexSpecification };

  async function glance(kind: PlanKind, { filter, hint }: Wanted): Promise<readonly PairGlance[]> {
    const options = { projection: atAGlance, ...(hint ? { hint } : {}) };
    const found = await of(kind).find(filter, options).toArray();
    return found.flatMap(({ _id: id, projectId, externalId, fingerprint, deleted, frozen, unsettled }) => {
      if (externalId === undefined) return [];
      const marked = deleted ?? frozen ?? unsettled;
      const settled = fingerprint === undefined || marked ? {} : { fingerprint };
      const buriedFor = deleted ? { deleted: deleted.reason } : {};
      return [{ id, projectId, externalId, ...buriedFor, ...settled }];
    });
  }

  async function whole(kind: PlanKind, { filter, hint }: Wanted): Promise<readonly PairedRecord[]> {
    const found = await of(kind)
      .find(filter, hint ? { hint } : {})
      .sort({ externalId: 1 })
      .toArray();
    return toPaired(kind, found);
  }

  function inRange(
    projectId: string,
    { after, to }: { readonly after: number; readonly to: number },
    parents?: readonly string[],
  ): Wanted {
    const filter = { tenantId, projectId, externalId: { $gt: after, $lte: to } };
    if (parents) return { filter: { ...filter, parentId: { $in: [...parents] } } };
    return { filter, hint: byProjectAndPair };
  }

  function at(externalIds: readonly number[]): Wanted {
    return { filter: { tenantId, externalId: { $in: [...externalIds] } }, hint: byPair };
  }

  async function formerlyPaired(projectId: string, kind: PlanKind, externalIds: readonly number[]) {
    if (externalIds.length === 0) return new Map<number, FormerPair>();
    const found = await of(kind)
      .find({ tenantId, projectId, formerExternalId: { $in: [...externalIds] } })
      .toArray();
    return new Map(
      found.flatMap(({ _id: id, version, formerExternalId, formerSaid }) => {
        const former: FormerPair = { id, version, ...(formerSaid === undefined ? {} : { formerSaid }) };
        return formerExternalId === undefined ? [] : [[formerExternalId, former] as const];
      }),
    );
  }

  async function idsByExternalId(projectId: string, kind: PlanKind): Promise<ReadonlyMap<number, string>> {
    const found = await of(kind)
      .find({ tenantId, projectId, ...paired, ...live }, { projection: { externalId: 1 } })
      .toArray();
    return new Map(
      found.flatMap(({ _id, externalId }) => (externalId === undefined ? [] : [[externalId, _id] as const])),
    );
  }

  function countPaired(projectId: string, kind: PlanKind): Promise<number> {
    return of(kind).countDocuments({ tenantId, projectId, ...paired, ...live });
  }

  async function editedSince(
    projectId: string,
    kind: PlanKind,
    seq: number,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly PlanRecord[]> {
    const rest = after === undefined ? {} : { _id: { $gt: after } };
    const found = await of(kind)
      .find({ tenantId, projectId, planSeq: { $gt: seq }, ...rest, ...live }, { hint: byEdit })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map((document) => toRecord(kind, document));
  }

  async function marked(projectId: string, kind: PlanKind, mark: 'unsettled' | 'frozen') {
    const filter = { tenantId, projectId, [mark]: { $exists: true }, ...paired, ...live };
    return toPaired(kind, await of(kind).find(filter).sort({ externalId: 1 }).toArray());
  }

  async function deletedSince(projectId: string, kind: PlanKind, since: Date): Promise<DeletedInPeriod> {
    const gone = {
      ...buried,
      'deleted.at': { $gte: since },
      'deleted.reason': { $in: [goneFromPsa, movedAway] },
    };
    const [deleted, alive] = await Promise.all([
      of(kind).countDocuments({ tenantId, projectId, ...gone }),
      of(kind).countDocuments({ tenantId, projectId, ...live }),
    ]);
    return { deleted, live: alive };
  }

  async function tasksLeavingChildren(
    projectId: string,
    { after, limit }: { after?: string; limit: number },
  ) {
    const rest = after === undefined ? {} : { _id: { $gt: after } };
    const due = { tenantId, projectId, childrenDue: { $exists: true }, ...rest };
    const found = await of('task')
      .find(due, { projection: { _id: 1 }, hint: 'children_due' })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id }) => _id);
  }

  async function childrenOf(projectId: string, kind: PlanKind, taskIds: readonly string[]) {
    if (taskIds.length === 0) return [];
    const children = { tenantId, projectId, parentId: { $in: [...taskIds] }, ...paired, ...live };
    const found = await of(kind)
      .find(children, { projection: { externalId: 1 } })
      .toArray();
    return found.flatMap(({ externalId }) => externalId ?? []).toSorted((a, b) => a - b);
  }

  /** The newest of each kind, merged: one page never needs more of a kind than its own end. */
  async function tombstones(projectId: string, { offset, limit }: Page) {
    const filter = { tenantId, projectId, ...buried };
    const [totals, found] = await Promise.all([
      Promise.all(planKinds.map((kind) => of(kind).countDocuments(filter))),
      Promise.all(
        planKinds.map(async (kind) => {
          const newest = of(kind)
            .find(filter)
            .sort({ 'deleted.at': -1, _id: 1 })
            .limit(offset + limit);
          return (await newest.toArray()).map((document) => toRecord(kind, document));
        }),
      ),
    ]);
    const records = found
      .flat()
      .toSorted(newestFirst)
      .slice(offset, offset + limit);
    return { records, total: totals.reduce((sum, one) => sum + one, 0) };
  }

  async function phases(projectId: string) {
    const filter = { tenantId, projectId, ...live };
    const found = await of('phase').find(filter).sort({ orderKey: 1, _id: 1 }).toArray();
    return found.map((document) => toRecord('phase', document));
  }

  async function tasks(projectId: string, page: Page) {
    const filter = { tenantId, projectId, ...live };
    const [found, total] = await Promise.all([
      of('task').find(filter).sort({ orderKey: 1, _id: 1 }).skip(page.offset).limit(page.limit).toArray(),
      of('task').countDocuments(filter),
    ]);
    return { tasks: found.map((document) => toRecord('task', document)), total };
  }

  async function counts(projectId: string) {
    const counted = await Promise.all(
      planKinds.map(
        async (kind) => [kind, await of(kind).countDocuments({ tenantId, projectId, ...live })] as const,
      ),
    );
    return Object.fromEntries(counted) as { [kind in PlanKind]: number };
  }

  async function projectsOfMember(memberId: number): Promise<readonly string[]> {
    const [managed, joined] = await Promise.all([
      of('project').distinct('projectId', { tenantId, 'fields.manager.id': memberId, ...live }),
      of('teamMember').distinct('projectId', { tenantId, 'fields.member.id': memberId, ...live }),
    ]);
    return [...new Set([...managed, ...joined])].toSorted();
  }

  return {
    pairedInRange: (projectId, kind, range, parents) => whole(kind, inRange(projectId, range, parents)),
    pairedByExternalId: async (kind, externalIds) =>
      externalIds.length === 0 ? [] : await whole(kind, at(externalIds)),
    glanceInRange: (projectId, kind, range, parents) => glance(kind, inRange(projectId, range, parents)),
    glanceAt: async (kind, externalIds) =>
      externalIds.length === 0 ? [] : await glance(kind, at(externalIds)),
    formerlyPaired,
    idsByExternalId,
    countPaired,
    editedSince,
    unsettled: (projectId, kind) => marked(projectId, kind, 'unsettled'),
    deletedSince,
    tasksLeavingChildren,
    childrenOf,
    frozen: (projectId, kind) => marked(projectId, kind, 'frozen'),
    tombstones,
    phases,
    tasks,
    counts,
    projectsOfMember,
  };
}

function newestFirst(a: PlanRecord, b: PlanRecord): number {
  const later = (b.deleted?.at.getTime() ?? 0) - (a.deleted?.at.getTime() ?? 0);
  return later === 0 ? (a.id < b.id ? -1 : 1) : later;
}
