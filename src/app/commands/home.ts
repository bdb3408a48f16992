import { personKey } from '../../domain/person.ts';
import { asking, type ListWish, wishWords } from '../list-wish.ts';
import { homeReply, homeRowsPerPage } from '../replies/home.ts';
import type { Asker, Command, CommandDeps, Invocation } from './command.ts';
import { listOptions, resolveWish, type Wished, wishOf } from './list-switches.ts';
import { pageOf, pageOption } from './page-switch.ts';
import { parseCommand } from './parse.ts';
import { readList } from './project-list.ts';

const { as: _as, ...filterOptions } = listOptions;

/** The standing page: what an adapter asks for when somebody opens it, and what its buttons mean. */
export const home: Command = {
  name: 'home',
  role: 'viewer',
  usage: 'home [filter] [--mine] [--by-board] [--disabled] [--archived] [--page N]',
  summary: 'The projects on your standing page, narrowed as you last chose.',
  examples: ['home', 'home contoso --by-board'],
  options: { ...pageOption, ...filterOptions, set: { type: 'boolean' } },
  hidden: true,
  async run(invocation, asker, deps) {
    const wished = await wishedNow(deps, asker, invocation);
    if (!wished.ok) return { reply: wished.reply };
    return { reply: await page(deps, asker, wished.wish, pageOf(invocation)) };
  },
};

/** With words or `--set`, also to nothing: a new filter, which is kept; without: the one that was kept. */
async function wishedNow(deps: CommandDeps, asker: Asker, invocation: Invocation): Promise<Wished> {
  const key = personKey(asker.person);
  const { page: _page, ...switches } = invocation.switches;
  if (invocation.words.length === 0 && Object.keys(switches).length === 0) {
    return keptWish(await deps.homes.filterOf(key));
  }
  const wished = wishOf(invocation, 'home');
  if (wished.ok) await deps.homes.keepFilter(key, wishWords(wished.wish));
  return wished;
}

/** What was kept by an older build may not be understood any more. */
function keptWish(kept = ''): Wished {
  const parsed = parseCommand([home], asking('home --set', kept));
  const wished = parsed.result === 'command' ? wishOf(parsed.invocation, 'home') : undefined;
  return wished?.ok ? wished : { ok: true, wish: {} };
}

async function page(deps: CommandDeps, asker: Asker, wish: ListWish, asked: number) {
  const resolved = await resolveWish(deps, asker, wish);
  // The page stands all the same, so that its filter can be changed.
  const query = resolved.ok ? resolved.query : { withDisabled: false, withArchived: false };
  const perPage = homeRowsPerPage(asker.person.platform);
  const read = await readList(deps, query, asked, { perPage, role: asker.role });
  const problem = resolved.ok ? {} : { problem: resolved.reply.blocks };
  return homeReply({ ...read, ...problem, perPage, wish, links: deps.links });
}
