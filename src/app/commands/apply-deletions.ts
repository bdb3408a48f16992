import type { SyncTask } from '../../domain/sync-task.ts';
import type { Reply } from '../../ports/reply.ts';
import { notice } from '../replies/parts.ts';
import { shownName } from '../replies/project-words.ts';
import { type Aftermath, type Asker, actorOf, type CommandDeps } from './command.ts';
import { about } from './subject.ts';

/** The next sync looks at each of them once more; the asker is told how that ended. */
export async function applyDeletions(
  task: SyncTask,
  asker: Asker,
  deps: CommandDeps,
): Promise<{ readonly reply?: Reply } & Aftermath> {
  const actor = actorOf(asker.person);
  const approved = await deps.planner.approveFrozen(task.projectId, actor);
  const triggered = await deps.tasks.trigger(
    task.id,
    { kinds: ['comprehensive'], prio: 2, forceNow: true },
    { person: asker.person, handle: asker.handle },
  );
  const message = `${actor.name} decided that ${approved} records gone from ConnectWise are deleted; the next sync looks at each once more`;
  const logged = { action: 'approved', message, projectId: task.projectId } as const;
  const audited = {
    ...about(task),
    before: `${approved} waiting`,
    after: `${approved} to be deleted`,
    outcome: 'deletions applied',
    logged,
  };
  if (triggered.result === 'accepted') return { audited };
  const later = `${shownName(task)} does not sync at present: they are deleted by its next sync.`;
  return { reply: notice(`${approved} deletions are decided.`, later), audited };
}
