import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;

/** Who may use the HTTP API. */
export const apiTokens: Migration = {
  name: '0017-api-tokens',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'api_tokens',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'name', 'role', 'digest', 'createdAt', 'createdBy'],
          properties: {
            tenantId: string,
            name: string,
            role: { enum: ['viewer', 'operator', 'admin'] },
            digest: string,
            createdAt: { bsonType: 'date' },
            createdBy: string,
            usedAt: { bsonType: 'date' },
          },
        },
        indexes: [{ key: { digest: 1 }, name: 'digest', unique: true }],
      },
    ]),
};
