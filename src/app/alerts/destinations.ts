/** Who is told of an incident. */
import { covers, isAbout } from '../../domain/alert-scope.ts';
import type { IncidentProject, Problem } from '../../domain/incident.ts';
import { type Platform, personKey } from '../../domain/person.ts';
import type { Destination } from '../../ports/chat.ts';
import { placeOf } from '../../ports/incidents.ts';
import type { Logger } from '../../ports/logger.ts';
import type { FollowStore, RoleStore } from '../../ports/people.ts';
import type { AlertChannel, Settings } from '../../ports/settings.ts';

export type Followers = Pick<FollowStore, 'of' | 'followersOf' | 'followersOfMine' | 'everyone'> & {
  /** Plan projects that are somebody's now, by their key. */
  mine(personKey: string): Promise<ReadonlySet<string>>;
};

export type DestinationsDeps = {
  readonly followers: Followers;
  readonly roles: Pick<RoleStore, 'holders'>;
  readonly logger: Logger;
};

/**
 * Somebody may be in it twice; a place gets one message. The alert channels that cover it and, as direct messages, the followers; of a channel where nothing can be posted the admins.
 * @param projects those whose followers are to be told: all of the problem's, or those that joined it
 */
export async function destinationsOf(
  deps: DestinationsDeps,
  problem: Problem,
  projects: readonly IncidentProject[],
  settings: Pick<Settings, 'alertChannels'>,
): Promise<readonly Destination[]> {
  if (problem.scope === 'channel') return direct(await deps.roles.holders('admin'));
  const channels = channelsFor(problem, settings);
  if (problem.scope === 'away') return channels;
  return [...channels, ...direct(await followersOf(deps, problem, projects))];
}

/** Also those that cover it only now, since it got worse. */
export function channelsFor(
  problem: Problem,
  { alertChannels }: Pick<Settings, 'alertChannels'>,
): readonly Destination[] {
  return alertChannels.filter((channel) => covers(channel, problem)).map(toDestination);
}

/** Without what it is told of. */
export function toDestination({ platform, tenant, conversation }: AlertChannel) {
  return { platform, tenant, conversation };
}

async function followersOf(
  deps: DestinationsDeps,
  { scope, ownTask, projects: all }: Problem,
  projects: readonly IncidentProject[],
): Promise<readonly string[]> {
  // What stops all projects concerns whoever follows any of them.
  const ofAll = ownTask !== undefined && all.length === 0;
  const whole = scope === 'integration' || scope === 'cwsync' || ofAll;
  if (whole) return await deps.followers.everyone();
  const ids = projects.map(({ projectId }) => projectId);
  const named = await Promise.all(ids.map((id) => deps.followers.followersOf(id)));
  return [...named.flat(), ...(await followersOfTheirs(deps, new Set(ids)))];
}

async function followersOfTheirs(
  { followers, logger }: DestinationsDeps,
  projects: ReadonlySet<string>,
): Promise<readonly string[]> {
  const theirs: string[] = [];
  for (const key of await followers.followersOfMine()) {
    try {
      if (!(await followers.mine(key)).isDisjointFrom(projects)) theirs.push(key);
    } catch (error) {
      // The chat does not tell who they are: all others are told all the same.
      logger.warn({ err: error }, 'a follower’s own projects are not known');
    }
  }
  return theirs;
}

function direct(keys: readonly string[]): readonly Destination[] {
  return keys.flatMap((key) => {
    const found = /^(?<platform>slack|teams):(?<tenant>[^/]+)\/(?<user>.+)$/u.exec(key)?.groups;
    if (!found?.tenant || !found.user) return [];
    return [{ platform: found.platform as Platform, tenant: found.tenant, user: found.user }];
  });
}

export function alertChannelAt(
  to: Destination,
  { alertChannels }: Pick<Settings, 'alertChannels'>,
): AlertChannel | undefined {
  return alertChannels.find((channel) => placeOf(channel) === placeOf(to));
}

/** Whether what is told there of this is still wanted: a channel may be chosen no more, or for less. */
export function isWanted(
  to: Destination,
  problem: Problem,
  settings: Pick<Settings, 'alertChannels'>,
): boolean {
  if ('user' in to) return true;
  const channel = alertChannelAt(to, settings);
  return channel !== undefined && isAbout(channel, problem);
}

/** Ids of the plan projects that somebody follows, by name or because they are theirs. Rejects where the chat does not tell who they are. */
export async function followedBy(
  followers: Pick<Followers, 'of' | 'mine'>,
  { platform, tenant, user }: Extract<Destination, { readonly user: string }>,
): Promise<ReadonlySet<string>> {
  const person = { platform, tenant, userId: user, name: '' };
  const targets = await followers.of(person);
  const named = targets.flatMap((target) => (target === 'mine' ? [] : [target.projectId]));
  const theirs = targets.includes('mine') ? await followers.mine(personKey(person)) : [];
  return new Set([...named, ...theirs]);
}
