/** The form Advanced Settings (product.md, item q): a view model of what is set and what there is to choose from. */
import type { Person } from '../../domain/person.ts';
import { searchForm } from '../../domain/text.ts';
import type { Field, Form, Option } from '../../ports/form.ts';
import type { ReferenceRow } from '../../ports/reference-data.ts';
import type { Text } from '../../ports/reply.ts';
import type { Settings } from '../../ports/settings.ts';
import { count, dateAndTime, text } from '../replies/parts.ts';
import {
  deletionWords,
  settingLabels,
  settingsNames,
  settingWords,
  winnerWords,
} from '../replies/settings.ts';
import { formContext } from './form-context.ts';
import {
  allBoards,
  daysAtMost,
  fieldIds,
  type Marks,
  noWorkType,
  type ShownSettings,
  shownSettings,
} from './settings-values.ts';

export const settingsTitle = 'Advanced Settings';
/** Shown in the field where Auto-Disable is off. */
const usualDays = 90;

export type SettingsFormView = {
  readonly person: Person;
  readonly settings: Settings;
  readonly revision: number;
  /** What the fields showed at first. */
  readonly marks: Marks;
  readonly boards: readonly ReferenceRow[];
  readonly workTypes: readonly ReferenceRow[];
  /** Open projects by board; absent where ConnectWise was not asked or did not answer in time. */
  readonly openProjects?: ReadonlyMap<number, number>;
  /** When the miscellaneous data was last read in full; absent where it never was. */
  readonly miscAt?: Date;
  /** What somebody else changed meanwhile. */
  readonly conflict?: readonly Text[];
  /** What saving means that must be seen first: saved once more, it is agreed to. */
  readonly agreeTo?: readonly Text[];
  /** Of the ids of the fields, where the same form is shown once more. */
  readonly round?: string;
};

export function settingsForm(view: SettingsFormView): Form {
  const shown = shownSettings(view.settings, view.person);
  const boards = boardOptions(view, shown);
  const workTypes = workTypeOptions(view, shown);
  const hidden = [
    ...(boards.length === 0 ? [fieldIds.boards] : []),
    ...(workTypes.length === 0 ? [fieldIds.workType] : []),
  ];
  // A platform keeps what stands in a field of the same id: where others’ values are shown, the ids are new.
  const round = view.round ?? (view.conflict ? `~${view.revision}` : '');
  const agreeTo = (view.agreeTo ?? []).map(words);
  const fields = [
    ...(view.conflict ?? []).map(words),
    ...agreeTo,
    ...miscFields(view),
    ...writingFields(shown),
    ...boardFields(boards, shown),
    ...readingFields(shown),
    ...autoDisableFields(shown),
    ...workTypeFields(view, workTypes, shown),
    ...keepingFields(shown),
    // Where the button is as well: a platform may show the end of a form first.
    ...agreeTo.slice(0, 1),
  ];
  return {
    form: 'settings',
    title: settingsTitle,
    submit: view.agreeTo ? 'Save and turn on' : 'Save',
    ...(view.agreeTo ? { danger: true } : {}),
    fields: fields.map((field) => ('id' in field ? { ...field, id: `${field.id}${round}` } : field)),
    context: formContext(view.person, {
      revision: view.revision,
      hidden,
      round,
      marks: view.marks,
      ...(view.agreeTo ? { agreed: true } : {}),
    }),
  };
}

const words = (parts: Text): Field => ({ field: 'words', text: parts });

function miscFields({ miscAt }: SettingsFormView): readonly Field[] {
  const last = miscAt ? [text('last ran '), dateAndTime(miscAt)] : [text('never ran yet')];
  return [
    words([text('Miscellaneous Data Sync: '), ...last, text('.')]),
    { field: 'actions', actions: [{ label: 'Sync now', command: 'sync --misc' }] },
  ];
}

/** The switch, and the two rules that count once it is on. */
function writingFields({ writeToConnectWise, conflictWinner, planDeletionRule }: ShownSettings): Field[] {
  const option = {
    value: 'on',
    label: settingLabels.writeToConnectWise,
    hint: 'Off: cwsync only reads. Turning it on first says what it would change.',
  };
  const choice = (words: { readonly [value: string]: string }) =>
    Object.entries(words).map(([value, label]) => ({ value, label }));
  return [
    {
      field: 'switches',
      id: fieldIds.writing,
      label: 'Edits of the plan',
      optional: true,
      options: [option],
      values: writeToConnectWise ? [option.value] : [],
    },
    {
      field: 'choice',
      id: fieldIds.winner,
      label: settingLabels.conflictWinner,
      options: choice(winnerWords),
      value: conflictWinner,
    },
    {
      field: 'choice',
      id: fieldIds.deletion,
      label: settingLabels.planDeletionRule,
      options: choice(deletionWords),
      value: planDeletionRule,
    },
  ];
}

function boardFields(options: readonly Option[], { boards, linkNewProjects }: ShownSettings): Field[] {
  const board: Field =
    options.length === 0
      ? words([text('Boards to sync: none is known yet. Run the Miscellaneous Data Sync first.')])
      : {
          field: 'choices',
          id: fieldIds.boards,
          label: settingLabels.boards,
          hint: 'Open projects on these boards are linked by themselves.',
          optional: true,
          options,
          values: boards === 'all' ? [allBoards] : boards.map(String),
        };
  const option = { value: 'linkNewProjects', label: 'Also projects that are opened later' };
  const values = linkNewProjects ? [option.value] : [];
  const linking = { id: fieldIds.linking, label: 'New projects on these boards', optional: true } as const;
  return [board, { field: 'switches', ...linking, options: [option], values }];
}

