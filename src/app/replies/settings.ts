/** What an admin chooses, in words: what each setting is called, how it stands, and what was changed. */

import { isDeepStrictEqual } from 'node:util';
import { type Person, personKey } from '../../domain/person.ts';
import { cut } from '../../domain/text.ts';
import type { Reply, Text } from '../../ports/reply.ts';
import type { AlertChannel, ConflictWinner, PlanDeletionRule, Settings } from '../../ports/settings.ts';
import { buttons, count, name, note, paragraph, personNamed, strong, text } from './parts.ts';

/** Names as ConnectWise shows them. */
export type SettingsNames = {
  readonly boards: ReadonlyMap<number, string>;
  readonly workTypes: ReadonlyMap<number, string>;
  /** By what `channelKey` gives; of those that are not known the platform's id is shown. */
  readonly channels?: ReadonlyMap<string, string>;
};

export function channelKey({ platform, tenant, conversation }: AlertChannel): string {
  return `${platform}:${tenant}/${conversation}`;
}

type Named = { readonly id: number; readonly name: string | null };

export function settingsNames(
  boards: readonly Named[],
  workTypes: readonly Named[],
  channels: ReadonlyMap<string, string> = new Map(),
): SettingsNames {
  return { boards: namesOf(boards), workTypes: namesOf(workTypes), channels };
}

function namesOf(rows: readonly Named[]): ReadonlyMap<number, string> {
  return new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
}

export type SettingsChange = {
  readonly setting: keyof Settings;
  readonly label: string;
  readonly before: string;
  readonly after: string;
};

export const settingLabels: { readonly [setting in keyof Settings]: string } = {
  boards: 'Boards to sync',
  linkNewProjects: 'Link new projects by themselves',
  importUndatedScheduleEntries: 'Import Schedule Entries without Dates',
  syncUserStatus: 'Sync User Status from ConnectWise',
  autoDisableDays: 'Auto-Disable',
  retentionDays: 'Logs are kept',
  alertChannels: 'Alert channels',
  defaultWorkType: 'Default work type',
  boardWorkTypes: 'Default work types of boards',
  writeToConnectWise: 'Write to ConnectWise',
  conflictWinner: 'Where both sides changed the same',
  planDeletionRule: 'A task that is deleted in the plan',
};

export const winnerWords = {
  connectwise: 'ConnectWise’s value is taken',
  plan: 'the plan’s value is taken',
} as const satisfies Record<ConflictWinner, string>;

export const deletionWords = {
  cancel: 'its ticket is cancelled',
  delete: 'its ticket is deleted',
  ignore: 'its ticket is left alone',
} as const satisfies Record<PlanDeletionRule, string>;

const settingsInOrder = Object.keys(settingLabels) as readonly (keyof Settings)[];
const wordsAtMost = 200;

export function settingWords(setting: keyof Settings, settings: Settings, names: SettingsNames): string {
  const words = wordsOf(setting, settings, names);
  return cut(words, wordsAtMost);
}

function wordsOf(setting: keyof Settings, settings: Settings, names: SettingsNames): string {
  switch (setting) {
    case 'boards':
      return settings.boards === 'all' ? 'all boards' : listed(settings.boards.map((id) => board(id, names)));
    case 'linkNewProjects':
    case 'importUndatedScheduleEntries':
    case 'syncUserStatus':
    case 'writeToConnectWise':
      return settings[setting] ? 'on' : 'off';
    case 'autoDisableDays':
      return settings.autoDisableDays === null ? 'off' : `after ${count(settings.autoDisableDays, 'day')}`;
    case 'retentionDays':
      return count(settings.retentionDays, 'day');
    case 'alertChannels':
      return listed(settings.alertChannels.map((one) => alertChannel(one, names)));
    case 'conflictWinner':
      return winnerWords[settings.conflictWinner];
    case 'planDeletionRule':
      return deletionWords[settings.planDeletionRule];
    case 'defaultWorkType':
      return settings.defaultWorkType === null ? 'none' : workType(settings.defaultWorkType, names);
    case 'boardWorkTypes': {
      const each = Object.entries(settings.boardWorkTypes);
      return listed(each.map(([id, type]) => `${board(Number(id), names)}: ${workType(type, names)}`));
    }
  }
}

