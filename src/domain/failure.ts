/**
 * The one table of failures (product.md, "Failures") and the records made from it.
 *
 * A failure that is shown to a person, kept on a sync task or sent between threads is always a plain
 * `Failure` record: classes do not survive a thread boundary, and nobody decides by the text of a message.
 */

export type FailureSide = 'ConnectWise' | 'ConnectWise data' | 'plan' | 'cwsync' | 'MongoDB' | 'chat';
export type FailureScope =
  | 'integration'
  | 'entity kind'
  | 'project'
  | 'one record'
  | 'one task'
  | 'run'
  | 'channel'
  | 'platform'
  | 'all';
export type Heals = 'yes' | 'no' | 'unknown';

export type FailureRule = {
  /** Whose side it is on, in the words shown to people. */
  readonly side: FailureSide;
  /** Whether it ends without a person doing anything. */
  readonly heals: Heals;
  /** Whether an attempt is counted against the back-off. A rate limit is not the run's fault. */
  readonly countsAttempt: boolean;
  readonly scope: FailureScope;
  /** What happened, in plain words, without the particulars. */
  readonly what: string;
  /** What the reader does next. */
  readonly next: string;
};

export const failureRules = {
  'cw.auth': {
    side: 'ConnectWise',
    heals: 'no',
    countsAttempt: true,
    scope: 'integration',
    what: 'ConnectWise refused the API keys.',
    next: 'An admin checks the keys of the API member and the clientId, then writes: integration check.',
  },
  'cw.permission': {
    side: 'ConnectWise',
    heals: 'no',
    countsAttempt: true,
    scope: 'entity kind',
    what: 'The API member lacks a right in ConnectWise.',
    next: 'Ask a ConnectWise admin to give the security role of the API member the missing right. Then sync again, or wait for the next sync.',
  },
  'cw.rate-limited': {
    side: 'ConnectWise',
    heals: 'yes',
    countsAttempt: false,
    scope: 'integration',
    what: 'ConnectWise asked for a pause: too many requests.',
    next: 'Nothing to do: it goes on by itself.',
  },
  'cw.unavailable': {
    side: 'ConnectWise',
    heals: 'yes',
    countsAttempt: true,
    scope: 'integration',
    what: 'ConnectWise did not answer, or answered that it is in trouble.',
    next: 'Nothing to do: cwsync tries again by itself.',
  },
  'cw.project-missing': {
    side: 'ConnectWise',
    heals: 'no',
    countsAttempt: true,
    scope: 'project',
    what: 'The project is not in ConnectWise any more, or the API member can no longer see it.',
    next: 'Look for the project in ConnectWise, then sync it again; if it is gone for good, disconnect it.',
  },
  'cw.rejected': {
    side: 'ConnectWise',
    heals: 'no',
    countsAttempt: true,
    scope: 'one record',
    what: 'ConnectWise refused a request.',
    next: 'Correct the value it names, in ConnectWise or in the plan: that asks for the next sync.',
  },
  'cw.unexpected-response': {
    side: 'ConnectWise',
    heals: 'unknown',
    countsAttempt: true,
    scope: 'run',
    what: 'ConnectWise answered something that cwsync does not understand.',
    next: 'cwsync tries again by itself; if it stays, report it with the request id, which is in the logs.',
  },
  'plan.mass-deletion': {
    side: 'ConnectWise data',
    heals: 'no',
    countsAttempt: true,
    scope: 'project',
    what: 'Unusually many records are gone from ConnectWise.',
    next: 'Nothing was deleted. Decide: apply the deletions, or keep the records in the plan.',
  },
  'plan.outside-phase': {
    side: 'plan',
    heals: 'no',
    countsAttempt: true,
    scope: 'one task',
    what: 'A task is not in a phase, so it does not sync.',
    next: 'Put the task in a phase.',
  },
  'sync.lost': {
    side: 'cwsync',
    heals: 'yes',
    countsAttempt: true,
    scope: 'run',
    what: 'The process that ran the sync is gone; the sync is taken up again.',
    next: 'Nothing to do: it goes on by itself.',
  },
  'sync.too-slow': {
    side: 'cwsync',
    heals: 'yes',
    countsAttempt: true,
    scope: 'run',
    what: 'The sync lost its turn because it could not report in time.',
    next: 'Nothing to do: it goes on by itself.',
  },
  'sync.worker-down': {
    side: 'cwsync',
    heals: 'yes',
    countsAttempt: true,
    scope: 'all',
    what: 'No background worker is running.',
    next: 'The operator looks at the log of cwsync and restarts it.',
  },
  'store.unavailable': {
    side: 'MongoDB',
    heals: 'yes',
    countsAttempt: true,
    scope: 'all',
    what: 'The database does not answer.',
    next: 'Try again in a minute; if it stays, the operator checks MongoDB.',
  },
  'chat.delivery-blocked': {
    side: 'chat',
    heals: 'no',
    countsAttempt: true,
    scope: 'channel',
    what: 'cwsync cannot post here.',
    next: 'Invite cwsync to the channel.',
  },
  'chat.auth': {
    side: 'chat',
    heals: 'no',
    countsAttempt: true,
    scope: 'platform',
    what: 'The chat platform refused the token of cwsync.',
    next: 'An admin renews the token.',
  },
  internal: {
    side: 'cwsync',
    heals: 'unknown',
    countsAttempt: true,
    scope: 'run',
    what: 'Something went wrong inside cwsync.',
    next: 'Try again; if it happens again, report it with the id shown.',
  },
} as const satisfies Record<string, FailureRule>;

