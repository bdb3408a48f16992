/** What is answered when something is not: `application/problem+json` (RFC 9457), each with what to do next. */
import type { Failure } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Refusal } from '../../src/domain/plan-door.ts';
import type { Role } from '../../src/domain/roles.ts';
import type { ApiCaller } from '../../src/ports/planner-door.ts';

export type Answer = {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** Absent: nothing is to be said. */
  readonly body?: { readonly [field: string]: Json };
};

/** Code: status, what it is, and what to do. */
const kinds = {
  malformed: [
    400,
    'The request cannot be read',
    'Send a JSON object, and query parameters as docs/api.md names them.',
  ],
  unauthorized: [
    401,
    'No token, or none that counts',
    'Send “Authorization: Bearer <token>”; an admin makes one with: npx cwsync token create',
  ],
  forbidden: [403, 'The token’s role is too low', 'Ask an admin for a token with the role that is needed.'],
  'not-found': [
    404,
    'There is no such thing',
    'Look at the list of its kind; GET /api/v1/openapi.json names every address.',
  ],
  'method-not-allowed': [405, 'This cannot be done here', 'Use one of the methods in the header Allow.'],
  'version-changed': [
    412,
    'Somebody changed it since',
    'Look at “current”, and send your change again with its version in If-Match.',
  ],
  'too-large': [413, 'The body is too long', 'Send at most 64 KB.'],
  'not-json': [
    415,
    'The body is not JSON',
    'Send it uncompressed, in UTF-8, as Content-Type: application/json.',
  ],
  refused: [422, 'ConnectWise could not hold this', 'Correct each path in “refusals”, and send it again.'],
  'version-needed': [
    428,
    'Say which version you saw',
    'Send the ETag of the record, for example If-Match: "7".',
  ],
  'too-many-requests': [
    429,
    'Too many requests with this token',
    'Wait for as many seconds as Retry-After says.',
  ],
  'too-many-refused': [
    429,
    'Too many requests without a good token',
    'Wait for as many seconds as Retry-After says, and send a token that counts.',
  ],
  internal: [500, 'Something went wrong', 'Try again; if it stays so, tell your admin the reference.'],
  unavailable: [
    503,
    'The database does not answer',
    'Wait for as many seconds as Retry-After says, and try again.',
  ],
  'too-slow': [
    503,
    'It took too long',
    'Whether it was done is not known: read the record before you try again.',
  ],
} as const satisfies { readonly [code: string]: readonly [number, string, string] };

export type ProblemCode = keyof typeof kinds;
export const problemStatuses = Object.entries(kinds).map(([code, [status]]) => ({ code, status }));

/** Thrown by whatever cannot go on; what it says goes to the caller, so nothing of ours stands in it. */
export class Problem extends Error {
  readonly answer: Answer;

  constructor(
    code: ProblemCode,
    detail?: string,
    more: { readonly headers?: Answer['headers']; readonly fields?: { readonly [field: string]: Json } } = {},
  ) {
    const [status, title, next] = kinds[code];
    super(detail ?? title);
    const about = { type: `urn:cwsync:problem:${code}`, title, status, code, detail: detail ?? title, next };
    this.answer = {
      status,
      headers: { ...more.headers, 'content-type': 'application/problem+json; charset=utf-8' },
      body: { ...about, ...more.fields },
    };
  }
}

export function refused(refusals: readonly Refusal[]): Problem {
  return new Problem('refused', refusals.map(({ path, reason }) => `${path} ${reason}`).join('; '), {
    fields: { refusals },
  });
}

export function tooLow({ name, role }: ApiCaller, needed: Role): Problem {
  return new Problem('forbidden', `This needs the role ${needed}; the token “${name}” has ${role}.`);
}

const retryAfterSeconds = '5';

export function failed({ code, reference }: Failure): Problem {
  if (code === 'store.unavailable')
    return new Problem('unavailable', undefined, { headers: { 'retry-after': retryAfterSeconds } });
  return new Problem('internal', undefined, reference === undefined ? {} : { fields: { reference } });
}

const ofBody: { readonly [type: string]: ProblemCode } = {
  'entity.too.large': 'too-large',
  'entity.parse.failed': 'malformed',
  'encoding.unsupported': 'not-json',
  'charset.unsupported': 'not-json',
  'request.aborted': 'malformed',
  'request.size.invalid': 'malformed',
};

/** What Express says of a request that it could not read; undefined for any other error. */
export function unreadable(error: unknown): Problem | undefined {
  if (error instanceof URIError) return new Problem('malformed', 'The address cannot be read.');
  if (typeof error !== 'object' || error === null || !('type' in error)) return undefined;
  const code = ofBody[String(error.type)];
  if (!code) return undefined;
  // The rest of it is not read: the connection cannot be used for anything else.
  return new Problem(code, undefined, { headers: { connection: 'close' } });
}
