import type { PlanRecord } from '../../domain/plan.ts';
import { cut } from '../../domain/text.ts';
import type { Reply } from '../../ports/reply.ts';
import { pushProjectForm, pushProjectTitle } from '../forms/push-project-form.ts';
import { choiceOf, type PushChoice, type PushErrors, pushTables } from '../push-choice.ts';
import { askBack, notice } from '../replies/parts.ts';
import { findUnlinked, projectName, unlinkedProjects } from '../unlinked-projects.ts';
import type { Asker, Command, CommandDeps, CommandResult, Invocation } from './command.ts';
import { cannotPush, linkedReply, pushNow } from './push-now.ts';

const choicesAtMost = 5;

export const push: Command = {
  name: 'push',
  needs: () => ['psa'],
  role: 'admin',
  usage:
    'push <plan project> [--board <board>] [--company <company>] [--start <day>] [--end <day>] [--confirm]',
  summary:
    'Makes a ConnectWise project of a plan project that is linked to nothing, with its phases and tasks, and links the two. It asks first.',
  examples: [
    'push "Contoso – Office move"',
    'push "Office move" --board Cloud --company Contoso --start 2026-01-05 --end 2026-03-31 --confirm',
  ],
  options: {
    board: { type: 'string' },
    company: { type: 'string' },
    start: { type: 'string' },
    end: { type: 'string' },
    confirm: { type: 'boolean' },
  },
  opensForm: ({ words, switches }) =>
    words.length > 0 && switches.confirm !== true ? pushProjectTitle : undefined,
  async run(invocation, asker, deps) {
    const typed = invocation.words.join(' ').trim();
    const cannot = await cannotPush(deps);
    if (cannot) return { reply: cannot };
    if (typed === '') return { reply: which(await unlinkedProjects(deps)) };
    const found = await findUnlinked(deps, typed);
    switch (found.found) {
      case 'linked': {
        const { name, externalId, state } = found.task;
        return { reply: linkedReply(cut(name, 120), { externalId, state }) };
      }
      case 'several':
        return { reply: choose(`Which one? “${cut(typed, 80)}” fits several, or is short.`, found.records) };
      case 'none':
        return {
          reply: choose(
            `No plan project that is linked to nothing matches “${cut(typed, 80)}”.`,
            found.records,
          ),
        };
      case 'one':
        return await ask(found.record, invocation, asker, deps);
    }
  },
};

async function ask(
  record: PlanRecord,
  { switches }: Invocation,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const tables = await pushTables(deps.reference);
  const known = choiceOf(record, tables);
  const said = (field: keyof PushChoice): string => {
    const typed = switches[field];
    return typeof typed === 'string' ? typed : known[field];
  };
  if (switches.confirm === true) {
    const choice = { board: said('board'), company: said('company'), start: said('start'), end: said('end') };
    const pushed = await pushNow(deps, asker, record, choice);
    return 'errors' in pushed ? { reply: missing(record, pushed.errors) } : pushed;
  }
  const counts = await deps.planner.counts(record.projectId);
  return { form: pushProjectForm({ person: asker.person, record, counts, tables }) };
}

function which(records: readonly PlanRecord[]): Reply {
  if (records.length > 0) return choose('Which plan project? Write push and its name.', records);
  return notice(
    'No plan project is without a ConnectWise project: there is nothing to push.',
    'A program makes a plan project with POST /api/v1/projects; then push makes it in ConnectWise.',
  );
}

function choose(words: string, records: readonly PlanRecord[]): Reply {
  const shown = records.slice(0, choicesAtMost);
  const left = records.length - shown.length;
  const next =
    records.length === 0
      ? 'Linked projects need no push. A program makes a plan project with POST /api/v1/projects.'
      : `These are linked to nothing${left > 0 ? `, and ${left} more` : ''}:`;
  return askBack(
    words,
    next,
    shown.map((record) => ({ label: cut(projectName(record), 60), command: `push ${record.id}` })),
  );
}

function missing(record: PlanRecord, errors: PushErrors): Reply {
  const words = Object.entries(errors).map(([field, why]) => `--${field}: ${why}`);
  return askBack(
    `${cut(projectName(record), 120)} was not pushed. ${words.join(' ')}`,
    'Nothing was made. Write it again with these.',
    [{ label: 'Fill it in', command: `push ${record.id}` }],
  );
}
