import { z } from 'zod';

const times = z.number().int().positive().optional();
const methods = z.array(z.string()).nonempty().optional();

const webApiFault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rate-limited'),
    retryAfterSeconds: z.number().int().positive(),
    times,
    methods,
  }),
  z.strictObject({
    kind: z.literal('server-error'),
    status: z.number().int().min(500).max(599),
    times,
    methods,
  }),
  z.strictObject({ kind: z.literal('slow'), delayMs: z.number().int().positive(), times, methods }),
  /** The request is carried out, and its answer is lost: the connection breaks instead. */
  z.strictObject({ kind: z.literal('lost-answer'), times, methods }),
  /** `ok: false` with this error, such as restricted_action or messages_tab_disabled. */
  z.strictObject({ kind: z.literal('error'), error: z.string().min(1), times, methods }),
]);

/**
 * What goes wrong on purpose. `times` ends a fault after so many requests; `methods` limits it to these Web API
 * methods. Unknown keys are refused, so that a misspelt fault cannot make a test pass.
 */
export const Faults = z.strictObject({
  /** One, or several: the first that fits a method counts. */
  webApi: z.union([webApiFault, z.array(webApiFault)]).optional(),
  /** Every answer to a response_url gets this HTTP status; nothing is shown and no use is counted. */
  responseUrl: z.strictObject({ status: z.number().int().min(400).max(599), times }).optional(),
  /** Channel ids that answer channel_not_found. */
  goneChannels: z.array(z.string()).optional(),
  /** Channel ids that the bot was removed from. */
  botAbsentFrom: z.array(z.string()).optional(),
  /**
   * replace_original on a slash command's response_url posts a new message instead of editing the earlier
   * answer: reported of the real Slack (slackapi/bolt-js issue 2287, slackapi/bolt-python issue 1268).
   */
  commandReplaceIgnored: z.boolean().optional(),
  /** Every Web API method answers this: token_revoked, account_inactive, invalid_auth … */
  tokenError: z.string().min(1).optional(),
  /** The token has these scopes only. */
  scopes: z.array(z.string()).optional(),
  /** Everything delivered says that it comes from this workspace, such as T0OTHER. */
  foreignTeam: z.string().min(1).optional(),
  /** Every event comes twice: the second time with the same event_id, as a repeat. */
  doubleEvents: z.boolean().optional(),
  /** chat.postMessage takes so many at once in a channel, then one a second; the rest are 429. */
  postBurst: z.number().int().positive().optional(),
});
export type Faults = z.infer<typeof Faults>;
export type WebApiFault = z.infer<typeof webApiFault>;

/** The faults that are switched on; starts with none. */
export class FaultBoard {
  readonly #scopes: readonly string[];
  #faults: Faults = {};
  #webApi: WebApiFault[] = [];

  /** @param scopes what the app was installed with. */
  constructor(scopes: readonly string[]) {
    this.#scopes = scopes;
  }

  /** Replaces all faults. */
  set(faults: Faults): void {
    this.#faults = structuredClone(faults);
    this.#webApi = [this.#faults.webApi ?? []].flat();
  }

  /** The fault that this Web API call meets, counting it. */
  takeWebApi(method: string): WebApiFault | undefined {
    const fault = this.#webApi.find(({ methods: only }) => only === undefined || only.includes(method));
    if (fault && countDown(fault)) this.#webApi = this.#webApi.filter((other) => other !== fault);
    return fault;
  }

  /** HTTP status that this use of a response_url meets, counting it. */
  takeResponseUrl(): number | undefined {
    const fault = this.#faults.responseUrl;
    if (!fault) return undefined;
    if (countDown(fault)) delete this.#faults.responseUrl;
    return fault.status;
  }

  isGone(channel: string): boolean {
    return this.#faults.goneChannels?.includes(channel) ?? false;
  }

  isBotAbsent(channel: string): boolean {
    return this.#faults.botAbsentFrom?.includes(channel) ?? false;
  }

  tokenError(): string | undefined {
    return this.#faults.tokenError;
  }

  /** Scopes of the bot's token now. */
  scopes(): readonly string[] {
    return this.#faults.scopes ?? this.#scopes;
  }

  hasScope(scope: string): boolean {
    return this.scopes().includes(scope);
  }

  foreignTeam(): string | undefined {
    return this.#faults.foreignTeam;
  }

  areEventsDoubled(): boolean {
    return this.#faults.doubleEvents ?? false;
  }

  postBurst(): number | undefined {
    return this.#faults.postBurst;
  }

  isCommandReplaceIgnored(): boolean {
    return this.#faults.commandReplaceIgnored ?? false;
  }
}

/** True when this was the fault's last time. */
function countDown(fault: { times?: number | undefined }): boolean {
  if (fault.times === undefined) return false;
  fault.times -= 1;
  return fault.times === 0;
}
