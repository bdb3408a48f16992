import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { actorOf, type Command } from './command.ts';
import { selectProject } from './select-project.ts';
import { stopProject } from './stop-project.ts';
import { about } from './subject.ts';
import { which } from './sync.ts';

export const archive: Command = {
  name: 'archive',
  needs: () => ['projects'],
  role: 'admin',
  usage: 'archive <project> [reason]',
  summary: 'Takes a project out of the sync and out of the lists; nothing is deleted.',
  examples: ['archive "Contoso – Office move" finished'],
  options: {},
  run: (invocation, asker, deps) =>
    stopProject(
      {
        name: 'archive',
        role: 'admin',
        done: 'archived',
        next: 'It does not sync and is shown by status --archived only. Nothing is deleted. To sync it again: unarchive, then enable.',
        back: (project) => ({ label: 'Unarchive', command: `unarchive ${project}` }),
      },
      invocation,
      asker,
      deps,
    ),
};

export const unarchive: Command = {
  name: 'unarchive',
  needs: () => ['projects'],
  role: 'admin',
  usage: 'unarchive <project>',
  summary: 'Takes a project out of the archive; it stays disabled until it is enabled.',
  examples: ['unarchive "Contoso – Office move"'],
  options: {},
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('unarchive') };
    const selected = await selectProject(deps, invocation.words, (project) => `unarchive ${project}`, {
      changes: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const unarchived = await deps.tasks.unarchive(task.id, actorOf(asker.person));
    if (!unarchived?.changed) {
      const state = unarchived?.before.link.state ?? 'no longer linked';
      const reply = notice(`${shownName(task)} is not archived: it is ${state}.`);
      return { reply, audited: { ...about(task), outcome: `refused: ${state}` } };
    }
    const message = `“${shownName(task)}” taken out of the archive by ${asker.person.name}; it is disabled`;
    const logged = { action: 'unarchived', message, projectId: task.projectId } as const;
    const enable = { label: 'Enable', command: `enable ${selector(task)}` };
    return {
      reply: notice(
        `${shownName(task)} is out of the archive.`,
        'It stays disabled until somebody enables it; that also syncs it.',
        [enable],
      ),
      audited: { ...about(task), before: 'archived', after: 'disabled', outcome: 'unarchived', logged },
    };
  },
};
