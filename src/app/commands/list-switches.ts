/** The switches by which a list of projects is narrowed, and the query that they come to. */
import { distance } from 'fastest-levenshtein';
import { personKey } from '../../domain/person.ts';
import { stateWords, stateWordsLike } from '../../domain/state-words.ts';
import { cut, searchForm } from '../../domain/text.ts';
import { quote } from '../../domain/typed-text.ts';
import type { ReferenceRow } from '../../ports/reference-data.ts';
import type { Reply } from '../../ports/reply.ts';
import type { TaskQuery } from '../../ports/sync-task-store.ts';
import { asking, type ListWish, wishWords } from '../list-wish.ts';
import { memberOf, membersLike } from '../projects-of-person.ts';
import { askBack } from '../replies/parts.ts';
import type { Asker, Audited, CommandDeps, Invocation } from './command.ts';

/** The buttons that turn pages carry the filter, and a button carries only so much. */
const filterAtMost = 300;
/** Shown at once in a choice. */
const choicesAtMost = 5;

export const listOptions = {
  mine: { type: 'boolean' },
  as: { type: 'string' },
  board: { type: 'string' },
  state: { type: 'string' },
  problems: { type: 'boolean' },
  'by-board': { type: 'boolean' },
  disabled: { type: 'boolean' },
  archived: { type: 'boolean' },
} as const;

export type Wished =
  | { readonly ok: true; readonly wish: ListWish }
  /** It cannot be told what is meant. */
  | { readonly ok: false; readonly reply: Reply };

export function wishOf({ words, switches }: Invocation, command: string): Wished {
  const filter = cut(words.join(' ').trim(), filterAtMost);
  const on = (name: string) => switches[name] === true;
  const wish: ListWish = {
    ...(filter === '' ? {} : { filter }),
    ...(on('mine') || typeof switches.as === 'string' ? { mine: true } : {}),
    ...(typeof switches.board === 'string' ? { board: cut(switches.board, filterAtMost) } : {}),
    ...(on('problems') ? { problems: true } : {}),
    ...(on('by-board') ? { byBoard: true } : {}),
    ...(on('disabled') ? { disabled: true } : {}),
    ...(on('archived') ? { archived: true } : {}),
  };
  if (typeof switches.state !== 'string') return { ok: true, wish };
  const [state, ...others] = stateWordsLike(switches.state);
  if (state && others.length === 0) return { ok: true, wish: { ...wish, state } };
  const shown = state ? [state, ...others] : stateWords;
  const typed = cut(switches.state, 40);
  const again = (word: string) => `${asking(command, wishWords(wish))} --state=${quote(word)}`;
  const question = state ? `Which state is “${typed}”?` : `There is no state “${typed}”.`;
  return {
    ok: false,
    reply: askBack(
      question,
      `The states are: ${stateWords.join(', ')}.`,
      shown.map((word) => ({ label: word, command: again(word) })),
    ),
  };
}

export type Resolved =
  | { readonly ok: true; readonly query: Omit<TaskQuery, 'offset' | 'limit'> }
  | { readonly ok: false; readonly reply: Reply };

/** Looks up whose projects and which boards are meant. */
export async function resolveWish(
  deps: CommandDeps,
  asker: Pick<Asker, 'person'>,
  wish: ListWish,
): Promise<Resolved> {
  const boards = wish.board === undefined ? undefined : await boardsLike(deps, wish.board);
  if (boards && 'reply' in boards) return { ok: false, reply: boards.reply };
  const mine = wish.mine ? await ownProjects(deps, asker) : undefined;
  if (mine && 'reply' in mine) return { ok: false, reply: mine.reply };
  const state = wish.problems ? 'Needs attention' : wish.state;
  const query = {
    ...(wish.filter === undefined ? {} : { filter: wish.filter }),
    ...(boards ? { boards: boards.names } : {}),
    ...(mine ? { projectIds: mine.ids } : {}),
    ...(state === undefined ? {} : { state }),
    ...(wish.byBoard ? { byBoard: true } : {}),
    // Who asks for what is hidden by default means to see it.
    withDisabled: !!wish.disabled || state === 'Disabled' || state === 'Disconnected',
    withArchived: !!wish.archived || state === 'Archived',
  };
  return { ok: true, query };
}

