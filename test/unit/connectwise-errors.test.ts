import { describe, expect, it, test } from 'vitest';
import {
  errorOf,
  errorOfFault,
  isRecordMissing,
  isRouteMissing,
  maxVendorWords,
  RecordMissingError,
  UnexplainedRefusalError,
} from '../../adapters/connectwise/errors.ts';
import {
  type HttpAnswer,
  parseHttpDate,
  parseJson,
  parseRetryAfter,
} from '../../adapters/http/fetch-json.ts';
import type { FailureCode } from '../../src/domain/failure.ts';

function answer(status: number, text: string, retryAfterMs: number | null = null): HttpAnswer {
  return {
    kind: 'answer',
    status,
    headers: new Headers(),
    text,
    json: parseJson(text),
    retryAfterMs,
    date: null,
  };
}

const context = {
  entity: 'ticket',
  reference: 'req-1',
  redact: (text: string) => text.replaceAll('hunter2', '***'),
};

const notFound = '{"code":"NotFound","message":"Ticket 57919 not found"}';
const noRoute = '{"code":"ConnectWiseApi","message":"The endpoint does not exist."}';
const cannotRoute = '{"code":"ConnectWiseApi","message":"Cannot route. Codebase/company is invalid"}';
const invalid = JSON.stringify({
  code: 'InvalidObject',
  message: 'ticket object is invalid',
  errors: [
    {
      code: 'MissingRequiredField',
      message: 'The summary field is required.',
      resource: 'ticket',
      field: 'summary',
    },
  ],
});
const tooMany = '{"error":"ConnectWiseAPI","message":"Too many requests. Please try again in 30 seconds."}';
const timedOut = '{"code":"ConnectWiseApi","message":"A timeout has occured. Please try again."}';

type Row = readonly [status: number, body: string, code: FailureCode, words: string | undefined];
const table: readonly Row[] = [
  [401, '{"code":"Unauthorized","message":"Unauthorized"}', 'cw.auth', 'Unauthorized'],
  [401, '{"code":"ConnectWiseApi","message":"UserNotAuthenticated"}', 'cw.auth', 'UserNotAuthenticated'],
  [401, '', 'cw.auth', undefined],
  [403, '{"code":"Forbidden","message":"no right"}', 'cw.permission', 'no right'],
  [403, '<html>denied</html>', 'cw.permission', undefined],
  [404, notFound, 'cw.unexpected-response', 'Ticket 57919 not found'],
  [404, noRoute, 'cw.unexpected-response', 'The endpoint does not exist.'],
  [404, '<html>not here</html>', 'cw.unexpected-response', undefined],
  [400, cannotRoute, 'cw.unexpected-response', 'Cannot route. Codebase/company is invalid'],
  [400, invalid, 'cw.rejected', 'ticket object is invalid The summary field is required.'],
  [400, '', 'cw.rejected', undefined],
  [409, '{"code":"Conflict","message":"in use"}', 'cw.rejected', 'in use'],
  [405, '', 'cw.unexpected-response', undefined],
  [414, '<html>URI too long</html>', 'cw.unexpected-response', undefined],
  [418, 'null', 'cw.unexpected-response', undefined],
  [429, tooMany, 'cw.rate-limited', 'Too many requests. Please try again in 30 seconds.'],
  [429, '<html>slow down</html>', 'cw.rate-limited', undefined],
  [500, timedOut, 'cw.unavailable', 'A timeout has occured. Please try again.'],
  [502, '<html>bad gateway</html>', 'cw.unavailable', undefined],
  [503, '', 'cw.unavailable', undefined],
  [500, '{"code":7,"message":["x"],"errors":"none"}', 'cw.unavailable', undefined],
];