const listed = (words: readonly string[]): string => (words.length === 0 ? 'none' : words.join(', '));
const board = (id: number, { boards }: SettingsNames): string => boards.get(id) ?? `Board #${id}`;
/** What it is told of is said where it is not told of everything. */
function alertChannel(channel: AlertChannel, { channels }: SettingsNames): string {
  const { conversation, min, boards, project } = channel;
  const known = channels?.get(channelKey(channel));
  const only = [
    ...(min === 'error' ? ['errors'] : []),
    ...(boards ? ['some boards'] : []),
    ...(project === undefined ? [] : ['one project']),
  ];
  const narrowed = only.length === 0 ? '' : ` (only ${only.join(', ')})`;
  return `${known === undefined ? conversation : `#${known}`}${narrowed}`;
}
const workType = (id: number, { workTypes }: SettingsNames): string =>
  workTypes.get(id) ?? `Work type #${id}`;

/** In the order in which the form shows them. */
export function settingsChanges(
  before: Settings,
  after: Settings,
  names: SettingsNames,
): readonly SettingsChange[] {
  return settingsInOrder
    .filter((setting) => !isDeepStrictEqual(before[setting], after[setting]))
    .map((setting) => ({
      setting,
      label: settingLabels[setting],
      before: settingWords(setting, before, names),
      after: settingWords(setting, after, names),
    }));
}

/** What follows from a change; by the new value where that makes a difference. */
type Effect = string | { readonly on: string; readonly off: string };
const effects: { readonly [setting in keyof Settings]?: Effect } = {
  boards:
    'Open projects on the chosen boards are linked by the miscellaneous data sync that was just asked for; what is linked already stays linked.',
  linkNewProjects: 'It counts for projects that are opened from now on.',
  importUndatedScheduleEntries: 'It counts from the next comprehensive sync of each project on.',
  syncUserStatus: 'It counts from the next miscellaneous data sync on.',
  writeToConnectWise: {
    on: 'Every active project is compared in full now; what was edited in the plan goes to ConnectWise by that.',
    off: 'Nothing more is written to ConnectWise from this moment on. Edits of the plan are kept, and go out once it is on.',
  },
};

export function settingsSavedReply(changes: readonly SettingsChange[], asked: boolean): Reply {
  const summary = `Settings saved: ${count(changes.length, 'change')}.`;
  const notes = changes.flatMap(({ setting, after }) => {
    const effect = effects[setting];
    if (effect === undefined) return [];
    return typeof effect === 'string' ? effect : effect[after === 'on' ? 'on' : 'off'];
  });
  const missed =
    'The syncs that follow from this could not be asked for: press Sync now, or wait for the next ones.';
  return {
    summary,
    blocks: [
      paragraph(strong(summary)),
      ...changes.map(({ label, before, after }) =>
        paragraph(text(`${label}: `), name(before), text(' → '), name(after)),
      ),
      ...notes.map((words) => note(text(words))),
      ...(asked ? [] : [note(text(missed))]),
      buttons(...(asked ? [] : [{ label: 'Sync now', command: 'sync --misc' }]), {
        label: 'Settings',
        command: 'settings',
      }),
    ],
  };
}

/** For those who rely on them. */
export function settingsLine(who: Person, changes: readonly SettingsChange[]): Text {
  return [
    personNamed(personKey(who), who.name),
    text(' changed the settings. '),
    ...changes.flatMap(({ label, before, after }, i) => [
      text(`${i === 0 ? '' : '; '}${label}: `),
      name(before),
      text(' → '),
      name(after),
    ]),
  ];
}
