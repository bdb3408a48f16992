import { FailureError } from '../../domain/failure.ts';
import { matchProject } from '../../domain/project-match.ts';
import { cut } from '../../domain/text.ts';
import { isShut } from '../../ports/gate.ts';
import type { Reply } from '../../ports/reply.ts';
import { gateLines } from '../replies/gate-words.ts';
import { askBack, notice } from '../replies/parts.ts';
import { projectChoiceReply } from '../replies/project-choice.ts';
import {
  type Asker,
  actorOf,
  type Command,
  type CommandDeps,
  type CommandResult,
  type Imported,
  type ProjectImport,
} from './command.ts';
import { isGuess } from './select-project.ts';

/** ConnectWise's ids are 32-bit integers. */
const highestId = 2_147_483_647;
const choicesAtMost = 5;

export const importProject: Command = {
  name: 'import',
  needs: () => ['psa'],
  role: 'admin',
  usage: 'import <external id or name>',
  summary:
    'Links one ConnectWise project, into a new plan project, and syncs it. By its id also one that is closed, by its name only open ones.',
  examples: ['import #1042', 'import "Contoso – Office move"'],
  // What the button of the question means; nobody types it.
  options: { again: { type: 'boolean' } },
  async run({ words, switches }, asker, deps) {
    const typed = words.join(' ').trim();
    if (typed === '') {
      const how = 'Its id is in the address of its page in ConnectWise. For example: import #1042';
      return { reply: askBack('Which ConnectWise project? Write import and its id or its name.', how) };
    }
    const { imports } = deps;
    if (!imports) {
      return {
        reply: notice('Nothing can be imported yet.', `Not set up: ${deps.installation.missing.join('; ')}.`),
      };
    }
    const gate = await deps.gate.read();
    if (isShut(gate)) {
      const [why = []] = gateLines(gate);
      return { reply: notice('Nothing can be imported at present.', why) };
    }
    const found = await idOf(imports, typed);
    if (typeof found !== 'number') return { reply: found };
    const question = switches.again === true ? undefined : await askFirst(found, deps);
    return question ? { reply: question } : await link(found, imports, asker, deps);
  },
};

/** A second plan project cannot be taken back, so it is not made for a slip of the hand. */
async function askFirst(externalId: number, { tasks }: CommandDeps): Promise<Reply | undefined> {
  const before = await tasks.names(`#${externalId}`);
  const ofProject = before.filter((one) => one.externalId === externalId);
  const [old] = ofProject;
  if (!old || ofProject.some(({ state }) => state !== 'disconnected')) return undefined;
  return askBack(
    `${cut(old.name, 120)} (#${externalId}) was disconnected before. Import it again?`,
    'That makes a new plan project beside the old one and cannot be taken back. The old plan stays as it is and is not synced.',
    [
      { label: 'Import as a new plan project', command: `import #${externalId} --again`, style: 'danger' },
      { label: 'Look at the old one', command: `status #${externalId}` },
    ],
  );
}

/** The external id that was meant, or what to ask back. */
async function idOf(imports: ProjectImport, typed: string): Promise<number | Reply> {
  const digits = /^#?(\d{1,10})$/u.exec(typed)?.[1];
  if (digits !== undefined) return Number(digits);
  const projects = (await imports.openProjects()).map(({ id, name, company }) => ({
    taskId: '',
    externalId: id,
    name: name ?? `Project #${id}`,
    customer: company?.name ?? null,
    state: 'active' as const,
  }));
  const match = matchProject(projects, typed);
  if (match.found === 'one' && !isGuess(match, typed)) return match.project.externalId;
  if (match.found === 'none') {
    return askBack(
      `No open project in ConnectWise matches “${cut(typed, 80)}”.`,
      'A closed one is imported by its id. For example: import #1042',
    );
  }
  const matching = match.found === 'one' ? [match.project] : match.projects;
  return projectChoiceReply({
    typed: cut(typed, 80),
    matches: matching.length,
    shown: matching.slice(0, choicesAtMost),
    command: (project) => `import ${project}`,
  });
}

async function link(
  externalId: number,
  imports: ProjectImport,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const imported = await linkOrMissing(externalId, imports, asker);
  const target = `ConnectWise project #${externalId}`;
  switch (imported.result) {
    case 'missing': {
      const next = 'Check the id in ConnectWise; if it is right, the API member may not see that project.';
      const reply = notice(`ConnectWise shows no project #${externalId}.`, next);
      return { reply, audited: { target, outcome: 'refused: not in ConnectWise' } };
    }
    case 'linked-already': {
      const { name, state } = imported.task;
      const words = `${cut(name, 120)} (#${externalId}) is linked already${state === 'active' ? '' : `: it is ${state}`}.`;
      const reply = notice(words, undefined, [{ label: 'Details', command: `status #${externalId}` }]);
      const projectId = imported.task.taskId.slice(deps.tenantId.length + 1);
      return { reply, audited: { target, projectId, outcome: `refused: linked already, ${state}` } };
    }
    case 'still-syncing': {
      const next = 'Try again in a minute: its last sync is stopping.';
      const reply = notice(`Project #${externalId} was disconnected only just now.`, next);
      return { reply, audited: { target, outcome: 'refused: still syncing' } };
    }
    case 'linked':
      return await firstSync(externalId, imported, asker, deps);
  }
}

async function linkOrMissing(
  externalId: number,
  imports: ProjectImport,
  { person }: Asker,
): Promise<Imported | { readonly result: 'missing' }> {
  if (externalId < 1 || externalId > highestId) return { result: 'missing' };
  try {
    return await imports.link(externalId, actorOf(person));
  } catch (error) {
    const isMissing = error instanceof FailureError && error.failure.code === 'cw.project-missing';
    if (isMissing) return { result: 'missing' };
    throw error;
  }
}

/** Linked it asks for its first sync by itself; somebody waits for this one. */
async function firstSync(
  externalId: number,
  { projectId, projectName, again }: Extract<Imported, { result: 'linked' }>,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const shown = cut(projectName, 120);
  const audited = {
    target: `${shown} (#${externalId})`,
    projectId,
    after: 'active',
    outcome: again ? 'imported again, into a new plan project' : 'imported',
  };
  const wanted = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
  const taskId = `${deps.tenantId}:${projectId}`;
  if (again) {
    await deps.tasks.trigger(taskId, wanted);
    const next = 'Its first sync is asked for. The plan from before stays as it is, and is not synced.';
    const words = `${shown} was disconnected before: this is a new plan project.`;
    return { reply: notice(words, next, [{ label: 'Details', command: `status #${externalId}` }]), audited };
  }
  await deps.tasks.trigger(taskId, wanted, { person: asker.person, handle: asker.handle });
  return { audited };
}
