/**
 * The tokens of the HTTP API. A token is 256 random bits, so a plain digest of it cannot be guessed back, and looking
 * the digest up tells nothing by the time it takes.
 */
import { createHash } from 'node:crypto';
import type { Db } from 'mongodb';
import type { ApiToken, ApiTokenStore } from '../../src/ports/api-tokens.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { type Expression, literal } from './sync-task-expressions.ts';

type TokenDocument = ApiToken & {
  readonly _id: string;
  readonly tenantId: string;
  readonly digest: string;
};

export type TokenStoreOptions = {
  readonly db: Db;
  readonly tenantId: string;
  /** 32 random bytes. */
  readonly randomBytes: () => Uint8Array;
  /** The server's time: `$$NOW` in production, shifted in tests. */
  readonly now: Expression;
};

const prefix = 'cwsync_';
const tokenForm = /^cwsync_[\w-]{43}$/u;
/** How exactly the last use is kept: not every request is worth a write. */
const usedEveryMs = 60_000;

export function mongoApiTokenStore({ db, tenantId, randomBytes, now }: TokenStoreOptions): ApiTokenStore {
  const tokens = db.collection<TokenDocument>('api_tokens');
  const idOf = (name: string) => `${tenantId}:${name}`;

  async function create({ name, role, createdBy }: Pick<ApiToken, 'name' | 'role' | 'createdBy'>) {
    const token = `${prefix}${Buffer.from(randomBytes()).toString('base64url')}`;
    const kept = { tenantId, name, role, createdBy, digest: digestOf(token) };
    const fields = Object.entries(kept).map(([field, value]) => [field, literal(value)] as const);
    try {
      // Only where there is none: the filter fits no document, so a taken name collides.
      await tokens.updateOne(
        { _id: idOf(name), digest: kept.digest },
        [{ $set: { ...Object.fromEntries(fields), createdAt: now } }],
        { upsert: true },
      );
      return token;
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  async function find(token: string) {
    if (!tokenForm.test(token)) return undefined;
    const digest = digestOf(token);
    const found = await tokens.findOne({ digest, tenantId }, { projection: { name: 1, role: 1 } });
    if (!found) return undefined;
    const fresh = { $gt: ['$usedAt', { $subtract: [now, usedEveryMs] }] };
    await tokens.updateOne({ _id: found._id, $expr: { $not: [fresh] } }, [{ $set: { usedAt: now } }]);
    return { name: found.name, role: found.role };
  }

  async function all() {
    const projection = { _id: 0, tenantId: 0, digest: 0 } as const;
    return await tokens.find<ApiToken>({ tenantId }, { projection }).sort({ name: 1 }).toArray();
  }

  async function revoke(name: string) {
    const revoked = await tokens.findOneAndDelete({ _id: idOf(name), tenantId });
    return revoked ? { role: revoked.role } : undefined;
  }

  return { create, find, all, revoke };
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
