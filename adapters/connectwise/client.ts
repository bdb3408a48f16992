/**
 * Reads ConnectWise record by record, page by page, or as a count, and sends single changes.
 *
 * Pages are forward-only: each begins after the last id of the one before, so that rows that come and go meanwhile
 * neither hide others nor show them twice, as they do with page numbers. Hard cases: an end that is marked by an
 * empty `Link`, by none, or by no rows; a list that never ends because the server ignores where it should begin;
 * a page too heavy for ConnectWise to answer in time; one bad record among hundreds.
 */

import type { z } from 'zod';
import { cut } from '../../src/domain/text.ts';
import type { PsaCall, PsaPage } from '../../src/ports/psa.ts';
import { and, type Condition, chunkIds, isIn } from './conditions.ts';
import { readErrorBody, unexpected, vendorWords } from './errors.ts';
import type { Kind } from './kinds.ts';
import { countSchema } from './schemas.ts';
import type { Ask, ConnectWiseTransport, Reply } from './transport.ts';

export type Page<T> = PsaPage<T> & {
  /** Where the next page begins: after this id; null on the last. */
  readonly pageId: number | null;
};

export type Listing = {
  /** Below `/apis/3.0`, e.g. `/project/tickets`. */
  readonly path: string;
  readonly condition?: Condition;
};

type Skipped = PsaPage<never>['skipped'][number];

export const defaultPageSize = 250;
const minPageSize = 50;
const maxPageSize = 1_000;

const maxId = 2_147_483_647;

/** "Keep it under 2,000 characters", says the guide; others found 1,745, host included, to be safe. */
export const maxUrlChars = 1_745;

export class ConnectWiseClient {
  readonly #transport: ConnectWiseTransport;
  readonly #pageSize: number;
  /** Kinds whose pages took too long, with the size that is asked for since, until the process ends. */
  readonly #smaller = new Map<string, number>();

  /** @param pageSize rows a page at first, 1 to 1,000, of kinds that have no number of their own */
  constructor(transport: ConnectWiseTransport, pageSize: number = defaultPageSize) {
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > maxPageSize) {
      throw new RangeError(`the page size must be 1 to ${maxPageSize}`);
    }
    this.#transport = transport;
    this.#pageSize = pageSize;
  }

  /** @throws RecordMissingError where there is none, FailureError, or the signal's reason */
  async get<T>(
    kind: Kind<T>,
    path: string,
    call: PsaCall,
  ): Promise<{ readonly record: T; readonly readAt: Date | null }> {
    return await this.#one(kind, { method: 'GET', path }, call);
  }

  /**
   * Makes or changes one record.
   * @returns the record as ConnectWise answers with it
   * @throws as `get`; `UnexplainedRefusalError` where ConnectWise refused it without naming a field
   */
  async write<T>(
    kind: Kind<T>,
    change: { readonly method: 'POST' | 'PATCH'; readonly path: string; readonly body: unknown },
    call: PsaCall,
  ): Promise<{ readonly record: T; readonly readAt: Date | null }> {
    return await this.#one(kind, change, call);
  }

  /** @throws as `get` */
  async delete(entity: string, path: string, call: PsaCall): Promise<void> {
    await this.#transport.request({ method: 'DELETE', path, entity }, call);
  }

  async #one<T>(
    kind: Kind<T>,
    ask: Pick<Ask, 'method' | 'path' | 'body'>,
    call: PsaCall,
  ): Promise<{ readonly record: T; readonly readAt: Date | null }> {
    const query = (): { fields: string } => ({ fields: kind.fields });
    const { value, context, date } = await this.#transport.request(
      { ...ask, query, entity: kind.entity },
      call,
    );
    const record = kind.read(value);
    if (!record.success) throw unexpected(reasonOf(record.error), context);
    return { record: record.data, readAt: date };
  }

  /** How many records the listing has, by ConnectWise's own count. */
  async count(entity: string, { path, condition }: Listing, call: PsaCall): Promise<number> {
    const query = (): Record<string, string> =>
      condition === undefined ? {} : { conditions: condition.text };
    const { value, context } = await this.#transport.request(
      { method: 'GET', path: `${path}/count`, query, entity },
      call,
    );
    const count = countSchema.safeParse(value);
    if (!count.success) throw unexpected('a count without a number', context);
    return count.data.count;
  }

  /** Pages in order of id; at least one, which may be empty. */
  async *pages<T>(kind: Kind<T>, listing: Listing, call: PsaCall): AsyncGenerator<Page<T>, void, undefined> {
    let after = 0;
    for (;;) {
      const { page, rows } = await this.#page(kind, listing, after, call);
      if (rows > 0 || after === 0) yield page;
      if (rows === 0 || page.pageId === null) return;
      after = page.pageId;
    }
  }

  /** Those of the ids that are there, in order of id, in as many requests as the length of an address calls for. */
  async byIds<T>(kind: Kind<T>, path: string, ids: readonly number[], call: PsaCall): Promise<PsaPage<T>> {
    const sorted = [...new Set(ids)].toSorted((a, b) => a - b);
    const found: PsaPage<T>[] = [];
    for (const chunk of chunkIds(sorted, this.idChars(kind, path, 'id'))) {
      const listing = { path, condition: isIn('id', chunk) };
      for await (const page of this.pages(kind, listing, call)) found.push(page);
    }
    return {
      items: found.flatMap(({ items }) => items),
      skipped: found.flatMap(({ skipped }) => skipped),
      // What the first answer did not show may have come before the last.
      readAt: found.at(0)?.readAt ?? null,
    };
  }

  /** How many characters of ids, commas as three, fit into the address of `field in (…)`, other parts included. */
  idChars<T>(kind: Kind<T>, path: string, field: string, other?: Condition): number {
    const oneId = isIn(field, [1]);
    const query = {
      conditions: other === undefined ? oneId.text : and(oneId, other).text,
      fields: kind.fields,
      pageSize: maxPageSize,
      pageId: maxId,
    };
    return maxUrlChars - this.#transport.urlLength(path, query) + 1;
  }

  async #page<T>(
    kind: Kind<T>,
    { path, condition }: Listing,
    after: number,
    call: PsaCall,
  ): Promise<{ page: Page<T>; rows: number }> {
    const query = (): Record<string, string | number> => ({
      ...(condition === undefined ? {} : { conditions: condition.text }),
      fields: kind.fields,
      pageSize: this.#sizeFor(kind),
      ...(after === 0 ? {} : { pageId: after }),
    });
    const onTimeout = (): void => {
      const size = this.#sizeFor(kind);
      this.#smaller.set(keyOf(kind), Math.min(size, Math.max(minPageSize, Math.floor(size / 2))));
    };
    const reply = await this.#transport.request(
      { method: 'GET', path, query, entity: kind.entity, forwardOnly: true, onTimeout },
      call,
    );
    const rows = rowsIn(reply);
    checkOrder(rows, after, reply);
    const pageId = nextPageId(reply.headers.get('link'), after, reply);
    return { page: { ...readRows(kind, rows, reply), pageId, readAt: reply.date }, rows: rows.length };
  }

  #sizeFor<T>(kind: Kind<T>): number {
    return this.#smaller.get(keyOf(kind)) ?? kind.pageSize ?? this.#pageSize;
  }
}

