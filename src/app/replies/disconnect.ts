import type { PlanKind } from '../../domain/plan.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { normaliseTyped, quote } from '../../domain/typed-text.ts';
import type { Reply } from '../../ports/reply.ts';
import { buttons, count, name, note, notice, paragraph, strong, text } from './parts.ts';
import { selector, shownName } from './project-words.ts';

type Counts = { readonly [kind in PlanKind]: number };

/** In the form and in the typed answer alike. */
export function disconnectMeans(task: SyncTask, counts: Counts) {
  const plan = `${count(counts.phase, 'phase')}, ${count(counts.task, 'task')}, ${count(counts.timeLog, 'time log')}`;
  return {
    what: `Disconnecting ${shownName(task)} (${selector(task)}) cannot be undone.`,
    never:
      'It never syncs again, in either direction, and is not linked again by itself. Importing it later makes a new plan project.',
    stays: `What stays: its plan (${plan}), which can be edited, and its logs. Nothing changes in ConnectWise.`,
  };
}

export type ConfirmDisconnectView = { readonly task: SyncTask; readonly counts: Counts };

/** A name was typed, and it is not this project's: what it means, and how to say that one means it. */
export function confirmDisconnectReply({ task, counts }: ConfirmDisconnectView): Reply {
  const project = selector(task);
  const { what, never, stays } = disconnectMeans(task, counts);
  const mistyped = 'Not disconnected: that is not its exact name.';
  return {
    summary: mistyped,
    blocks: [
      paragraph(text(mistyped)),
      paragraph(strong(what)),
      paragraph(text(never)),
      paragraph(text(stays)),
      paragraph(text('To confirm, write: '), name(confirmation(task))),
      note(text('To stop it for a while, disable or archive it instead.')),
      buttons(
        { label: 'Disable', command: `disable ${project}` },
        { label: 'Archive', command: `archive ${project}` },
        { label: 'Details', command: `status ${project}` },
      ),
    ],
  };
}

function confirmation(task: SyncTask): string {
  const { projectName } = task.link;
  // As it can be typed: quotes of any other kind would end the name.
  const exact = normaliseTyped(projectName) || selector(task);
  // Otherwise a name that begins with a dash would be taken for a switch.
  const joint = exact.startsWith('-') ? '=' : ' ';
  return `disconnect ${selector(task)} --confirm${joint}${quote(exact)}`;
}

export function disconnectedReply(task: SyncTask): Reply {
  const next =
    'Its plan stays and can be edited; nothing changes in ConnectWise. A sync under way stops at its next step.';
  return notice(`${shownName(task)} is disconnected for good.`, next, [
    { label: 'Tasks', command: `tasks ${selector(task)}` },
    { label: 'Logs', command: `logs ${selector(task)}` },
  ]);
}
