import type { Channel } from './directory.ts';

/** What cwsync is installed with. */
export const LEAST_SCOPES: readonly string[] = [
  'commands',
  'chat:write',
  'im:write',
  'im:history',
  'app_mentions:read',
  'users:read',
  'users:read.email',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
  'files:write',
];

/** Scopes that a method needs, any one of them; methods that are not here need none. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.delete': ['chat:write'],
  'conversations.open': ['im:write', 'mpim:write', 'channels:manage', 'groups:write'],
  'conversations.join': ['channels:join'],
  'users.info': ['users:read'],
  'users.list': ['users:read'],
  'users.lookupByEmail': ['users:read.email'],
  'team.info': ['team:read'],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
};

/** Methods whose scope goes with the kind of the conversation: channels:read, groups:read, im:read. */
const BY_KIND: Readonly<Record<string, 'read' | 'history'>> = {
  'conversations.info': 'read',
  'conversations.members': 'read',
  'conversations.list': 'read',
  'users.conversations': 'read',
  'conversations.history': 'history',
  'conversations.replies': 'history',
};

const KINDS: Readonly<Record<string, string>> = {
  public_channel: 'channels',
  private_channel: 'groups',
  im: 'im',
  mpim: 'mpim',
};

type About = {
  readonly channel: Channel | undefined;
  /** The argument `types` of a listing method. */
  readonly types: string;
};

/** What is missing for this call, as `needed` in Slack's missing_scope says it; undefined when nothing is. */
export function missingScope(method: string, scopes: readonly string[], about: About): string | undefined {
  const what = BY_KIND[method];
  if (what)
    return kindsOf(method, about)
      .map((kind) => `${kind}:${what}`)
      .find((scope) => !scopes.includes(scope));
  const needed = NEEDED[method] ?? [];
  const isFine = needed.length === 0 || needed.some((scope) => scopes.includes(scope));
  return isFine ? undefined : needed.join(',');
}

function kindsOf(method: string, { channel, types }: About): string[] {
  if (method === 'conversations.list' || method === 'users.conversations') {
    const wanted = (types || 'public_channel').split(',').map((type) => type.trim());
    return wanted.map((type) => KINDS[type] ?? 'channels');
  }
  if (!channel) return [];
  if (channel.kind === 'im') return ['im'];
  return [channel.isPrivate ? 'groups' : 'channels'];
}
