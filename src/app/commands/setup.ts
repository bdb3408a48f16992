import {
  boardsAtMost,
  draftIn,
  draftSwitches,
  type SetupDraft,
  setupSteps,
  stepNamed,
} from '../forms/setup-draft.ts';
import { showStep } from '../forms/setup-steps.ts';
import { askBack } from '../replies/parts.ts';
import type { Asker, Command, CommandDeps, Invocation } from './command.ts';

/** The form is open already and says that it is working: so long somebody looks at that. */
const patienceMs = 20_000;

export const setup: Command = {
  name: 'setup',
  role: 'admin',
  usage: `setup [${setupSteps.join(' | ')}]`,
  summary:
    'Sets cwsync up in five steps: ConnectWise reached, its data loaded, the boards to sync, what the first import costs, where alerts go. Each can be done again at will.',
  examples: ['setup', 'setup boards', 'setup alerts'],
  options: draftSwitches,
  opensForm: ({ words }) => (stepNamed(words[0]) ? 'Set up' : undefined),
  async run(invocation, asker, deps) {
    const step = stepNamed(invocation.words[0]);
    if (!step) {
      return {
        reply: askBack(`setup has the steps ${setupSteps.join(', ')}.`, `It is written: ${setup.usage}`, [
          { label: 'Set up', command: 'setup' },
        ]),
      };
    }
    deps.setupFacts?.forget();
    const draft = await draftOf(deps, invocation, asker, step);
    return { form: await showStep(deps, draft, { withinMs: patienceMs, person: asker.person }) };
  },
};

/** What was chosen before is chosen still. */
async function draftOf(
  deps: CommandDeps,
  { switches }: Invocation,
  { place }: Asker,
  step: SetupDraft['step'],
): Promise<SetupDraft> {
  const { boards, linkNewProjects, revision } = await deps.settings.read();
  const carried = draftIn(switches);
  return {
    step,
    revision,
    boards: carried.boards ?? (boards === 'all' ? await allBoards(deps) : boards),
    linkNew: linkNewProjects,
    ...(place.kind === 'conversation' && place.id !== undefined ? { here: place.id } : {}),
    ...carried,
  };
}

/** The installation took all of them: they are shown as what is chosen. */
async function allBoards({ setupFacts }: CommandDeps): Promise<readonly number[]> {
  const boards = await setupFacts?.boards();
  return boards?.found ? boards.value.map(({ id }) => id).slice(0, boardsAtMost) : [];
}
