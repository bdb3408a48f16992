import type { Credentials } from '../api/answer.ts';
import type { Entity } from '../api/kinds.ts';
import { RateLimit } from '../api/rate-limit.ts';
import type { LifeSwitch } from '../life/life.ts';
import type { Switches } from '../switches.ts';
import type { World } from '../world/world.ts';
import { type FaultSpec, Faults } from './faults.ts';
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
  return {
    ...given,
    faults: new Faults(),
    requests: new RequestLog(),
    rateLimit: new RateLimit(REQUESTS_PER_MINUTE, given.monotonic()),
    withheld: new Set(),
    firstCodebase: CODEBASE,
    codebase: CODEBASE,
  };
}

/** The tenant gets a new version: `v2025_2`, with or without the slash at its end. */
export function upgradeTo(state: SimulatorState, codebase: string): void {
  state.codebase = codebase.endsWith('/') ? codebase : `${codebase}/`;
}

/** What a fault does to the tenant, besides what it does to the answer. */
export function strike(state: SimulatorState, fault: FaultSpec): void {
  if (fault.kind === 'revoke' && fault.entity) state.withheld.add(fault.entity);
  if (fault.kind === 'codebase' && fault.codebase) upgradeTo(state, fault.codebase);
}
