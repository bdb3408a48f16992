/** The points of a run, and of what a bot does, at which an end is at its most delicate, told by what passes outside. */
import type { Document } from 'mongodb';
import type { Passing } from '../support/wire-proxy.ts';

type Sees = (passing: Passing) => boolean;

const about =
  (name: string, collection: string, more: (body: Document) => boolean = () => true): Sees =>
  (passing) =>
    passing.name === name && passing.collection === collection && more(passing.body);

const isTaskOfProject = (body: Document): boolean => JSON.stringify(body.query ?? {}).includes('"project"');

/** Of a worker, between it and the database. */
export const workerPoints = {
  'takes a place': about('findAndModify', 'slots'),
  claims: about('findAndModify', 'sync_tasks', (body) => body.sort !== undefined && isTaskOfProject(body)),
  'begins its run in the plan': about('findAndModify', 'plan_counters'),
  'writes into the plan': ({ name, collection }) =>
    (name === 'update' || name === 'insert') && /^plan_(?!counters)/u.test(collection),
  'ends a write into the plan': ({ name, body }) =>
    name === 'commitTransaction' && body.txnNumber !== undefined,
  'writes its end into the log': about('insert', 'integration_log', (body) =>
    JSON.stringify(body.documents).includes('"finished"'),
  ),
  completes: about('update', 'sync_tasks', (body) => JSON.stringify(body.updates).includes('"lastSync"')),
} as const satisfies { readonly [point: string]: Sees };
export type WorkerPoint = keyof typeof workerPoints;

/** Of a bot, between it and the database. */
export const botPoints = {
  'takes a trigger': about('findAndModify', 'sync_tasks', (body) => !('sort' in body)),
  'notes who waits': about('insert', 'interactions'),
  'takes up what to tell': about('findAndModify', 'interactions', (body) => body.sort !== undefined),
  'notes what was told': ({ name, collection }) =>
    (name === 'update' || name === 'delete') && collection === 'interactions',
} as const satisfies { readonly [point: string]: Sees };
export type BotPoint = keyof typeof botPoints;

/** What a bot does for an alert. */
export const alertPoints = {
  'opens an incident': about('update', 'incidents'),
  'takes up an alert': about('findAndModify', 'incident_messages'),
  'notes that it was posted': about('update', 'incident_messages', (body) =>
    JSON.stringify(body.updates).includes('"handle"'),
  ),
} as const satisfies { readonly [point: string]: Sees };

export type Point = WorkerPoint | BotPoint | keyof typeof alertPoints;
const points: { readonly [point in Point]: Sees } = { ...workerPoints, ...botPoints, ...alertPoints };

export function isAt(point: Point, passing: Passing): boolean {
  return points[point](passing);
}

/** Writes to ConnectWise: by the simulator's own fault, which holds the answer or the request for so long. */
export const writePoints = {
  'changes a record in ConnectWise': 'PATCH',
  'makes a record in ConnectWise': 'POST',
  'deletes a record in ConnectWise': 'DELETE',
  'reads from ConnectWise': 'GET',
} as const;
export type WritePoint = keyof typeof writePoints;
