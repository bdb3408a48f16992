/**
 * The messages of incidents: one document for each incident and place, taken under a lease by one process at a
 * time. What has nothing to tell has no `dueAt`, so that open incidents cost nothing while nothing happens.
 */
import type { ClientSession, Collection, Db } from 'mongodb';
import type { Destination } from '../../src/ports/chat.ts';
import {
  type BlockedDestination,
  type IncidentDelivery,
  type IncidentStore,
  placeOf,
} from '../../src/ports/incidents.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import {
  type Expression,
  isThere,
  literal,
  max,
  orGone,
  plus,
  remove,
  when,
} from './sync-task-expressions.ts';

export type MessageDocument = Omit<IncidentDelivery, 'id' | 'updates'> & {
  readonly _id: string;
  /** Absent on those of an older build. */
  readonly updates?: number;
  readonly tenantId: string;
  /** The revision that is to be shown. */
  readonly want: number;
  /** Nothing more is told. */
  readonly done?: boolean;
  /** When it is to be looked at; when the lease ends of whoever took it. */
  readonly dueAt?: Date;
  readonly owner?: string;
  readonly toldAt?: Date;
};

type PlaceDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly to: Destination;
  /** The first turn that nobody has. */
  readonly nextAt?: Date;
  /** When something was last sent there. */
  readonly sentAt?: Date;
  /** The turn given to the last who asked, and when that was. */
  readonly turnAt?: Date;
  readonly askedAt?: Date;
  readonly blocked?: { readonly since: Date; readonly reason: string; readonly retryAt: Date };
};

type Messages = Pick<
  IncidentStore,
  | 'book'
  | 'posting'
  | 'told'
  | 'toldUpdates'
  | 'release'
  | 'rest'
  | 'block'
  | 'unblock'
  | 'blockedDestinations'
> & {
  readonly collection: Collection<MessageDocument>;
  /** Takes the longest due. */
  take(owner: string, leaseMs: number): Promise<{ delivery: IncidentDelivery; now: Date } | undefined>;
  /** Asks that this revision be told in these places, and where the incident is told already. */
  want(
    incidentId: string,
    revision: number,
    places: readonly Destination[],
    session: ClientSession,
    news?: News,
  ): Promise<void>;
};

/** What is told at once; of one that is open again also where nothing more was to be told. */
export type News = 'ended' | 'open again';

/** A message is edited once in so many milliseconds at most, but for its end. */
const editEveryMs = 5_000;

