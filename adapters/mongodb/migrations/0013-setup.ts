import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

/** Who follows a first import, and who was welcomed. */
export const setup: Migration = {
  name: '0013-setup',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'import_watches',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'person', 'startedAt', 'importedBefore', 'ticket', 'dueAt'],
          properties: {
            tenantId: { bsonType: 'string' },
            person: { bsonType: 'object' },
            startedAt: { bsonType: 'date' },
            importedBefore: { bsonType: 'number' },
            ticket: { bsonType: 'number' },
            dueAt: { bsonType: 'date' },
            handle: { bsonType: 'object' },
            shown: { bsonType: 'string' },
          },
        },
        indexes: [{ key: { tenantId: 1, dueAt: 1 } }],
      },
      {
        name: 'welcomes',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'person', 'at'],
          properties: {
            tenantId: { bsonType: 'string' },
            person: { bsonType: 'string' },
            at: { bsonType: 'date' },
          },
        },
      },
    ]),
};
