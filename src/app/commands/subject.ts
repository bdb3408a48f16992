import { personKey } from '../../domain/person.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Text } from '../../ports/reply.ts';
import { name, personNamed, text } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import type { Asker, Audited } from './command.ts';

/** What the audit log says a command was about; the integration's own tasks belong to no project. */
export function about(task: SyncTask): Pick<Audited, 'target' | 'projectId'> {
  if (task.kind !== 'project') return { target: shownName(task) };
  return { target: `${shownName(task)} (${selector(task)})`, projectId: task.projectId };
}

/**
 * Who did what to a project, and why, for those who rely on it.
 * @param reason absent where none is asked for; empty where none was given
 */
export function lineAbout(task: SyncTask, { person }: Asker, did: string, reason?: string): Text {
  const why = reason === '' ? [text('. No reason was given.')] : [text(': '), name(reason ?? '')];
  return [
    personNamed(personKey(person), person.name),
    text(` ${did} `),
    name(shownName(task)),
    text(` (${selector(task)})`),
    ...(reason === undefined ? [text('.')] : why),
  ];
}