async function boardsLike({ tasks }: CommandDeps, typed: string) {
  const all = await tasks.boards();
  const wanted = searchForm(typed);
  const whole = all.filter((name) => searchForm(name) === wanted);
  const names = whole.length > 0 ? whole : all.filter((name) => searchForm(name).includes(wanted));
  if (names.length > 0) return { names };
  const near = all
    .toSorted((a, b) => distance(searchForm(a), wanted) - distance(searchForm(b), wanted))
    .slice(0, choicesAtMost);
  const actions = near.map((name) => ({ label: name, command: `status --board=${quote(name)}` }));
  const next = near.length > 0 ? 'The nearest:' : 'No project is linked yet.';
  return { reply: askBack(`No project is on a board like “${cut(typed, 60)}”.`, next, actions) };
}

async function ownProjects(deps: CommandDeps, { person }: Pick<Asker, 'person'>) {
  const { member, email } = await memberOf(deps, person);
  if (member) return { ids: await deps.planner.projectsOfMember(member.id) };
  return { reply: notKnownWhose(email, 'status --mine') };
}

/**
 * It is not known which member somebody is.
 * @param command the one that asks, to which `--as` is added
 */
export function notKnownWhose(email: string | undefined, command: string): Reply {
  const why =
    email === undefined
      ? 'Your chat does not tell your e-mail address'
      : `No ConnectWise member has your e-mail address ${email}`;
  const next = `Say once who you are in ConnectWise, by identifier, name or e-mail: ${command} --as <member>`;
  return askBack(`${why}, so it is not known which projects are yours.`, next);
}

/**
 * `--as`: keeps which member the asker is. A reply where that is not plain.
 * @param command the one that asks, for the choices among several
 */
export async function keepIdentity(
  deps: CommandDeps,
  { person }: Pick<Asker, 'person'>,
  { switches }: Invocation,
  command = 'status --mine',
): Promise<{ readonly unclear?: Reply; readonly audited?: Audited }> {
  if (typeof switches.as !== 'string') return {};
  const rows = await deps.reference.rows('member');
  const [member, ...others] = membersLike(rows, switches.as);
  if (!member || others.length > 0) {
    return { unclear: unclearMember(switches.as, rows, member ? [member, ...others] : [], command) };
  }
  const key = personKey(person);
  const before = await deps.identities.memberOf(key);
  await deps.identities.set(key, member.id);
  const nameOf = (id: number) => rows.find((row) => row.id === id)?.name ?? `#${id}`;
  const audited = {
    target: 'their ConnectWise member',
    before: before === undefined ? 'by e-mail address' : nameOf(before),
    after: nameOf(member.id),
    outcome: 'kept',
  };
  return { audited };
}

/**
 * A member's name with blanks needs no quotes, as names nowhere do: as many of the words behind the first are taken as
 * go on with somebody's name. Where a filter stands before the switch, they are not the first ones.
 */
export async function withWholeMember(deps: CommandDeps, invocation: Invocation): Promise<Invocation> {
  const { words, switches } = invocation;
  if (typeof switches.as !== 'string' || words.length === 0) return invocation;
  const rows = await deps.reference.rows('member');
  for (let from = 0; from < words.length; from += 1) {
    for (let to = words.length; to > from; to -= 1) {
      const as = [switches.as, ...words.slice(from, to)].join(' ');
      if (membersLike(rows, as).length === 0) continue;
      return { words: [...words.slice(0, from), ...words.slice(to)], switches: { ...switches, as } };
    }
  }
  return invocation;
}

function unclearMember(
  asTyped: string,
  rows: readonly ReferenceRow[],
  like: readonly ReferenceRow[],
  command: string,
): Reply {
  const typed = cut(asTyped, 60);
  if (like.length === 0) {
    const next =
      rows.length > 0
        ? 'Give the identifier, the name or the e-mail address that ConnectWise has.'
        : 'No members are known yet: an operator writes sync --misc.';
    return askBack(`There is no ConnectWise member “${typed}”.`, next);
  }
  const choices = like.slice(0, choicesAtMost).map(({ name, identifier, id }) => ({
    label: `${name ?? identifier ?? `#${id}`}${identifier === null ? '' : ` (${identifier})`}`,
    command: `${command} --as=${quote(identifier ?? name ?? '')}`,
  }));
  return askBack(
    `${like.length} ConnectWise members are like “${typed}”. Which one are you?`,
    undefined,
    choices,
  );
}
