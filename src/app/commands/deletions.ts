import type { SyncTask } from '../../domain/sync-task.ts';
import { massDeletionForm, massDeletionTitle } from '../forms/mass-deletion-form.ts';
import { answeredAlreadyReply, keptReply, waitingDeletionsReply } from '../replies/deletions.ts';
import { askBack } from '../replies/parts.ts';
import { selector } from '../replies/project-words.ts';
import { applyDeletions } from './apply-deletions.ts';
import { type Asker, actorOf, type Command, type CommandDeps, type CommandResult } from './command.ts';
import { frozenRecords } from './frozen-records.ts';
import { selectProject } from './select-project.ts';
import { about } from './subject.ts';
import { which } from './sync.ts';

const answers: ReadonlySet<string> = new Set(['apply', 'keep']);

export const deletions: Command = {
  name: 'deletions',
  needs: () => ['projects'],
  role: 'operator',
  usage: 'deletions <project> [apply [--confirm] | keep]',
  summary:
    'Unusually many records that are gone from ConnectWise wait for you: apply removes them from the plan and asks first, keep leaves them in it.',
  examples: ['deletions #1042', 'deletions #1042 keep'],
  options: { confirm: { type: 'boolean' } },
  opensForm: ({ words, switches }) =>
    words.length > 1 && words.at(-1)?.toLowerCase() === 'apply' && switches.confirm !== true
      ? massDeletionTitle
      : undefined,
  async run(invocation, asker, deps) {
    const { words } = invocation;
    if (words.length === 0) return { reply: which('deletions') };
    const changes = words.length > 1 && answers.has(words.at(-1)?.toLowerCase() ?? '');
    const command = (project: string, rest: readonly string[]) => ['deletions', project, ...rest].join(' ');
    const selected = await selectProject(deps, words, command, { restAllowed: true, changes });
    if (selected.found === 'choice') return { reply: selected.reply };
    const { task, rest } = selected;
    const [answer, more] = rest.map((word) => word.toLowerCase());
    if (more !== undefined || (answer !== undefined && !answers.has(answer))) {
      return {
        reply: askBack('The answer is apply or keep.', `For example: deletions ${selector(task)} keep`),
      };
    }
    const frozen = await frozenRecords(deps, task.projectId);
    if (answer === undefined) return { reply: waitingDeletionsReply({ task, ...frozen }) };
    if (frozen.open.length === 0) return { reply: answeredAlreadyReply({ task, ...frozen }) };
    if (answer === 'keep') return await keep(task, asker, deps);
    if (invocation.switches.confirm === true) return await applyDeletions(task, asker, deps);
    return { form: massDeletionForm({ person: asker.person, task, open: frozen.open }) };
  },
};

async function keep(task: SyncTask, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const actor = actorOf(asker.person);
  const kept = await deps.planner.detachFrozen(task.projectId, actor, deps.clock.now());
  await deps.tasks.trigger(task.id, { kinds: ['delta'], prio: 2 });
  const message = `${actor.name} decided that ${kept} records gone from ConnectWise stay in the plan; they are no longer synced`;
  const logged = { action: 'kept', message, projectId: task.projectId } as const;
  return {
    reply: keptReply(task, kept),
    audited: {
      ...about(task),
      before: `${kept} waiting`,
      after: `${kept} kept`,
      outcome: 'records kept',
      logged,
    },
  };
}
