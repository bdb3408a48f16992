/** What is still to be written to ConnectWise, or was not taken there, and the plan as programs read it. */
import { deletedInPlan, type PairedRecord, type PlanKind, type PlanRecord } from '../../src/domain/plan.ts';
import type { Planner } from '../../src/ports/planner.ts';
import { live, type PlanAccess, paired, toPaired, toRecord } from './plan-document.ts';

type Outbound = Pick<
  Planner,
  'recordsById' | 'unpairedBelow' | 'deletedInPlanSince' | 'openIntents' | 'openPushes' | 'list'
>;

/** Where a record names what it belongs to. */
const parentField: { readonly [kind in PlanKind]?: string } = {
  phase: 'fields.parentId',
  task: 'fields.phaseId',
  event: 'parentId',
  timeLog: 'parentId',
  ticketNote: 'parentId',
};

export function plannerOutbound({ tenantId, of }: PlanAccess): Outbound {
  async function recordsById(kind: PlanKind, ids: readonly string[]): Promise<readonly PlanRecord[]> {
    if (ids.length === 0) return [];
    const found = await of(kind)
      .find({ _id: { $in: [...ids] }, tenantId })
      .toArray();
    return found.map((document) => toRecord(kind, document));
  }

  async function unpairedBelow(projectId: string, kind: PlanKind, parentIds: readonly string[]) {
    const field = parentField[kind];
    if (field === undefined || parentIds.length === 0) return [];
    const unpaired = { tenantId, projectId, externalId: { $exists: false }, ...live };
    const found = await of(kind)
      .find({ ...unpaired, [field]: { $in: [...parentIds] } }, { projection: { _id: 1 } })
      .toArray();
    return found.map(({ _id }) => _id);
  }

  async function deletedInPlanSince(
    projectId: string,
    kind: PlanKind,
    seq: number,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly PairedRecord[]> {
    const toCarryOut = {
      'deleted.reason': deletedInPlan,
      carried: { $exists: false },
      planSeq: { $gt: seq },
      ...paired,
    };
    const found = await of(kind)
      .find({ tenantId, projectId, ...toCarryOut, ...beyond(after) }, { hint: 'to_carry_out' })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return toPaired(kind, found);
  }

  async function openIntents(projectId: string | null, kind: PlanKind): Promise<readonly PlanRecord[]> {
    const ofProject = projectId === null ? {} : { projectId };
    const open = { tenantId, ...ofProject, intent: { $exists: true } };
    const found = await of(kind).find(open, { hint: 'open_intents' }).sort({ _id: 1 }).toArray();
    return found.map((document) => toRecord(kind, document));
  }

  async function openPushes(): Promise<readonly PlanRecord[]> {
    const open = { tenantId, intent: { $exists: true } };
    const found = await of('project').find(open, { hint: 'open_intents' }).toArray();
    return found.map((document) => toRecord('project', document));
  }

  async function list(
    kind: PlanKind,
    { projectId, after, limit }: Parameters<Planner['list']>[1],
  ): Promise<readonly PlanRecord[]> {
    const ofProject = projectId === undefined ? {} : { projectId };
    const found = await of(kind)
      .find(
        { tenantId, ...ofProject, ...beyond(after), ...live },
        { hint: projectId === undefined ? { _id: 1 } : 'by_id' },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map((document) => toRecord(kind, document));
  }

  return { recordsById, unpairedBelow, deletedInPlanSince, openIntents, openPushes, list };
}

function beyond(id: string | undefined) {
  return id === undefined ? {} : { _id: { $gt: id } };
}
