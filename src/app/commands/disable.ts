import { syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { actorOf, type Command } from './command.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

const reasonAtMost = 200;

export const disable: Command = {
  name: 'disable',
  role: 'operator',
  usage: 'disable <project> [reason]',
  summary: 'Stops a project from syncing until it is enabled again; nothing is deleted.',
  examples: ['disable "Contoso – Office move" waiting for the customer'],
  options: {},
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('disable') };
    const command = (project: string, rest: readonly string[]) =>
      ['disable', project, ...(rest.length > 0 ? [quote(cut(rest.join(' '), reasonAtMost))] : [])].join(' ');
    const selected = await selectProject(deps, invocation.words, command, {
      restAllowed: true,
      changes: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task, rest, now } = selected;
    const reason = cut(rest.join(' '), reasonAtMost);
    const target = `${shownName(task)} (${selector(task)})`;
    const disabled = await deps.tasks.disable(
      task.id,
      actorOf(asker.person),
      reason === '' ? undefined : reason,
    );
    if (!disabled?.changed) {
      const state = disabled?.before.link.state ?? 'no longer linked';
      const reply = notice(`${shownName(task)} is ${state} already.`);
      return { reply, audited: { target, outcome: `refused: ${state}` } };
    }
    const because = reason === '' ? '' : `: ${reason}`;
    const logged = {
      action: 'disabled',
      message: `“${shownName(task)}” disabled by ${asker.person.name}${because}`,
      projectId: task.projectId,
    } as const;
    const syncing = syncStatus(disabled.before, now).word === 'Syncing';
    const next = syncing
      ? 'The sync under way stops at its next step. Nothing is deleted; Enable goes on where it was.'
      : 'It does not sync until it is enabled again. Nothing is deleted.';
    const again = { label: 'Enable', command: `enable ${selector(task)}` };
    return {
      reply: notice(`${shownName(task)} is disabled${because}.`, next, [again]),
      audited: { target, before: 'active', after: 'disabled', outcome: `disabled${because}`, logged },
    };
  },
};
