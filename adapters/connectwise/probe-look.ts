/**
 * The probe's eyes: one GET at a time, of which counts, types, lengths and flags are kept. Names and texts of records
 * stay where they are: nothing of them is in what the helpers here return as words.
 */
import { z } from 'zod';
import { FailureError } from '../../src/domain/failure.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import type { Redactor } from '../http/redactor.ts';
import { LocalRequestBudget } from './limiter.ts';
import { type ConnectWiseSettings, ConnectWiseTransport } from './transport.ts';

/** What came back for one GET. */
export type Sight = {
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  /** Rows of a list; empty for anything else. */
  readonly rows: readonly Row[];
  readonly value: unknown;
  /** Undefined where it was refused or failed. */
  readonly headers: Headers | undefined;
  /** The body of a refusal, as a shape. */
  readonly refusal?: string;
};

/** One record, nothing of it known. */
export type Row = { readonly [field: string]: unknown };

export type Look = (
  path: string,
  query: Query,
  options?: { readonly forwardOnly?: boolean },
) => Promise<Sight>;
type Query = Readonly<Record<string, string | number>>;

export type ProbeParts = { readonly clock: Clock; readonly ids: Ids; readonly redactor: Redactor };

/** Slower than the product, which may be at work at the same time. */
const gently = { perSecond: 3, atOnce: 1, burst: 1, recoveryMs: 60_000 } as const;

const rowsSchema = z.array(z.record(z.string(), z.unknown()));

/** @throws TypeError for an address that must not be used */
export function lookAt(settings: ConnectWiseSettings, parts: ProbeParts, signal: AbortSignal): Look {
  const sent: RequestRecord[] = [];
  const log = { record: async (record: RequestRecord) => void sent.push(record) };
  const budget = new LocalRequestBudget(gently, parts.clock);
  const transport = new ConnectWiseTransport(settings, { ...parts, log, budget });
  return async (path, query, { forwardOnly = false } = {}) => {
    sent.length = 0;
    try {
      const { value, headers } = await transport.request(
        { method: 'GET', path, query: () => query, entity: 'probe', forwardOnly },
        { signal, priority: 0 },
      );
      const rows = rowsSchema.safeParse(value);
      return { status: 200, rows: rows.success ? rows.data : [], value, headers };
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code === 'cw.auth') throw error;
      const last = sent.at(-1);
      return { status: last?.status, rows: [], value: null, headers: undefined, refusal: shapeOf(last) };
    }
  };
}

/** `code Forbidden, message of 61 characters, keys code, message`: of a body only what the vendor's own code says. */
function shapeOf(record: RequestRecord | undefined): string {
  if (record?.status === undefined) return 'no answer';
  const body = parsed(record.errorBody);
  if (typeof body !== 'object' || body === null)
    return record.errorBody ? `a body of ${record.errorBody.length} characters that is no JSON` : 'no body';
  const { code, message, errors } = body as Row;
  return [
    wordLike(code) ? `code ${code}` : `code: ${typeOf(code)}`,
    typeof message === 'string' ? `message of ${message.length} characters` : `message: ${typeOf(message)}`,
    `errors: ${Array.isArray(errors) ? errors.length : typeOf(errors)}`,
  ].join(', ');
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function wordLike(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z]{1,40}$/u.test(value);
}

export function typeOf(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** The value at `a/b` of a record. */
export function at(row: Row, path: string): unknown {
  return path.split('/').reduce<unknown>((value, name) => {
    return typeof value === 'object' && value !== null ? (value as Row)[name] : undefined;
  }, row);
}

export function numberAt(row: Row, path: string): number | undefined {
  const value = at(row, path);
  return typeof value === 'number' ? value : undefined;
}

/** Milliseconds since 1970; undefined where there is no date. */
export function timeAt(row: Row, path: string): number | undefined {
  const value = at(row, path);
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

export function numbersAt(rows: readonly Row[], path: string): number[] {
  return rows.flatMap((row) => numberAt(row, path) ?? []);
}

export function howMany<T>(items: readonly T[], fits: (item: T) => boolean): number {
  return items.filter(fits).length;
}

/** Why nothing was seen, in words; undefined where something was. */
export function nothingSeen({ status, rows, refusal }: Sight, what: string): string | undefined {
  if (status === undefined) return `${what}: no answer`;
  if (refusal !== undefined) return `${what}: refused with ${status} (${refusal})`;
  return rows.length === 0 ? `${what}: none there, or none shown to this API member` : undefined;
}