export function incidentMessages(db: Db, tenantId: string, now: Expression): Messages {
  const collection = db.collection<MessageDocument>('incident_messages');
  const places = db.collection<PlaceDocument>('alert_places');
  const mine = (id: string, owner: string) => ({ _id: id, owner });
  const after = (ms: number): Expression => plus(now, ms);
  const placeId = (to: Destination): string => `${tenantId}:${placeOf(to)}`;

  async function want(
    incidentId: string,
    revision: number,
    to: readonly Destination[],
    session: ClientSession,
    news?: News,
  ): Promise<void> {
    if (to.length > 0) {
      await collection.bulkWrite(
        to.map((place) => ({
          updateOne: {
            filter: { _id: `${incidentId}|${placeOf(place)}` },
            update: [{ $set: firstFacts(tenantId, incidentId, place) }],
            upsert: true,
          },
        })),
        { session },
      );
    }
    const soon = news ? now : max(now, plus({ $ifNull: ['$toldAt', new Date(0)] }, editEveryMs));
    await collection.updateMany(
      { incidentId, ...(news === 'open again' ? {} : { done: { $ne: true } }) },
      // Who is sending it keeps it: they look again when they have told.
      [{ $set: { want: revision, done: remove, dueAt: when(isThere('$owner'), '$dueAt', soon) } }],
      { session },
    );
  }

  async function take(owner: string, leaseMs: number) {
    const taken = await collection.findOneAndUpdate(
      { tenantId, dueAt: { $exists: true }, $expr: { $lte: ['$dueAt', now] } },
      [{ $set: { owner: literal(owner), dueAt: after(leaseMs) } }],
      { sort: { dueAt: 1 }, returnDocument: 'after' },
    );
    if (!taken?.dueAt) return undefined;
    return { delivery: toDelivery(taken), now: new Date(taken.dueAt.getTime() - leaseMs) };
  }

  async function change(id: string, owner: string, set: { [field: string]: Expression }): Promise<boolean> {
    const written = await collection.updateOne(mine(id, owner), [{ $set: set }]);
    return written.matchedCount === 1;
  }

  const told: Messages['told'] = async (id, owner, { revision, handle, updates }) => {
    await change(id, owner, {
      told: 'opened',
      revision,
      handle: literal(handle),
      ...(updates === undefined ? {} : { updates, ...nothingInDoubt }),
      ...sent,
      toldAt: now,
      // Looked at once more: there may be something to tell beside it.
      dueAt: when({ $lt: [revision, '$want'] }, after(editEveryMs), now),
    });
  };

  const toldUpdates: Messages['toldUpdates'] = async (id, owner, updates) =>
    void (await change(id, owner, { updates, ...nothingInDoubt, ...sent, dueAt: now }));

  const rest: Messages['rest'] = async (id, owner, { revision, done }) => {
    const more: Expression = { $gt: ['$want', revision] };
    await change(id, owner, {
      dueAt: when(more, now, remove),
      done: done ? when(more, remove, true) : remove,
      owner: remove,
    });
  };

  const release: Messages['release'] = async (id, owner, afterMs, how = {}) => {
    const lost: Record<string, Expression> = how.lost
      ? { told: literal('nothing'), handle: remove, generation: plus('$generation', 1) }
      : {};
    await change(id, owner, {
      dueAt: after(afterMs),
      owner: remove,
      booked: how.booked === true,
      ...(how.posting === false || how.lost ? nothingInDoubt : {}),
      ...(how.failed ? { attempts: plus('$attempts', 1) } : {}),
      ...lost,
    });
  };

  /** The place as it is after the write, made where nothing was ever sent there. */
  async function place(to: Destination, set: { [field: string]: Expression }): Promise<PlaceDocument> {
    const stage = { $set: { tenantId: literal(tenantId), to: literal(to), ...set } };
    const write = () =>
      places.findOneAndUpdate({ _id: placeId(to) }, [stage], { upsert: true, returnDocument: 'after' });
    const written = await write().catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
      return write();
    });
    if (!written) throw new Error('a place was not stored');
    return written;
  }

  async function book(to: Destination, everyMs: number, booked: boolean) {
    const isBlocked: Expression = { $gt: ['$blocked.retryAt', now] };
    // Turns that were kept may come late, several at once: what was really sent counts too.
    const earliest = max(now, plus('$sentAt', everyMs));
    const turn = booked ? earliest : max(earliest, '$nextAt');
    const goes: Expression = { $and: [{ $lte: [turn, now] }, { $not: [isBlocked] }] };
    const taken = booked ? orGone('$nextAt') : plus(turn, everyMs);
    const { askedAt, turnAt, blocked } = await place(to, {
      askedAt: now,
      turnAt: turn,
      sentAt: when(goes, now, orGone('$sentAt')),
      nextAt: when(isBlocked, orGone('$nextAt'), taken),
    });
    const from = askedAt?.getTime() ?? 0;
    const retryInMs = (blocked?.retryAt.getTime() ?? 0) - from;
    if (retryInMs > 0) return { waitMs: retryInMs, blocked: true };
    return { waitMs: (turnAt?.getTime() ?? from) - from, blocked: false };
  }

  async function blockedDestinations(): Promise<readonly BlockedDestination[]> {
    const found = await places
      .find({ tenantId, blocked: { $exists: true } })
      .sort({ _id: 1 })
      .toArray();
    return found.flatMap(({ to, blocked }) => (blocked ? [{ to, ...blocked }] : []));
  }

  return {
    collection,
    want,
    take,
    told,
    release,
    toldUpdates,
    rest,
    posting: (id, owner, upTo) => change(id, owner, { posting: true, upTo: { $ifNull: ['$upTo', upTo] } }),
    book,
    async block(to, reason, retryAfterMs) {
      const since = { $ifNull: ['$blocked.since', now] };
      await place(to, { blocked: { since, reason: literal(reason), retryAt: after(retryAfterMs) } });
    },
    async unblock(to) {
      await places.updateOne({ _id: placeId(to) }, { $unset: { blocked: '' } });
    },
    blockedDestinations,
  };
}

const nothingInDoubt: { [field: string]: Expression } = { posting: false, upTo: remove };
const sent: { [field: string]: Expression } = { booked: false, attempts: 0, owner: remove };

function firstFacts(tenantId: string, incidentId: string, to: Destination): Record<string, Expression> {
  const first = (field: string, value: Expression): Expression => ({ $ifNull: [`$${field}`, value] });
  return {
    tenantId: literal(tenantId),
    incidentId: literal(incidentId),
    to: literal(to),
    told: first('told', 'nothing'),
    revision: first('revision', 0),
    updates: first('updates', 0),
    want: first('want', 0),
    posting: first('posting', false),
    generation: first('generation', 0),
    attempts: first('attempts', 0),
    booked: first('booked', false),
  };
}

function toDelivery(document: MessageDocument): IncidentDelivery {
  const { _id, incidentId, to, told, revision, handle, posting, upTo, generation, attempts, booked } =
    document;
  const { updates = 0 } = document;
  const facts = { id: _id, incidentId, to, told, revision, updates, posting, generation, attempts, booked };
  return { ...facts, ...(handle ? { handle } : {}), ...(upTo === undefined ? {} : { upTo }) };
}
