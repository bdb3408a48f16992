import type { SyncTask } from '../../domain/sync-task.ts';
import type { Reply } from '../../ports/reply.ts';
import { disconnectedReply } from '../replies/disconnect.ts';
import { notice } from '../replies/parts.ts';
import { shownName } from '../replies/project-words.ts';
import { type Aftermath, type Asker, actorOf, type CommandDeps } from './command.ts';
import { about } from './subject.ts';

/** Once it was confirmed, by whatever way. */
export async function disconnectForGood(
  task: SyncTask,
  asker: Asker,
  deps: CommandDeps,
): Promise<{ readonly reply: Reply } & Aftermath> {
  const disconnected = await deps.tasks.disconnect(task.id, actorOf(asker.person));
  if (!disconnected?.changed) {
    const state = disconnected?.before.link.state ?? 'no longer linked';
    const reply = notice(`${shownName(task)} is ${state} already.`);
    return { reply, audited: { ...about(task), outcome: `refused: ${state}` } };
  }
  const message = `“${shownName(task)}” disconnected from ConnectWise for good by ${asker.person.name}`;
  const logged = { action: 'disconnected', message, projectId: task.projectId } as const;
  const before = disconnected.before.link.state;
  return {
    reply: disconnectedReply(task),
    audited: { ...about(task), before, after: 'disconnected', outcome: 'disconnected', logged },
  };
}
