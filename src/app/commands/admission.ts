/**
 * Customers sit in the same workspaces: guests, and people of another organisation, get nothing but one polite
 * refusal, unless an admin gave them a role of their own (product.md, "Guests and strangers").
 */
import type { Person } from '../../domain/person.ts';
import type { Role } from '../../domain/roles.ts';
import type { Reply } from '../../ports/reply.ts';
import { notice, people, text } from '../replies/parts.ts';
import type { CommandDeps } from './command.ts';

export type Admission =
  | { readonly admitted: true; readonly role: Role }
  /** No reply: another bot is speaking. */
  | { readonly admitted: false; readonly reply?: Reply };

type AdmissionDeps = Pick<CommandDeps, 'roles' | 'directory' | 'installation'>;

export async function admit(deps: AdmissionDeps, person: Person): Promise<Admission> {
  const own = await deps.roles.roleOf(person);
  if (own) return { admitted: true, role: own };
  const facts = await deps.directory.person(person);
  if (facts?.bot) return { admitted: false };
  if (facts && !facts.guest && !facts.stranger)
    return { admitted: true, role: deps.installation.defaultRole };
  return { admitted: false, reply: await refusal(deps) };
}

async function refusal({ roles }: AdmissionDeps): Promise<Reply> {
  const admins = await roles.holders('admin');
  return notice('cwsync answers members of this organisation only.', [
    text('If you should see its projects, ask an admin for a role: '),
    ...people(admins, 'nobody is one yet'),
    text('.'),
  ]);
}
