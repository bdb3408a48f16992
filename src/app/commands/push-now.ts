/** Makes a ConnectWise project of a plan project, once somebody has confirmed it. */
import { sameJson } from '../../domain/json.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import { cut } from '../../domain/text.ts';
import { isShut } from '../../ports/gate.ts';
import type { Reply } from '../../ports/reply.ts';
import { chosenFields, type PushChoice, type PushErrors, pushTables } from '../push-choice.ts';
import { gateLines } from '../replies/gate-words.ts';
import { link, notice, text, timeOfDay } from '../replies/parts.ts';
import type { ProjectPushed } from '../sync/push-project.ts';
import { projectName } from '../unlinked-projects.ts';
import { type Asker, actorOf, type CommandDeps, type CommandResult } from './command.ts';
import { planTrigger } from './edit-plan.ts';

/** Why nothing can be pushed at present; undefined where it can. */
export async function cannotPush(deps: CommandDeps): Promise<Reply | undefined> {
  if (!deps.pushes) {
    return notice('Nothing can be pushed yet.', `Not set up: ${deps.installation.missing.join('; ')}.`);
  }
  const gate = await deps.gate.read();
  if (isShut(gate)) {
    const [why = []] = gateLines(gate);
    return notice('Nothing can be pushed at present.', why);
  }
  if ((await deps.settings.read()).writeToConnectWise) return undefined;
  const next = 'Turn on Write to ConnectWise in the settings first; then push it again.';
  return notice('Nothing was pushed: writing to ConnectWise is off.', next, [
    { label: 'Settings', command: 'settings' },
  ]);
}

export async function pushNow(
  deps: CommandDeps,
  asker: Asker,
  record: PlanRecord,
  choice: PushChoice,
): Promise<CommandResult | { readonly errors: PushErrors }> {
  const { pushes } = deps;
  const shown = cut(projectName(record), 120);
  const target = `plan project ${shown}`;
  const about = { target, projectId: record.projectId };
  const refused = (reply: Reply, why: string): CommandResult => ({
    reply,
    audited: { ...about, outcome: `refused: ${why}` },
  });
  const cannot = await cannotPush(deps);
  if (cannot || !pushes)
    return refused(cannot ?? notice('Nothing can be pushed yet.'), 'cannot be pushed now');
  const linked = await deps.tasks.get(`${deps.tenantId}:${record.projectId}`);
  if (linked) return refused(linkedReply(shown, linked.task.link), `${linked.task.link.state} already`);
  const chosen = await chosenFields(deps, record, choice, await pushTables(deps.reference));
  if (chosen.errors) return chosen;
  const stored = await store(deps, asker, record, chosen.fields);
  if (!stored) return refused(changedReply(shown, record), 'changed meanwhile');
  const pushed = await pushes.push(stored, actorOf(asker.person));
  if (pushed.result !== 'linked')
    return { ...told(deps, shown, record, pushed), audited: { ...about, ...outcomeOf(pushed) } };
  const wanted = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
  await deps.tasks.trigger(`${deps.tenantId}:${record.projectId}`, wanted);
  return {
    ...told(deps, shown, record, pushed),
    audited: { ...about, after: `ConnectWise project #${pushed.externalId}`, outcome: 'pushed' },
  };
}

/** What was chosen is an edit of the plan; undefined where somebody else edited the project in this moment. */
async function store(
  deps: CommandDeps,
  asker: Asker,
  record: PlanRecord,
  fields: PlanRecord['fields'],
): Promise<PlanRecord | undefined> {
  const { kind, id, version } = record;
  const isNew = Object.entries(fields).some(
    ([field, value]) => !sameJson(value, record.fields[field] ?? null),
  );
  if (!isNew) return record;
  const by = actorOf(asker.person);
  const edit = { kind, id, version, change: { fields }, by, at: deps.clock.now() };
  const edited = await deps.planner.edit(edit, planTrigger);
  return edited.result === 'stored' ? edited.record : undefined;
}

/** @param link of the task that it has */
export function linkedReply(
  shown: string,
  { externalId, state }: { readonly externalId: number; readonly state: string },
): Reply {
  const details = [{ label: 'Details', command: `status #${externalId}` }];
  if (state === 'disconnected') {
    const next =
      'Its plan stays, and never syncs again. To go on, import the ConnectWise project as a new plan project, or make the plan anew.';
    return notice(`${shown} was disconnected from #${externalId}: that is for good.`, next, details);
  }
  const next = 'It needs no push: edits of its plan go to ConnectWise with its syncs.';
  return notice(`${shown} is linked with #${externalId} already.`, next, details);
}

function changedReply(shown: string, { id }: PlanRecord): Reply {
  return notice(
    `Nothing was made: somebody else changed ${shown} in this moment.`,
    'Look at it, then push it again.',
    [{ label: 'Push again', command: `push ${id}` }],
  );
}

function outcomeOf(pushed: Exclude<ProjectPushed, { result: 'linked' }>): { readonly outcome: string } {
  const words = {
    refused: 'refused: ConnectWise did not take it',
    unknown: 'not answered: it is looked for',
    several: 'refused: several may be the one',
    imported: 'refused: imported meanwhile',
    changed: 'refused: changed meanwhile',
  } as const;
  return { outcome: words[pushed.result] };
}

function told(
  { links }: CommandDeps,
  shown: string,
  record: PlanRecord,
  pushed: ProjectPushed,
): { readonly reply: Reply } {
  const again = [{ label: 'Push again', command: `push ${record.id}` }];
  switch (pushed.result) {
    case 'linked': {
      const { externalId, how } = pushed;
      const words = `${shown} is now ConnectWise project #${externalId}${how === 'found' ? ', made by an earlier push' : ''}.`;
      const next = [
        link(`#${externalId}`, links.record('project', externalId)),
        text(' · Its first sync is asked for; it takes the phases and tasks along.'),
      ];
      return { reply: notice(words, next, [{ label: 'Details', command: `status #${externalId}` }]) };
    }
    case 'refused': {
      const field = pushed.field === undefined ? '' : ` (${pushed.field})`;
      const words = `${shown} was not made in ConnectWise${field}: ${cut(pushed.words, 300)}`;
      return { reply: notice(words, 'Nothing is linked. Mend it in the plan, then push it again.', again) };
    }
    case 'unknown': {
      const next = [
        text('ConnectWise did not answer in time. cwsync looks for it at '),
        timeOfDay(pushed.lookAt),
        text(' and goes on by itself; nothing is made twice. Nothing to do.'),
      ];
      return { reply: notice(`It is not known yet whether ${shown} was made in ConnectWise.`, next) };
    }
    case 'several': {
      const ids = pushed.externalIds.map((id) => `#${id}`).join(', ');
      const words = `ConnectWise has several projects that may be ${shown}, made by an earlier push: ${ids}.`;
      return {
        reply: notice(words, 'Delete those that are too many in ConnectWise, then push it again.', again),
      };
    }
    case 'imported': {
      const { externalId } = pushed;
      const words = `${shown} was made in ConnectWise as #${externalId}, and somebody imported it meanwhile into a plan project of its own.`;
      const next = 'That one is synced; this plan stays as it is and is linked to nothing.';
      return { reply: notice(words, next, [{ label: 'Details', command: `status #${externalId}` }]) };
    }
    case 'changed':
      return { reply: changedReply(shown, record) };
  }
}
