import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { actorOf, type Command } from './command.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

export const enable: Command = {
  name: 'enable',
  role: 'operator',
  usage: 'enable <project>',
  summary: 'Lets a disabled project sync again, and syncs it.',
  examples: ['enable "Contoso – Office move"'],
  options: {},
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('enable') };
    const selected = await selectProject(deps, invocation.words, (project) => `enable ${project}`, {
      changes: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const target = `${shownName(task)} (${selector(task)})`;
    const interaction = { person: asker.person, handle: asker.handle };
    const enabled = await deps.tasks.enable(task.id, actorOf(asker.person), interaction);
    if (!enabled?.changed) {
      const state = enabled?.task.link.state ?? 'no longer linked';
      const words = state === 'active' ? 'is enabled already.' : `is ${state} and cannot be enabled.`;
      return {
        reply: notice(`${shownName(task)} ${words}`),
        audited: { target, outcome: `refused: ${state}` },
      };
    }
    const logged = {
      action: 'enabled',
      message: `“${shownName(task)}” enabled by ${asker.person.name}; a comprehensive sync was requested`,
      projectId: task.projectId,
    } as const;
    const outcome = 'enabled, sync requested';
    return { audited: { target, before: 'disabled', after: 'active', outcome, logged } };
  },
};
