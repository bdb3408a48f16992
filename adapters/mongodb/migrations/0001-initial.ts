import { type CollectionSpec, ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;
const date = { bsonType: 'date' } as const;
const number = { bsonType: 'number' } as const;
const object = { bsonType: 'object' } as const;

/** What any writer of a plan collection must keep; the fields themselves belong to the rules. */
function planCollection(name: string): CollectionSpec {
  return {
    name,
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'projectId', 'version', 'fields', 'orderKey', 'changedAt', 'changedBy'],
      properties: {
        tenantId: string,
        projectId: string,
        version: number,
        fields: object,
        externalId: number,
        base: { bsonType: 'object', required: ['psa', 'plan'] },
        syncFence: number,
        orderKey: string,
        changedAt: date,
        changedBy: string,
      },
    },
    indexes: [
      // A ConnectWise record has one pair, in whatever project it is.
      {
        key: { tenantId: 1, externalId: 1 },
        unique: true,
        partialFilterExpression: { externalId: { $exists: true } },
      },
      { key: { tenantId: 1, projectId: 1, externalId: 1 } },
      { key: { tenantId: 1, projectId: 1, orderKey: 1, _id: 1 } },
    ],
  };
}

function logCollection(name: string, required: readonly string[]): CollectionSpec {
  return {
    name,
    validator: { bsonType: 'object', required: ['tenantId', 'at', ...required], properties: { at: date } },
    indexes: [
      { key: { tenantId: 1, at: -1, _id: -1 } },
      { key: { tenantId: 1, projectId: 1, at: -1, _id: -1 } },
    ],
  };
}

const collections: readonly CollectionSpec[] = [
  {
    name: 'sync_tasks',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'kind', 'state', 'want', 'done', 'kinds', 'prio', 'forceNow', 'fence', 'link'],
      properties: {
        tenantId: string,
        projectId: string,
        state: { enum: ['idle', 'requested', 'syncing'] },
        want: number,
        done: number,
        kinds: { bsonType: 'array', items: { enum: ['delta', 'comprehensive'] } },
        prio: { enum: [0, 1, 2] },
        forceNow: { bsonType: 'bool' },
        wakeAt: date,
        coolUntil: date,
        fence: number,
        attempts: number,
        lost: number,
        link: {
          bsonType: 'object',
          required: ['externalId', 'projectName', 'state'],
          properties: { state: { enum: ['active', 'disabled', 'archived', 'disconnected'] } },
        },
      },
    },
    indexes: [
      // The claim: highest priority, then longest due. An idle task has no `wakeAt` and is not in it.
      {
        key: { tenantId: 1, prio: -1, wakeAt: 1 },
        name: 'claim',
        partialFilterExpression: { wakeAt: { $exists: true } },
      },
      {
        key: { tenantId: 1, wakeAt: 1 },
        name: 'next_wake',
        partialFilterExpression: { wakeAt: { $exists: true } },
      },
      {
        key: { tenantId: 1, linkKey: 1 },
        name: 'one_link',
        unique: true,
        partialFilterExpression: { linkKey: { $exists: true } },
      },
      { key: { tenantId: 1, nameKey: 1, _id: 1 } },
      { key: { tenantId: 1, 'link.externalId': 1 } },
    ],
  },
  planCollection('plan_projects'),
  planCollection('plan_phases'),
  planCollection('plan_tasks'),
  {
    name: 'interactions',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'taskId', 'ticket', 'told', 'person', 'handle', 'createdAt', 'dueAt'],
      properties: { createdAt: date, dueAt: date, ticket: number },
    },
    indexes: [{ key: { tenantId: 1, dueAt: 1 } }],
  },
  logCollection('integration_log', ['severity', 'action', 'message', 'direction']),
  logCollection('api_requests', ['method', 'path', 'durationMs', 'attempt', 'requestId']),
  logCollection('audit_log', ['actor', 'command', 'outcome']),
  {
    name: 'roles',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'person', 'role'],
      properties: { person: string, role: { enum: ['viewer', 'operator', 'admin'] } },
    },
    indexes: [{ key: { tenantId: 1, person: 1 }, unique: true }],
  },
  {
    name: 'seen_requests',
    validator: {
      bsonType: 'object',
      required: ['_id', 'at'],
      properties: { _id: string, at: date },
    },
    indexes: [{ key: { at: 1 } }],
  },
];

export const initial: Migration = {
  name: '0001-initial',
  up: (db) => ensureCollections(db, collections),
};
