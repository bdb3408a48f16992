import { createHash } from 'node:crypto';
import type { ClientSession, Db } from 'mongodb';
import { personKey } from '../../src/domain/person.ts';
import { type Role, roles } from '../../src/domain/roles.ts';
import type { AuditEntry, AuditStore, RoleChange, RoleStore, SeenStore } from '../../src/ports/people.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { inTransaction } from './in-transaction.ts';
import type { Expression } from './sync-task-pipelines.ts';

type RoleDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly person: string;
  readonly role: Role;
};

export function mongoRoleStore(db: Db, tenantId: string): RoleStore {
  const collection = db.collection<RoleDocument>('roles');

  /** Whether somebody but this one may give roles; looked at in the transaction of the change. */
  async function anotherAdmin(key: string, session: ClientSession): Promise<boolean> {
    const another = { tenantId, role: 'admin', person: { $ne: key } } as const;
    return (await collection.countDocuments(another, { session, limit: 1 })) > 0;
  }

  function change(key: string, role: Role | undefined): Promise<RoleChange> {
    return inTransaction(db, async (session) => {
      const _id = `${tenantId}:${key}`;
      // One document that every change writes: two admins who take the role from each other meet here.
      await db
        .collection<{ _id: string }>('role_changes')
        .updateOne({ _id: tenantId }, { $inc: { changes: 1 } }, { session, upsert: true });
      const before = (await collection.findOne({ _id }, { session }))?.role;
      if (before === role) return { result: 'unchanged', before };
      if (before === 'admin' && !(await anotherAdmin(key, session))) return { result: 'last-admin' };
      if (role === undefined) await collection.deleteOne({ _id }, { session });
      else {
        const document = { _id, tenantId, person: key, role };
        await collection.replaceOne({ _id }, document, { session, upsert: true });
      }
      return { result: 'changed', before };
    });
  }

  return {
    async all() {
      const found = await collection.find({ tenantId }).sort({ person: 1 }).toArray();
      return found.map(({ person, role }) => ({ key: person, role }));
    },
    grant: change,
    revoke: (key) => change(key, undefined),
    async roleOf(person) {
      return (await collection.findOne({ tenantId, person: personKey(person) }))?.role;
    },
    async holders(role) {
      const enough = roles.slice(roles.indexOf(role));
      const found = await collection
        .find({ tenantId, role: { $in: enough } })
        .sort({ person: 1 })
        .toArray();
      return found.map(({ person }) => person);
    },
    async seedAdmins(keys) {
      if ((await collection.countDocuments({ tenantId }, { limit: 1 })) > 0) return false;
      if (keys.length === 0) return true;
      // One write: a kill in the middle must not leave some of them out for good.
      const documents = [...new Set(keys)].map((person) => ({
        _id: `${tenantId}:${person}`,
        tenantId,
        person,
        role: 'admin' as const,
      }));
      await collection.bulkWrite(
        documents.map((document) => ({
          replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
        })),
      );
      return true;
    },
  };
}

/** Keys are kept as digests: a signature or a payload is nothing to store. */
export function mongoSeenStore(db: Db, now: Expression): SeenStore {
  const seen = db.collection<{ readonly _id: string; readonly at: Date }>('seen_requests');
  return {
    async first(key) {
      const _id = createHash('sha256').update(key).digest('base64url');
      try {
        const stored = await seen.updateOne({ _id }, [{ $set: { at: { $ifNull: ['$at', now] } } }], {
          upsert: true,
        });
        return stored.upsertedCount === 1;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async forget(olderThanMs) {
      const old = { $lt: ['$at', { $subtract: [now, olderThanMs] }] };
      return (await seen.deleteMany({ $expr: old })).deletedCount;
    },
  };
}

export function mongoAuditStore(db: Db, tenantId: string): AuditStore {
  const audit = db.collection<AuditEntry & { readonly tenantId: string }>('audit_log');
  return {
    async append(entry) {
      await audit.insertOne({ ...entry, tenantId });
    },
    async entries({ projectId, offset, limit }) {
      const wanted = { tenantId, ...(projectId === undefined ? {} : { projectId }) };
      const found = await audit
        .find(wanted, { projection: { _id: 0, tenantId: 0 } })
        .sort({ at: -1, _id: -1 })
        .skip(offset)
        .limit(limit + 1)
        .toArray();
      return { entries: found.slice(0, limit), more: found.length > limit };
    },
  };
}
