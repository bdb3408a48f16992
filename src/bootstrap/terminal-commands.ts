/** Which commands of chat there are in a terminal, and what cannot be meant there. */
import type { Command, Invocation } from '../app/commands/command.ts';
import { commands } from '../app/commands/registry.ts';
import { askBack } from '../app/replies/parts.ts';
import type { Reply } from '../ports/reply.ts';

/** Hidden ones are the buttons of a chat's pages; `undo` is offered here as well. */
export const terminalCommands: readonly Command[] = commands.filter(
  ({ hidden, name }) => !hidden || name === 'undo',
);

/** Undefined where the command can do its work here. */
export function notInTerminal({ name }: Command, { words }: Invocation): Reply | undefined {
  if (name === 'claim') return claimReply;
  if ((name === 'follow' || name === 'unfollow') && words.length > 0) return followReply;
  return undefined;
}

const claimReply = askBack(
  'In a terminal nobody needs to be an admin: who can read the settings of cwsync may do everything.',
  'To make somebody of a chat an admin: npx cwsync roles grant slack:<team id>/<user id> admin',
);

const followReply = askBack(
  'A terminal has no direct messages, so nothing can be followed from here.',
  'Write it in chat. In a script: npx cwsync status --problems --json',
);
