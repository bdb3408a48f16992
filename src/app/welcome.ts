/** First contact: one welcome for each person, ever (product.md, "The first hour"). */
import type { Person } from '../domain/person.ts';
import { personKey } from '../domain/person.ts';
import type { ChatDelivery } from '../ports/chat.ts';
import type { WelcomeStore } from '../ports/welcomes.ts';
import { admit } from './commands/admission.ts';
import { type DispatchDeps, onlyAllowedActions } from './commands/dispatch.ts';
import { beforeSetUp, readiness } from './readiness.ts';
import { welcomeReply } from './replies/welcome.ts';

export type WelcomeDeps = DispatchDeps & {
  readonly welcomes: WelcomeStore;
  readonly delivery: Pick<ChatDelivery, 'post'>;
};

/** Never rejects: somebody who is not welcomed has their answer all the same, and is welcomed the next time. */
export async function welcomeOnce(deps: WelcomeDeps, person: Person): Promise<void> {
  try {
    const admission = await admit(deps, person);
    if (!admission.admitted || !(await deps.welcomes.first(person))) return;
    const delivered = await welcome(deps, person, admission.role).catch(async (error: unknown) => {
      await deps.welcomes.forget(person);
      throw error;
    });
    if (delivered.result === 'sent') return;
    deps.logger.warn({ reason: delivered.reason }, 'somebody could not be welcomed');
    if (delivered.result === 'failed') await deps.welcomes.forget(person);
  } catch (error) {
    deps.logger.warn({ err: error }, 'somebody could not be welcomed');
  }
}

async function welcome(deps: WelcomeDeps, person: Person, role: Parameters<typeof welcomeReply>[0]) {
  const reply = welcomeReply(role, beforeSetUp(await readiness(deps)));
  const { platform, tenant, userId } = person;
  const shown = onlyAllowedActions(deps.commands, role, reply);
  return await deps.delivery.post({ platform, tenant, user: userId }, shown, `welcome:${personKey(person)}`);
}
