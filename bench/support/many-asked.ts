/** The commands over a database with many projects, answered as a bot answers them. */
import type { Db } from 'mongodb';
import { mongoGate } from '../../adapters/mongodb/gate-store.ts';
import { mongoHomeStore } from '../../adapters/mongodb/home-store.ts';
import { mongoIdentityStore } from '../../adapters/mongodb/identity-store.ts';
import { mongoPlanner } from '../../adapters/mongodb/planner-store.ts';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { type DispatchDeps, dispatch } from '../../src/app/commands/dispatch.ts';
import { systemClock } from '../../src/bootstrap/system.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Place } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { commandRig } from '../../test/support/command-rig.ts';
import { manyProjects } from './many-projects.ts';

/** Resolves with a way to ask, as an admin there; it rejects where a form or nothing is the answer. */
export async function manyAsked(db: Db, count: number, platform: 'slack' | 'teams') {
  const { tasks, tenantId } = await manyProjects(db, count);
  const { deps } = commandRig([], {
    tenantId,
    tasks,
    clock: systemClock,
    gate: mongoGate({ db, tenantId, now: '$$NOW' }),
    planner: mongoPlanner(db, tenantId),
    homes: mongoHomeStore(db, tenantId, '$$NOW'),
    identities: mongoIdentityStore(db, tenantId),
    reference: mongoReferenceStore(db, tenantId),
    settings: mongoSettingsStore(db, tenantId, {}, '$$NOW'),
  });
  const ann = { platform, tenant: 'T1', userId: 'admin', name: 'Ann' };
  return (text: string, place: Place) => ask(deps, ann, text, place);
}

let asked = 0;

async function ask(deps: DispatchDeps, person: Person, text: string, place: Place): Promise<Reply> {
  asked += 1;
  const { reply } = await dispatch(deps, {
    id: `e${asked}`,
    person,
    handle: { platform: person.platform },
    text,
    place,
  });
  if (!reply) throw new Error(`no answer to ${text}`);
  return reply;
}