const readingOptions: readonly Option[] = [
  {
    value: 'importUndatedScheduleEntries',
    label: settingLabels.importUndatedScheduleEntries,
  },
  {
    value: 'syncUserStatus',
    label: settingLabels.syncUserStatus,
    hint: 'Off: an admin sets it here, by settings member <name> active or inactive.',
  },
];

function readingFields(shown: ShownSettings): Field[] {
  const isOn = ({ value }: Option) =>
    value === 'syncUserStatus' ? shown.syncUserStatus : shown.importUndatedScheduleEntries;
  const values = readingOptions.filter(isOn).map(({ value }) => value);
  const field = { field: 'switches', id: fieldIds.reading, label: 'What is read', optional: true } as const;
  return [{ ...field, options: readingOptions, values }];
}

function autoDisableFields({ autoDisableDays }: ShownSettings): Field[] {
  const option = {
    value: 'on',
    label: 'Disable projects by themselves',
    hint: 'Once they have been completed or cancelled for so many days.',
  };
  return [
    {
      field: 'switches',
      id: fieldIds.autoDisable,
      label: settingLabels.autoDisableDays,
      optional: true,
      options: [option],
      values: autoDisableDays === null ? [] : [option.value],
    },
    {
      field: 'number',
      id: fieldIds.autoDisableDays,
      label: 'Auto-Disable after so many days',
      optional: true,
      value: autoDisableDays ?? usualDays,
      least: 1,
      most: daysAtMost,
    },
  ];
}

function workTypeFields(
  { settings, boards, workTypes }: SettingsFormView,
  options: readonly Option[],
  { defaultWorkType }: ShownSettings,
): Field[] {
  const names = settingsNames(boards, workTypes);
  const perBoard = settingWords('boardWorkTypes', settings, names);
  const label = `${settingLabels.defaultWorkType} (enterprise)`;
  const value = defaultWorkType === null ? noWorkType : String(defaultWorkType);
  return [
    ...(options.length === 0
      ? [words([text(`${label}: none is known yet. Run the Miscellaneous Data Sync first.`)])]
      : [{ field: 'choice', id: fieldIds.workType, label, options, value } as const]),
    words([
      text(
        `${settingLabels.boardWorkTypes}: ${perBoard}. To change one, write: settings worktype <board> <name or default>`,
      ),
    ]),
  ];
}

function keepingFields({ conversations, retentionDays }: ShownSettings): Field[] {
  return [
    {
      field: 'conversations',
      id: fieldIds.conversations,
      label: settingLabels.alertChannels,
      hint: 'Told when a sync fails and when that is over. The bot must be a member.',
      optional: true,
      values: conversations,
    },
    {
      field: 'number',
      id: fieldIds.retention,
      label: 'Logs are kept for so many days',
      value: retentionDays,
      least: 1,
      most: daysAtMost,
    },
  ];
}

type Choices = Pick<SettingsFormView, 'boards' | 'workTypes' | 'openProjects'>;
type Chosen = Pick<ShownSettings, 'boards' | 'defaultWorkType'>;

/** Those in use, and what is chosen whatever became of it. */
export function boardOptions({ boards, openProjects }: Choices, chosen: Chosen): readonly Option[] {
  const ids = new Set(chosen.boards === 'all' ? [] : chosen.boards);
  const known = boards.filter(({ id, gone, inactive }) => ids.has(id) || !(gone || inactive));
  const lost = [...ids].filter((id) => !boards.some((row) => row.id === id));
  if (known.length === 0 && lost.length === 0 && chosen.boards !== 'all') return [];
  return [
    { value: allBoards, label: 'All boards', hint: 'Also those that are made later' },
    ...known.toSorted(byName).map((row) => boardOption(row, openProjects)),
    ...lost.map((id) => ({ value: String(id), label: `Board #${id}`, hint: 'Not in ConnectWise' })),
  ];
}

function boardOption(row: ReferenceRow, openProjects?: ReadonlyMap<number, number>): Option {
  const option = { value: String(row.id), label: row.name ?? `Board #${row.id}` };
  if (row.gone) return { ...option, hint: 'No longer in ConnectWise' };
  if (row.inactive) return { ...option, hint: 'Inactive in ConnectWise' };
  return openProjects ? { ...option, hint: count(openProjects.get(row.id) ?? 0, 'open project') } : option;
}

export function workTypeOptions({ workTypes }: Choices, { defaultWorkType }: Chosen): readonly Option[] {
  const known = workTypes.filter(({ id, gone, inactive }) => id === defaultWorkType || !(gone || inactive));
  const lost = defaultWorkType !== null && !known.some(({ id }) => id === defaultWorkType);
  if (known.length === 0 && !lost) return [];
  return [
    { value: noWorkType, label: 'None' },
    ...chosenFirst(known, defaultWorkType).map(({ id, name }) => ({
      value: String(id),
      label: name ?? `Work type #${id}`,
    })),
    ...(lost ? [{ value: String(defaultWorkType), label: `Work type #${defaultWorkType}` }] : []),
  ];
}

/** A platform may show only so many: what is chosen is among them. */
function chosenFirst(rows: readonly ReferenceRow[], chosen: number | null): readonly ReferenceRow[] {
  return rows.toSorted((a, b) => Number(b.id === chosen) - Number(a.id === chosen) || byName(a, b));
}

/** Those whose name has what was typed in it. */
export function matching(options: readonly Option[], typed: string): readonly Option[] {
  const wanted = searchForm(typed);
  return options.filter(({ label }) => searchForm(label).includes(wanted));
}

function byName(a: ReferenceRow, b: ReferenceRow): number {
  return (a.name ?? '').localeCompare(b.name ?? '') || a.id - b.id;
}
