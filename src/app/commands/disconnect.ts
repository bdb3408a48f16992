import type { SyncTask } from '../../domain/sync-task.ts';
import { normaliseTyped } from '../../domain/typed-text.ts';
import { confirmDisconnectReply, disconnectedReply } from '../replies/disconnect.ts';
import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { type Asker, actorOf, type Command, type CommandDeps, type CommandResult } from './command.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

export const disconnect: Command = {
  name: 'disconnect',
  role: 'admin',
  usage: 'disconnect <project> [--confirm "<its exact name>"]',
  summary: 'Ends the sync of a project for good; its plan stays. It cannot be undone, so it asks first.',
  examples: ['disconnect #1042', 'disconnect #1042 --confirm "Contoso – Office move"'],
  options: { confirm: { type: 'string' } },
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('disconnect') };
    // What was typed as the name is not carried over: it was typed for another project perhaps.
    const selected = await selectProject(deps, invocation.words, (project) => `disconnect ${project}`, {
      changes: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const { confirm } = invocation.switches;
    if (typeof confirm === 'string' && isItsName(confirm, task)) return await forGood(task, asker, deps);
    const mistyped = typeof confirm === 'string';
    const counts = await deps.planner.counts(task.projectId);
    const target = `${shownName(task)} (${selector(task)})`;
    return {
      reply: confirmDisconnectReply({ task, counts, mistyped }),
      ...(mistyped ? { audited: { target, outcome: 'refused: the name does not match' } } : {}),
    };
  },
};

/** As exact as typing allows: chat clients turn quotes and dashes into others, and blanks into one. */
function isItsName(typed: string, task: SyncTask): boolean {
  const name = normaliseTyped(task.link.projectName);
  // Nobody can type a name that is blank.
  return normaliseTyped(typed) === (name === '' ? selector(task) : name);
}

async function forGood(task: SyncTask, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const target = `${shownName(task)} (${selector(task)})`;
  const disconnected = await deps.tasks.disconnect(task.id, actorOf(asker.person));
  if (!disconnected?.changed) {
    const state = disconnected?.before.link.state ?? 'no longer linked';
    const reply = notice(`${shownName(task)} is ${state} already.`);
    return { reply, audited: { target, outcome: `refused: ${state}` } };
  }
  const message = `“${shownName(task)}” disconnected from ConnectWise for good by ${asker.person.name}`;
  const logged = { action: 'disconnected', message, projectId: task.projectId } as const;
  const before = disconnected.before.link.state;
  return {
    reply: disconnectedReply(task),
    audited: { target, before, after: 'disconnected', outcome: 'disconnected', logged },
  };
}
