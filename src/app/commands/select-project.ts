import { distance } from 'fastest-levenshtein';
import { type MatchedBy, matchProject, nearestProjects } from '../../domain/project-match.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import { cut, searchForm } from '../../domain/text.ts';
import type { Reply } from '../../ports/reply.ts';
import type { SyncTaskStore, TaskName } from '../../ports/sync-task-store.ts';
import { projectChoiceReply } from '../replies/project-choice.ts';

export type Selected =
  | {
      readonly found: 'project';
      readonly task: SyncTask;
      readonly now: Date;
      readonly rest: readonly string[];
    }
  | { readonly found: 'choice'; readonly reply: Reply };

type SelectDeps = { readonly tasks: Pick<SyncTaskStore, 'names' | 'get'> };

/** Shown at once in a choice list. */
const choicesAtMost = 5;

type SelectOptions = {
  /** What follows the name belongs to the command. */
  readonly restAllowed?: boolean;
  /** The command changes something: a letter or two is no name to act upon without asking. */
  readonly changes?: boolean;
  /** Where nothing else matches, also a project that was disconnected. */
  readonly disconnectedToo?: boolean;
};

const lettersAtLeast = 3;

export function isGuess({ by }: { readonly by: MatchedBy }, typed: string): boolean {
  return by !== 'external id' && by !== 'name' && searchForm(typed).length < lettersAtLeast;
}

/**
 * Finds the project that the words begin with: as many words as make one project, the rest is left over, so
 * that a name with blanks needs no quotes.
 * @param command rebuilds the command for a project, for the buttons of a choice list
 */
export async function selectProject(
  deps: SelectDeps,
  words: readonly string[],
  command: (selector: string, rest: readonly string[]) => string,
  options: SelectOptions = {},
): Promise<Selected> {
  const names = await deps.tasks.names();
  const live = names.filter(({ state }) => state !== 'disconnected');
  const found = await selectFrom(deps, live, words, options);
  if (found) return found;
  const disconnected = names.filter(({ state }) => state === 'disconnected');
  if (options.disconnectedToo) {
    const one = await selectFrom(deps, disconnected, words, options);
    if (one) return one;
  }
  return { found: 'choice', reply: choice(live, disconnected, words, command, options.restAllowed ?? false) };
}

async function selectFrom(
  deps: SelectDeps,
  names: readonly TaskName[],
  words: readonly string[],
  { restAllowed = false, changes = false }: SelectOptions,
): Promise<Selected | undefined> {
  const least = restAllowed ? 1 : Math.max(1, words.length);
  for (let taken = words.length; taken >= least; taken -= 1) {
    const typed = words.slice(0, taken).join(' ');
    const match = matchProject(names, typed);
    if (match.found !== 'one' || (changes && isGuess(match, typed))) continue;
    const seen = await deps.tasks.get(match.project.taskId);
    if (seen) return { found: 'project', ...seen, rest: words.slice(taken) };
  }
  return undefined;
}

function choice(
  names: readonly TaskName[],
  disconnected: readonly TaskName[],
  words: readonly string[],
  command: (selector: string, rest: readonly string[]) => string,
  restAllowed: boolean,
): Reply {
  const whole = matchProject(names, words.join(' '));
  // With words left over nobody can say where the name ends: the first word is the best guess.
  const first = restAllowed && whole.found === 'none' ? matchProject(names, words[0] ?? '') : whole;
  const rest = first === whole ? [] : words.slice(1);
  const typed = cut(words.join(' '), 80);
  const matches = first.found === 'several' ? first.projects : first.found === 'one' ? [first.project] : [];
  if (matches.length > 0) {
    const shown = matches.slice(0, choicesAtMost);
    return projectChoiceReply({
      typed,
      matches: matches.length,
      shown,
      command: (id) => command(id, rest),
    });
  }
  const near = nearestProjects(names, words.join(' '), 3, distance);
  return projectChoiceReply({
    typed,
    matches: 0,
    shown: near,
    disconnected: matchCount(disconnected, words.join(' ')),
    command: (id) => command(id, []),
  });
}

function matchCount(names: readonly TaskName[], typed: string): number {
  const match = matchProject(names, typed);
  if (match.found === 'none') return 0;
  return match.found === 'one' ? 1 : match.projects.length;
}
