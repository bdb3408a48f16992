import type { Credentials } from '../api/answer.ts';
import type { Entity } from '../api/kinds.ts';
import { RateLimit } from '../api/rate-limit.ts';
import type { Switches } from '../switches.ts';
import type { World } from '../world/world.ts';
import { Faults } from './faults.ts';
import { RequestLog } from './request-log.ts';

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
};

const CODEBASE = 'v2025_1/';
/** The vendor's "reasonable" rate. */
const REQUESTS_PER_MINUTE = 1_000;

export function createState(
  given: Pick<SimulatorState, 'world' | 'credentials' | 'switches' | 'latencyMs' | 'monotonic'>,
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
