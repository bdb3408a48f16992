import { type CollectionSpec, ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;
const date = { bsonType: 'date' } as const;
const number = { bsonType: 'number' } as const;

/** After an undo is too late it can still be said that it is. */
const undoKeptSeconds = 86_400;

const collections: readonly CollectionSpec[] = [
  {
    name: 'undos',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'step', 'role', 'what', 'validUntil'],
      properties: {
        tenantId: string,
        step: { bsonType: 'object', required: ['undo'] },
        role: { enum: ['viewer', 'operator', 'admin'] },
        what: string,
        validUntil: date,
      },
    },
    indexes: [{ key: { validUntil: 1 }, expireAfterSeconds: undoKeptSeconds }],
  },
  {
    name: 'claim_codes',
    validator: {
      bsonType: 'object',
      required: ['digest', 'validUntil', 'misses', 'taken'],
      properties: { digest: string, validUntil: date, misses: number, taken: { bsonType: 'bool' } },
    },
  },
  {
    name: 'follows',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'person'],
      properties: { tenantId: string, person: string, projectId: string },
    },
    indexes: [{ key: { tenantId: 1, projectId: 1 } }, { key: { tenantId: 1, person: 1 } }],
  },
  // One document that every change of a role writes; a collection made inside a transaction would be in the way.
  { name: 'role_changes' },
];

/** What can be undone, the code that makes the first admin, and who follows what. */
export const steering: Migration = {
  name: '0011-steering',
  up: (db) => ensureCollections(db, collections),
};
