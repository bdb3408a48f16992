import { Binary, type Db } from 'mongodb';
import type { Keepsakes } from '../../src/ports/chat-references.ts';
import { type Expression, literal, plus } from './sync-task-expressions.ts';

type KeepsakeDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly content: Binary;
  readonly expiresAt: Date;
};

/** @param now the database server's time, as an expression; an index removes what is over some time later */
export function mongoKeepsakes(db: Db, tenantId: string, now: Expression): Keepsakes {
  const keepsakes = db.collection<KeepsakeDocument>('keepsakes');
  const idOf = (id: string) => `${tenantId}:${id}`;
  return {
    async keep(id, content, forMs) {
      const fields = {
        tenantId: literal(tenantId),
        content: literal(new Binary(content)),
        expiresAt: plus(now, forMs),
      };
      await keepsakes.updateOne({ _id: idOf(id) }, [{ $set: fields }], { upsert: true });
    },
    async read(id) {
      const found = await keepsakes.findOne({ _id: idOf(id), $expr: { $gt: ['$expiresAt', now] } });
      return found ? Uint8Array.from(found.content.buffer.subarray(0, found.content.position)) : undefined;
    },
  };
}
