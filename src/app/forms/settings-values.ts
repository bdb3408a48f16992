/** Between settings and the fields of their form: what is shown, what was typed, and whose value counts. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Person } from '../../domain/person.ts';
import type { FormValues } from '../../ports/form.ts';
import {
  type AlertChannel,
  conflictWinners,
  planDeletionRules,
  type Settings,
} from '../../ports/settings.ts';

/** What the form can change, as it shows it. */
export type ShownSettings = Pick<
  Settings,
  | 'boards'
  | 'linkNewProjects'
  | 'importUndatedScheduleEntries'
  | 'syncUserStatus'
  | 'autoDisableDays'
  | 'retentionDays'
  | 'defaultWorkType'
  | 'writeToConnectWise'
  | 'conflictWinner'
  | 'planDeletionRule'
> & {
  /** Ids of conversations of the platform that the form is shown on. */
  readonly conversations: readonly string[];
};
export type ShownSetting = keyof ShownSettings;

export const daysAtMost = 3_650;
export const allBoards = 'all';
export const noWorkType = 'none';
export const fieldIds = {
  writing: 'writing',
  winner: 'conflict-winner',
  deletion: 'plan-deletion',
  boards: 'boards',
  linking: 'linking',
  reading: 'reading',
  autoDisable: 'auto-disable',
  autoDisableDays: 'auto-disable-days',
  workType: 'work-type',
  conversations: 'alert-channels',
  retention: 'retention-days',
} as const;

type Ids = { readonly [field: string]: string };

/** By plain ids again: those of a form that is shown once more end in its round. */
export function withoutRound(values: FormValues, round: string): FormValues {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [plainId(id, round), value]));
}

export function withRound(errors: Ids, round: string): Ids {
  return Object.fromEntries(Object.entries(errors).map(([id, words]) => [`${id}${round}`, words]));
}

function plainId(id: string, round: string): string {
  return round !== '' && id.endsWith(round) ? id.slice(0, -round.length) : id;
}

export function shownSettings(
  settings: Settings,
  person: Pick<Person, 'platform' | 'tenant'>,
): ShownSettings {
  const { boards, alertChannels } = settings;
  return {
    boards: boards === 'all' ? boards : boards.toSorted((a, b) => a - b),
    linkNewProjects: settings.linkNewProjects,
    importUndatedScheduleEntries: settings.importUndatedScheduleEntries,
    syncUserStatus: settings.syncUserStatus,
    autoDisableDays: settings.autoDisableDays,
    retentionDays: settings.retentionDays,
    defaultWorkType: settings.defaultWorkType,
    writeToConnectWise: settings.writeToConnectWise,
    conflictWinner: settings.conflictWinner,
    planDeletionRule: settings.planDeletionRule,
    conversations: alertChannels
      .filter((channel) => isOn(channel, person))
      .map(({ conversation }) => conversation)
      .toSorted(),
  };
}

/** All settings with what the form says in their place; channels of other platforms stay, and so does what else is known of one. */
export function withShown(
  settings: Settings,
  { conversations, ...shown }: ShownSettings,
  { platform, tenant }: Pick<Person, 'platform' | 'tenant'>,
): Settings {
  const wanted = new Set(conversations);
  const kept = settings.alertChannels.filter(
    (channel) => !isOn(channel, { platform, tenant }) || wanted.has(channel.conversation),
  );
  for (const channel of kept) if (isOn(channel, { platform, tenant })) wanted.delete(channel.conversation);
  const added = [...wanted].map((conversation) => ({ platform, tenant, conversation }));
  const alertChannels = [...kept, ...added];
  // Another order of the same is no change.
  const boards = sameBoards(settings.boards, shown.boards) ? settings.boards : shown.boards;
  return { ...settings, ...shown, boards, alertChannels };
}

function isOn(channel: AlertChannel, { platform, tenant }: Pick<Person, 'platform' | 'tenant'>): boolean {
  return channel.platform === platform && channel.tenant === tenant;
}

function sameBoards(a: Settings['boards'], b: Settings['boards']): boolean {
  if (a === 'all' || b === 'all') return a === b;
  return isDeepStrictEqual(new Set(a), new Set(b));
}

export type Typed =
  | { readonly ok: true; readonly shown: ShownSettings }
  | { readonly ok: false; readonly errors: Ids };

