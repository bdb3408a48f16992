/** The fields that are read of what Teams sends; everything else is left alone. */
import { z } from 'zod';
import type { Person } from '../../src/domain/person.ts';
import type { ConversationReference } from '../../src/ports/chat-references.ts';
import { withoutThread } from './handle.ts';

const account = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  aadObjectId: z.string().nullish(),
  role: z.string().nullish(),
});

const mention = z.object({
  type: z.string(),
  text: z.string().nullish(),
  mentioned: z.object({ id: z.string().nullish() }).nullish(),
});

export const activitySchema = z.object({
  type: z.string().min(1),
  id: z.string().nullish(),
  name: z.string().nullish(),
  text: z.string().nullish(),
  value: z.unknown().optional(),
  replyToId: z.string().nullish(),
  localTimezone: z.string().nullish(),
  serviceUrl: z.url({ protocol: /^https?$/u }),
  from: account,
  recipient: account,
  conversation: z.object({
    id: z.string().min(1),
    conversationType: z.string().nullish(),
    name: z.string().nullish(),
    isGroup: z.boolean().nullish(),
    tenantId: z.string().nullish(),
  }),
  entities: z.array(z.unknown()).nullish(),
  membersAdded: z.array(account).nullish(),
  membersRemoved: z.array(account).nullish(),
  channelData: z
    .object({
      tenant: z.object({ id: z.string() }).nullish(),
      channel: z.object({ id: z.string().nullish(), name: z.string().nullish() }).nullish(),
      team: z.object({ id: z.string().nullish(), name: z.string().nullish() }).nullish(),
    })
    .nullish(),
});
export type Activity = z.infer<typeof activitySchema>;

/** What a press on a card says. */
export const pressSchema = z.object({
  action: z.object({ verb: z.string().nullish(), data: z.looseObject({}).nullish() }),
});

/** An event of Teams may say it in either place. */
export function tenantOf({ channelData, conversation }: Activity): string | undefined {
  return channelData?.tenant?.id ?? conversation.tenantId ?? undefined;
}

export function mentionsOf({ entities }: Activity) {
  return (entities ?? []).flatMap((entity) => {
    const parsed = mention.safeParse(entity);
    return parsed.success && parsed.data.type === 'mention' ? [parsed.data] : [];
  });
}

/** Undefined for somebody without an account in the directory: nobody knows who they are. */
export function personIn({ from, localTimezone }: Activity, tenant: string): Person | undefined {
  const userId = from.aadObjectId;
  if (!userId) return undefined;
  const timeZone = localTimezone ? { timeZone: localTimezone } : {};
  return { platform: 'teams', tenant, userId, name: from.name || userId, ...timeZone };
}

export function kindOf({ conversation }: Activity): ConversationReference['kind'] {
  if (conversation.conversationType === 'channel') return 'channel';
  if (conversation.conversationType === 'groupChat') return 'group';
  return conversation.isGroup === true ? 'group' : 'personal';
}

export function conversationIn(activity: Activity, tenant: string): ConversationReference {
  const { conversation, channelData, serviceUrl, recipient } = activity;
  const kind = kindOf(activity);
  const team = channelData?.team?.name;
  const channel = channelData?.channel?.name ?? (kind === 'channel' ? conversation.name : undefined);
  const name = kind === 'channel' ? [team, channel].filter(Boolean).join(' › ') : conversation.name;
  return {
    tenant,
    conversation: withoutThread(conversation.id),
    kind,
    serviceUrl,
    bot: recipient.id,
    ...(name ? { name } : {}),
  };
}
