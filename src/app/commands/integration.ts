import { cut } from '../../domain/text.ts';
import {
  disableIntegrationForm,
  disableIntegrationTitle,
  reasonAtMost,
} from '../forms/disable-integration-form.ts';
import { gateLines } from '../replies/gate-words.ts';
import { integrationReply } from '../replies/integration.ts';
import { askBack, count, name, notice, text } from '../replies/parts.ts';
import { setIntegration } from '../sync/integration-switch.ts';
import { type Asker, actorOf, type Command, type CommandDeps, type CommandResult } from './command.ts';
import { activeProjects, disableIntegration, integrationTarget, unchanged } from './disable-integration.ts';

type Step = (deps: CommandDeps, asker: Asker, reason: string, confirmed: boolean) => Promise<CommandResult>;

const target = integrationTarget;
const enableAction = { label: 'Enable integration', command: 'integration enable' } as const;

export const integration: Command = {
  name: 'integration',
  role: 'viewer',
  roleNote: 'To change anything the role admin is needed.',
  roleFor: ({ words }) => (words.length > 0 ? 'admin' : 'viewer'),
  usage: 'integration [enable | disable [--confirm] | check] [reason]',
  summary:
    'Whether cwsync syncs at all. Admins: disable stops every project at once and asks first, enable goes on, check looks at ConnectWise now.',
  examples: ['integration', 'integration disable maintenance until noon', 'integration check'],
  options: { confirm: { type: 'boolean' } },
  opensForm: ({ words, switches }) =>
    words[0]?.toLowerCase() === 'disable' && switches.confirm !== true ? disableIntegrationTitle : undefined,
  async run({ words, switches }, asker, deps) {
    const [word, ...rest] = words;
    if (word === undefined) {
      const gate = await deps.gate.read();
      return { reply: integrationReply(gate, await activeProjects(deps)) };
    }
    const step = steps.get(word.toLowerCase());
    if (step) return await step(deps, asker, cut(rest.join(' '), reasonAtMost), switches.confirm === true);
    return {
      reply: askBack('integration takes enable, disable or check.', `It is written: ${integration.usage}`),
    };
  },
};

/** It stops everything, so it is asked first how many projects that is; `--confirm` is for where no form opens. */
const disable: Step = async (deps, asker, reason, confirmed) => {
  if (confirmed) return await disableIntegration(deps, asker, reason);
  const gate = await deps.gate.read();
  if (!gate.enabled) return unchanged('disabled');
  return { form: disableIntegrationForm(asker.person, await activeProjects(deps), reason) };
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
    announce: [
      name(asker.person.name),
      text(` enabled the integration: ${goesOn} may sync again.`),
      ...(circuit ? [text(' ConnectWise is out of reach, so they wait for that.')] : []),
      ...(reason === '' ? [] : [text(' Reason: '), name(reason)]),
    ],
  };
};

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
