/**
 * The one way from typed words or a pressed button to an answer: taken apart, allowed or refused by role, run,
 * audited, and every failure turned into an answer that says what to do next.
 */
import { type Failure, failureRules } from '../../domain/failure.ts';
import { personKey } from '../../domain/person.ts';
import { mayDo, type Role } from '../../domain/roles.ts';
import { cut } from '../../domain/text.ts';
import type { ChatRequest, MessageHandle } from '../../ports/chat.ts';
import type { Form } from '../../ports/form.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import type { Announcement } from '../alerts/announce.ts';
import { note, notice, paragraph, people, text } from '../replies/parts.ts';
import { failureNote } from '../replies/project-words.ts';
import { admit } from './admission.ts';
import {
  type Aftermath,
  type Asker,
  type Audited,
  type Command,
  type CommandDeps,
  isRefusal,
  roleNeeded,
} from './command.ts';
import { notReady } from './needs.ts';
import { notUnderstoodReply } from './not-understood.ts';
import { offerUndo } from './offer-undo.ts';
import { type Parsed, parseCommand } from './parse.ts';
import { shareWith } from './share.ts';

export type DispatchDeps = CommandDeps & {
  readonly commands: readonly Command[];
  readonly logger: Logger;
  readonly toFailure: (error: unknown) => Failure;
};

/** Where nothing is said, following a run gives the answer, or nobody is to be answered. */
export type Answer = {
  readonly handle: MessageHandle;
  readonly reply?: Reply;
  readonly form?: Form;
  /** Anything but done: nothing was changed. Nothing is said where that is still to be seen. */
  readonly outcome?: 'done' | 'refused' | 'failed' | 'unclear';
  /** For the alert channels, once the asker is answered. */
  readonly announcement?: Announcement;
};

/** Never rejects. */
export async function dispatch(deps: DispatchDeps, request: ChatRequest): Promise<Answer> {
  const { handle } = request;
  try {
    const admission = await admit(deps, request.person);
    if (!admission.admitted) {
      return { handle, ...(admission.reply ? { reply: admission.reply } : {}), outcome: 'refused' };
    }
    const parsed = parseCommand(deps.commands, request.text);
    if (parsed.result !== 'command')
      return { handle, reply: notUnderstoodReply(deps.commands, parsed), outcome: 'unclear' };
    return await run(deps, request, parsed, admission.role);
  } catch (error) {
    return { handle, reply: failureReply(toldFailure(deps, error)), outcome: 'failed' };
  }
}

type Understood = Extract<Parsed, { result: 'command' }>;

async function run(
  deps: DispatchDeps,
  request: ChatRequest,
  parsed: Understood,
  role: Role,
): Promise<Answer> {
  const { command, invocation } = parsed;
  const { person, place } = request;
  const asker: Asker = { person, place, role, handle: request.handle };
  const needed = roleNeeded(command, invocation);
  if (!mayDo(role, needed)) {
    const reply = await refuse(deps, parsed, needed, asker);
    return { handle: request.handle, reply, outcome: 'refused' };
  }
  const missing = await notReady(deps, command, invocation, role);
  if (missing) {
    const reply = onlyAllowedActions(deps.commands, role, missing);
    return { handle: request.handle, reply, outcome: 'failed' };
  }
  const sharing = await shareWith(deps, request, invocation);
  if (sharing.to === 'ask') return { handle: request.handle, reply: sharing.reply };
  const { handle } = sharing;
  const result = await command.run(invocation, { ...asker, handle }, deps);
  const { reply, form, audited, undo, roleNow = role } = result;
  if (audited) await audit(deps, command.name, asker, audited);
  const answer = reply && undo ? await offerUndo(deps, reply, undo) : reply;
  return {
    handle,
    ...(form ? { form } : {}),
    ...(answer ? { reply: onlyAllowedActions(deps.commands, roleNow, answer) } : {}),
    ...(reply ? { outcome: outcomeOf(reply, audited) } : {}),
    ...announcementOf(result),
  };
}

/** What the alert channels are to be told of what was done. */
export function announcementOf({ announce: line, announceAlso: also = [], audited }: Aftermath): {
  readonly announcement?: Announcement;
} {
  return line ? { announcement: { line, projectId: audited?.projectId, also } } : {};
}

function outcomeOf({ unclear }: Reply, audited: Audited | undefined): 'done' | 'refused' | 'unclear' {
  if (audited && isRefusal(audited)) return 'refused';
  return unclear ? 'unclear' : 'done';
}

/** What went wrong, told to the log as well. */
export function toldFailure(deps: Pick<DispatchDeps, 'toFailure' | 'logger'>, error: unknown): Failure {
  const failure = deps.toFailure(error);
  deps.logger.warn({ err: error, code: failure.code, reference: failure.reference }, 'command failed');
  return failure;
}

async function refuse(
  deps: DispatchDeps,
  { command, invocation }: Understood,
  needed: Role,
  asker: Asker,
): Promise<Reply> {
  const target = cut(invocation.words.join(' '), 120);
  await audit(deps, command.name, asker, { target, outcome: `refused: role ${asker.role}` });
  const holders = await deps.roles.holders(needed);
  return notice(`${command.name} needs the role ${needed}; yours is ${asker.role}.`, [
    text('Who has it: '),
    ...people(holders, 'nobody yet (the start-up screen of cwsync says how to become the first admin)'),
    text(holders.length > 0 ? '. Ask one of them to do it, or for the role.' : '.'),
  ]);
}

/** What was done is done: a record of it that cannot be written must not make it look undone. */
export async function audit(
  deps: Pick<DispatchDeps, 'clock' | 'audit' | 'log' | 'logger'>,
  command: string,
  { person }: Pick<Asker, 'person'>,
  { logged, ...audited }: Audited,
): Promise<void> {
  const at = deps.clock.now();
  const actor = { actor: personKey(person), actorName: person.name, platform: person.platform };
  try {
    await deps.audit.append({ at, ...actor, command, ...audited });
    if (logged) await deps.log.append([{ at, severity: 'info', direction: 'none', ...logged }]);
  } catch (error) {
    deps.logger.error({ err: error, command }, 'a command could not be written to the audit log');
  }
}

export function failureReply(failure: Failure): Reply {
  const { what } = failureRules[failure.code];
  const words = failure.message ?? what;
  return { summary: words, blocks: [paragraph(text(`⚠ ${words}`)), note(...failureNote(failure))] };
}

/** Buttons of commands that the reader may not run are left out; pressing one is refused all the same. */
export function onlyAllowedActions(commands: readonly Command[], role: Role, reply: Reply): Reply {
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
