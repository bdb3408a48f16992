import { type Db, MongoServerError } from 'mongodb';
import { type CollectionSpec, ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const INDEX_NOT_FOUND = 27;

const string = { bsonType: 'string' } as const;
const date = { bsonType: 'date' } as const;
const number = { bsonType: 'number' } as const;
const due = { partialFilterExpression: { wakeAt: { $exists: true } } } as const;

const suspects = {
  bsonType: 'array',
  items: { bsonType: 'object', required: ['kind', 'id'], properties: { kind: string, id: number } },
} as const;
const kinds = { bsonType: 'array', items: { enum: ['delta', 'comprehensive'] } } as const;

const collections: readonly CollectionSpec[] = [
  {
    name: 'sync_tasks',
    validator: {
      bsonType: 'object',
      required: [
        'tenantId',
        'kind',
        'projectId',
        'state',
        'want',
        'done',
        'kinds',
        'suspects',
        'prio',
        'forceNow',
        'fence',
        'attempts',
        'lost',
        'watermarks',
        'link',
      ],
      properties: {
        tenantId: string,
        kind: { enum: ['project', 'misc', 'scout', 'notes'] },
        projectId: string,
        state: { enum: ['idle', 'requested', 'syncing'] },
        want: number,
        done: number,
        kinds,
        suspects,
        prio: { enum: [0, 1, 2] },
        next: { enum: [0, 1, 2] },
        forceNow: { bsonType: 'bool' },
        wakeAt: date,
        coolUntil: date,
        fence: number,
        attempts: number,
        lost: number,
        claimed: { bsonType: 'object', required: ['want', 'kinds', 'prio', 'forceNow', 'suspects'] },
        readStart: date,
        watermarks: { bsonType: 'object', properties: { plan: number, psa: { bsonType: 'object' } } },
        clockAt: date,
        lateAt: date,
        link: {
          bsonType: 'object',
          required: ['externalId', 'projectName', 'state'],
          properties: {
            state: { enum: ['active', 'disabled', 'archived', 'disconnected'] },
            closedSince: date,
            autoDisabledFor: date,
          },
        },
      },
    },
    indexes: [
      // The claim: one lane, highest priority, then longest due. An idle task has no `wakeAt` and is not in it.
      { key: { tenantId: 1, kind: 1, prio: -1, wakeAt: 1 }, name: 'claim_in_lane', ...due },
      { key: { tenantId: 1, kind: 1, wakeAt: 1 }, name: 'next_wake_in_lane', ...due },
      // The clock: whose turn it is, and what the comprehensive syncs cost in all, without looking at a document.
      {
        key: { tenantId: 1, kind: 1, 'link.state': 1, clockAt: 1, comprehensiveRequests: 1 },
        name: 'clock',
      },
      {
        key: { tenantId: 1, 'link.closedSince': 1 },
        name: 'closed',
        partialFilterExpression: { 'link.closedSince': { $exists: true } },
      },
    ],
  },
  {
    name: 'slots',
    validator: {
      bsonType: 'object',
      required: ['tenantId', 'number', 'fence'],
      properties: { tenantId: string, number, owner: string, fence: number, until: date },
    },
    indexes: [{ key: { tenantId: 1, number: 1 }, unique: true }],
  },
];

/** Tasks of before there were suspects and watermarks. In one write: half of it would not be valid. */
async function fillIn(db: Db): Promise<void> {
  await db
    .collection('sync_tasks')
    .updateMany({ $or: [{ suspects: { $exists: false } }, { watermarks: { $exists: false } }] }, [
      {
        $set: {
          suspects: { $ifNull: ['$suspects', []] },
          watermarks: { $ifNull: ['$watermarks', {}] },
          claimed: {
            $cond: [
              { $eq: [{ $type: '$claimed' }, 'object'] },
              { $mergeObjects: [{ suspects: [] }, '$claimed'] },
              '$$REMOVE',
            ],
          },
        },
      },
    ]);
}

/** The claim led by the tenant alone: with lanes it would look at every task of the others first. */
async function dropOldIndexes(db: Db): Promise<void> {
  for (const name of ['claim', 'next_wake']) {
    try {
      await db.collection('sync_tasks').dropIndex(name);
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== INDEX_NOT_FOUND) throw error;
    }
  }
}

/** Every kind of task, what it was told to look for, how far it has read, its turns by the clock, and slots. */
export const engine: Migration = {
  name: '0002-engine',
  async up(db) {
    // First what a task must have, then to those without: none that lacks it is made in between.
    await ensureCollections(db, collections);
    await fillIn(db);
    await dropOldIndexes(db);
  },
};