describe('what ConnectWise answers, as a failure', () => {
  test.each(table)('%i %s is %s', (status, body, code, words) => {
    const { failure } = errorOf(answer(status, body), context);
    expect(failure.code).toBe(code);
    expect(failure.vendorMessage).toBe(words);
    expect(failure).toMatchObject({ entity: 'ticket', reference: 'req-1' });
  });

  it('names the field that was refused', () => {
    expect(errorOf(answer(400, invalid), context).failure.field).toBe('summary');
  });

  it.each([
    ['POST', 'add'],
    ['PATCH', 'edit'],
    ['PUT', 'edit'],
    ['DELETE', 'delete'],
  ])('names the right that a %s lacks: %s', (method, right) => {
    const { message } = errorOf(answer(403, ''), { ...context, method, entity: 'callback' }).failure;
    expect(message).toBe(`The security role of the API member lacks the right to ${right} callback records.`);
  });

  it('is unexplained where a 400 names no field', () => {
    const unnamed = '{"errors":[{"message":"no","field":""}]}';
    expect(errorOf(answer(400, unnamed), context)).toBeInstanceOf(UnexplainedRefusalError);
    expect(errorOf(answer(400, invalid), context)).not.toBeInstanceOf(UnexplainedRefusalError);
    expect(errorOf(answer(409, unnamed), context)).not.toBeInstanceOf(UnexplainedRefusalError);
  });

  it('tells a missing record from a missing route', () => {
    expect(errorOf(answer(404, notFound), context)).toBeInstanceOf(RecordMissingError);
    expect(errorOf(answer(404, noRoute), context)).not.toBeInstanceOf(RecordMissingError);
    const verdicts = [
      answer(404, notFound),
      answer(404, noRoute),
      answer(404, ''),
      answer(400, cannotRoute),
    ].map((one) => [isRecordMissing(one), isRouteMissing(one)]);
    expect(verdicts).toEqual([
      [true, false],
      [false, true],
      [false, true],
      [false, true],
    ]);
    expect(isRouteMissing(answer(400, invalid))).toBe(false);
    expect(isRecordMissing(answer(400, notFound))).toBe(false);
  });

  it('redacts the words before it cuts them', () => {
    const long = `${'x'.repeat(maxVendorWords - 4)}hunter2${'y'.repeat(50)}`;
    const { vendorMessage } = errorOf(answer(400, JSON.stringify({ message: long })), context).failure;
    expect(vendorMessage).toHaveLength(maxVendorWords);
    expect(vendorMessage).not.toMatch(/hu/);
  });

  it('carries the wait that was asked for', () => {
    expect(errorOf(answer(503, '', 7_000), context).failure.retryAfterMs).toBe(7_000);
  });

  test.each([
    ['time-out', 'cw.unavailable'],
    ['network', 'cw.unavailable'],
    ['too-large', 'cw.unexpected-response'],
    ['redirected', 'cw.unexpected-response'],
  ] as const)('%s is %s', (fault, code) => {
    const { failure } = errorOfFault({ kind: 'fault', fault, message: 'key hunter2 seen' }, context);
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain('hunter2');
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-01-05T10:00:00Z');
  test.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['1.5', 1_500],
    ['Mon, 05 Jan 2026 10:00:45 GMT', 45_000],
    ['Mon, 05 Jan 2026 09:00:00 GMT', 0],
    ['soon 1', null],
    ['-5', null],
    ['', null],
    [null, null],
  ])('%s is %s ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it('reads only HTTP dates as dates', () => {
    expect(parseHttpDate('Mon, 05 Jan 2026 10:00:00 GMT')).toEqual(now);
    expect(parseHttpDate('2026-01-05')).toBeNull();
  });
});

test.each([
  ['ENOTFOUND', /^The host psa\.example is unknown\.$/u],
  ['ECONNREFUSED', /^psa\.example refuses the connection/u],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /^The certificate of psa\.example is not trusted/u],
])('%s: the address is doubted, by name', (code, words) => {
  const fault = { kind: 'fault', fault: 'network', message: `${code} x`, code } as const;
  const { failure } = errorOfFault(fault, { ...context, host: 'psa.example' });
  expect(failure).toMatchObject({ code: 'cw.unavailable', setting: 'CONNECTWISE_URL' });
  expect(failure.message).toMatch(words);
});

test.each(['EAI_AGAIN', 'ECONNRESET', 'ETIMEDOUT'])('%s passes by itself', (code) => {
  const fault = { kind: 'fault', fault: 'network', message: `${code} x`, code } as const;
  expect(errorOfFault(fault, context).failure.setting).toBeUndefined();
});
