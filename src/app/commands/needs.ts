/** Before it is set up cwsync answers all the same: what is missing, whose job it is, and nothing is queued. */
import type { Role } from '../../domain/roles.ts';
import type { Reply } from '../../ports/reply.ts';
import { type Readiness, readiness } from '../readiness.ts';
import { notReadyReply } from '../replies/setup.ts';
import type { Command, CommandDeps, Invocation, Need } from './command.ts';

/** Undefined where the command can do its work. */
export async function notReady(
  deps: CommandDeps,
  command: Command,
  invocation: Invocation,
  role: Role,
): Promise<Reply | undefined> {
  const needs = command.needs?.(invocation) ?? [];
  if (needs.length === 0) return undefined;
  const ready = await readiness(deps);
  if (!needs.some((need) => lacks(need, ready))) return undefined;
  return notReadyReply(ready, role, await deps.roles.holders('admin'));
}

function lacks(need: Need, { stage, linked }: Readiness): boolean {
  if (need === 'projects') return linked === 0;
  // Once it was set up, what is asked for waits until ConnectWise takes the keys again.
  return stage === 'keys-absent' || (stage === 'keys-refused' && linked === 0);
}
