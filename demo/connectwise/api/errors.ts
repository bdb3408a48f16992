import type { Switches } from '../switches.ts';

/** An answer before it is sent. The body is the text as it goes out. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' } as const;

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}

/** Ends the work on a request with the answer it carries. */
export class ApiError extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`answered ${reply.status}`);
    this.name = 'ApiError';
    this.reply = reply;
  }
}

export function recordMissing(label: string, id: number): Reply {
  return jsonReply(404, { code: 'NotFound', message: `${label} ${id} not found` });
}

export function routeMissing(): Reply {
  return jsonReply(404, { code: 'ConnectWiseApi', message: 'The endpoint does not exist.' });
}

export function cannotRoute(): Reply {
  return jsonReply(400, { code: 'ConnectWiseApi', message: 'Cannot route. Codebase/company is invalid' });
}

export function unauthorized(kind: Switches['badKeysBody'], switches: Switches): Reply {
  if (kind === 'UserNotAuthenticated') {
    return jsonReply(401, { code: 'ConnectWiseApi', message: 'UserNotAuthenticated' });
  }
  return jsonReply(401, { code: 'Unauthorized', message: switches.unauthorizedMessage });
}

export function forbidden(switches: Switches): Reply {
  return jsonReply(403, { code: switches.forbiddenCode, message: switches.forbiddenMessage });
}

export function tooManyRequests(retryAfterSeconds: number): Reply {
  return jsonReply(
    429,
    {
      error: 'ConnectWiseAPI',
      message: `Too many requests. Please try again in ${retryAfterSeconds} seconds.`,
    },
    { 'Retry-After': String(retryAfterSeconds) },
  );
}

export function timedOut(): Reply {
  return jsonReply(500, { code: 'ConnectWiseApi', message: 'A timeout has occured. Please try again.' });
}

export function urlTooLong(switches: Switches): Reply {
  return jsonReply(414, { code: 'ConnectWiseApi', message: switches.urlTooLongMessage });
}

export function methodNotAllowed(allow: string, switches: Switches): Reply {
  return jsonReply(
    405,
    { code: 'ConnectWiseApi', message: switches.methodNotAllowedMessage },
    { Allow: allow },
  );
}

export function unsupportedMediaType(switches: Switches): Reply {
  return jsonReply(415, { code: 'ConnectWiseApi', message: switches.unsupportedMediaTypeMessage });
}

export function badBody(reason: string, switches: Switches): Reply {
  const message = switches.badBodyMessage.replaceAll('{reason}', () => reason);
  return jsonReply(400, { code: 'InvalidObject', message, errors: null });
}

/** One thing that is wrong with a record, as `errors[]` tells it. */
export type FieldError = { readonly code: string; readonly message: string; readonly field: string };

/** 400 for a record that cannot be as it would be; without errors it does not say why. */
export function invalidObject(resource: string, errors: readonly FieldError[]): Reply {
  return jsonReply(400, {
    code: 'InvalidObject',
    message: `${resource} object is invalid`,
    errors: errors.map(({ code, message, field }) => ({ code, message, resource, field })),
  });
}

/** What others still need cannot go. */
export function conflict(reason: string, switches: Switches): Reply {
  return jsonReply(switches.deletionConflictStatus, {
    code: 'Conflict',
    message: reason,
    errors: null,
  });
}

export function badConditions(reason: string, switches: Switches): Reply {
  const message = switches.badConditionsMessage.replaceAll('{reason}', () => reason);
  return jsonReply(400, { code: switches.badConditionsCode, message, errors: null });
}

export function badParameter(name: string, switches: Switches): Reply {
  const message = switches.badParameterMessage.replaceAll('{name}', () => name);
  return jsonReply(400, {
    code: 'InvalidObject',
    message,
    errors: [{ code: 'InvalidField', message, resource: 'query', field: name }],
  });
}
