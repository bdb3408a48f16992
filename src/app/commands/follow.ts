import { memberOf } from '../projects-of-person.ts';
import { type FollowsView, followMeans, followsReply } from '../replies/follows.ts';
import { notice } from '../replies/parts.ts';
import { lookActions, selector, shownName } from '../replies/project-words.ts';
import type { Asker, Command, CommandDeps, CommandResult, Invocation } from './command.ts';
import { keepIdentity, notKnownWhose } from './list-switches.ts';
import { selectProject } from './select-project.ts';

export const follow: Command = {
  name: 'follow',
  role: 'viewer',
  usage: 'follow [project | mine] [--as <member>]',
  summary:
    'Failures and recoveries of a project, or of whatever is yours, come to your direct messages. Alone: what you follow.',
  examples: ['follow #1042', 'follow mine', 'follow'],
  options: { as: { type: 'string' } },
  async run(invocation, asker, deps) {
    const { words } = invocation;
    if (words.length === 0) return { reply: followsReply(await followed(asker, deps)) };
    if (isMine(words)) return await followMine(invocation, asker, deps);
    const selected = await selectProject(deps, words, (project) => `follow ${project}`);
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const changed = await deps.follows.follow(asker.person, { projectId: task.projectId });
    const summary = changed ? `You follow ${shownName(task)}.` : `You follow ${shownName(task)} already.`;
    const unfollow = { label: 'Unfollow', command: `unfollow ${selector(task)}` };
    return { reply: notice(summary, followMeans, [unfollow, ...lookActions(task)]) };
  },
};

export const unfollow: Command = {
  name: 'unfollow',
  role: 'viewer',
  usage: 'unfollow [project | mine]',
  summary: 'Ends what follow began. Alone: what you follow.',
  examples: ['unfollow #1042', 'unfollow mine'],
  options: {},
  async run({ words }, asker, deps) {
    if (words.length === 0) return { reply: followsReply(await followed(asker, deps)) };
    if (isMine(words)) return await unfollowMine(asker, deps);
    const selected = await selectProject(deps, words, (project) => `unfollow ${project}`, {
      disconnectedToo: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const changed = await deps.follows.unfollow(asker.person, { projectId: task.projectId });
    const summary = changed
      ? `You no longer follow ${shownName(task)}.`
      : `You do not follow ${shownName(task)}.`;
    return { reply: notice(summary, stillMine(await followed(asker, deps))) };
  },
};

/** A project of that name is meant by its external id. */
function isMine(words: readonly string[]): boolean {
  return words.length === 1 && words[0]?.toLowerCase() === 'mine';
}

/** Nothing is kept before it is known which projects are theirs: it would promise what never comes. */
async function followMine(
  invocation: Invocation,
  { person }: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const { unclear, ...kept } = await keepIdentity(deps, { person }, invocation, 'follow mine');
  if (unclear) return { reply: unclear };
  const { member, email } = await memberOf(deps, person);
  if (!member) return { reply: notKnownWhose(email, 'follow mine'), ...kept };
  const changed = await deps.follows.follow(person, 'mine');
  const who = member.name ?? member.identifier ?? `#${member.id}`;
  const means = `${followMeans} Yours are those that ${who} manages in ConnectWise or is in the team of.`;
  const unfollowAction = { label: 'Unfollow', command: 'unfollow mine' };
  const words = changed ? 'You follow your own projects.' : 'You follow your own projects already.';
  return { reply: notice(words, means, [unfollowAction]), ...kept };
}

async function unfollowMine(asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const changed = await deps.follows.unfollow(asker.person, 'mine');
  const words = changed ? 'You no longer follow your own projects.' : 'You do not follow your own projects.';
  const { projects } = await followed(asker, deps);
  const next =
    projects.length > 0 ? 'Those that you follow by name you still follow: follow lists them.' : undefined;
  return { reply: notice(words, next) };
}

function stillMine({ mine }: FollowsView): string | undefined {
  return mine ? 'You still follow whatever is yours: unfollow mine ends that.' : undefined;
}

async function followed({ person }: Asker, { follows, tasks, tenantId }: CommandDeps): Promise<FollowsView> {
  const targets = await follows.of(person);
  const ids = targets.flatMap((target) => (target === 'mine' ? [] : [`${tenantId}:${target.projectId}`]));
  const { tasks: projects } = await tasks.getMany(ids);
  return { mine: targets.includes('mine'), projects };
}
