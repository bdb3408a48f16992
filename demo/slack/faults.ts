import { z } from 'zod';

const times = z.number().int().positive().optional();
const methods = z.array(z.string()).nonempty().optional();

/**
 * What goes wrong on purpose. `times` ends a fault after so many requests; `methods` limits it to these Web API
 * methods. Unknown keys are refused, so that a misspelt fault cannot make a test pass.
 */
export const Faults = z.strictObject({
  webApi: z
    .discriminatedUnion('kind', [
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
    ])
    .optional(),
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
});
export type Faults = z.infer<typeof Faults>;
export type WebApiFault = NonNullable<Faults['webApi']>;

/** The faults that are switched on; starts with none. */
export class FaultBoard {
  #faults: Faults = {};

  /** Replaces all faults. */
  set(faults: Faults): void {
    this.#faults = structuredClone(faults);
  }

  /** The fault that this Web API call meets, counting it. */
  takeWebApi(method: string): WebApiFault | undefined {
    const fault = this.#faults.webApi;
    if (!fault || (fault.methods && !fault.methods.includes(method))) return undefined;
    if (countDown(fault)) delete this.#faults.webApi;
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
