/**
 * From what ConnectWise answers to the failure table. Error bodies come in two JSON shapes (`code` or, for rate
 * limits, `error`), as HTML from the gateway in front of it, or not at all; the status decides, and the body only
 * where one status means several things.
 */

import { z } from 'zod';
import { type Failure, FailureError } from '../../src/domain/failure.ts';
import { psaKindWords, psaRights, type ReadKind } from '../../src/domain/psa-rights.ts';
import { cut } from '../../src/domain/text.ts';
import type { HttpAnswer, HttpFault, ParsedJson } from '../http/fetch-json.ts';

/** ConnectWise's own words are cut to so many characters. */
export const maxVendorWords = 300;

export type ErrorBody = {
  readonly code: string | null;
  readonly message: string | null;
  readonly errors: readonly { readonly message: string | null; readonly field: string | null }[];
};

export type ErrorContext = {
  /** The kind of record asked for, e.g. `ticket`. */
  readonly entity: string;
  /** What was tried with it; absent is a GET. */
  readonly method?: string;
  /** The id under which the request stands in the request log. */
  readonly reference: string;
  readonly redact: (text: string) => string;
  /** That was asked, with its port. */
  readonly host?: string;
};

/**
 * ConnectWise knows no such record: code 404 with its own word for it. A `FailureError`, so that nobody has to
 * know it; whoever knows what a missing record means catches it.
 */
export class RecordMissingError extends FailureError {}

/** ConnectWise, at whatever codebase, does not know the path. */
export class RouteMissingError extends FailureError {}

/** A 400 that names no field: `cw.rejected`, and maybe for something else than the values. */
export class UnexplainedRefusalError extends FailureError {}

const looseText = z.string().nullish().catch(null);
const bodySchema = z.object({
  code: looseText,
  error: looseText,
  message: looseText,
  errors: z
    .array(z.object({ message: looseText, field: looseText }).nullable().catch(null))
    .nullish()
    .catch(null),
});

export function readErrorBody(json: ParsedJson): ErrorBody {
  const parsed = bodySchema.safeParse(json.kind === 'json' ? json.value : null);
  if (!parsed.success) return { code: null, message: null, errors: [] };
  const errors = (parsed.data.errors ?? []).flatMap((one) =>
    one === null ? [] : [{ message: one.message ?? null, field: one.field?.trim() || null }],
  );
  return {
    code: parsed.data.code ?? parsed.data.error ?? null,
    message: parsed.data.message ?? null,
    errors,
  };
}

/**
 * The address itself is unknown, whatever record it names: 404 without ConnectWise's word for a missing record, or
 * 400 "Cannot route", for which it has no code of its own. Happens when the vendor upgrades the tenant.
 */
export function isRouteMissing(answer: HttpAnswer): boolean {
  if (answer.status === 404) return !isRecordMissing(answer);
  if (answer.status !== 400) return false;
  return /^\s*cannot route/i.test(readErrorBody(answer.json).message ?? answer.text);
}

export function isRecordMissing(answer: HttpAnswer): boolean {
  return answer.status === 404 && readErrorBody(answer.json).code?.toLowerCase() === 'notfound';
}

/** ConnectWise's words for people: the message and those of its parts, redacted, then cut. */
export function vendorWords(body: ErrorBody, redact: (text: string) => string): string | null {
  const parts = [body.message, ...body.errors.map((one) => one.message)];
  const words = parts.filter((part) => part !== null && part.trim() !== '').join(' ');
  return words === '' ? null : cut(redact(words.replace(/\s+/g, ' ').trim()), maxVendorWords);
}

/** The error for an answer that is not 2xx. */
export function errorOf(answer: HttpAnswer, context: ErrorContext): FailureError {
  const body = readErrorBody(answer.json);
  const words = vendorWords(body, context.redact);
  const field = body.errors.find((one) => one.field !== null)?.field ?? null;
  const failure: Failure = {
    ...verdict(answer, context),
    entity: context.entity,
    reference: context.reference,
    ...(words === null ? {} : { vendorMessage: words }),
    ...(field === null ? {} : { field: cut(context.redact(field), 100) }),
    ...(answer.retryAfterMs === null ? {} : { retryAfterMs: answer.retryAfterMs }),
  };
  if (isRecordMissing(answer)) return new RecordMissingError(failure);
  if (isRouteMissing(answer)) return new RouteMissingError(failure);
  const unexplained = answer.status === 400 && field === null;
  return unexplained ? new UnexplainedRefusalError(failure) : new FailureError(failure);
}

