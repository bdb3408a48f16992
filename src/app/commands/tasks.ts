import type { PlanRecord } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { newTaskForm, newTaskTitle } from '../forms/new-task-form.ts';
import { editTaskTitle, planTaskForm } from '../forms/plan-task-form.ts';
import { planDesk } from '../plan-desk.ts';
import { askBack, notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { tasksPerPage, tasksReply } from '../replies/tasks.ts';
import type { Asker, Command, CommandDeps, CommandResult, Invocation } from './command.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

export const tasks: Command = {
  name: 'tasks',
  needs: () => ['projects'],
  role: 'viewer',
  roleNote: 'To edit anything the role operator is needed.',
  roleFor: ({ switches }) => (isEdit(switches) ? 'operator' : 'viewer'),
  usage: 'tasks <project> [--edit <task> | --new]',
  summary:
    'The phases and tasks of a project in the plan, with when and by whom each last changed. --edit changes one, --new makes one; both go to ConnectWise.',
  examples: ['tasks "Contoso – Office move"', 'tasks #1042', 'tasks #1042 --edit #4711', 'tasks #1042 --new'],
  options: { ...pageOption, edit: { type: 'string' }, new: { type: 'boolean' } },
  opensForm({ words, switches }) {
    if (words.length === 0) return undefined;
    if (switches.new === true) return newTaskTitle;
    return typeof switches.edit === 'string' ? editTaskTitle : undefined;
  },
  async run(invocation, asker, deps) {
    const { words, switches } = invocation;
    if (words.length === 0) return { reply: which('tasks') };
    const selected = await selectProject(deps, words, (project) => `tasks ${project}${ends(switches)}`, {
      disconnectedToo: true,
      changes: isEdit(switches),
    });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task } = selected;
    if (switches.new === true) return await make(task, asker, deps);
    if (typeof switches.edit === 'string') return await edit(task, switches.edit, asker, deps);
    return await list(task, invocation, deps);
  },
};

type Switches = Invocation['switches'];
const isEdit = ({ edit: one, new: fresh }: Switches): boolean => typeof one === 'string' || fresh === true;
const ends = ({ edit: one, new: fresh }: Switches): string => {
  if (fresh === true) return ' --new';
  return typeof one === 'string' ? ` --edit ${one}` : '';
};

async function list(task: SyncTask, invocation: Invocation, deps: CommandDeps): Promise<CommandResult> {
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
}

async function edit(task: SyncTask, typed: string, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const record = await taskOf(deps, task, typed);
  const all = [{ label: 'Tasks', command: `tasks ${selector(task)}` }];
  if (!record) {
    const words = `${shownName(task)} has no such task in its plan.`;
    return {
      reply: askBack(words, 'Name it by its ticket, such as --edit #4711, or press Edit beside it.', all),
    };
  }
  if (record.frozen) {
    const next = 'It waits for an answer, with others that are gone as well.';
    const answer = { label: 'Answer', command: `deletions ${selector(task)}` };
    return {
      reply: notice('This task is gone from ConnectWise and cannot be edited now.', next, [answer, ...all]),
    };
  }
  const desk = await planDesk(deps, task, record);
  return { form: planTaskForm({ person: asker.person, task, record, desk }) };
}

/** By the number of its ticket, or by its own id, as the buttons have it. */
async function taskOf(
  { planner }: CommandDeps,
  { projectId }: SyncTask,
  typed: string,
): Promise<PlanRecord | undefined> {
  const [, number] = /^#?(\d{1,10})$/u.exec(typed) ?? [];
  const byTicket = number === undefined ? [] : await planner.pairedByExternalId('task', [Number(number)]);
  const found = byTicket.length > 0 ? byTicket : await planner.recordsById('task', [typed]);
  return found.find((record) => record.projectId === projectId && !record.deleted);
}

async function make(task: SyncTask, { person }: Asker, deps: CommandDeps): Promise<CommandResult> {
  const phases = await deps.planner.phases(task.projectId);
  if (phases.length > 0) return { form: newTaskForm(person, task, phases, deps.ids.next()) };
  return {
    reply: notice(
      `${shownName(task)} has no phase yet, and ConnectWise has no ticket without one.`,
      'Make a phase in ConnectWise; the next sync brings it.',
      [{ label: 'Details', command: `status ${selector(task)}` }],
    ),
  };
}
