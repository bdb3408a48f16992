/** The tokens of the HTTP API: made in a terminal, where nobody else reads the answer; listed and revoked anywhere. */
import { type Role, roles } from '../../domain/roles.ts';
import { cut } from '../../domain/text.ts';
import { askBack, notice } from '../replies/parts.ts';
import { tokenMadeReply, tokensReply } from '../replies/tokens.ts';
import type { Asker, Command, CommandDeps, CommandResult } from './command.ts';

const how =
  'It is written: token list, token revoke <name>, and in a terminal token create <name> --role <viewer, operator or admin>.';
const nameForm = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u;

export const token: Command = {
  name: 'token',
  role: 'admin',
  usage: 'token [list | create <name> --role <viewer | operator | admin> | revoke <name>]',
  summary:
    'The tokens by which programs use the HTTP API, each with its role. One is made in a terminal, and shown there once.',
  examples: ['token list', 'token create wiki --role viewer', 'token revoke wiki'],
  options: { role: { type: 'string' } },
  async run({ words, switches }, asker, deps) {
    const [what = 'list', name, more] = words;
    const verb = what.toLowerCase();
    if (verb === 'list' && name === undefined) return { reply: tokensReply(await deps.apiTokens.all()) };
    if (name === undefined || more !== undefined) return { reply: askBack('Which token?', how) };
    if (verb === 'create') return await create(name, roleNamed(switches.role), asker, deps);
    if (verb === 'revoke') return await revoke(name, deps);
    return { reply: askBack(`Tokens cannot be told to “${cut(what, 40)}”.`, how) };
  },
};

/** As it is said of many. */
export const tokens: Command = { ...token, name: 'tokens', hidden: true };

function roleNamed(word: string | boolean | undefined): Role | undefined {
  return roles.find((role) => typeof word === 'string' && role === word.toLowerCase());
}

async function create(
  name: string,
  role: Role | undefined,
  { person }: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  if (person.platform !== 'terminal') return { reply: onlyInTerminal(name, role) };
  if (!nameForm.test(name))
    return { reply: askBack('A name has letters, digits, dots, dashes and underlines, at most 40.', how) };
  if (!role) return { reply: askBack('Which role is the token to have?', how) };
  const made = await deps.apiTokens.create({ name, role, createdBy: person.name });
  const target = `token ${name}`;
  if (made === undefined) {
    return {
      reply: notice(`There is a token called ${name}.`, 'Choose another name, or revoke it first.'),
      audited: { target, outcome: 'refused: name taken' },
    };
  }
  return { reply: tokenMadeReply(name, role, made), audited: { target, after: role, outcome: 'token made' } };
}

function onlyInTerminal(name: string, role: Role = 'operator') {
  return askBack(
    'A token is a secret, and what is written in a chat stays in it: tokens are made in a terminal.',
    `On the machine of cwsync: npx cwsync token create ${cut(name, 40)} --role ${role}`,
  );
}

async function revoke(name: string, { apiTokens }: CommandDeps): Promise<CommandResult> {
  const revoked = await apiTokens.revoke(name);
  if (!revoked)
    return {
      reply: askBack(`There is no token called “${cut(name, 40)}”.`, 'token list shows all of them.'),
    };
  return {
    reply: notice(
      `The token ${name} opens nothing any more.`,
      'What uses it needs another one: token create.',
    ),
    audited: { target: `token ${name}`, before: revoked.role, outcome: 'token revoked' },
  };
}
