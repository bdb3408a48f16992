/** What happens when Advanced Settings is saved: checked, compared with what others saved meanwhile, stored. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { FormSubmission } from '../../ports/chat.ts';
import type { Text } from '../../ports/reply.ts';
import type { Settings, SettingsRead } from '../../ports/settings.ts';
import { channelNames } from '../channel-names.ts';
import { saveSettings } from '../commands/change-settings.ts';
import type { Asker, CommandDeps } from '../commands/command.ts';
import { dateAndTime, name, notice, strong, text } from '../replies/parts.ts';
import { settingLabels, settingsNames, settingWords } from '../replies/settings.ts';
import { writeOutlook } from '../write-outlook.ts';
import { channelProblem } from './channel-problem.ts';
import { notYours, readContext } from './form-context.ts';
import type { FormHandler, FormResult } from './form-handler.ts';
import { boardOptions, matching, settingsForm, workTypeOptions } from './settings-form.ts';
import {
  changedSince,
  fieldIds,
  marksOf,
  mergedWith,
  type ShownSetting,
  type ShownSettings,
  shownSettings,
  typedSettings,
  withoutRound,
  withRound,
  withShown,
} from './settings-values.ts';
import { settingsView } from './settings-view.ts';
import { turnOnWords } from './write-switch-form.ts';

const contextSchema = z.object({
  revision: z.number(),
  hidden: z.array(z.string()),
  round: z.string(),
  marks: z.record(z.string(), z.string()),
  agreed: z.boolean().exactOptional(),
});
type Context = z.infer<typeof contextSchema>;

export const settingsHandler: FormHandler = {
  form: 'settings',
  role: 'admin',
  async submit(submission, asker, deps) {
    const context = readContext(submission, contextSchema);
    if (!context) return { answer: notYours('settings', 'settings') };
    return await save(submission, context, asker, deps);
  },
  async suggest(field, typed, { reference, settings }) {
    const { boards: chosen, defaultWorkType } = await settings.read();
    const [boards, workTypes] = await Promise.all([reference.rows('board'), reference.rows('workType')]);
    const shown = { boards: chosen, defaultWorkType };
    const [id] = field.split('~');
    if (id === fieldIds.boards) return matching(boardOptions({ boards, workTypes }, shown), typed);
    if (id === fieldIds.workType) return matching(workTypeOptions({ boards, workTypes }, shown), typed);
    return [];
  },
};

async function save(
  submission: FormSubmission,
  context: Context,
  asker: Asker,
  deps: CommandDeps,
): Promise<FormResult> {
  const { person } = submission;
  const values = withoutRound(submission.values, context.round);
  const refused = (errors: { readonly [field: string]: string }): FormResult => ({
    answer: { result: 'errors', errors: withRound(errors, context.round) },
  });
  const read = await deps.settings.read();
  const { revision, changed: _last, ...settings } = read;
  const current = shownSettings(settings, person);
  const typed = typedSettings(values, current, new Set(context.hidden));
  if (!typed.ok) return refused(typed.errors);
  if (revision !== context.revision) return await askAgain(context, typed.shown, read, asker, deps);
  const added = typed.shown.conversations.filter((id) => !current.conversations.includes(id));
  const problem = await channelProblem(deps.directory, person, added);
  if (problem) return refused({ [fieldIds.conversations]: problem });
  const wanted = withShown(settings, typed.shown, person);
  if (wanted.writeToConnectWise && !settings.writeToConnectWise && !context.agreed) {
    return await askToWrite(context, wanted, read, asker, deps);
  }
  const saved = await saveSettings(deps, asker, read, wanted);
  switch (saved.result) {
    case 'saved':
      return { answer: { result: 'closed', reply: saved.reply }, ...saved.after };
    case 'unchanged':
      return {
        answer: { result: 'closed', reply: notice('Nothing was changed: the settings stay as they were.') },
      };
    case 'conflict':
      return await askAgain(context, typed.shown, await deps.settings.read(), asker, deps);
  }
}

/** Nothing is stored before somebody has seen what that does to ConnectWise; what was typed is kept. */
async function askToWrite(
  { marks, round }: Context,
  wanted: Settings,
  read: SettingsRead,
  { person }: Asker,
  deps: CommandDeps,
): Promise<FormResult> {
  const [view, outlook] = await Promise.all([settingsView(deps, person, read), writeOutlook(deps)]);
  const form = settingsForm({ ...view, settings: wanted, marks, round, agreeTo: turnOnWords(outlook) });
  return { answer: { result: 'replaced', form } };
}

/** Somebody else saved meanwhile: nothing is stored before the person has seen that. */
async function askAgain(
  { marks }: Context,
  mine: ShownSettings,
  read: SettingsRead,
  { person }: Asker,
  deps: CommandDeps,
): Promise<FormResult> {
  const { revision: _now, changed: _last, ...settings } = read;
  const current = shownSettings(settings, person);
  const wanted = withShown(settings, mergedWith(marks, mine, current), person);
  // The platform sends a submission once more where the first answer was late.
  if (isDeepStrictEqual(wanted, settings)) {
    return { answer: { result: 'closed', reply: notice('These settings are saved already.') } };
  }
  const view = await settingsView(deps, person, read);
  const shown = [...settings.alertChannels, ...wanted.alertChannels];
  const names = settingsNames(view.boards, view.workTypes, await channelNames(deps, shown));
  const touched = new Set(changedSince(marks, mine));
  const theirs = changedSince(marks, current).map((setting): Text => {
    const key = settingOf[setting];
    const yours = touched.has(setting) ? [text('; yours: '), name(settingWords(key, wanted, names))] : [];
    return [text(`${settingLabels[key]}: now `), name(settingWords(key, settings, names)), ...yours];
  });
  const conflict = [whoChanged(read), ...theirs];
  const form = settingsForm({ ...view, settings: wanted, marks: marksOf(current), conflict });
  return {
    answer: { result: 'replaced', form },
    audited: { target: 'settings', outcome: 'refused: changed by somebody else meanwhile' },
  };
}

const settingOf = {
  boards: 'boards',
  linkNewProjects: 'linkNewProjects',
  importUndatedScheduleEntries: 'importUndatedScheduleEntries',
  syncUserStatus: 'syncUserStatus',
  autoDisableDays: 'autoDisableDays',
  retentionDays: 'retentionDays',
  defaultWorkType: 'defaultWorkType',
  writeToConnectWise: 'writeToConnectWise',
  conflictWinner: 'conflictWinner',
  planDeletionRule: 'planDeletionRule',
  conversations: 'alertChannels',
} as const satisfies { readonly [setting in ShownSetting]: keyof typeof settingLabels };

function whoChanged({ changed }: SettingsRead): Text {
  const who = changed ? [name(changed.by.name), text(' saved settings '), dateAndTime(changed.at)] : [];
  return [
    strong('Not saved yet. '),
    ...who,
    text(', after you opened this. Your own values are below: look at them, then save again.'),
  ];
}
