import type { SyncTask } from '../../domain/sync-task.ts';
import { answeredAlreadyReply, keptReply, waitingDeletionsReply } from '../replies/deletions.ts';
import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import { type Asker, actorOf, type Command, type CommandDeps, type CommandResult } from './command.ts';
import { frozenRecords } from './frozen-records.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

const answers: ReadonlySet<string> = new Set(['apply', 'keep']);

export const deletions: Command = {
  name: 'deletions',
  role: 'operator',
  usage: 'deletions <project> [apply | keep]',
  summary:
    'Unusually many records that are gone from ConnectWise wait for you: apply removes them from the plan, keep leaves them in it.',
  examples: ['deletions #1042', 'deletions #1042 keep'],
  options: {},
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
        reply: notice('The answer is apply or keep.', `For example: deletions ${selector(task)} keep`),
      };
    }
    const frozen = await frozenRecords(deps, task.projectId);
    if (answer === undefined) return { reply: waitingDeletionsReply({ task, ...frozen }) };
    if (frozen.open.length === 0) return { reply: answeredAlreadyReply({ task, ...frozen }) };
    return answer === 'apply' ? await apply(task, asker, deps) : await keep(task, asker, deps);
  },
};

/** The next sync looks at each of them once more; the asker is told how that ended. */
async function apply(task: SyncTask, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const actor = actorOf(asker.person);
  const target = `${shownName(task)} (${selector(task)})`;
  const approved = await deps.planner.approveFrozen(task.projectId, actor);
  const triggered = await deps.tasks.trigger(
    task.id,
    { kinds: ['comprehensive'], prio: 2, forceNow: true },
    { person: asker.person, handle: asker.handle },
  );
  const message = `${actor.name} decided that ${approved} records gone from ConnectWise are deleted; the next sync looks at each once more`;
  const logged = { action: 'approved', message, projectId: task.projectId } as const;
  const audited = {
    target,
    before: `${approved} waiting`,
    after: `${approved} to be deleted`,
    outcome: 'deletions applied',
    logged,
  };
  if (triggered.result === 'accepted') return { audited };
  const later = `${shownName(task)} does not sync at present: they are deleted by its next sync.`;
  return { reply: notice(`${approved} deletions are decided.`, later), audited };
}

async function keep(task: SyncTask, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const actor = actorOf(asker.person);
  const kept = await deps.planner.detachFrozen(task.projectId, actor, deps.clock.now());
  await deps.tasks.trigger(task.id, { kinds: ['delta'], prio: 2 });
  const message = `${actor.name} decided that ${kept} records gone from ConnectWise stay in the plan; they are no longer synced`;
  const logged = { action: 'kept', message, projectId: task.projectId } as const;
  return {
    reply: keptReply(task, kept),
    audited: {
      target: `${shownName(task)} (${selector(task)})`,
      before: `${kept} waiting`,
      after: `${kept} kept`,
      outcome: 'records kept',
      logged,
    },
  };
}
