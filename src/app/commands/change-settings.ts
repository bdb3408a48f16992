/** Saving settings: compared by their revision, audited, undoable, and what follows in the sync asked for. */
import { isDeepStrictEqual } from 'node:util';
import { cut } from '../../domain/text.ts';
import type { Reply } from '../../ports/reply.ts';
import type { Settings, SettingsRead } from '../../ports/settings.ts';
import { channelNames } from '../channel-names.ts';
import { notice } from '../replies/parts.ts';
import {
  type SettingsChange,
  settingsChanges,
  settingsLine,
  settingsNames,
  settingsSavedReply,
} from '../replies/settings.ts';
import { type Aftermath, type Asker, actorOf, type CommandDeps, type CommandResult } from './command.ts';

const auditAtMost = 1_000;

export type Saved =
  | { readonly result: 'saved'; readonly reply: Reply; readonly after: Aftermath }
  | { readonly result: 'unchanged' }
  /** Somebody saved them since they were read. */
  | { readonly result: 'conflict' };

/** Somebody else may save at the same moment: so often it is tried again upon what they saved. */
const savesAtMost = 3;

/** Changes one thing, whatever else somebody saves meanwhile. */
export async function changeSettings(
  deps: CommandDeps,
  asker: Asker,
  change: (settings: Settings) => Settings,
): Promise<CommandResult> {
  for (let tries = 0; tries < savesAtMost; tries += 1) {
    const read = await deps.settings.read();
    const { revision: _seen, changed: _last, ...settings } = read;
    const saved = await saveSettings(deps, asker, read, change(settings));
    if (saved.result === 'saved') return { reply: saved.reply, ...saved.after };
    if (saved.result === 'unchanged') return { reply: notice('Nothing was changed: it is so already.') };
  }
  return {
    reply: notice('Not saved: others are changing the settings right now.', 'Try again in a moment.'),
  };
}

export async function saveSettings(
  deps: CommandDeps,
  asker: Asker,
  read: SettingsRead,
  wanted: Settings,
): Promise<Saved> {
  const { revision, changed: _last, ...before } = read;
  const { reference } = deps;
  const channelsToo = !isDeepStrictEqual(before.alertChannels, wanted.alertChannels);
  const shown = channelsToo ? [...before.alertChannels, ...wanted.alertChannels] : [];
  const [boards, workTypes, channels] = await Promise.all([
    reference.rows('board'),
    reference.rows('workType'),
    channelNames(deps, shown),
  ]);
  const changes = settingsChanges(before, wanted, settingsNames(boards, workTypes, channels));
  if (changes.length === 0) return { result: 'unchanged' };
  const saved = await deps.settings.save(wanted, revision, actorOf(asker.person));
  if (!saved) return { result: 'conflict' };
  const asked = await settingsTakeEffect(deps, before, wanted);
  const step = { undo: 'settings', revision: revision + 1, before } as const;
  return {
    result: 'saved',
    reply: settingsSavedReply(changes, asked),
    after: {
      audited: {
        target: 'settings',
        before: sideOf(changes, 'before'),
        after: sideOf(changes, 'after'),
        outcome: 'settings changed',
      },
      undo: { step, role: 'admin', what: 'the settings were changed' },
      announce: settingsLine(asker.person, changes),
      ...(channelsToo ? { announceAlso: before.alertChannels } : {}),
    },
  };
}

function sideOf(changes: readonly SettingsChange[], side: 'before' | 'after'): string {
  return cut(changes.map((change) => `${change.label}: ${change[side]}`).join('; '), auditAtMost);
}

/**
 * Boards and people's status are what the miscellaneous data sync acts upon: it is asked for at once. What was edited
 * in the plan while writing was off goes out with a comprehensive sync of each project. False where any of it could
 * not be asked for: the settings are saved all the same.
 */
export async function settingsTakeEffect(
  { tasks, tenantId }: Pick<CommandDeps, 'tasks' | 'tenantId'>,
  before: Settings,
  after: Settings,
): Promise<boolean> {
  const same = (setting: keyof Settings) => isDeepStrictEqual(before[setting], after[setting]);
  const miscToo = !(same('boards') && same('linkNewProjects') && same('syncUserStatus'));
  const trigger = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
  const all = { kinds: ['comprehensive'], prio: 1 } as const;
  const asked = await Promise.all([
    miscToo ? tasks.trigger(`${tenantId}:misc`, trigger).then(({ result }) => result === 'accepted') : true,
    after.writeToConnectWise && !before.writeToConnectWise ? tasks.triggerAll(all).then(() => true) : true,
  ]).catch(() => [false]);
  return asked.every((one) => one);
}
