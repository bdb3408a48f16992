import type { Credentials } from '../api/answer.ts';
import type { Entity, Right, WithheldWrite } from '../api/kinds.ts';
import { RateLimit } from '../api/rate-limit.ts';
import { Callbacks } from '../callbacks/callbacks.ts';
import type { LifeSwitch } from '../life/life.ts';
import type { Switches } from '../switches.ts';
import type { World } from '../world/world.ts';
import { type FaultSpec, Faults } from './faults.ts';
import { Notifications } from './notifications.ts';
import { RequestLog } from './request-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Everything that the control API turns while the simulator runs. */
export type SimulatorState = {
  readonly world: World;
  readonly credentials: Credentials;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly rateLimit: RateLimit;
  readonly withheld: Set<Entity>;
  readonly withheldWrites: Set<WithheldWrite>;
  readonly notifications: Notifications;
  readonly firstCodebase: string;
  codebase: string;
  switches: Switches;
  /** Added to every answer of the API, in milliseconds. */
  latencyMs: number;
  /** Milliseconds of a clock that only goes forward: what the rate limit is measured by. */
  readonly monotonic: () => number;
  /** Null when the time is not ours to move. */
  readonly virtualClock: VirtualClock | null;
  readonly life: LifeSwitch;
  readonly callbacks: Callbacks;
  /** Counts the changes of the tenant, so that the page knows when to look again. */
  readonly revision: { count: number };
};

const CODEBASE = 'v2025_1/';
/** The vendor's "reasonable" rate. */
const REQUESTS_PER_MINUTE = 1_000;

export function createState(
  given: Pick<
    SimulatorState,
    'world' | 'credentials' | 'switches' | 'latencyMs' | 'monotonic' | 'virtualClock' | 'life'
  >,
): SimulatorState {
  const revision = { count: 0 };
  given.world.onChange(() => {
    revision.count += 1;
  });
  const state: SimulatorState = {
    ...given,
    callbacks: new Callbacks(given.world, given.virtualClock, () => state),
    revision,
    faults: new Faults(),
    requests: new RequestLog(),
    rateLimit: new RateLimit(REQUESTS_PER_MINUTE, given.monotonic()),
    withheld: new Set(),
    withheldWrites: new Set(),
    notifications: new Notifications(),
    firstCodebase: CODEBASE,
    codebase: CODEBASE,
  };
  return state;
}

/** The tenant gets a new version: `v2025_2`, with or without the slash at its end. */
export function upgradeTo(state: SimulatorState, codebase: string): void {
  state.codebase = codebase.endsWith('/') ? codebase : `${codebase}/`;
}

/** Gives a right of the API member, or takes it away. */
export function setRight(state: SimulatorState, entity: Entity, right: Right, allowed: boolean): void {
  const change = <T>(set: Set<T>, key: T) => (allowed ? set.delete(key) : set.add(key));
  if (right === 'inquire') change(state.withheld, entity);
  else change(state.withheldWrites, `${entity}:${right}` as const);
}

/** What a fault does to the tenant, besides what it does to the answer. */
export function strike(state: SimulatorState, fault: FaultSpec): void {
  if (fault.kind === 'revoke' && fault.entity) setRight(state, fault.entity, fault.right ?? 'inquire', false);
  if (fault.kind === 'codebase' && fault.codebase) upgradeTo(state, fault.codebase);
}