/** What made a page too heavy is the kind of record and how much of it is asked for. */
function keyOf<T>({ entity, fields }: Kind<T>): string {
  return `${entity}: ${fields}`;
}

function rowsIn({ value, context }: Reply): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const words = vendorWords(readErrorBody({ kind: 'json', value }), context.redact);
  throw unexpected(words === null ? 'no list' : `no list, but: ${words}`, context);
}

function readRows<T>(
  kind: Kind<T>,
  rows: readonly unknown[],
  { context }: Reply,
): Pick<Page<T>, 'items' | 'skipped'> {
  const items: T[] = [];
  const skipped: Skipped[] = [];
  for (const row of rows) {
    const record = kind.read(row);
    if (record.success) items.push(record.data);
    else skipped.push({ id: idOf(row), reason: cut(context.redact(reasonOf(record.error)), 300) });
  }
  return { items, skipped };
}

/** A list out of order would be merged wrongly, and one that begins again where it began never ends. */
function checkOrder(rows: readonly unknown[], after: number, { context }: Reply): void {
  let last = after;
  for (const row of rows) {
    const id = idOf(row);
    if (id === null) continue;
    if (id <= last)
      throw unexpected(`record ${id} came after ${last}, so the list is not in order of id`, context);
    last = id;
  }
}

/**
 * Only the number is taken from the `Link`: following its address could carry the keys to another host.
 * @returns null at the end: no `Link`, an empty one, or one without a next page
 */
function nextPageId(link: string | null, after: number, { context }: Reply): number | null {
  const next = [...(link ?? '').matchAll(/<([^>]*)>([^<]*)/g)].find(([, , rest]) =>
    /;\s*rel\s*=\s*"?next"?(?![\w-])/i.test(rest ?? ''),
  );
  if (next === undefined) return null;
  const pageId = /[?&]pageId=(\d+)/i.exec(next[1] ?? '')?.[1];
  if (pageId === undefined) throw unexpected('a next page without a pageId', context);
  if (Number(pageId) <= after)
    throw unexpected(`page ${pageId} follows ${after}, so the list never ends`, context);
  return Number(pageId);
}

/** Null for what cannot be an id: such a row is skipped, and says nothing about the order. */
function idOf(row: unknown): number | null {
  if (typeof row !== 'object' || row === null || !('id' in row)) return null;
  return typeof row.id === 'number' && Number.isInteger(row.id) && row.id >= 1 ? row.id : null;
}

/** In plain words and without values: `estimatedEnd: not a date`. */
function reasonOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('/')}: ${issue.message}`))
    .join('; ');
}
