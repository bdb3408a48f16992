import type { Db, Filter } from 'mongodb';
import type {
  ChatReferences,
  ConversationReference,
  PersonReference,
} from '../../src/ports/chat-references.ts';

type Stored<T> = T & { readonly _id: string; readonly tenantId: string };

/** A list that a form can show. */
const listedAtMost = 100;

/** @param tenantId whose data it is; the tenant of Teams is a part of each reference */
export function mongoTeamsReferences(db: Db, tenantId: string): ChatReferences {
  const conversations = db.collection<Stored<ConversationReference>>('chat_conversations');
  const people = db.collection<Stored<PersonReference>>('chat_people');
  const idOf = (tenant: string, id: string) => `${tenantId}:${tenant}/${id}`;
  const withoutIds = { projection: { _id: 0, tenantId: 0 } } as const;
  return {
    async sawConversation(reference) {
      const _id = idOf(reference.tenant, reference.conversation);
      await conversations.updateOne({ _id }, { $set: { ...reference, tenantId } }, { upsert: true });
    },
    async conversation(tenant, conversation) {
      const found = await conversations.findOne({ _id: idOf(tenant, conversation) }, withoutIds);
      return found ?? undefined;
    },
    conversations: (tenant) =>
      conversations
        .find({ tenantId, tenant, kind: { $in: ['group', 'channel'] } }, withoutIds)
        .sort({ name: 1, conversation: 1 })
        .limit(listedAtMost)
        .toArray(),
    async forgetConversation(tenant, conversation) {
      await conversations.deleteOne({ _id: idOf(tenant, conversation) });
      const theirs: Filter<Stored<PersonReference>> = { tenantId, tenant, personal: conversation };
      await people.updateMany(theirs, { $unset: { personal: '', home: '' } });
    },
    async sawPerson({ home: _stays, ...reference }) {
      const _id = idOf(reference.tenant, reference.userId);
      await people.updateOne({ _id }, { $set: { ...reference, tenantId } }, { upsert: true });
    },
    async person({ tenant, userId }) {
      return (await people.findOne({ _id: idOf(tenant, userId) }, withoutIds)) ?? undefined;
    },
    async keepHome({ tenant, userId }, activity) {
      const change =
        activity === undefined ? { $unset: { home: '' as const } } : { $set: { home: activity } };
      await people.updateOne({ _id: idOf(tenant, userId) }, change);
    },
  };
}
