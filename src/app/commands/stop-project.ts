/** What disabling and archiving have in common: a project stops syncing, for a reason that is kept. */
import { type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { Action, Reply } from '../../ports/reply.ts';
import { notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import {
  type Asker,
  actorOf,
  type CommandDeps,
  type CommandName,
  type CommandResult,
  type Invocation,
} from './command.ts';
import { selectProject } from './select-project.ts';
import { which } from './sync.ts';

const reasonAtMost = 200;

export type Stop = {
  readonly name: Extract<CommandName, 'disable' | 'archive'>;
  readonly done: 'disabled' | 'archived';
  /** How it goes on from there, where no sync is under way. */
  readonly next: string;
  readonly back: (project: string) => Action;
};

export async function stopProject(
  stop: Stop,
  invocation: Invocation,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const { name, done } = stop;
  if (invocation.words.length === 0) return { reply: which(name) };
  const command = (project: string, rest: readonly string[]) =>
    [name, project, ...(rest.length > 0 ? [quote(cut(rest.join(' '), reasonAtMost))] : [])].join(' ');
  const selected = await selectProject(deps, invocation.words, command, { restAllowed: true, changes: true });
  if (selected.found === 'choice') return { reply: selected.reply };
  const { task, rest, now } = selected;
  const reason = cut(rest.join(' '), reasonAtMost);
  const target = `${shownName(task)} (${selector(task)})`;
  const stopped = await deps.tasks[name](task.id, actorOf(asker.person), reason === '' ? undefined : reason);
  if (!stopped?.changed) {
    const state = stopped?.before.link.state ?? 'no longer linked';
    const reply = notice(`${shownName(task)} is ${state} already.`);
    return { reply, audited: { target, outcome: `refused: ${state}` } };
  }
  const because = reason === '' ? '' : `: ${reason}`;
  const logged = {
    action: done,
    message: `“${shownName(task)}” ${done} by ${asker.person.name}${because}`,
    projectId: task.projectId,
  } as const;
  const before = stopped.before.link.state;
  return {
    reply: stoppedReply(stop, stopped.before, now, because),
    audited: { target, before, after: done, outcome: `${done}${because}`, logged },
  };
}

function stoppedReply({ done, next, back }: Stop, task: SyncTask, now: Date, because: string): Reply {
  const syncing = syncStatus(task, now).word === 'Syncing';
  const words = `${syncing ? 'The sync under way stops at its next step. ' : ''}${next}`;
  return notice(`${shownName(task)} is ${done}${because}.`, words, [back(selector(task))]);
}
