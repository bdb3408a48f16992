/** Messages that answer nobody: alerts, and what followers are told. */
import type { Delivered, Destination, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { type HandleVia, teamsHandle, threadOf, withoutThread } from './handle.ts';
import { type Sending, sendHere, sendPersonal } from './messages.ts';

/** Keys of which nobody knows whether they were posted; of older ones only the caller knows. */
const ambiguousAtMost = 1_000;

/** Teams gives no way to look whether a message is there: one that may be a repeat says so. */
export function poster(sending: Sending) {
  const ambiguous = new Set<string>();

  async function post(
    to: Destination,
    reply: Reply,
    key: string,
    again = false,
    parent?: MessageHandle,
  ): Promise<Delivered> {
    const told = again || ambiguous.has(key) ? marked(reply) : reply;
    const delivered = await deliver(sending, to, told, parent);
    // A failure without a word of Teams may have been a message all the same.
    if (delivered.result === 'failed' && ambiguous.size < ambiguousAtMost) ambiguous.add(key);
    else ambiguous.delete(key);
    return delivered;
  }

  return { post };
}

async function deliver(
  sending: Sending,
  to: Destination,
  reply: Reply,
  parent: MessageHandle | undefined,
): Promise<Delivered> {
  const { tenant } = to;
  if ('user' in to) return await sendPersonal(sending, { tenant, user: to.user }, reply);
  const { conversation } = to;
  const here = { platform: 'teams', via: 'here', tenant, user: '', conversation } as const;
  const message = messageOf(parent);
  if (!message) return await sendHere(sending, here, reply);
  if (await hasThreads(sending, tenant, conversation)) {
    return await sendHere(sending, { ...here, conversation: threadOf(message) }, reply, 'message');
  }
  // What the message itself says since it was edited is not said once more below it.
  if (reply.onlyInThread) return { result: 'sent', handle: message, as: 'public' };
  return await sendHere(sending, here, reply);
}

function messageOf(parent: MessageHandle | undefined): HandleVia<'message'> | undefined {
  const parsed = teamsHandle.safeParse(parent);
  return parsed.success && parsed.data.via === 'message' ? parsed.data : undefined;
}

/** Only channels have threads: group chats run on below. */
async function hasThreads(sending: Sending, tenant: string, conversation: string): Promise<boolean> {
  const known = await sending.references.conversation(tenant, withoutThread(conversation));
  return known?.kind === 'channel';
}

function marked(reply: Reply): Reply {
  const text = [
    { part: 'text', text: 'Possible repeat: an earlier try may have reached you already.' },
  ] as const;
  return { ...reply, blocks: [...reply.blocks, { block: 'note', text }] };
}
