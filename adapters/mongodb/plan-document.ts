import type { Collection, Db, Filter } from 'mongodb';
import { wbsSortKey } from '../../src/domain/inbound-fields.ts';
import {
  type Fields,
  isPaired,
  type PairedRecord,
  type PlanKind,
  type PlanRecord,
} from '../../src/domain/plan.ts';

/** A plan record and its pair, one document in the collection of its kind. */
export type PlanDocument = Omit<PlanRecord, 'id' | 'kind'> & {
  readonly _id: string;
  readonly tenantId: string;
  /** The place among its siblings, in a form that sorts. */
  readonly orderKey: string;
  /** Of its bases, for whole readings: see `fingerprintOf`. Absent on records of an older build. */
  readonly fingerprint?: string;
  /** The fence of the last notes run that wrote it; fences of two lanes do not compare. */
  readonly notesFence?: number;
  /** Of tasks: since when their notes are to be read, and up to when they were. */
  readonly notesDueAt?: Date;
  readonly notesReadAt?: Date;
  /** Of a task that a run took out of the plan: nobody has looked yet for what stood on it. */
  readonly childrenDue?: true;
};

export const planCollections: { readonly [kind in PlanKind]: string } = {
  project: 'plan_projects',
  phase: 'plan_phases',
  task: 'plan_tasks',
  teamMember: 'plan_team_members',
  event: 'plan_events',
  timeLog: 'plan_time_logs',
  projectNote: 'plan_project_notes',
  ticketNote: 'plan_ticket_notes',
};

export type PlanCollections = (kind: PlanKind) => Collection<PlanDocument>;

export function planCollectionsIn(db: Db): PlanCollections {
  return (kind) => db.collection<PlanDocument>(planCollections[kind]);
}

/** The plan of one integration, as the parts of the store share it. */
export type PlanAccess = { readonly db: Db; readonly tenantId: string; readonly of: PlanCollections };

export const live: Filter<PlanDocument> = { deleted: { $exists: false } };
export const paired: Filter<PlanDocument> = { externalId: { $exists: true } };

/** What goes with a pair that is taken away. */
export const pairFields: readonly (keyof PlanDocument)[] = [
  'externalId',
  'base',
  'sent',
  'wrote',
  'formerSaid',
];

/** In an update with a pipeline: the external id it had is kept, that of an earlier time where it has none now. */
export const formerPair = {
  formerExternalId: { $ifNull: ['$externalId', '$formerExternalId', '$$REMOVE'] },
} as const;

export function orderKey(fields: Fields): string {
  return wbsSortKey(typeof fields.wbsCode === 'string' ? fields.wbsCode : null);
}

export function toRecord(kind: PlanKind, document: PlanDocument): PlanRecord {
  const {
    _id,
    tenantId: _tenantId,
    orderKey: _orderKey,
    fingerprint: _fingerprint,
    notesFence: _notesFence,
    notesDueAt: _notesDueAt,
    notesReadAt: _notesReadAt,
    childrenDue: _childrenDue,
    ...record
  } = document;
  return { id: _id, kind, ...record };
}

/** Of documents that were asked for by their pair. */
export function toPaired(kind: PlanKind, documents: readonly PlanDocument[]): readonly PairedRecord[] {
  return documents.map((document) => toRecord(kind, document)).filter(isPaired);
}
