/** Alerts from the facts to the messages, with stores in memory and a delivery that records, fails or dies. */
import { startAlerts } from '../../src/app/alerts/watch-incidents.ts';
import type { Person } from '../../src/domain/person.ts';
import type { ChatDelivery, Delivered, Destination, MessageHandle } from '../../src/ports/chat.ts';
import { placeOf } from '../../src/ports/incidents.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { testLinks, wordsOf } from './command-rig.ts';
import { FakeDirectory } from './fake-directory.ts';
import { FakeFollowStore } from './fake-follow-store.ts';
import { FakeGate } from './fake-gate.ts';
import { FakeIncidentStore } from './fake-incident-store.ts';
import { FakeLiveness } from './fake-liveness.ts';
import { FakeLogStore } from './fake-log-store.ts';
import { FakeSettingsStore } from './fake-settings-store.ts';
import { FakeSyncTasks } from './fake-sync-tasks.ts';
import { HandClock } from './hand-clock.ts';
import { makeSyncTask, noCounts } from './make-sync-task.ts';
import { RecordingLogger } from './recording-logger.ts';

/** As in production. */
export const pollMs = 1_000;
export const channel = { platform: 'slack', tenant: 'T1', conversation: 'C1' } as const;
export const second = { platform: 'slack', tenant: 'T1', conversation: 'C2' } as const;
export const ann = { platform: 'slack', tenant: 'T1', userId: 'U1', name: 'Ann' } as const;
export const annsPlace: Destination = { platform: 'slack', tenant: 'T1', user: 'U1' };

type Shown = {
  readonly place: string;
  readonly key: string;
  /** In whose thread it stands. */
  readonly thread?: number;
  reply: Reply;
  edits: number;
};

/** A platform: finds a message that is posted again by its key, but only where it is told that it may be there. */
class FakePlatform implements Pick<ChatDelivery, 'send' | 'post'> {
  readonly shown: Shown[] = [];
  readonly posts: {
    readonly place: string;
    readonly key: string;
    readonly at: number;
    readonly again: boolean;
  }[] = [];
  /** By number: taken away by somebody. */
  readonly removed = new Set<number>();
  /** Called before a message is taken, and after: throws or answers where a test says so. */
  before: (place: string) => Delivered | undefined = () => undefined;
  after: (place: string) => Delivered | undefined = () => undefined;
  now: () => number = () => 0;

  async post(
    to: Destination,
    reply: Reply,
    key: string,
    again = false,
    parent?: MessageHandle,
  ): Promise<Delivered> {
    const place = placeOf(to);
    this.posts.push({ place, key, at: this.now(), again });
    const refused = this.before(place);
    if (refused) return refused;
    const above = parent && this.#at(parent);
    if (parent && !above) return { result: 'gone', reason: 'thread_not_found', touches: 'message' };
    const thread = parent ? { thread: Number(parent.n) } : {};
    const found = again ? this.shown.findIndex((one) => one.key === key) : -1;
    const n = found >= 0 ? found : this.shown.push({ place, key, reply, edits: 0, ...thread }) - 1;
    return this.after(place) ?? { result: 'sent', handle: { platform: 'slack', n } };
  }

  async send(handle: MessageHandle, reply: Reply): Promise<Delivered> {
    const shown = this.#at(handle);
    if (!shown) return { result: 'gone', reason: 'message_not_found', touches: 'message' };
    const refused = this.before(shown.place);
    if (refused) return refused;
    shown.reply = reply;
    shown.edits += 1;
    return this.after(shown.place) ?? { result: 'sent', handle };
  }

  #at({ n }: MessageHandle): Shown | undefined {
    return this.removed.has(Number(n)) ? undefined : this.shown[Number(n)];
  }

  words(to?: Destination): readonly string[] {
    const here = this.shown.filter(({ place }) => to === undefined || place === placeOf(to));
    return here.map(({ reply }) => wordsOf(reply));
  }

  /** What stands there for itself, and not in a thread. */
  parents(to: Destination): readonly Shown[] {
    return this.shown.filter(({ place, thread }) => thread === undefined && place === placeOf(to));
  }

  thread(to: Destination): readonly string[] {
    const here = this.shown.filter(({ place, thread }) => thread !== undefined && place === placeOf(to));
    return here.map(({ reply }) => wordsOf(reply));
  }
}

const stops: (() => Promise<void>)[] = [];

/** Ends every bot that a test started. */
export async function stopAlerts(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
}

export function alertsRig(
  settings: Partial<Settings> = { alertChannels: [channel] },
  clock = new HandClock(),
) {
  const now = () => clock.now();
  const tasks = new FakeSyncTasks();
  const gate = new FakeGate(now);
  const incidents = new FakeIncidentStore(now);
  const liveness = new FakeLiveness(now);
  const platform = new FakePlatform();
  platform.now = () => clock.now().getTime();
  const follows = new FakeFollowStore();
  const logger = new RecordingLogger();
  const theirs = new Map<string, ReadonlySet<string>>();
  const mine = async (key: string) => {
    const found = theirs.get(key);
    if (!found) throw new Error('the chat does not answer');
    return found;
  };
  const deps = {
    tenantId: 't',
    tasks,
    gate,
    settings: new FakeSettingsStore(settings),
    incidents,
    liveness,
    delivery: platform,
    directory: new FakeDirectory(),
    log: new FakeLogStore(),
    links: testLinks,
    roles: { holders: async () => ['slack:T1/UADMIN', 'slack:T1/U2'] },
    followers: {
      of: (person: Person) => follows.of(person),
      followersOf: (id: string) => follows.followersOf(id),
      followersOfMine: () => follows.followersOfMine(),
      everyone: () => follows.everyone(),
      mine,
    },
    clock,
    logger,
  };
  let bots = 0;
  const start = (): (() => Promise<void>) => {
    const shutdown = new AbortController();
    bots += 1;
    const { ended } = startAlerts(deps, { owner: `bot-${bots}`, pollMs, shutdown: shutdown.signal });
    const stop = async () => {
      shutdown.abort(new Error('over'));
      await ended;
    };
    stops.push(stop);
    return stop;
  };
  /** The worker is alive all the while. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 15_000) {
      await liveness.beat('worker', 'w', 300_000);
      tasks.now = clock.now();
      await clock.advance(Math.min(left, 15_000));
    }
    tasks.now = clock.now();
  };
  const put = (given: Parameters<typeof makeSyncTask>[0]): void => tasks.put(makeSyncTask(given));
  const breaks = (more: Parameters<typeof makeSyncTask>[0] = {}): void => {
    const failure = {
      code: 'cw.rejected',
      field: 'requiredDate',
      vendorMessage: 'Required Date must be after Start Date.',
    } as const;
    put({ needsAttention: { since: now(), failure }, ...more });
  };
  const heals = (changes: number, more: Parameters<typeof makeSyncTask>[0] = {}): void => {
    const counts = { ...noCounts, updated: changes };
    put({ lastSync: { at: now(), startedAt: now(), mode: 'delta', runId: 'r', counts }, ...more });
  };
  return {
    deps,
    clock,
    tasks,
    gate,
    incidents,
    liveness,
    platform,
    follows,
    theirs,
    logger,
    start,
    pass,
    put,
    breaks,
    heals,
  };
}
