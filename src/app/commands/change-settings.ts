/** Saving settings: compared by their revision, audited, undoable, and what follows in the sync asked for. */
import { isDeepStrictEqual } from 'node:util';
import { cut } from '../../domain/text.ts';
import type { Reply } from '../../ports/reply.ts';
import type { Settings, SettingsRead } from '../../ports/settings.ts';
import { channelNames } from '../channel-names.ts';
import {
  type SettingsChange,
  settingsChanges,
  settingsLine,
  settingsNames,
  settingsSavedReply,
} from '../replies/settings.ts';
import { type Aftermath, type Asker, actorOf, type CommandDeps } from './command.ts';

const auditAtMost = 1_000;

export type Saved =
  | { readonly result: 'saved'; readonly reply: Reply; readonly after: Aftermath }
  | { readonly result: 'unchanged' }
  /** Somebody saved them since they were read. */
  | { readonly result: 'conflict' };

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
 * Boards and people's status are what the miscellaneous data sync acts upon: it is asked for at once. False where
 * it could not be: the settings are saved all the same.
 */
export async function settingsTakeEffect(
  { tasks, tenantId }: Pick<CommandDeps, 'tasks' | 'tenantId'>,
  before: Settings,
  after: Settings,
): Promise<boolean> {
  const same = (setting: keyof Settings) => isDeepStrictEqual(before[setting], after[setting]);
  if (same('boards') && same('linkNewProjects') && same('syncUserStatus')) return true;
  const trigger = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
  return await tasks.trigger(`${tenantId}:misc`, trigger).then(
    ({ result }) => result === 'accepted',
    () => false,
  );
}
