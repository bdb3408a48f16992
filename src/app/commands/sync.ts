import { syncStatus } from '../../domain/sync-task.ts';
import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import type { Command, CommandResult } from './command.ts';
import { selectProject } from './select-project.ts';

export const sync: Command = {
  name: 'sync',
  role: 'operator',
  usage: 'sync <project> [--now] [--full]',
  summary:
    'Syncs a project now and tells you how it ended. --now skips the cool-down and the wait after a failure; --full asks for a comprehensive sync, which every sync is so far.',
  examples: ['sync "Contoso – Office move"', 'sync #1042 --now'],
  options: { now: { type: 'boolean' }, full: { type: 'boolean' } },
  async run(invocation, asker, deps): Promise<CommandResult> {
    if (invocation.words.length === 0) return { reply: which('sync') };
    const forceNow = invocation.switches.now === true;
    const command = (project: string) => `sync ${project}${forceNow ? ' --now' : ''}`;
    const selected = await selectProject(deps, invocation.words, command, { changes: true });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task, now } = selected;
    const before = syncStatus(task, now).word;
    const target = `${shownName(task)} (${selector(task)})`;
    const interaction = { person: asker.person, handle: asker.handle };
    if (before === 'Syncing') {
      // A run is under way: it is followed, not asked for again.
      await deps.interactions.follow(interaction, { taskId: task.id, ticket: task.want });
      return { audited: { target, before, after: before, outcome: 'followed the run under way' } };
    }
    const triggered = await deps.tasks.trigger(
      task.id,
      { kinds: ['comprehensive'], prio: 2, forceNow },
      interaction,
    );
    if (triggered.result === 'accepted') {
      const after = syncStatus(triggered.task, triggered.now).word;
      return { audited: { target, before, after, outcome: forceNow ? 'requested, at once' : 'requested' } };
    }
    const state = triggered.result === 'not-active' ? triggered.task.link.state : 'no longer linked';
    const enable = state === 'disabled' ? [{ label: 'Enable', command: `enable ${selector(task)}` }] : [];
    const next = state === 'disabled' ? 'Enable it first; that also syncs it.' : 'It does not sync any more.';
    return {
      reply: notice(`${shownName(task)} is ${state}, so it cannot be synced.`, next, enable),
      audited: { target, outcome: `refused: ${state}` },
    };
  },
};

/** A command that needs a project was given none. */
export function which(command: string) {
  const all = { label: 'Show projects', command: 'status' };
  return notice(
    `Which project? Write ${command} and the project's name or external id.`,
    `For example: ${command} #1042`,
    [all],
  );
}
