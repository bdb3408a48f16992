import type { LinkState, SyncTask } from '../../domain/sync-task.ts';
import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { actorOf, type Command } from './command.ts';
import { selectProject } from './select-project.ts';
import { about, lineAbout } from './subject.ts';
import { which } from './sync.ts';

export const enable: Command = {
  name: 'enable',
  needs: () => ['projects'],
  role: 'operator',
  usage: 'enable <project>',
  summary: 'Lets a disabled project sync again, and syncs it.',
  examples: ['enable "Contoso – Office move"'],
  options: {},
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('enable') };
    const selected = await selectProject(deps, invocation.words, (project) => `enable ${project}`, {
      changes: true,
      disconnectedToo: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const interaction = { person: asker.person, handle: asker.handle };
    const enabled = await deps.tasks.enable(task.id, actorOf(asker.person), interaction);
    if (!enabled?.changed) {
      const state = enabled?.task.link.state;
      return {
        reply: refusal(task, state),
        audited: { ...about(task), outcome: `refused: ${state ?? 'no longer linked'}` },
      };
    }
    const logged = {
      action: 'enabled',
      message: `“${shownName(task)}” enabled by ${asker.person.name}; a comprehensive sync was requested`,
      projectId: task.projectId,
    } as const;
    const outcome = 'enabled, sync requested';
    return {
      audited: { ...about(task), before: 'disabled', after: 'active', outcome, logged },
      announce: lineAbout(task, asker, 'enabled'),
    };
  },
};

/** Why not, and what to do instead. */
function refusal(task: SyncTask, state: LinkState | undefined) {
  const shown = shownName(task);
  const project = selector(task);
  if (state === 'active') return notice(`${shown} is enabled already.`);
  if (state === 'archived') {
    const next = 'An admin takes it out of the archive first; then it can be enabled.';
    const unarchive = { label: 'Unarchive', command: `unarchive ${project}` };
    return notice(`${shown} is archived and cannot be enabled.`, next, [unarchive]);
  }
  if (state === 'disconnected') {
    const next = `Disconnecting is for good. An admin can import the ConnectWise project anew, into a new plan project: import ${project}`;
    const anew = { label: 'Import anew', command: `import ${project}` };
    return notice(`${shown} is disconnected and cannot be enabled.`, next, [anew]);
  }
  return notice(`${shown} is no longer linked and cannot be enabled.`);
}
