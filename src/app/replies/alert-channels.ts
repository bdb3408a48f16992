/** Alert channels in words: what each is told of, and whether it can be told. */
import type { Severity } from '../../domain/alert-scope.ts';
import { quote } from '../../domain/typed-text.ts';
import type { BlockedDestination } from '../../ports/incidents.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import { buttons, count, moment, name, note, notice, paragraph, strong, text } from './parts.ts';

export type ListedChannel = {
  readonly name: string;
  readonly words: string;
  readonly blocked?: Pick<BlockedDestination, 'reason' | 'since'>;
};

type NamedScope = {
  readonly min?: Severity;
  readonly boards?: readonly string[];
  readonly project?: string;
  /** By which the project is named in a command. */
  readonly selector?: string;
};

/** A scope in words, and the command that chooses it. */
export function alertCommand({ min, boards, project, selector }: NamedScope): {
  readonly words: string;
  readonly command: string;
} {
  const what = min === 'error' ? 'errors' : 'warnings and errors';
  const where = [
    ...(boards ? [`of the board ${boards.join(', ')}`] : []),
    ...(project === undefined ? [] : [`of the project ${project}`]),
  ];
  const switches = [
    ...(min ? [`--min ${min}`] : []),
    ...(boards?.[0] === undefined ? [] : [`--board ${quote(boards[0])}`]),
    ...(selector === undefined ? [] : [`--project ${selector}`]),
  ];
  return {
    words: where.length === 0 ? `all ${what}` : `${what} ${where.join(' and ')}`,
    command: ['alerts here', ...switches].join(' '),
  };
}

const test = { label: 'Post a test', command: 'alerts test' } as const;
const all = { label: 'Alert channels', command: 'alerts list' } as const;

export function chosenReply({ name: channel, words }: ListedChannel): Reply {
  return {
    summary: `#${channel} gets ${words}.`,
    blocks: [
      paragraph(strong(`#${channel}`), text(' gets '), name(words), text('.')),
      note(text('What concerns the whole integration is told in every alert channel.')),
      buttons(test, all),
    ],
  };
}

export function alertsReply(channels: readonly ListedChannel[]): Reply {
  if (channels.length === 0) {
    return notice(
      'No alert channel is chosen: nobody is told when a sync fails.',
      'Write alerts here in the channel that should be told.',
    );
  }
  const held = channels.filter(({ blocked }) => blocked).length;
  const summary = `${count(channels.length, 'alert channel')}${held > 0 ? `, ${held} cannot be posted in` : ''}.`;
  return {
    summary,
    blocks: [paragraph(strong(summary)), ...channels.flatMap(channelBlocks), buttons(test)],
  };
}

function channelBlocks({ name: channel, words, blocked }: ListedChannel): readonly Block[] {
  const line = paragraph(strong(`#${channel}`), text(': '), name(words));
  if (!blocked) return [line];
  const why = note(
    text('⚠ Nothing can be posted there since '),
    moment(blocked.since),
    text(`: ${blocked.reason}. Invite cwsync there; it is tried again by itself.`),
  );
  return [line, why];
}
