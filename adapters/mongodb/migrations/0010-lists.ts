import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const project = { tenantId: 1, kind: 1 } as const;
const narrowing = { searchKey: 1, 'link.externalId': 1, 'link.state': 1, projectId: 1 } as const;

/** What lists are read by, whose projects are whose, and the standing pages of people. */
export const lists: Migration = {
  name: '0010-lists',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'sync_tasks',
        indexes: [
          // A page and what narrows it, by keys alone.
          { key: { ...project, nameKey: 1, _id: 1, ...narrowing, 'link.board': 1 }, name: 'list' },
          { key: { ...project, 'link.board': 1, nameKey: 1, _id: 1, ...narrowing }, name: 'list_by_board' },
          // All that the summary line counts, without looking at a document.
          {
            key: {
              ...project,
              'link.state': 1,
              'needsAttention.since': 1,
              'lastSync.at': 1,
              intervalMs: 1,
              searchKey: 1,
              'link.externalId': 1,
              'link.board': 1,
              projectId: 1,
            },
            name: 'counts',
          },
          {
            key: { ...project, 'needsAttention.since': 1, _id: 1 },
            name: 'attention',
            partialFilterExpression: { 'needsAttention.since': { $exists: true } },
          },
        ],
      },
      { name: 'plan_projects', indexes: [{ key: { tenantId: 1, 'fields.manager.id': 1 } }] },
      { name: 'plan_team_members', indexes: [{ key: { tenantId: 1, 'fields.member.id': 1 } }] },
      {
        name: 'identities',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'person', 'memberId'],
          properties: { person: { bsonType: 'string' }, memberId: { bsonType: 'number' } },
        },
      },
      {
        name: 'homes',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'key'],
          properties: {
            key: { bsonType: 'string' },
            lookedAt: { bsonType: 'date' },
            dueAt: { bsonType: 'date' },
          },
        },
        indexes: [
          {
            key: { tenantId: 1, dueAt: 1 },
            partialFilterExpression: { dueAt: { $exists: true } },
          },
        ],
      },
    ]),
};
