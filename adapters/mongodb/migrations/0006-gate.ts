import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

/** The switch and the circuit of an integration: one document for each tenant. */
export const gate: Migration = {
  name: '0006-gate',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'integration',
        validator: {
          bsonType: 'object',
          required: ['tenantId'],
          properties: {
            tenantId: { bsonType: 'string' },
            enabled: { bsonType: 'bool' },
            changed: { bsonType: 'object', required: ['by', 'at'], properties: { at: { bsonType: 'date' } } },
            circuit: {
              bsonType: 'object',
              required: ['failure', 'since', 'probes'],
              properties: {
                failure: { bsonType: 'object', required: ['code'] },
                since: { bsonType: 'date' },
                probeAt: { bsonType: 'date' },
                probes: { bsonType: 'number' },
                probeOwner: { bsonType: 'string' },
                probeUntil: { bsonType: 'date' },
              },
            },
          },
        },
      },
    ]),
};
