/** `--here`: an answer that everybody in the conversation sees. */
import type { ParseArgsOptionsConfig } from 'node:util';
import type { ChatRequest, MessageHandle } from '../../ports/chat.ts';
import type { Reply } from '../../ports/reply.ts';
import { outsiders } from '../outsiders.ts';
import { notice } from '../replies/parts.ts';
import type { Command, CommandDeps, Invocation } from './command.ts';

/** `--outside` is what the button of the question means; nobody types it. */
export const shareOptions: ParseArgsOptionsConfig = {
  here: { type: 'boolean' },
  outside: { type: 'boolean' },
};

/** The switches that a command takes: its own, and where its answer may be shared those of sharing. */
export function optionsOf(command: Command): ParseArgsOptionsConfig {
  return command.mayBeShared ? { ...command.options, ...shareOptions } : command.options;
}

export type Sharing =
  | { readonly to: 'answer'; readonly handle: MessageHandle }
  /** Asked first: the default is no. */
  | { readonly to: 'ask'; readonly reply: Reply };

export async function shareWith(
  deps: Pick<CommandDeps, 'directory'>,
  request: ChatRequest,
  { switches }: Invocation,
): Promise<Sharing> {
  const { person, shared, place, handle, text } = request;
  if (switches.here !== true || !shared || place.id === undefined) return { to: 'answer', handle };
  if (switches.outside === true) return { to: 'answer', handle: shared };
  const at = { platform: person.platform, tenant: person.tenant, conversation: place.id };
  const facts = await deps.directory.conversation(at);
  if (!facts?.member) return { to: 'ask', reply: notAMember(text) };
  const question = await outsiders(deps.directory, at, facts);
  if (question === undefined) return { to: 'answer', handle: shared };
  return {
    to: 'ask',
    reply: notice(question, 'Nothing was shown to anybody yet.', [
      { label: 'Only to me', command: onlyToMe(text), style: 'primary' },
      { label: 'Show it here', command: `${text} --outside`, style: 'danger' },
    ]),
  };
}

/** `--here` is taken out, however its dashes were typed. */
function onlyToMe(text: string): string {
  return text.replace(/\s+[-–—]{1,2}here\b/giu, '');
}

/** What it cannot see, and so cannot be in, neither: nobody is asked first what cannot be done. */
function notAMember(text: string): Reply {
  return notice(
    'cwsync cannot post here: it is not in this conversation.',
    'Nothing was shown to anybody. In a channel, invite it with /invite @cwsync, then ask again.',
    [
      { label: 'Only to me', command: onlyToMe(text), style: 'primary' },
      { label: 'Try again', command: text },
    ],
  );
}
