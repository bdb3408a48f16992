import type { SyncTask } from '../../domain/sync-task.ts';
import { auditPerPage, auditReply } from '../replies/audit.ts';
import type { Command } from './command.ts';
import { pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';

export const audit: Command = {
  name: 'audit',
  role: 'admin',
  usage: 'audit [project]',
  summary: 'Who did what, newest first: what was changed, from what to what, and what was refused.',
  examples: ['audit', 'audit #1042'],
  options: pageOption,
  async run(invocation, _asker, deps) {
    let task: SyncTask | undefined;
    if (invocation.words.length > 0) {
      const selected = await selectProject(deps, invocation.words, (project) => `audit ${project}`, {
        disconnectedToo: true,
      });
      if (selected.found === 'choice') return { reply: selected.reply };
      task = selected.task;
    }
    const page = pageOf(invocation);
    const found = await deps.audit.entries({
      offset: (page - 1) * auditPerPage,
      limit: auditPerPage,
      ...(task ? { projectId: task.projectId } : {}),
    });
    return { reply: auditReply({ page, ...found, ...(task ? { task } : {}) }) };
  },
};
