import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;

/** How people and conversations of Teams are reached again, and what is needed for some minutes only. */
export const chatReferences: Migration = {
  name: '0015-chat-references',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'chat_conversations',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'tenant', 'conversation', 'kind', 'serviceUrl', 'bot'],
          properties: {
            tenantId: string,
            tenant: string,
            conversation: string,
            kind: { enum: ['personal', 'group', 'channel'] },
            name: string,
            serviceUrl: string,
            bot: string,
          },
        },
        indexes: [{ key: { tenantId: 1, tenant: 1, kind: 1, name: 1 } }],
      },
      {
        name: 'chat_people',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'tenant', 'userId', 'name', 'account', 'serviceUrl', 'bot', 'conversation'],
          properties: {
            tenantId: string,
            tenant: string,
            userId: string,
            name: string,
            account: string,
            serviceUrl: string,
            bot: string,
            conversation: string,
            personal: string,
            home: string,
          },
        },
        indexes: [
          {
            key: { tenantId: 1, tenant: 1, personal: 1 },
            name: 'personal',
            partialFilterExpression: { personal: { $exists: true } },
          },
        ],
      },
      {
        name: 'keepsakes',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'content', 'expiresAt'],
          properties: { tenantId: string, content: { bsonType: 'binData' }, expiresAt: { bsonType: 'date' } },
        },
        indexes: [{ key: { expiresAt: 1 }, name: 'over', expireAfterSeconds: 0 }],
      },
    ]),
};
