import { personKey } from '../../domain/person.ts';
import type { Reply } from '../../ports/reply.ts';
import type { NewUndo } from '../../ports/undo.ts';
import { count, name, notice, personNamed, text } from '../replies/parts.ts';
import { setIntegration } from '../sync/integration-switch.ts';
import { type Aftermath, type Asker, actorOf, type CommandDeps } from './command.ts';

export const integrationTarget = 'integration';

export async function activeProjects({ tasks }: Pick<CommandDeps, 'tasks'>): Promise<number> {
  return (await tasks.names()).filter(({ state }) => state === 'active').length;
}

/** Once it was confirmed, by whatever way. */
export async function disableIntegration(
  deps: CommandDeps,
  asker: Asker,
  reason: string,
): Promise<{ readonly reply: Reply } & Aftermath> {
  const stops = await activeProjects(deps);
  const why = reason === '' ? undefined : reason;
  if (!(await setIntegration(deps, false, actorOf(asker.person), why))) return unchanged('disabled');
  const because = why === undefined ? '' : `: ${why}`;
  const projects = count(stops, 'project');
  const stopping = `${projects} ${stops === 1 ? 'stops' : 'stop'} syncing.`;
  const undo = await undoOf(deps, asker);
  return {
    reply: notice(
      `The integration is disabled${because}. ${stopping}`,
      'A sync under way stops at its next step. Nothing is deleted, each project keeps its own state, and what is asked for meanwhile waits.',
      [{ label: 'Enable integration', command: 'integration enable' }],
    ),
    audited: {
      target: integrationTarget,
      before: 'enabled',
      after: 'disabled',
      outcome: `disabled${because}; ${projects} stopped`,
    },
    ...(undo ? { undo } : {}),
    announce: [
      personNamed(personKey(asker.person), asker.person.name),
      text(` disabled the integration. ${stopping}`),
      ...(why === undefined ? [text(' No reason was given.')] : [text(' Reason: '), name(why)]),
    ],
  };
}

/** Undefined where somebody else has switched it since, or that cannot be read: what was done is done. */
async function undoOf({ gate }: CommandDeps, { person }: Asker): Promise<NewUndo | undefined> {
  const now = await gate.read().catch(() => undefined);
  if (!now?.changed || now.enabled || now.changed.by.id !== actorOf(person).id) return undefined;
  const step = { undo: 'integration', changedAt: now.changed.at } as const;
  return { step, role: 'admin', what: 'the integration was disabled' };
}

export function unchanged(state: 'enabled' | 'disabled'): { readonly reply: Reply } & Aftermath {
  return {
    reply: notice(`The integration is ${state} already.`),
    audited: { target: integrationTarget, outcome: `refused: ${state} already` },
  };
}
