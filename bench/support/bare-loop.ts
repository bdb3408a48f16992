/** What the same work costs without cwsync: the same requests one after another, the same documents. */
import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import { planCollections } from '../../adapters/mongodb/plan-document.ts';
import { apiHeaders } from './processes.ts';

export type RecordedRequest = { readonly path: string; readonly query: string };

export type StoredDocument = { readonly collection: string; readonly document: Document };

const chunkSize = 1_000;

/** What a sync left in the database: plan with its bases, and both logs. */
export async function documentsOf(db: Db): Promise<readonly StoredDocument[]> {
  const all: StoredDocument[] = [];
  for (const collection of [...Object.values(planCollections), 'integration_log', 'api_requests']) {
    for await (const document of db.collection(collection).find()) all.push({ collection, document });
  }
  return all;
}

/** @returns milliseconds */
export async function bareWrites(
  url: string,
  requests: readonly RecordedRequest[],
  db: Db,
  documents: readonly StoredDocument[],
): Promise<number> {
  const chunks: StoredDocument[][] = [];
  for (const [, ofOne] of Map.groupBy(documents, ({ collection }) => collection)) {
    for (let start = 0; start < ofOne.length; start += chunkSize)
      chunks.push(ofOne.slice(start, start + chunkSize));
  }
  const began = performance.now();
  for (const request of requests) {
    await fetchPage(url, request);
    const due = chunks.shift();
    if (due) await upsert(db, due);
  }
  for (const due of chunks) await upsert(db, due);
  return performance.now() - began;
}

/** @returns milliseconds */
export async function bareReads(
  url: string,
  requests: readonly RecordedRequest[],
  db: Db,
  collections: readonly string[],
): Promise<number> {
  const began = performance.now();
  for (const request of requests) await fetchPage(url, request);
  let read = 0;
  for (const collection of collections) {
    const found = db.collection(collection).find({}, { batchSize: chunkSize });
    for await (const document of found) if (document.base) read += 1;
  }
  if (read === 0) throw new Error('there was nothing to read');
  return performance.now() - began;
}

async function upsert(db: Db, documents: readonly StoredDocument[]): Promise<void> {
  const [first] = documents;
  if (!first) return;
  const writes: AnyBulkWriteOperation[] = documents.map(({ document: { _id, ...fields } }) => ({
    updateOne: { filter: { _id }, update: { $set: fields }, upsert: true },
  }));
  await db.collection(first.collection).bulkWrite(writes, { ordered: false });
}

async function fetchPage(url: string, { path, query }: RecordedRequest): Promise<unknown> {
  const headers = { ...apiHeaders(), 'pagination-type': 'forward-only' };
  const response = await fetch(`${url}${path}${query}`, { headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return JSON.parse(await response.text());
}
