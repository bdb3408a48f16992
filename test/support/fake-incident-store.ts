import type { Incident, Problem } from '../../src/domain/incident.ts';
import type { Destination } from '../../src/ports/chat.ts';
import {
  type BlockedDestination,
  type IncidentDelivery,
  type IncidentStore,
  placeOf,
} from '../../src/ports/incidents.ts';

type Message = IncidentDelivery & {
  readonly want: number;
  readonly done: boolean;
  readonly dueAt: number | undefined;
  readonly owner: string | undefined;
  readonly toldAt: number;
};

const editEveryMs = 5_000;

/** Incidents in memory; bound to the same contract as the real store. */
export class FakeIncidentStore implements IncidentStore {
  readonly #incidents = new Map<string, { readonly incident: Incident; readonly overAt?: Date }>();
  readonly #messages = new Map<string, Message>();
  readonly #turns = new Map<string, number>();
  readonly #sentAt = new Map<string, number>();
  readonly #blocked = new Map<string, BlockedDestination>();
  readonly #now: () => Date;
  /** Called with the name of each write before it is made: throws where a test lets the process end there. */
  before: (write: string) => void = () => {};

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Every incident, whatever became of it. */
  get all(): readonly Incident[] {
    return [...this.#incidents.values()].map(({ incident }) => incident);
  }

  get messages(): readonly (IncidentDelivery & { readonly done: boolean })[] {
    return [...this.#messages.values()];
  }

  #ms(): number {
    return this.#now().getTime();
  }

  async open(): Promise<readonly Incident[]> {
    return this.all.filter(({ end, notice }) => !end && !notice);
  }

  async raise(problem: Problem, to: readonly Destination[], kind?: 'notice'): Promise<boolean> {
    this.before('raise');
    const notice = kind === 'notice';
    const isOpen = (await this.open()).some(({ key }) => key === problem.key);
    if (this.#incidents.has(problem.id) || (isOpen && !notice)) return false;
    const incident = { ...problem, notice, openedAt: this.#now(), revision: 1, updates: [] };
    this.#incidents.set(problem.id, { incident, ...(notice ? { overAt: this.#now() } : {}) });
    this.#want(incident, to);
    return true;
  }

  async recoveredSince(at: Date): Promise<readonly Incident[]> {
    const over = [...this.#incidents.values()].filter(
      ({ incident, overAt }) => incident.end?.how === 'recovered' && overAt && overAt >= at,
    );
    const latestFirst = over.toSorted((a, b) => (b.overAt?.getTime() ?? 0) - (a.overAt?.getTime() ?? 0));
    return latestFirst.map(({ incident }) => incident);
  }

  async save(asRead: Incident, next: Incident, also: readonly Destination[]): Promise<boolean> {
    this.before('save');
    const { id, key, revision } = asRead;
    const kept = this.#incidents.get(id);
    const isAsRead = kept?.incident.revision === revision && !kept.incident.end === !asRead.end;
    if (!kept || kept.incident.notice || !isAsRead) return false;
    const other = (await this.open()).some((one) => one.key === key && one.id !== id);
    if (!next.end && other) return false;
    const incident = { ...next, revision: revision + 1 };
    const overAt = kept.overAt ?? this.#now();
    this.#incidents.set(id, { incident, ...(next.end ? { overAt } : {}) });
    this.#want(incident, also, next.end ? 'ended' : asRead.end ? 'open again' : undefined);
    return true;
  }

  #want({ id, revision }: Incident, to: readonly Destination[], news?: 'ended' | 'open again'): void {
    for (const place of to) {
      const message = `${id}|${placeOf(place)}`;
      if (!this.#messages.has(message)) this.#messages.set(message, firstMessage(message, id, place));
    }
    for (const message of this.#messages.values()) {
      if (message.incidentId !== id || (message.done && news !== 'open again')) continue;
      const soon = news ? this.#ms() : Math.max(this.#ms(), message.toldAt + editEveryMs);
      const dueAt = message.owner === undefined ? soon : message.dueAt;
      this.#messages.set(message.id, { ...message, want: revision, done: false, dueAt });
    }
  }

  async lastResumedAt(): Promise<Date | undefined> {
    const over = [...this.#incidents.values()]
      .filter(({ incident }) => ['integration', 'cwsync', 'away'].includes(incident.scope))
      .flatMap(({ overAt }) => overAt ?? []);
    return over.toSorted((a, b) => a.getTime() - b.getTime()).at(-1);
  }

  async take(owner: string, leaseMs: number) {
    this.before('take');
    const now = this.#ms();
    const [next] = [...this.#messages.values()]
      .filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
      .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
    const incident = next && this.#incidents.get(next.incidentId)?.incident;
    if (!next || !incident) return undefined;
    this.#messages.set(next.id, { ...next, owner, dueAt: now + leaseMs });
    return { delivery: toDelivery(next), incident, now: this.#now() };
  }

  async book(to: Destination, everyMs: number, booked: boolean) {
    this.before('book');
    const now = this.#ms();
    const place = placeOf(to);
    const retryInMs = (this.#blocked.get(place)?.retryAt.getTime() ?? 0) - now;
    if (retryInMs > 0) return { waitMs: retryInMs, blocked: true };
    const earliest = Math.max(now, (this.#sentAt.get(place) ?? 0) + everyMs);
    const turn = booked ? earliest : Math.max(earliest, this.#turns.get(place) ?? 0);
    if (turn <= now) this.#sentAt.set(place, now);
    if (!booked) this.#turns.set(place, turn + everyMs);
    return { waitMs: turn - now, blocked: false };
  }

  async posting(id: string, owner: string, upTo: number): Promise<boolean> {
    this.before('posting');
    return this.#change(id, owner, (message) => ({ posting: true, upTo: message.upTo ?? upTo }));
  }

  async told(id: string, owner: string, how: Parameters<IncidentStore['told']>[2]): Promise<void> {
    this.before('told');
    const { revision, handle, updates } = how;
    this.#change(id, owner, ({ want }) => ({
      told: 'opened',
      revision,
      handle,
      ...(updates === undefined ? {} : { updates, posting: false, upTo: undefined }),
      booked: false,
      attempts: 0,
      toldAt: this.#ms(),
      dueAt: this.#ms() + (revision < want ? editEveryMs : 0),
      owner: undefined,
    }));
  }

  async toldUpdates(id: string, owner: string, updates: number): Promise<void> {
    this.before('toldUpdates');
    const sent = { booked: false, attempts: 0, owner: undefined, dueAt: this.#ms() };
    this.#change(id, owner, () => ({ updates, posting: false, upTo: undefined, ...sent }));
  }

  async release(
    id: string,
    owner: string,
    afterMs: number,
    how: Parameters<IncidentStore['release']>[3] = {},
  ): Promise<void> {
    this.before('release');
    const known = how.posting === false || how.lost === true;
    this.#change(id, owner, ({ attempts, posting, upTo, generation, handle, told }) => ({
      dueAt: this.#ms() + afterMs,
      owner: undefined,
      booked: how.booked === true,
      attempts: attempts + (how.failed ? 1 : 0),
      posting: known ? false : posting,
      upTo: known ? undefined : upTo,
      told: how.lost ? 'nothing' : told,
      generation: generation + (how.lost ? 1 : 0),
      handle: how.lost ? undefined : handle,
    }));
  }

  async rest(id: string, owner: string, how: Parameters<IncidentStore['rest']>[2]): Promise<void> {
    this.before('rest');
    const { revision, done } = how;
    this.#change(id, owner, ({ want }) => ({
      done: done && want <= revision,
      dueAt: want > revision ? this.#ms() : undefined,
      owner: undefined,
    }));
  }

  #change(
    id: string,
    owner: string,
    change: (message: Message) => Partial<{ [field in keyof Message]: Message[field] | undefined }>,
  ): boolean {
    const kept = this.#messages.get(id);
    if (kept?.owner !== owner) return false;
    this.#messages.set(id, { ...kept, ...change(kept) } as Message);
    return true;
  }

  async block(to: Destination, reason: string, retryAfterMs: number): Promise<void> {
    this.before('block');
    const since = this.#blocked.get(placeOf(to))?.since ?? this.#now();
    const retryAt = new Date(this.#ms() + retryAfterMs);
    this.#blocked.set(placeOf(to), { to, since, reason, retryAt });
  }

  async unblock(to: Destination): Promise<void> {
    this.before('unblock');
    this.#blocked.delete(placeOf(to));
  }

  async blockedDestinations(): Promise<readonly BlockedDestination[]> {
    return [...this.#blocked.values()].toSorted((a, b) => (placeOf(a.to) < placeOf(b.to) ? -1 : 1));
  }

  async retain({ before }: { readonly before: Date }): Promise<number> {
    const old = [...this.#incidents.entries()].filter(([, { overAt }]) => overAt && overAt < before);
    for (const [id] of old) {
      this.#incidents.delete(id);
      for (const message of this.#messages.values()) {
        if (message.incidentId === id) this.#messages.delete(message.id);
      }
    }
    return old.length;
  }
}

function firstMessage(id: string, incidentId: string, to: Destination): Message {
  const facts = { id, incidentId, to, told: 'nothing', revision: 0, updates: 0, want: 0 } as const;
  const counts = {
    posting: false,
    generation: 0,
    attempts: 0,
    booked: false,
    done: false,
    toldAt: 0,
  } as const;
  return { ...facts, ...counts, dueAt: undefined, owner: undefined };
}

function toDelivery(message: Message): IncidentDelivery {
  const { id, incidentId, to, told, revision, updates, handle, posting, upTo } = message;
  const { generation, attempts, booked } = message;
  const facts = { id, incidentId, to, told, revision, updates, posting, generation, attempts, booked };
  return { ...facts, ...(handle ? { handle } : {}), ...(upTo === undefined ? {} : { upTo }) };
}
