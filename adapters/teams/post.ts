/** Messages that answer nobody: alerts, and what followers are told. */
import type { Delivered, Destination } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { type Sending, sendHere, sendPersonal } from './messages.ts';

/** Keys of which nobody knows whether they were posted; of older ones only the caller knows. */
const ambiguousAtMost = 1_000;

/** Teams gives no way to look whether a message is there: one that may be a repeat says so. */
export function poster(sending: Sending) {
  const ambiguous = new Set<string>();

  async function post(to: Destination, reply: Reply, key: string, again = false): Promise<Delivered> {
    const told = again || ambiguous.has(key) ? marked(reply) : reply;
    const { tenant } = to;
    const delivered =
      'user' in to
        ? await sendPersonal(sending, { tenant, user: to.user }, told)
        : await sendHere(
            sending,
            { platform: 'teams', via: 'here', tenant, user: '', conversation: to.conversation },
            told,
          );
    // A failure without a word of Teams may have been a message all the same.
    if (delivered.result === 'failed' && ambiguous.size < ambiguousAtMost) ambiguous.add(key);
    else ambiguous.delete(key);
    return delivered;
  }

  return { post };
}

function marked(reply: Reply): Reply {
  const text = [
    { part: 'text', text: 'Possible repeat: an earlier try may have reached you already.' },
  ] as const;
  return { ...reply, blocks: [...reply.blocks, { block: 'note', text }] };
}
