import { psaTables } from '../../../src/domain/psa-records.ts';
import { type CollectionSpec, ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;
const number = { bsonType: 'number' } as const;
const bool = { bsonType: 'bool' } as const;

const collections: readonly CollectionSpec[] = [
  {
    name: 'reference_rows',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'table', 'id', 'inactive', 'details', 'gone'],
      properties: {
        tenantId: string,
        table: { enum: [...psaTables] },
        id: number,
        inactive: bool,
        details: { bsonType: 'object' },
        parent: number,
        gone: bool,
        statusHere: { enum: ['active', 'inactive'] },
        token: string,
      },
    },
    indexes: [{ key: { tenantId: 1, table: 1, id: 1 } }],
  },
  {
    name: 'status_mappings',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'of', 'revision', 'statuses', 'defaults'],
      properties: {
        tenantId: string,
        revision: { bsonType: 'number', minimum: 1 },
        statuses: {
          bsonType: 'array',
          items: { bsonType: 'object', required: ['id', 'name', 'category', 'setBy'] },
        },
        defaults: { bsonType: 'object' },
      },
    },
    indexes: [{ key: { tenantId: 1, of: 1 } }],
  },
  {
    name: 'settings',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'revision'],
      properties: {
        tenantId: string,
        revision: { bsonType: 'number', minimum: 1 },
        autoDisableDays: { bsonType: ['number', 'null'], minimum: 1 },
        retentionDays: { bsonType: 'number', minimum: 1 },
      },
    },
  },
];

/** What the miscellaneous data sync keeps, and what an admin chooses. */
export const reference: Migration = {
  name: '0005-reference',
  up: (db) => ensureCollections(db, collections),
};
