import type { Db } from 'mongodb';
import type { Incident, IncidentScope, Problem } from '../../src/domain/incident.ts';
import type { Destination } from '../../src/ports/chat.ts';
import type { IncidentStore } from '../../src/ports/incidents.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { inTransaction } from './in-transaction.ts';
import { incidentMessages, type News } from './incident-messages.ts';
import { type Expression, literal, orGone, remove } from './sync-task-expressions.ts';

type IncidentDocument = Omit<Incident, 'id' | 'updates'> & {
  readonly _id: string;
  /** Absent on those of an older build. */
  readonly updates?: Incident['updates'];
  readonly tenantId: string;
  /** Its key while it is open: of each at most one. */
  readonly openKey?: string;
  readonly overAt?: Date;
};

/** After the end of one of these everything has to be caught up. */
const wholeScopes: IncidentScope[] = ['integration', 'cwsync', 'away'];
const removedAtOnce = 500;

export function mongoIncidentStore(db: Db, tenantId: string, now: Expression): IncidentStore {
  const incidents = db.collection<IncidentDocument>('incidents');
  const { collection: messages, want, take: takeMessage, ...rest } = incidentMessages(db, tenantId, now);

  async function raise(problem: Problem, to: readonly Destination[], kind?: 'notice'): Promise<boolean> {
    const { id, key } = problem;
    const kept = kind === 'notice' ? { notice: true, overAt: now } : { notice: false, openKey: literal(key) };
    const facts = {
      tenantId: literal(tenantId),
      openedAt: now,
      revision: 1,
      updates: [],
      ...shown(problem),
      ...kept,
    };
    const first = { key: literal(key), since: literal(problem.since) };
    try {
      await inTransaction(db, async (session) => {
        // Only ever inserts: of one that is there already the filter matches nothing, and its id is taken.
        const none = { _id: id, tenantId: { $exists: false } };
        await incidents.updateOne(none, [{ $set: { ...facts, ...first } }], { upsert: true, session });
        await want(id, 1, to, session);
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function save(asRead: Incident, next: Incident, also: readonly Destination[]): Promise<boolean> {
    const { id, key, revision } = asRead;
    const news: News | undefined = next.end ? 'ended' : asRead.end ? 'open again' : undefined;
    const over: Record<string, Expression> = next.end
      ? { overAt: asRead.end ? orGone('$overAt') : now, openKey: remove }
      : { overAt: remove, openKey: literal(key) };
    try {
      return await inTransaction(db, async (session) => {
        const filter = { _id: id, revision, openKey: { $exists: asRead.end === undefined } };
        const stage = { $set: { ...shown(next), ...life(next), ...over, revision: revision + 1 } };
        const written = await incidents.updateOne(filter, [stage], { session });
        if (written.matchedCount === 0) return false;
        await want(id, revision + 1, also, session, news);
        return true;
      });
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function take(owner: string, leaseMs: number) {
    for (;;) {
      const taken = await takeMessage(owner, leaseMs);
      if (!taken) return undefined;
      const incident = await incidents.findOne({ _id: taken.delivery.incidentId });
      if (incident) return { ...taken, incident: toIncident(incident) };
      await messages.deleteOne({ _id: taken.delivery.id, owner });
    }
  }

  async function retain({ before }: { readonly before: Date }): Promise<number> {
    let removed = 0;
    for (;;) {
      const old = await incidents
        .find({ tenantId, overAt: { $lt: before } }, { projection: { _id: 1 } })
        .limit(removedAtOnce)
        .toArray();
      if (old.length === 0) return removed;
      const ids = old.map(({ _id }) => _id);
      await messages.deleteMany({ incidentId: { $in: ids } });
      removed += (await incidents.deleteMany({ _id: { $in: ids } })).deletedCount;
    }
  }

  return {
    async open() {
      const found = await incidents
        .find({ tenantId, openKey: { $exists: true } })
        .sort({ openedAt: 1, _id: 1 })
        .toArray();
      return found.map(toIncident);
    },
    raise,
    save,
    async recoveredSince(at) {
      const found = await incidents
        .find({ tenantId, overAt: { $gte: at }, 'end.how': 'recovered' })
        .sort({ overAt: -1, _id: 1 })
        .toArray();
      return found.map(toIncident);
    },
    async lastResumedAt() {
      const found = await incidents.findOne(
        { tenantId, overAt: { $exists: true }, scope: { $in: wholeScopes } },
        { sort: { overAt: -1 }, projection: { overAt: 1 } },
      );
      return found?.overAt;
    },
    take,
    retain,
    ...rest,
  };
}

/** What may read otherwise later; its id, key and beginning stay. */
function shown({ scope, cause, projects, ownTask, channel }: Problem): Record<string, Expression> {
  return {
    scope: literal(scope),
    cause: literal(cause),
    projects: literal(projects),
    ownTask: ownTask ? literal(ownTask) : remove,
    channel: channel ? literal(channel) : remove,
  };
}

/** What became of it since it was opened. */
function life(incident: Incident): Record<string, Expression> {
  const { updates, acknowledged, snoozed, relapses, wellSince, problemId, left, end } = incident;
  const facts = { acknowledged, snoozed, relapses, wellSince, problemId, left, end };
  const kept = Object.entries(facts).map(([field, value]) => [
    field,
    value === undefined ? remove : literal(value),
  ]);
  return { updates: literal(updates), ...Object.fromEntries(kept) };
}

function toIncident(document: IncidentDocument): Incident {
  const { _id, tenantId: _tenant, openKey: _key, overAt: _over, updates = [], ...incident } = document;
  return { id: _id, ...incident, updates };
}
