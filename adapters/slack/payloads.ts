/** The fields that are read of what Slack sends; everything else is left alone. */
import { z } from 'zod';
import type { Person } from '../../src/domain/person.ts';
import type { Place } from '../../src/ports/chat.ts';

const person = z.object({
  id: z.string(),
  name: z.string().nullish(),
  username: z.string().nullish(),
  team_id: z.string().nullish(),
});
const team = z.object({ id: z.string() }).nullish();
const view = z.object({
  id: z.string(),
  type: z.string(),
  callback_id: z.string().nullish(),
  private_metadata: z.string().nullish(),
  app_installed_team_id: z.string().nullish(),
  blocks: z.array(z.object({ type: z.string(), block_id: z.string().nullish() })).default([]),
  state: z.object({ values: z.unknown().optional() }).nullish(),
});
const option = z.object({ value: z.string() });

export const commandBody = z.object({
  team_id: z.string(),
  channel_id: z.string(),
  user_id: z.string(),
  user_name: z.string().default(''),
  text: z.string().default(''),
  trigger_id: z.string(),
  response_url: z.string(),
});

export const actionBody = z.object({
  user: person,
  team,
  trigger_id: z.string(),
  response_url: z.string().nullish(),
  container: z
    .object({
      is_ephemeral: z.boolean().nullish(),
      channel_id: z.string().nullish(),
      thread_ts: z.string().nullish(),
    })
    .default({}),
  view: view.nullish(),
  state: z.object({ values: z.unknown().optional() }).nullish(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        block_id: z.string().default(''),
        value: z.string().nullish(),
        selected_option: option.nullish(),
      }),
    )
    .min(1),
});
export type ActionBody = z.infer<typeof actionBody>;

export const submissionBody = z.object({ user: person, team, trigger_id: z.string().default(''), view });
export type SubmissionBody = z.infer<typeof submissionBody>;

export const suggestionBody = z.object({
  user: person,
  team,
  view: view.nullish(),
  action_id: z.string(),
  value: z.string().default(''),
});

const authorizations = z
  .array(z.object({ team_id: z.string().nullish(), user_id: z.string().nullish() }))
  .default([]);
const envelope = { team_id: z.string(), event_id: z.string(), authorizations };

/** A message, or a mention of the bot in one. */
export const messageBody = z.object({
  ...envelope,
  event: z.object({
    subtype: z.string().nullish(),
    bot_id: z.string().nullish(),
    edited: z.unknown().optional(),
    user: z.string().nullish(),
    user_team: z.string().nullish(),
    text: z.string().nullish(),
    channel: z.string(),
    channel_type: z.string().nullish(),
    ts: z.string(),
    thread_ts: z.string().nullish(),
  }),
});
export type MessageBody = z.infer<typeof messageBody>;

export const homeOpenedBody = z.object({
  ...envelope,
  event: z.object({ user: z.string(), tab: z.string() }),
});

/** Every id by which a payload can say for which workspace it is meant. */
const teams = z.object({
  team_id: z.string().nullish(),
  team,
  authorizations,
  view: z.object({ app_installed_team_id: z.string().nullish() }).nullish(),
  message: z.object({ team: z.string().nullish() }).nullish(),
});

export function teamsOf(body: unknown): readonly string[] {
  const parsed = teams.safeParse(body);
  if (!parsed.success) return [];
  const { data } = parsed;
  const named = [data.team_id, data.team?.id, data.view?.app_installed_team_id, data.message?.team];
  return [...named, ...data.authorizations.map(({ team_id }) => team_id)].filter(
    (id) => typeof id === 'string',
  );
}

/** In a channel shared with another organisation the person's own team is not the one where they press. */
export function presserOf(body: Pick<ActionBody, 'user' | 'team'>): Person {
  const { user } = body;
  const tenant = user.team_id ?? body.team?.id ?? '';
  return { platform: 'slack', tenant, userId: user.id, name: user.name ?? user.username ?? user.id };
}

/** Direct messages have ids that begin with D. */
export function placeOf(channel: string): Place {
  return { kind: channel.startsWith('D') ? 'direct' : 'conversation', id: channel };
}
