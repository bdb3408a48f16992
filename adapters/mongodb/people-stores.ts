import { createHash } from 'node:crypto';
import type { Db } from 'mongodb';
import { personKey } from '../../src/domain/person.ts';
import { type Role, roles } from '../../src/domain/roles.ts';
import type { AuditEntry, AuditStore, RoleStore, SeenStore } from '../../src/ports/people.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import type { Expression } from './sync-task-pipelines.ts';

type RoleDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly person: string;
  readonly role: Role;
};

export function mongoRoleStore(db: Db, tenantId: string): RoleStore {
  const collection = db.collection<RoleDocument>('roles');
  return {
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
  };
}
