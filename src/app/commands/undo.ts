/** What the button Undo means: takes a change back where everything is still as the change left it. */
import { personKey } from '../../domain/person.ts';
import { mayDo } from '../../domain/roles.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Text } from '../../ports/reply.ts';
import type { KeptUndo, UndoStep } from '../../ports/undo.ts';
import { dateAndTime, duration, name, notice, personNamed, text } from '../replies/parts.ts';
import { lookActions, selector, shownName } from '../replies/project-words.ts';
import { setIntegration } from '../sync/integration-switch.ts';
import { settingsTakeEffect } from './change-settings.ts';
import {
  type Asker,
  type Audited,
  actorOf,
  type Command,
  type CommandDeps,
  type CommandResult,
} from './command.ts';
import { undoForMs } from './offer-undo.ts';
import { about } from './subject.ts';

export const undo: Command = {
  name: 'undo',
  // The least that anything of it needs; what a change needed is asked for again below.
  role: 'operator',
  hidden: true,
  usage: 'undo <id>',
  summary: 'Takes back what was just done; the button Undo of its answer means it.',
  examples: ['undo 3f0c'],
  options: {},
  async run({ words }, asker, deps) {
    const [id, more] = words;
    const kept = id === undefined || more !== undefined ? undefined : await deps.undo.find(id);
    if (id === undefined || !kept) {
      return { reply: notice('There is nothing to undo here.', `Undo works for ${duration(undoForMs)}.`) };
    }
    const refusal = refusalOf(kept, asker, deps);
    if (refusal) return refusal;
    const take = () => deps.undo.take(id, actorOf(asker.person));
    return await takeBack({ kept, asker, deps, take });
  },
};

function refusalOf(kept: KeptUndo, asker: Asker, deps: CommandDeps): CommandResult | undefined {
  const { role, what, expired, takenBy } = kept;
  const refused = (why: string, summary: string, next?: string) => ({
    reply: notice(summary, next),
    audited: { ...targetOf(kept, deps), outcome: `refused: ${why}` },
  });
  if (!mayDo(asker.role, role)) {
    return refused(`role ${asker.role}`, `undo needs the role ${role} here; yours is ${asker.role}.`);
  }
  if (takenBy) return refused('undone already', `Undone already by ${takenBy.name}: ${what}.`);
  if (!expired) return undefined;
  const next = 'Change it back by its own command: help lists them.';
  return refused('too late', `Too late to undo that ${what}: ${duration(undoForMs)} are over.`, next);
}

type Undoing = {
  readonly kept: KeptUndo;
  readonly asker: Asker;
  readonly deps: CommandDeps;
  /** Once everything is still as it was left; false where somebody was quicker. */
  readonly take: () => Promise<boolean>;
};
type StepOf<K extends UndoStep['undo']> = Extract<UndoStep, { readonly undo: K }>;

async function takeBack(undoing: Undoing): Promise<CommandResult> {
  const { step } = undoing.kept;
  switch (step.undo) {
    case 'project':
      return await undoProject(step, undoing);
    case 'integration':
      return await undoIntegration(step, undoing);
    case 'settings':
      return await undoSettings(step, undoing);
  }
}

/** The change is not the last one any more: whatever came after it was meant. */
function changedSince({ kept, deps }: Undoing, now: Text): CommandResult {
  return {
    reply: notice(`Not undone: it has changed since ${kept.what}.`, now),
    audited: { ...targetOf(kept, deps), outcome: 'refused: changed since' },
  };
}

function targetOf(
  { step, what }: KeptUndo,
  { tenantId }: CommandDeps,
): Pick<Audited, 'target' | 'projectId'> {
  const target = { target: what };
  return step.undo === 'project' ? { ...target, projectId: step.taskId.slice(tenantId.length + 1) } : target;
}

async function undoProject(step: StepOf<'project'>, undoing: Undoing): Promise<CommandResult> {
  const { asker, deps, take } = undoing;
  const seen = await deps.tasks.get(step.taskId);
  const link = seen?.task.link;
  const same =
    link?.state === step.to && link.changed?.at.getTime() === step.changedAt.getTime() && (await take());
  if (!seen || !same) return changedSince(undoing, link ? stateOf(link) : [text('It is gone.')]);
  return await putBack(step, seen.task, asker, deps);
}

function stateOf({ state, changed }: SyncTask['link']): Text {
  if (!changed) return [text(`It is ${state} now.`)];
  return [text(`It is ${state} now, by `), name(changed.by.name), text(', '), dateAndTime(changed.at)];
}

async function putBack(
  { from, to }: StepOf<'project'>,
  task: SyncTask,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const actor = actorOf(asker.person);
  if (to === 'archived') await deps.tasks.unarchive(task.id, actor);
  if (from === 'active') await deps.tasks.enable(task.id, actor);
  const next =
    from === 'active' ? 'It syncs again, and a comprehensive sync is asked for.' : 'It stays disabled.';
  const undone = from === 'active' ? 'enabled' : 'unarchived';
  const logged = {
    action: undone,
    message: `“${shownName(task)}” ${undone} again by ${asker.person.name}, who undid that it was ${to}`,
    projectId: task.projectId,
  } as const;
  return {
    reply: notice(
      `Undone: ${shownName(task)} is ${from === 'active' ? 'enabled' : from} again.`,
      next,
      lookActions(task),
    ),
    audited: { ...about(task), before: to, after: from, outcome: `undone: ${to}`, logged },
    announce: [
      whoOf(asker),
      text(` ${undone} `),
      name(shownName(task)),
      text(` (${selector(task)}) again (undo).`),
    ],
  };
}

const whoOf = ({ person }: Asker) => personNamed(personKey(person), person.name);

async function undoIntegration(step: StepOf<'integration'>, undoing: Undoing): Promise<CommandResult> {
  const { asker, deps, take } = undoing;
  const gate = await deps.gate.read();
  const same = !gate.enabled && gate.changed?.at.getTime() === step.changedAt.getTime() && (await take());
  if (!same) {
    const now = gate.enabled ? 'enabled' : 'disabled';
    return changedSince(undoing, [text(`It is ${now} now: integration shows how it stands.`)]);
  }
  await setIntegration(deps, true, actorOf(asker.person), 'undone');
  return {
    reply: notice(
      'Undone: the integration is enabled again.',
      'What was asked for meanwhile is synced now.',
      [{ label: 'Status', command: 'status' }],
    ),
    audited: { target: 'integration', before: 'disabled', after: 'enabled', outcome: 'undone: disabled' },
    announce: [whoOf(asker), text(' enabled the integration again (undo).')],
  };
}

async function undoSettings(step: StepOf<'settings'>, undoing: Undoing): Promise<CommandResult> {
  const { kept, asker, deps, take } = undoing;
  const { revision, changed, ...settings } = await deps.settings.read();
  const same = revision === step.revision && (await take());
  // Compared once more by the store: somebody may save in between.
  const saved = same && (await deps.settings.save(step.before, revision, actorOf(asker.person)));
  if (!saved) {
    const by = changed ? [name(changed.by.name), text(' saved them '), dateAndTime(changed.at)] : [];
    return changedSince(undoing, [...by, text('. settings shows how they are.')]);
  }
  await settingsTakeEffect(deps, settings, step.before);
  return {
    reply: notice('Undone: the settings are as they were before.', undefined, [
      { label: 'Settings', command: 'settings' },
    ]),
    audited: { target: 'settings', before: kept.what, after: 'as before', outcome: 'undone' },
    announce: [whoOf(asker), text(` undid this: ${kept.what}.`)],
    announceAlso: settings.alertChannels,
  };
}
