import { tasksPerPage, tasksReply } from '../replies/tasks.ts';
import type { Command } from './command.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

export const tasks: Command = {
  name: 'tasks',
  needs: () => ['projects'],
  role: 'viewer',
  usage: 'tasks <project>',
  summary: 'The phases and tasks of a project in the plan, with when and by whom each last changed.',
  examples: ['tasks "Contoso – Office move"', 'tasks #1042'],
  options: pageOption,
  async run(invocation, _asker, deps) {
    if (invocation.words.length === 0) return { reply: which('tasks') };
    const selected = await selectProject(deps, invocation.words, (project) => `tasks ${project}`, {
      disconnectedToo: true,
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    const read = (page: number) =>
      deps.planner.tasks(task.projectId, { offset: (page - 1) * tasksPerPage, limit: tasksPerPage });
    const asked = pageOf(invocation);
    const [phases, counts, first] = await Promise.all([
      deps.planner.phases(task.projectId),
      deps.planner.counts(task.projectId),
      read(asked),
    ]);
    const page = lastPageAtMost(asked, first.total, tasksPerPage);
    const found = page === asked ? first : await read(page);
    return { reply: tasksReply({ task, phases, counts, ...found, page, links: deps.links }) };
  },
};
