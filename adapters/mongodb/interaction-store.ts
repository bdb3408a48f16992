import type { Collection, Db } from 'mongodb';
import type { MessageHandle } from '../../src/ports/chat.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Interaction, InteractionStore, NewInteraction, Stage } from '../../src/ports/interactions.ts';
import type { Expression } from './sync-task-pipelines.ts';

export type InteractionDocument = Omit<Interaction, 'id'> & {
  readonly _id: string;
  readonly tenantId: string;
  /** Nobody looks at it before. */
  readonly dueAt: Date;
  /** Who is telling right now, until `dueAt`. */
  readonly owner?: string;
};

/** The document that is inserted in the transaction of a trigger. */
export function newInteractionDocument(
  ids: Ids,
  tenantId: string,
  interaction: NewInteraction,
  trigger: { readonly taskId: string; readonly ticket: number; readonly now: Date },
): InteractionDocument {
  return {
    _id: ids.next(),
    tenantId,
    person: interaction.person,
    handle: interaction.handle,
    taskId: trigger.taskId,
    ticket: trigger.ticket,
    told: 'nothing',
    createdAt: trigger.now,
    dueAt: trigger.now,
  };
}

export function interactionCollection(db: Db): Collection<InteractionDocument> {
  return db.collection<InteractionDocument>('interactions');
}

export function mongoInteractionStore(db: Db, tenantId: string, ids: Ids, now: Expression): InteractionStore {
  const interactions = interactionCollection(db);
  const mine = (id: string, owner: string) => ({ _id: id, owner });
  const after = (ms: number): Expression => ({ $add: [now, ms] });

  async function follow(
    interaction: NewInteraction,
    run: { readonly taskId: string; readonly ticket: number },
  ) {
    const { _id, ...document } = newInteractionDocument(ids, tenantId, interaction, {
      ...run,
      now: new Date(0),
    });
    await interactions.updateOne({ _id }, [{ $set: { ...literals(document), createdAt: now, dueAt: now } }], {
      upsert: true,
    });
  }

  async function take(owner: string, leaseMs: number) {
    const taken = await interactions.findOneAndUpdate(
      { tenantId, $expr: { $lte: ['$dueAt', now] } },
      [{ $set: { owner: { $literal: owner }, dueAt: after(leaseMs), takenAt: now } }],
      { sort: { dueAt: 1 }, returnDocument: 'after' },
    );
    if (!taken) return undefined;
    const { _id, dueAt, person, handle, taskId, ticket, told, createdAt } = taken;
    const time = new Date(dueAt.getTime() - leaseMs);
    return { id: _id, person, handle, taskId, ticket, told, createdAt, now: time };
  }

  async function told(id: string, owner: string, stage: Stage, handle: MessageHandle) {
    await interactions.updateOne(mine(id, owner), [
      { $set: { told: stage, handle: { $literal: handle }, dueAt: now, owner: '$$REMOVE' } },
    ]);
  }

  async function release(id: string, owner: string, afterMs: number) {
    await interactions.updateOne(mine(id, owner), [{ $set: { dueAt: after(afterMs), owner: '$$REMOVE' } }]);
  }

  async function close(id: string, owner: string) {
    await interactions.deleteOne(mine(id, owner));
  }

  return { follow, take, told, release, close };
}

function literals(document: object): Record<string, Expression> {
  return Object.fromEntries(Object.entries(document).map(([field, value]) => [field, { $literal: value }]));
}
