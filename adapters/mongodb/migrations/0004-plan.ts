import type { IndexDescription } from 'mongodb';
import { type CollectionSpec, ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

/*
 * Every kind of plan record, its marks and tombstones, and the count of plan edits with the fences of each project.
 * All that is new is optional, so what 0001 stored stays as it is and valid.
 */

const string = { bsonType: 'string' } as const;
const date = { bsonType: 'date' } as const;
const number = { bsonType: 'number' } as const;
const object = { bsonType: 'object' } as const;

const validator = {
  bsonType: 'object',
  required: ['tenantId', 'projectId', 'version', 'fields', 'syncFence', 'orderKey', 'changedAt', 'changedBy'],
  properties: {
    tenantId: string,
    projectId: string,
    version: number,
    fields: object,
    externalId: number,
    base: { bsonType: 'object', required: ['psa', 'plan'] },
    parentId: string,
    syncFence: number,
    notesFence: number,
    planSeq: number,
    orderKey: string,
    changedAt: date,
    changedBy: string,
    deleted: {
      bsonType: 'object',
      required: ['at', 'by', 'reason'],
      properties: { at: date, by: string, reason: string },
    },
    unsettled: {
      bsonType: 'object',
      required: ['reason', 'runs'],
      properties: { reason: string, runs: number },
    },
    frozen: { bsonType: 'object', required: ['at'], properties: { at: date, approvedBy: string } },
    formerExternalId: number,
    notesDueAt: date,
    notesReadAt: date,
  },
} as const;

function whereExists(field: string): Pick<IndexDescription, 'partialFilterExpression'> {
  return { partialFilterExpression: { [field]: { $exists: true } } };
}

const indexes: readonly IndexDescription[] = [
  // A ConnectWise record has one pair, in whatever project it is.
  { key: { tenantId: 1, externalId: 1 }, unique: true, ...whereExists('externalId') },
  { key: { tenantId: 1, projectId: 1, externalId: 1 } },
  { key: { tenantId: 1, projectId: 1, orderKey: 1, _id: 1 } },
  // The rest are of few records: whatever carries the mark.
  { key: { tenantId: 1, projectId: 1, planSeq: 1 }, ...whereExists('planSeq') },
  { key: { tenantId: 1, projectId: 1, 'deleted.at': 1 }, ...whereExists('deleted') },
  { key: { tenantId: 1, projectId: 1, 'unsettled.runs': 1 }, ...whereExists('unsettled') },
  { key: { tenantId: 1, projectId: 1, 'frozen.at': 1 }, ...whereExists('frozen') },
  { key: { tenantId: 1, formerExternalId: 1 }, ...whereExists('formerExternalId') },
];

const ofParent: IndexDescription = {
  key: { tenantId: 1, parentId: 1, externalId: 1 },
  ...whereExists('parentId'),
};

const ofNotes: readonly IndexDescription[] = [
  { key: { tenantId: 1, notesDueAt: -1 }, ...whereExists('notesDueAt') },
  { key: { tenantId: 1, 'fields.closed': 1, notesReadAt: 1, _id: 1 } },
];

function planCollection(name: string, more: readonly IndexDescription[] = []): CollectionSpec {
  return { name, validator, indexes: [...indexes, ...more] };
}

const collections: readonly CollectionSpec[] = [
  planCollection('plan_projects'),
  planCollection('plan_phases'),
  planCollection('plan_tasks', ofNotes),
  planCollection('plan_team_members'),
  planCollection('plan_events', [ofParent]),
  planCollection('plan_time_logs', [ofParent]),
  planCollection('plan_project_notes'),
  planCollection('plan_ticket_notes', [ofParent]),
  {
    name: 'plan_counters',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'projectId', 'seq', 'pages'],
      properties: {
        tenantId: string,
        projectId: string,
        seq: number,
        pages: number,
        fences: { bsonType: 'object', properties: { project: number, notes: number } },
      },
    },
  },
];

export const plan: Migration = {
  name: '0004-plan',
  up: (db) => ensureCollections(db, collections),
};
