import { personKey } from '../../domain/person.ts';
import { type PersonId, personMentioned } from '../../domain/person-mention.ts';
import { roles as allRoles, type Role } from '../../domain/roles.ts';
import type { PersonFacts } from '../../ports/chat.ts';
import type { RoleChange } from '../../ports/people.ts';
import { askBack, notice, person, text } from '../replies/parts.ts';
import { roleReply, roleSentence, rolesPerPage, rolesReply } from '../replies/roles.ts';
import type { Asker, Command, CommandDeps, CommandResult, Invocation } from './command.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';

const how = 'It is written: roles grant @user <viewer, operator or admin>, or roles revoke @user.';

export const roles: Command = {
  name: 'roles',
  role: 'admin',
  usage: 'roles [grant @user <viewer | operator | admin> | revoke @user]',
  summary: 'Who may do what, and changes of it. The last admin stays one.',
  examples: ['roles', 'roles grant @ann operator', 'roles revoke @ann'],
  options: pageOption,
  async run(invocation, asker, deps) {
    const [what, ...rest] = invocation.words;
    if (what === undefined) return await list(invocation, deps);
    const last = roleNamed(rest.at(-1));
    const named = last ? rest.slice(0, -1) : rest;
    if (what.toLowerCase() === 'grant' && last) return await change(named.join(' '), last, asker, deps);
    if (what.toLowerCase() === 'revoke') return await change(named.join(' '), undefined, asker, deps);
    return { reply: askBack('Whose role, and which?', how, [{ label: 'All roles', command: 'roles' }]) };
  },
};

function roleNamed(word: string | undefined): Role | undefined {
  return allRoles.find((role) => role === word?.toLowerCase());
}

async function list(invocation: Invocation, deps: CommandDeps): Promise<CommandResult> {
  const all = await deps.roles.all();
  const page = lastPageAtMost(pageOf(invocation), all.length, rolesPerPage);
  const shown = all.slice((page - 1) * rolesPerPage, page * rolesPerPage);
  const { defaultRole } = deps.installation;
  return { reply: rolesReply({ shown, total: all.length, page, defaultRole }) };
}

/** @param role undefined takes it away */
async function change(
  typed: string,
  role: Role | undefined,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const who = personMentioned(typed, asker.person);
  if (!who) {
    return {
      reply: askBack('Whom? Name the person by a mention: @ and their name, chosen from the list.', how),
    };
  }
  const key = personKey(who);
  const facts = role === undefined ? undefined : await factsOf(who, deps);
  if (facts === 'unknown' && who.platform === asker.person.platform) {
    return {
      reply: notice('Nobody is known by that id here.', how),
      audited: { target: key, outcome: 'refused: unknown' },
    };
  }
  if (facts !== 'unknown' && facts?.bot) {
    return {
      reply: notice(`${facts.name} is a bot: bots get no role.`),
      audited: { target: key, outcome: 'refused: a bot' },
    };
  }
  const changed = await (role === undefined ? deps.roles.revoke(key) : deps.roles.grant(key, role));
  const outside = facts !== 'unknown' && facts !== undefined && (facts.guest || facts.stranger);
  return told({ key, role, changed, outside }, deps.installation.defaultRole);
}

/** Somebody of another platform than the one that is asked cannot always be looked up. */
async function factsOf(who: PersonId, { directory }: CommandDeps): Promise<PersonFacts | 'unknown'> {
  return (await directory.person(who)) ?? 'unknown';
}

type Told = {
  readonly key: string;
  readonly role: Role | undefined;
  readonly changed: RoleChange;
  /** A guest, or somebody of another organisation. */
  readonly outside: boolean;
};

function told({ key, role, changed, outside }: Told, defaultRole: Role): CommandResult {
  if (changed.result === 'last-admin') {
    return {
      reply: notice(
        'The last admin stays one: somebody must be left who may give roles.',
        'Make somebody else an admin first: roles grant @user admin',
      ),
      audited: { target: key, before: 'admin', outcome: 'refused: the last admin' },
    };
  }
  const { before } = changed;
  const is = role === undefined ? 'no role of their own' : `the role ${role}`;
  if (changed.result === 'unchanged') {
    return {
      reply: roleReply(`They have ${is} already.`, [person(key), text(` has ${is} already.`)], how),
      audited: { target: key, outcome: `refused: ${role ?? 'none'} already` },
    };
  }
  const now = role ?? defaultRole;
  const counts = role === undefined ? `, so the default counts, ${defaultRole}` : '';
  const guest = outside ? ' They are from outside your organisation: from now on cwsync answers them.' : '';
  return {
    reply: roleReply(
      `They have ${is} now${counts}.`,
      [person(key), text(` has ${is} now${counts}.`)],
      `${roleSentence(now)}${guest}`,
    ),
    audited: {
      target: key,
      before: before ?? `none (${defaultRole})`,
      after: role ?? `none (${defaultRole})`,
      outcome: role === undefined ? 'role revoked' : 'role granted',
    },
  };
}
