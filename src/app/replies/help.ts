import { mayDo, type Role } from '../../domain/roles.ts';
import { cut } from '../../domain/text.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import { type Topic, topicNames } from './help-topics.ts';
import { buttons, name, note, paragraph, people, strong, text } from './parts.ts';

/** What help needs to know of a command. */
export type Described = {
  readonly name: string;
  readonly role: Role;
  readonly roleNote?: string;
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly hidden?: boolean;
  readonly mayBeShared?: boolean;
};

export type HelpView = {
  readonly commands: readonly Described[];
  readonly role: Role;
  readonly admins: readonly string[];
  readonly missing: readonly string[];
  /** What was asked for and does not exist, and the nearest that does. */
  readonly unknown?: string;
  readonly near?: string;
};

/** Four lines that fit the role, buttons, the role, and who the admins are. */
export function helpOverviewReply(view: HelpView): Reply {
  const { role, missing } = view;
  const mine = view.commands.filter((command) => !command.hidden && mayDo(role, command.role));
  return {
    summary:
      'cwsync keeps ConnectWise projects and their plans in step. Try: status, sync <project>, tasks <project>.',
    blocks: [
      ...unknownBlocks(view),
      ...(missing.length > 0 ? [paragraph(text(`⚠ Not set up yet: ${missing.join('; ')}.`))] : []),
      ...linesFor[role].map((words) => paragraph(...words)),
      buttons(...actionsFor[role]),
      note(text(`You may write: ${mine.map((command) => command.name).join(', ')}.`)),
      note(
        text(`Your role: ${role}. Admins: `),
        ...people(view.admins, 'nobody yet: when cwsync starts it shows a code for claim'),
        text('. More on one of them: help <command>. The words explained: '),
        text(`${topicNames.map((topic) => `help ${topic}`).join(', ')}.`),
      ),
    ],
  };
}

function unknownBlocks({ unknown, near }: HelpView): readonly Block[] {
  if (unknown === undefined) return [];
  const meant = near === undefined ? '' : ` Did you mean ${near}?`;
  return [
    paragraph(text('There is no help on “'), name(cut(unknown, 40)), text(`”.${meant}`)),
    ...(near === undefined ? [] : [buttons({ label: `Help on ${near}`, command: `help ${near}` })]),
  ];
}

const line = (usage: string, meaning: string): Text => [strong(usage), text(` – ${meaning}`)];

const linesFor: { readonly [role in Role]: readonly Text[] } = {
  viewer: [
    line('status', 'the ConnectWise projects and how their sync stands; status <text> narrows it down.'),
    line(
      'status --mine',
      'the projects that you manage or are in the team of; status --problems what needs attention.',
    ),
    line('status <project>', 'one in full; tasks <project> shows its plan.'),
    line('logs <project>', 'what its sync did, and what it could not do.'),
  ],
  operator: [
    line('status', 'the ConnectWise projects and how their sync stands; status <project> one in full.'),
    line('sync <project>', 'syncs it and tells you how it ended; --full compares everything.'),
    line('disable <project>', 'stops its sync until enable <project>; nothing is deleted.'),
    line('logs <project>', 'what its sync did, and what it could not do.'),
  ],
  admin: [
    line('status --problems', 'what needs attention, and what to do about it.'),
    line('sync <project>', 'syncs it and tells you how it ended; --full compares everything.'),
    line('import, disconnect, archive', 'which projects are tied to ConnectWise.'),
    line('integration', 'whether anything syncs at all, and the switch for it.'),
  ],
};

const statusAction: Action = { label: 'Status', command: 'status', style: 'primary' };
const mineAction: Action = { label: 'My projects', command: 'status --mine' };
const problemsAction: Action = { label: 'Needs attention', command: 'status --problems' };
const statesAction: Action = { label: 'What the states mean', command: 'help states' };
const logsAction: Action = { label: 'Logs', command: 'logs' };

const actionsFor: { readonly [role in Role]: readonly Action[] } = {
  viewer: [statusAction, mineAction, problemsAction, logsAction, statesAction],
  operator: [statusAction, mineAction, problemsAction, logsAction, statesAction],
  admin: [
    statusAction,
    problemsAction,
    logsAction,
    { label: 'Integration', command: 'integration' },
    { label: 'Settings', command: 'settings' },
    statesAction,
  ],
};

/** How a command is written; with the topic of the same name where there is one. */
export function helpCommandReply(command: Described, topic?: Topic): Reply {
  const { role, roleNote, examples, mayBeShared } = command;
  const needs = `Needs the role ${role}.${roleNote === undefined ? '' : ` ${roleNote}`}`;
  const shared = mayBeShared ? ' With --here everybody in the conversation sees the answer.' : '';
  return {
    summary: `${command.usage}: ${command.summary}`,
    blocks: [
      paragraph(strong(command.usage)),
      paragraph(text(command.summary)),
      paragraph(text(`For example: ${examples.join('   ·   ')}`)),
      ...(topic ? topicBlocks(topic) : []),
      note(text(`${needs} A project is named by its external id, its name or a part of it.${shared}`)),
    ],
  };
}

export function helpTopicReply(topic: Topic): Reply {
  return { summary: `${topic.title}, explained`, blocks: topicBlocks(topic) };
}

function topicBlocks({ title, lines, actions }: Topic): readonly Block[] {
  return [
    { block: 'heading', text: title },
    ...lines.map((words) => paragraph(...words)),
    ...(actions.length > 0 ? [buttons(...actions)] : []),
  ];
}
