import { disconnectForm, disconnectTitle, isItsName } from '../forms/disconnect-form.ts';
import { confirmDisconnectReply } from '../replies/disconnect.ts';
import type { Command } from './command.ts';
import { disconnectForGood } from './disconnect-project.ts';
import { selectProject } from './select-project.ts';
import { about } from './subject.ts';
import { which } from './sync.ts';

export const disconnect: Command = {
  name: 'disconnect',
  needs: () => ['projects'],
  role: 'admin',
  usage: 'disconnect <project> [--confirm "<its exact name>"]',
  summary: 'Ends the sync of a project for good; its plan stays. It cannot be undone, so it asks first.',
  examples: ['disconnect #1042', 'disconnect #1042 --confirm "Contoso – Office move"'],
  options: { confirm: { type: 'string' } },
  opensForm: ({ words, switches }) =>
    words.length > 0 && switches.confirm === undefined ? disconnectTitle : undefined,
  async run(invocation, asker, deps) {
    if (invocation.words.length === 0) return { reply: which('disconnect') };
    // What was typed as the name is not carried over: it was typed for another project perhaps.
    const selected = await selectProject(deps, invocation.words, (project) => `disconnect ${project}`, {
      changes: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const { confirm } = invocation.switches;
    if (typeof confirm === 'string' && isItsName(confirm, task)) {
      return await disconnectForGood(task, asker, deps);
    }
    const counts = await deps.planner.counts(task.projectId);
    if (typeof confirm !== 'string') {
      return { form: disconnectForm({ person: asker.person, task, counts }) };
    }
    return {
      reply: confirmDisconnectReply({ task, counts }),
      audited: { ...about(task), outcome: 'refused: the name does not match' },
    };
  },
};
