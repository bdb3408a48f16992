/**
 * The one way from typed words or a pressed button to an answer: taken apart, allowed or refused by role, run,
 * audited, and every failure turned into an answer that says what to do next.
 */
import { type Failure, failureRules } from '../../domain/failure.ts';
import { personKey } from '../../domain/person.ts';
import { mayDo, type Role } from '../../domain/roles.ts';
import { cut } from '../../domain/text.ts';
import type { ChatRequest } from '../../ports/chat.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import { note, notice, paragraph, people, text } from '../replies/parts.ts';
import { failureNote } from '../replies/project-words.ts';
import { type Asker, type Audited, type Command, type CommandDeps, roleNeeded } from './command.ts';
import { nearestCommand } from './help.ts';
import { type Parsed, parseCommand } from './parse.ts';

export type DispatchDeps = CommandDeps & {
  readonly commands: readonly Command[];
  readonly logger: Logger;
  readonly toFailure: (error: unknown) => Failure;
};

/** The answer, or undefined where following the run gives it. Never rejects. */
export async function dispatch(deps: DispatchDeps, request: ChatRequest): Promise<Reply | undefined> {
  try {
    const parsed = parseCommand(deps.commands, request.text);
    if (parsed.result !== 'command') return notUnderstoodReply(deps.commands, parsed);
    const role = (await deps.roles.roleOf(request.person)) ?? deps.settings.defaultRole;
    const asker = { person: request.person, role, handle: request.handle };
    const { command, invocation } = parsed;
    const needed = roleNeeded(command, invocation);
    if (!mayDo(role, needed)) return await refuse(deps, parsed, needed, asker);
    const { reply, audited } = await command.run(invocation, asker, deps);
    if (audited) await audit(deps, command, asker, audited);
    return reply && onlyAllowedActions(deps.commands, role, reply);
  } catch (error) {
    const failure = deps.toFailure(error);
    deps.logger.warn({ err: error, code: failure.code, reference: failure.reference }, 'command failed');
    return failureReply(failure);
  }
}

async function refuse(
  deps: DispatchDeps,
  { command, invocation }: Extract<Parsed, { result: 'command' }>,
  needed: Role,
  asker: Asker,
): Promise<Reply> {
  const target = cut(invocation.words.join(' '), 120);
  await audit(deps, command, asker, { target, outcome: `refused: role ${asker.role}` });
  const holders = await deps.roles.holders(needed);
  return notice(`${command.name} needs the role ${needed}; yours is ${asker.role}.`, [
    text('Who has it: '),
    ...people(holders, 'nobody yet (CWSYNC_ADMINS is empty)'),
    text('. Ask one of them to do it, or for the role.'),
  ]);
}

/** What was done is done: a record of it that cannot be written must not make it look undone. */
async function audit(
  deps: DispatchDeps,
  command: Command,
  { person }: Asker,
  { logged, ...audited }: Audited,
): Promise<void> {
  const at = deps.clock.now();
  const actor = { actor: personKey(person), actorName: person.name, platform: person.platform };
  try {
    await deps.audit.append({ at, ...actor, command: command.name, ...audited });
    if (logged) await deps.log.append([{ at, severity: 'info', direction: 'none', ...logged }]);
  } catch (error) {
    deps.logger.error(
      { err: error, command: command.name },
      'a command could not be written to the audit log',
    );
  }
}

function notUnderstoodReply(
  commands: readonly Command[],
  parsed: Exclude<Parsed, { result: 'command' }>,
): Reply {
  if (parsed.result === 'unclosed-quote') {
    return notice(
      `A quote is opened and not closed: ${cut(parsed.rest, 60)}`,
      'Close it, or leave the quotes out: names with blanks need none.',
    );
  }
  if (parsed.result === 'bad-switch') {
    const { typed, problem, command } = parsed;
    const words = {
      unknown: `${command.name} does not know ${cut(typed, 40)}.`,
      'value-missing': `${typed} needs a value.`,
      'value-unwanted': `${typed} takes no value.`,
    };
    const help = { label: `Help on ${command.name}`, command: `help ${command.name}` };
    return notice(words[problem], `It is written: ${command.usage}`, [help]);
  }
  const near = nearestCommand(commands, parsed.typed);
  const typed = cut(parsed.typed, 40);
  if (!near)
    return notice(`There is no command “${typed}”.`, 'What there is:', [{ label: 'Help', command: 'help' }]);
  return notice(`There is no command “${typed}”. Did you mean ${near}?`, undefined, [
    { label: `Help on ${near}`, command: `help ${near}` },
    { label: 'Help', command: 'help' },
  ]);
}

function failureReply(failure: Failure): Reply {
  const { what } = failureRules[failure.code];
  const words = failure.message ?? what;
  return { summary: words, blocks: [paragraph(text(`⚠ ${words}`)), note(...failureNote(failure))] };
}

/** Buttons of commands that the reader may not run are left out; pressing one is refused all the same. */
function onlyAllowedActions(commands: readonly Command[], role: Role, reply: Reply): Reply {
  const allowed = (action: Action) => {
    const parsed = parseCommand(commands, action.command);
    return parsed.result === 'command' && mayDo(role, roleNeeded(parsed.command, parsed.invocation));
  };
  const blocks = reply.blocks.flatMap((block): Block[] => {
    if (block.block === 'row') return [{ ...block, menu: block.menu.filter(allowed) }];
    if (block.block !== 'actions') return [block];
    const actions = block.actions.filter(allowed);
    return actions.length > 0 ? [{ ...block, actions }] : [];
  });
  return { ...reply, blocks };
}
