/** The ways to name somebody in a command. */
import type { Person, Platform } from './person.ts';

export type PersonId = Pick<Person, 'platform' | 'tenant' | 'userId'>;

/**
 * `<@U123>` and `<@U123|name>` as Slack sends a mention, `@U123`, `platform:tenant/user` as in CWSYNC_ADMINS, and in
 * Teams the object id alone. Ids without a tenant are of the asker's own. Undefined for anything else: a name says
 * nothing of who it is.
 */
export function personMentioned(
  typed: string,
  asker: Pick<Person, 'platform' | 'tenant'>,
): PersonId | undefined {
  const words = typed.trim();
  const [, platform, tenant, userId] = /^(slack|teams):([\w-]+)\/([\w-]+)$/u.exec(words) ?? [];
  if (isPlatform(platform) && tenant && userId) return { platform, tenant, userId };
  const own = ownIds[asker.platform](words);
  return own === undefined ? undefined : { platform: asker.platform, tenant: asker.tenant, userId: own };
}

/** In a terminal nobody else is: people are named in full. */
const ownIds: { readonly [platform in Platform]: (words: string) => string | undefined } = {
  slack: slackUser,
  teams: teamsUser,
  terminal: () => undefined,
};

/** Those whose people can be given a role. */
function isPlatform(word: string | undefined): word is Platform {
  return word === 'slack' || word === 'teams';
}

function slackUser(words: string): string | undefined {
  return /^(?:<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|@?([UW][A-Z0-9]{2,}))$/u.exec(words)?.slice(1).find(Boolean);
}

function teamsUser(words: string): string | undefined {
  return /^@?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/iu.exec(words)?.[1]?.toLowerCase();
}
