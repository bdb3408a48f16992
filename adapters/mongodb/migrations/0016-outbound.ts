import type { IndexDescription } from 'mongodb';
import { deletedInPlan } from '../../../src/domain/plan.ts';
import { planCollections } from '../plan-document.ts';
import { ensureCollections } from './collections.ts';
import type { Migration } from './migration.ts';

const project = { tenantId: 1, projectId: 1 } as const;

const indexes: readonly IndexDescription[] = [
  {
    key: { ...project, 'intent.at': 1 },
    name: 'open_intents',
    partialFilterExpression: { intent: { $exists: true } },
  },
  {
    key: { ...project, 'rejected.at': 1 },
    name: 'rejected',
    partialFilterExpression: { rejected: { $exists: true } },
  },
  {
    // Those that a run has seen to are kept for good: kept apart by the key, since a filter cannot ask for what is not there.
    key: { ...project, carried: 1, planSeq: 1 },
    name: 'to_carry_out',
    partialFilterExpression: { 'deleted.reason': deletedInPlan },
  },
  { key: { ...project, _id: 1 }, name: 'by_id' },
];

/** What is to be written to ConnectWise, what was not taken there, and the plan in pages for programs. */
export const outbound: Migration = {
  name: '0016-outbound',
  up: (db) =>
    ensureCollections(
      db,
      Object.values(planCollections).map((name) => ({ name, indexes })),
    ),
};
