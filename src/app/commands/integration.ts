import { cut } from '../../domain/text.ts';
import { gateLines } from '../replies/gate-words.ts';
import { integrationReply } from '../replies/integration.ts';
import { count, notice } from '../replies/parts.ts';
import { setIntegration } from '../sync/integration-switch.ts';
import { type Asker, actorOf, type Command, type CommandDeps, type CommandResult } from './command.ts';

const reasonAtMost = 200;

type Step = (deps: CommandDeps, asker: Asker, reason: string) => Promise<CommandResult>;

const target = 'integration';
const enableAction = { label: 'Enable integration', command: 'integration enable' } as const;

export const integration: Command = {
  name: 'integration',
  role: 'viewer',
  roleNote: 'To change anything the role admin is needed.',
  roleFor: ({ words }) => (words.length > 0 ? 'admin' : 'viewer'),
  usage: 'integration [enable | disable | check] [reason]',
  summary:
    'Whether cwsync syncs at all. Admins: disable stops every project at once, enable goes on, check looks at ConnectWise now.',
  examples: ['integration', 'integration disable maintenance until noon', 'integration check'],
  options: {},
  async run({ words }, asker, deps) {
    const [word, ...rest] = words;
    if (word === undefined) {
      const gate = await deps.gate.read();
      return { reply: integrationReply(gate, await activeProjects(deps)) };
    }
    const step = steps.get(word.toLowerCase());
    if (step) return await step(deps, asker, cut(rest.join(' '), reasonAtMost));
    return {
      reply: notice('integration takes enable, disable or check.', `It is written: ${integration.usage}`),
    };
  },
};

async function activeProjects({ tasks }: CommandDeps): Promise<number> {
  return (await tasks.names()).filter(({ state }) => state === 'active').length;
}

const disable: Step = async (deps, asker, reason) => {
  const stops = await activeProjects(deps);
  const changed = await setIntegration(
    deps,
    false,
    actorOf(asker.person),
    reason === '' ? undefined : reason,
  );
  if (!changed) return unchanged('disabled');
  const because = reason === '' ? '' : `: ${reason}`;
  const projects = count(stops, 'project');
  const next = `A sync under way stops at its next step. Nothing is deleted, each project keeps its own state, and what is asked for meanwhile waits.`;
  return {
    reply: notice(
      `The integration is disabled${because}. ${projects} ${stops === 1 ? 'stops' : 'stop'} syncing.`,
      next,
      [enableAction],
    ),
    audited: {
      target,
      before: 'enabled',
      after: 'disabled',
      outcome: `disabled${because}; ${projects} stopped`,
    },
  };
};

const enable: Step = async (deps, asker, reason) => {
  const changed = await setIntegration(deps, true, actorOf(asker.person), reason === '' ? undefined : reason);
  if (!changed) return unchanged('enabled');
  const goesOn = count(await activeProjects(deps), 'project');
  const { circuit } = await deps.gate.read();
  const next = circuit
    ? 'ConnectWise is out of reach, so they wait for that; integration shows how it stands.'
    : 'What changed meanwhile is looked for at once, and what was asked for is synced now.';
  return {
    reply: notice(`The integration is enabled: ${goesOn} may sync again.`, next, [
      { label: 'Status', command: 'status' },
    ]),
    audited: { target, before: 'disabled', after: 'enabled', outcome: 'enabled' },
  };
};

function unchanged(state: 'enabled' | 'disabled'): CommandResult {
  return {
    reply: notice(`The integration is ${state} already.`),
    audited: { target, outcome: `refused: ${state} already` },
  };
}

const check: Step = async (deps) => {
  const gate = await deps.gate.read();
  if (!gate.enabled) {
    const [why = []] = gateLines(gate);
    return {
      reply: notice('Nothing is asked of ConnectWise while the integration is disabled.', why, [
        enableAction,
      ]),
      audited: { target, outcome: 'refused: disabled' },
    };
  }
  if (!gate.circuit) {
    const reply = notice('ConnectWise answers: there is nothing to check.', undefined, [
      { label: 'Status', command: 'status' },
    ]);
    return { reply, audited: { target, outcome: 'checked: answers' } };
  }
  await deps.gate.probeNow();
  return {
    reply: notice('ConnectWise is looked at now.', 'If it answers, every project goes on by itself.', [
      { label: 'How it stands', command: 'integration' },
    ]),
    audited: { target, outcome: 'check asked for' },
  };
};

const steps: ReadonlyMap<string, Step> = new Map([
  ['enable', enable],
  ['disable', disable],
  ['check', check],
]);
