import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

/** Of the Integration Log the ends of projects' syncs alone. */
const ends = { partialFilterExpression: { durationMs: { $gte: 0 } } } as const;
const end = { at: 1, mode: 1, action: 1, severity: 1, code: 1, durationMs: 1 } as const;

/** What reports count, without looking at a document. */
export const report: Migration = {
  name: '0025-report',
  up: (db) =>
    ensureCollections(db, [
      {
        name: 'integration_log',
        indexes: [
          { key: { tenantId: 1, ...end }, name: 'ends', ...ends },
          { key: { tenantId: 1, projectId: 1, ...end }, name: 'ends_of_project', ...ends },
        ],
      },
      {
        name: 'api_requests',
        indexes: [{ key: { tenantId: 1, at: 1, status: 1 }, name: 'answers' }],
      },
    ]),
};
