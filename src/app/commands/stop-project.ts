/** What disabling and archiving have in common: a project stops syncing, for a reason that is kept. */
import type { Role } from '../../domain/roles.ts';
import { type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { Action, Reply } from '../../ports/reply.ts';
import type { NewUndo } from '../../ports/undo.ts';
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
import { about, lineAbout } from './subject.ts';
import { which } from './sync.ts';

const reasonAtMost = 200;

export type Stop = {
  readonly name: Extract<CommandName, 'disable' | 'archive'>;
  readonly role: Role;
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
  const stopped = await deps.tasks[name](task.id, actorOf(asker.person), reason === '' ? undefined : reason);
  if (!stopped?.changed) {
    const state = stopped?.before.link.state ?? 'no longer linked';
    const reply = notice(`${shownName(task)} is ${state} already.`);
    return { reply, audited: { ...about(task), outcome: `refused: ${state}` } };
  }
  const because = reason === '' ? '' : `: ${reason}`;
  const logged = {
    action: done,
    message: `“${shownName(task)}” ${done} by ${asker.person.name}${because}`,
    projectId: task.projectId,
  } as const;
  const before = stopped.before.link.state;
  const undo = await undoOf(stop, stopped.before, asker, deps);
  return {
    reply: stoppedReply(stop, stopped.before, now, because),
    audited: { ...about(task), before, after: done, outcome: `${done}${because}`, logged },
    ...(undo ? { undo } : {}),
    announce: lineAbout(task, asker, done, reason),
  };
}

function stoppedReply({ done, next, back }: Stop, task: SyncTask, now: Date, because: string): Reply {
  const syncing = syncStatus(task, now).word === 'Syncing';
  const words = `${syncing ? 'The sync under way stops at its next step. ' : ''}${next}`;
  return notice(`${shownName(task)} is ${done}${because}.`, words, [back(selector(task))]);
}

/** Undefined where somebody else has changed it again by now, or that cannot be read: what was done is done. */
async function undoOf(
  { role, done }: Stop,
  before: SyncTask,
  { person }: Asker,
  deps: CommandDeps,
): Promise<NewUndo | undefined> {
  const { state: from } = before.link;
  const after = (await deps.tasks.get(before.id).catch(() => undefined))?.task.link;
  const mine = after?.state === done && after.changed?.by.id === actorOf(person).id;
  if (!mine || !after.changed || (from !== 'active' && from !== 'disabled')) return undefined;
  const step = { undo: 'project', taskId: before.id, from, to: done, changedAt: after.changed.at } as const;
  return { step, role, what: `${shownName(before)} was ${done}` };
}
