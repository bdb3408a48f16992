import type { Db } from 'mongodb';
import { z } from 'zod';
import type { DatabaseHealth } from '../../src/ports/health-checks.ts';

const helloSchema = z.object({
  setName: z.string().optional(),
  msg: z.string().optional(),
  localTime: z.date(),
});
const buildSchema = z.object({ version: z.string() });

/** In milliseconds. */
const answerWithinMs = 5_000;

/** @param open resolves with the database, or rejects where it cannot be had */
export function mongoHealth(open: () => Promise<Db>): DatabaseHealth {
  return {
    async ping() {
      await (await open()).command({ ping: 1, maxTimeMS: answerWithinMs });
    },
    async facts() {
      const db = await open();
      const [hello, build] = await Promise.all([
        db.command({ hello: 1, maxTimeMS: answerWithinMs }),
        db.command({ buildInfo: 1, maxTimeMS: answerWithinMs }),
      ]);
      const { setName, msg, localTime } = helloSchema.parse(hello);
      const { version } = buildSchema.parse(build);
      // A router of a sharded cluster has replica sets behind it.
      return { version, replicaSet: setName !== undefined || msg === 'isdbgrid', now: localTime };
    },
    async tryWrite() {
      const writes = (await open()).collection<{ _id: string; times: number }>('write_check');
      await writes.updateOne(
        { _id: 'doctor' },
        { $inc: { times: 1 } },
        {
          upsert: true,
          maxTimeMS: answerWithinMs,
          writeConcern: { w: 'majority', wtimeoutMS: answerWithinMs },
        },
      );
    },
  };
}
