import { distance } from 'fastest-levenshtein';
import { cut, searchForm } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { ReferenceRow } from '../../ports/reference-data.ts';
import { askBack, notice } from '../replies/parts.ts';
import { selector, shownName } from '../replies/project-words.ts';
import type { Command, CommandDeps, CommandResult } from './command.ts';
import { type Selected, selectProject } from './select-project.ts';

const usage = 'worktype <project> <name | default>';
/** Shown at once in a choice. */
const choicesAtMost = 5;

export const worktype: Command = {
  name: 'worktype',
  needs: () => ['projects'],
  role: 'operator',
  usage,
  summary:
    'Which work type the time of a project counts as; default: the one of its board or of the enterprise.',
  examples: ['worktype #1042 "Remote Support"', 'worktype #1042 default'],
  options: {},
  async run({ words }, asker, deps) {
    if (words.length < 2) {
      return { reply: askBack('Which project, and which work type?', `It is written: ${usage}`) };
    }
    const command = (project: string, rest: readonly string[]) =>
      `worktype ${project} ${rest.map(quote).join(' ')}`;
    const selected = await selectProject(deps, words, command, { restAllowed: true, changes: true });
    if (selected.found === 'choice') return { reply: selected.reply };
    const typed = selected.rest.join(' ');
    if (typed === '') {
      return {
        reply: askBack(`Which work type for ${shownName(selected.task)}?`, `It is written: ${usage}`),
      };
    }
    if (searchForm(typed) === 'default') return await choose(deps, asker.person.name, selected, null);
    const types = (await deps.reference.rows('workType')).filter(({ gone, inactive }) => !gone && !inactive);
    const [type, ...others] = typesLike(types, typed);
    if (type && others.length === 0) return await choose(deps, asker.person.name, selected, type);
    return { reply: unclear(selected, typed, type ? [type, ...others] : [], types) };
  },
};

type Found = Extract<Selected, { found: 'project' }>;

/** By whole name, else by a part of it. */
function typesLike(types: readonly ReferenceRow[], typed: string): readonly ReferenceRow[] {
  const wanted = searchForm(typed);
  const whole = types.filter(({ name }) => searchForm(name ?? '') === wanted);
  return whole.length > 0 ? whole : types.filter(({ name }) => searchForm(name ?? '').includes(wanted));
}

function unclear(
  { task }: Found,
  typed: string,
  like: readonly ReferenceRow[],
  all: readonly ReferenceRow[],
) {
  const wanted = searchForm(typed);
  const far = ({ name }: ReferenceRow) => distance(searchForm(name ?? ''), wanted);
  const nearest = all.toSorted((a, b) => far(a) - far(b));
  const shown = (like.length > 0 ? like : nearest).slice(0, choicesAtMost);
  const actions = shown.flatMap(({ name }) =>
    name === null ? [] : [{ label: name, command: `worktype ${selector(task)} ${quote(name)}` }],
  );
  const named = `“${cut(typed, 60)}”`;
  if (like.length > 0)
    return askBack(`${like.length} work types are like ${named}. Which one?`, undefined, actions);
  const next = all.length > 0 ? 'The nearest:' : 'No work types are known yet: sync --misc reads them.';
  return askBack(`ConnectWise has no work type ${named}; nothing was changed.`, next, actions);
}

async function choose(
  deps: CommandDeps,
  by: string,
  { task }: Found,
  type: ReferenceRow | null,
): Promise<CommandResult> {
  const workType = type ? { id: type.id, name: type.name ?? `#${type.id}` } : null;
  const set = await deps.tasks.setWorkType(task.id, workType);
  const target = `${shownName(task)} (${selector(task)})`;
  if (!set) {
    const gone = notice(
      `${shownName(task)} is no longer linked; nothing was changed.`,
      'status shows what is.',
    );
    return { reply: gone, audited: { target, outcome: 'refused: no longer linked' } };
  }
  const before = set.before.link.workType?.name ?? 'default';
  const after = workType?.name ?? 'default';
  const details = { label: 'Details', command: `status ${selector(task)}` };
  const words = workType ? after : 'the default';
  const message = `Work type of “${shownName(task)}” changed from ${before} to ${after} by ${by}`;
  const logged = { action: 'updated', message, projectId: task.projectId } as const;
  return {
    reply: notice(`The work type of ${shownName(task)} is ${words}.`, `Before: ${before}.`, [details]),
    audited: { target, projectId: task.projectId, before, after, outcome: 'work type changed', logged },
  };
}
