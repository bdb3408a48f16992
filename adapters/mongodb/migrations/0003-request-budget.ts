import type { Document } from 'mongodb';
import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;
const date = { bsonType: 'date' } as const;
const number = { bsonType: 'number' } as const;

function listOf(properties: Document): Document {
  return {
    bsonType: 'array',
    items: { bsonType: 'object', required: Object.keys(properties), properties },
  };
}

/** One small document per tenant, found by its `_id`: no index besides. */
export const requestBudget: Migration = {
  name: '0003-request-budget',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'request_budgets',
        validator: {
          bsonType: 'object',
          required: ['_id', 'tokens', 'filledAt', 'share', 'shareAt', 'pausedUntil', 'running', 'waiting'],
          properties: {
            _id: string,
            tokens: number,
            filledAt: date,
            share: number,
            shareAt: date,
            pausedUntil: date,
            running: listOf({ id: string, until: date }),
            waiting: listOf({ by: string, priority: number, since: date, until: date }),
          },
        },
      },
    ]),
};