/**
 * @param current what counts where the form did not show a field
 * @param hidden ids of fields that were not shown
 */
export function typedSettings(
  values: FormValues,
  current: ShownSettings,
  hidden: ReadonlySet<string>,
): Typed {
  const errors: { [field: string]: string } = {};
  const reading = listOf(values[fieldIds.reading]);
  const autoDisable = listOf(values[fieldIds.autoDisable]).length > 0;
  const days = daysOf(values[fieldIds.autoDisableDays]);
  const retentionDays = daysOf(values[fieldIds.retention]);
  const boards = boardsOf(listOf(values[fieldIds.boards]));
  const daysWanted = `A whole number of days from 1 to ${daysAtMost.toLocaleString('en-US')}.`;
  if (autoDisable && days === undefined) errors[fieldIds.autoDisableDays] = daysWanted;
  if (retentionDays === undefined) errors[fieldIds.retention] = daysWanted;
  if (boards === undefined) {
    errors[fieldIds.boards] = 'Choose all boards or some of them, not both: take the others out.';
  }
  if (Object.keys(errors).length > 0 || retentionDays === undefined || boards === undefined) {
    return { ok: false, errors };
  }
  const isHidden = (field: keyof typeof fieldIds) => hidden.has(fieldIds[field]);
  return {
    ok: true,
    shown: {
      boards: isHidden('boards') ? current.boards : boards,
      linkNewProjects: listOf(values[fieldIds.linking]).length > 0,
      importUndatedScheduleEntries: reading.includes('importUndatedScheduleEntries'),
      syncUserStatus: reading.includes('syncUserStatus'),
      autoDisableDays: autoDisable && days !== undefined ? days : null,
      retentionDays,
      defaultWorkType: isHidden('workType') ? current.defaultWorkType : workTypeOf(values[fieldIds.workType]),
      writeToConnectWise: listOf(values[fieldIds.writing]).length > 0,
      conflictWinner: oneOf(conflictWinners, values[fieldIds.winner]) ?? current.conflictWinner,
      planDeletionRule: oneOf(planDeletionRules, values[fieldIds.deletion]) ?? current.planDeletionRule,
      conversations: listOf(values[fieldIds.conversations]).toSorted(),
    },
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : value;
}

function oneOf<T extends string>(
  known: readonly T[],
  value: string | readonly string[] | undefined,
): T | undefined {
  const [typed] = listOf(value);
  return known.find((one) => one === typed);
}

function daysOf(value: string | readonly string[] | undefined): number | undefined {
  const typed = /^\s*0*(\d{1,4})\s*$/u.exec(listOf(value)[0] ?? '')?.[1];
  const days = Number(typed ?? 0);
  return days >= 1 && days <= daysAtMost ? days : undefined;
}

function boardsOf(chosen: readonly string[]): ShownSettings['boards'] | undefined {
  if (chosen.includes(allBoards)) return chosen.length === 1 ? 'all' : undefined;
  return chosen
    .map(Number)
    .filter(Number.isSafeInteger)
    .toSorted((a, b) => a - b);
}

function workTypeOf(value: string | readonly string[] | undefined): number | null {
  const id = Number(listOf(value)[0] ?? noWorkType);
  return Number.isSafeInteger(id) ? id : null;
}

/** What each field showed, short enough to travel with the form. */
export type Marks = { readonly [setting in ShownSetting]?: string };

export function marksOf(shown: ShownSettings): Marks {
  const marks = Object.entries(shown).map(([setting, value]) => [setting, markOf(value)] as const);
  return Object.fromEntries(marks);
}

function markOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8);
}

/** Which of them were changed since the form was shown. */
export function changedSince(marks: Marks, current: ShownSettings): readonly ShownSetting[] {
  const now = marksOf(current);
  return (Object.keys(current) as ShownSetting[]).filter((setting) => now[setting] !== marks[setting]);
}

/** One's own value where one changed it, else what it is by now. */
export function mergedWith(marks: Marks, mine: ShownSettings, current: ShownSettings): ShownSettings {
  const touched = new Set(changedSince(marks, mine));
  const kept = Object.entries(current).filter(([setting]) => !touched.has(setting as ShownSetting));
  return { ...mine, ...Object.fromEntries(kept) };
}
