/** Where an answer goes in Teams. */
import { z } from 'zod';

const whose = {
  platform: z.literal('teams'),
  tenant: z.string(),
  /** Object id in Entra of whom the answer is for. */
  user: z.string(),
  /** The press whose answer this is, while it is waited for. */
  invoke: z.string().exactOptional(),
};

/** For the asker alone: in the personal chat, with one line that points to it where something else was asked in. */
const asker = z.object({
  ...whose,
  via: z.literal('asker'),
  /** Where it was asked, with its thread; absent in the personal chat and on the standing page. */
  at: z.string().exactOptional(),
});

/** A new message that everybody in the conversation sees. */
const here = z.object({
  ...whose,
  via: z.literal('here'),
  conversation: z.string(),
});

/** A message that stands, and is edited. */
const message = z.object({
  ...whose,
  via: z.literal('message'),
  conversation: z.string(),
  activity: z.string(),
  /** Everybody in the conversation sees it: where it is gone it is posted there again. */
  shared: z.boolean().exactOptional(),
  /** In milliseconds since 1970. */
  editedAt: z.number().exactOptional(),
});

/** The standing page: one message in the personal chat. */
const home = z.object({ ...whose, via: z.literal('home') });

/** A form that is open, in the personal chat. */
const form = z.object({
  ...whose,
  via: z.literal('form'),
  form: z.string(),
  conversation: z.string(),
  activity: z.string(),
});

export const teamsHandle = z.discriminatedUnion('via', [asker, here, message, home, form]);
export type TeamsHandle = z.infer<typeof teamsHandle>;
export type HandleVia<Via extends TeamsHandle['via']> = Extract<TeamsHandle, { via: Via }>;

/** Where the replies to a message of a channel go; one that stands in a thread itself has its thread beside it. */
export function threadOf({
  conversation,
  activity,
}: Pick<HandleVia<'message'>, 'conversation' | 'activity'>) {
  return withoutThread(conversation) === conversation
    ? `${conversation};messageid=${activity}`
    : conversation;
}

/** Without the thread: `19:…@thread.tacv2;messageid=1` is a place in the channel `19:…@thread.tacv2`. */
export function withoutThread(conversation: string): string {
  return conversation.replace(/;messageid=.*$/u, '');
}
