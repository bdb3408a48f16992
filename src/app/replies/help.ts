import { mayDo, type Role } from '../../domain/roles.ts';
import { cut } from '../../domain/text.ts';
import type { Reply } from '../../ports/reply.ts';
import { buttons, name, note, paragraph, people, strong, text } from './parts.ts';

/** What help needs to know of a command. */
export type Described = {
  readonly name: string;
  readonly role: Role;
  readonly roleNote?: string;
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
};

export type HelpView = {
  readonly commands: readonly Described[];
  readonly role: Role;
  readonly admins: readonly string[];
  readonly missing: readonly string[];
  /** A topic that was asked for and does not exist. */
  readonly unknown?: string;
};

export function helpOverviewReply(view: HelpView): Reply {
  const mine = view.commands.filter(({ role }) => mayDo(view.role, role));
  return {
    summary:
      'cwsync keeps ConnectWise projects and their plans in step. Try: status, sync <project>, tasks <project>.',
    blocks: [
      ...(view.unknown === undefined
        ? []
        : [paragraph(text('There is no help on “'), name(cut(view.unknown, 40)), text('”. What there is:'))]),
      ...(view.missing.length > 0 ? [paragraph(text(`⚠ Not set up yet: ${view.missing.join('; ')}.`))] : []),
      paragraph(text('cwsync keeps ConnectWise projects and their plans in step. You can write:')),
      ...mine.map(({ usage, summary }) => paragraph(strong(usage), text(` – ${summary}`))),
      buttons({ label: 'Status', command: 'status' }, { label: 'Logs', command: 'logs' }),
      note(
        text(`Your role: ${view.role}. Admins: `),
        ...people(view.admins, 'nobody yet: set CWSYNC_ADMINS'),
        text('. More on one command: help <command>.'),
      ),
    ],
  };
}

export function helpTopicReply(command: Described): Reply {
  const { role, roleNote } = command;
  const needs = `Needs the role ${role}.${roleNote === undefined ? '' : ` ${roleNote}`}`;
  return {
    summary: `${command.usage}: ${command.summary}`,
    blocks: [
      paragraph(strong(command.usage)),
      paragraph(text(command.summary)),
      paragraph(text(`For example: ${command.examples.join('   ·   ')}`)),
      note(text(`${needs} A project is named by its external id, its name or a part of it.`)),
    ],
  };
}
