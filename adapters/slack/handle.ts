import { z } from 'zod';

/**
 * Where an answer goes in Slack. An ephemeral message can only be edited through the `response_url` of the
 * event that it answers: 30 minutes long, 5 times (chat.md, "Answer").
 */
export const slackHandle = z.discriminatedUnion('via', [
  z.object({
    platform: z.literal('slack'),
    via: z.literal('response'),
    url: z.string(),
    /** Milliseconds since 1970 after which a direct message is sent instead. */
    expiresAt: z.number(),
    usesLeft: z.number(),
    /** Whether the next answer takes the place of the last one. */
    replace: z.boolean(),
    user: z.string(),
  }),
  z.object({
    platform: z.literal('slack'),
    via: z.literal('message'),
    channel: z.string(),
    ts: z.string(),
    user: z.string(),
  }),
]);
export type SlackHandle = z.infer<typeof slackHandle>;

/** Slack allows 30 minutes; what comes later than this is sent as a direct message. */
export const responseUrlMs = 25 * 60_000;
export const responseUrlUses = 5;
