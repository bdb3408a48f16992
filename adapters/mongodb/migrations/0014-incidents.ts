import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const string = { bsonType: 'string' } as const;
const date = { bsonType: 'date' } as const;
const number = { bsonType: 'number' } as const;
const bool = { bsonType: 'bool' } as const;

/** Incidents, their messages, the places that these go to, and who is alive. */
export const incidents: Migration = {
  name: '0014-incidents',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'incidents',
        validator: {
          bsonType: 'object',
          required: [
            'tenantId',
            'key',
            'scope',
            'since',
            'cause',
            'projects',
            'notice',
            'openedAt',
            'revision',
          ],
          properties: {
            tenantId: string,
            key: string,
            scope: string,
            since: date,
            openedAt: date,
            revision: number,
            notice: bool,
            projects: { bsonType: 'array' },
            openKey: string,
            overAt: date,
          },
        },
        indexes: [
          // One is open of each key.
          {
            key: { tenantId: 1, openKey: 1 },
            name: 'one_open',
            unique: true,
            partialFilterExpression: { openKey: { $exists: true } },
          },
          { key: { tenantId: 1, overAt: -1 }, partialFilterExpression: { overAt: { $exists: true } } },
        ],
      },
      {
        name: 'incident_messages',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'incidentId', 'to', 'told', 'want', 'revision', 'posting', 'generation'],
          properties: {
            tenantId: string,
            incidentId: string,
            to: { bsonType: 'object', required: ['platform', 'tenant'] },
            told: { enum: ['nothing', 'opened', 'ended'] },
            want: number,
            revision: number,
            posting: bool,
            generation: number,
            attempts: number,
            booked: bool,
            done: bool,
            dueAt: date,
            toldAt: date,
          },
        },
        indexes: [
          // What has nothing to tell has no `dueAt` and is not in it.
          {
            key: { tenantId: 1, dueAt: 1 },
            name: 'due',
            partialFilterExpression: { dueAt: { $exists: true } },
          },
          { key: { incidentId: 1 } },
        ],
      },
      {
        name: 'alert_places',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'to'],
          properties: {
            tenantId: string,
            nextAt: date,
            blocked: {
              bsonType: 'object',
              required: ['since', 'reason', 'retryAt'],
              properties: { since: date, reason: string, retryAt: date },
            },
          },
        },
        indexes: [
          {
            key: { tenantId: 1 },
            name: 'blocked',
            partialFilterExpression: { blocked: { $exists: true } },
          },
        ],
      },
      {
        name: 'liveness',
        validator: {
          bsonType: 'object',
          required: ['tenantId', 'kind', 'at', 'by'],
          properties: { tenantId: string, kind: { enum: ['bot', 'worker'] }, at: date, by: string },
        },
      },
      {
        name: 'sync_tasks',
        indexes: [
          // What alerts look for: as many keys as there are problems, however many projects there are.
          {
            key: { tenantId: 1, 'needsAttention.since': 1 },
            name: 'needs_attention',
            partialFilterExpression: { needsAttention: { $exists: true } },
          },
          {
            key: { tenantId: 1, attempts: 1 },
            name: 'failing',
            partialFilterExpression: { attempts: { $gte: 3 } },
          },
          { key: { tenantId: 1, 'link.state': 1, lateAt: 1 }, name: 'late' },
        ],
      },
    ]),
};