export type FailureCode = keyof typeof failureRules;

/** What is known of one failure, beside what its code says. All of it may be shown to people: no secrets. */
export type Failure = {
  readonly code: FailureCode;
  /** One sentence with the particulars; where absent the rule's `what` is shown. */
  readonly message?: string;
  /** Milliseconds after which ConnectWise allows the next request. */
  readonly retryAfterMs?: number;
  /** The kind of record it concerns, e.g. `ticket`. */
  readonly entity?: string;
  /** The field ConnectWise named. */
  readonly field?: string;
  /** The vendor's own words, cut and redacted. */
  readonly vendorMessage?: string;
  /** Id under which the request or the fault stands in the logs. */
  readonly reference?: string;
  /** The setting that is probably wrong, where the fault does not look like one that passes. */
  readonly setting?: 'CONNECTWISE_URL';
};

/**
 * What the reader does next.
 * @param where who starts cwsync reads it in a terminal, where nobody writes to a bot
 */
export function nextStep({ code, setting }: Failure, where: 'chat' | 'terminal'): string {
  const again = where === 'terminal' ? 'run npx cwsync doctor again' : 'check again';
  if (setting !== undefined)
    return `Check ${setting} and start cwsync anew where it is changed, then ${again}.`;
  if (code === 'cw.auth' && where === 'terminal')
    return 'An admin checks the keys of the API member and the clientId; set them right, then run npx cwsync doctor again.';
  return failureRules[code].next;
}

/** Carries a `Failure` through code that throws. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.message ?? failureRules[failure.code].what}`, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** The switch is off where something was to be written: nothing was sent, and no record is to blame. */
export class WritingIsOff extends FailureError {
  constructor(entity?: string) {
    const message = 'Write to ConnectWise is off.';
    super({ code: 'cw.rejected', message, ...(entity === undefined ? {} : { entity }) });
    this.name = 'WritingIsOff';
  }
}

/** What the engine does about a failed run. */
export type Decision =
  | { readonly action: 'retry'; readonly delayMs: number; readonly countsAttempt: boolean }
  /** Like a completed run, but the failure stays: the next run comes from a person, a trigger or the clock. */
  | { readonly action: 'needs-attention' };

export const backoffLimits = { baseMs: 5_000, maxMs: 15 * 60_000 } as const;

/**
 * The one function that decides what follows a failure.
 * @param attempts failed attempts before this one
 * @param random in [0, 1); full jitter: the delay is uniform between 0 and the exponential bound
 */
export function decide(failure: Failure, attempts: number, random: number): Decision {
  const rule: FailureRule = failureRules[failure.code];
  if (rule.heals === 'no') return { action: 'needs-attention' };
  const bound = Math.min(backoffLimits.maxMs, backoffLimits.baseMs * 2 ** Math.min(attempts + 1, 20));
  const delayMs = Math.max(Math.floor(random * bound), failure.retryAfterMs ?? 0);
  return { action: 'retry', delayMs, countsAttempt: rule.countsAttempt };
}