/** The error where no usable answer came. */
export function errorOfFault(fault: HttpFault, context: ErrorContext): FailureError {
  const place = { entity: context.entity, reference: context.reference };
  const message = cut(context.redact(fault.message), maxVendorWords);
  const wrong = wrongAddress(fault, context);
  if (wrong !== undefined) {
    return new FailureError({
      code: 'cw.unavailable',
      message: wrong,
      setting: 'CONNECTWISE_URL',
      ...place,
    });
  }
  if (fault.fault === 'time-out' || fault.fault === 'network') {
    return new FailureError({
      code: 'cw.unavailable',
      message: `ConnectWise did not answer: ${message}.`,
      ...place,
    });
  }
  return unexpected(message, context);
}

const badCertificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|EPROTO/u;

/** Faults that the network has of itself are rare among these: mostly the address is wrong. */
function wrongAddress({ fault, code }: HttpFault, context: ErrorContext): string | undefined {
  if (fault !== 'network' || code === undefined) return undefined;
  const host = context.redact(context.host ?? 'the host of ConnectWise');
  if (code === 'ENOTFOUND') return `The host ${host} is unknown.`;
  if (code === 'ECONNREFUSED') return `${host} refuses the connection: nothing listens there.`;
  if (badCertificate.test(code))
    return `The certificate of ${host} is not trusted (${code}); one of an own authority is named by NODE_EXTRA_CA_CERTS.`;
  return undefined;
}

/** The error for an answer that came and makes no sense. `detail` has no full stop. */
export function unexpected(detail: string, context: ErrorContext): FailureError {
  const message = `ConnectWise's answer for ${words(context.entity)} makes no sense: ${context.redact(detail)}.`;
  return new FailureError({
    code: 'cw.unexpected-response',
    message,
    entity: context.entity,
    reference: context.reference,
  });
}

/** `schedule entry` for `scheduleEntry`: a kind's name as people read it. */
function words(entity: string): string {
  return entity.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const writeRights: ReadonlyMap<string | undefined, string> = new Map([
  ['POST', 'add'],
  ['PATCH', 'edit'],
  ['PUT', 'edit'],
  ['DELETE', 'delete'],
]);

function lackingRight(entity: string, method: string | undefined): string {
  const action = writeRights.get(method);
  if (action === undefined)
    return `The security role of the API member lacks a right on ${words(entity)} records.`;
  const what = Object.hasOwn(psaRights, entity)
    ? `${psaKindWords[entity as ReadKind]} (${psaRights[entity as ReadKind]})`
    : `${words(entity)} records`;
  return `The security role of the API member lacks the right to ${action} ${what}.`;
}

function verdict(answer: HttpAnswer, { entity, method }: ErrorContext): Pick<Failure, 'code' | 'message'> {
  const { status } = answer;
  if (isRecordMissing(answer)) {
    return { code: 'cw.unexpected-response', message: `ConnectWise has no such ${words(entity)}.` };
  }
  if (isRouteMissing(answer)) {
    const message =
      'ConnectWise does not know the address that was asked for: check its URL and the company id.';
    return { code: 'cw.unexpected-response', message };
  }
  if (status === 401) return { code: 'cw.auth' };
  if (status === 403) return { code: 'cw.permission', message: lackingRight(entity, method) };
  if (status === 429) return { code: 'cw.rate-limited' };
  if (status === 408 || status >= 500) {
    return { code: 'cw.unavailable', message: `ConnectWise answered with status ${status}.` };
  }
  if (status === 400 || status === 409 || status === 422) return { code: 'cw.rejected' };
  return { code: 'cw.unexpected-response', message: `ConnectWise answered with status ${status}.` };
}
