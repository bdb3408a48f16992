import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import { tryAct } from './acts.ts';
import { nextActs, type Pace } from './next-acts.ts';

export const lifeSettingsSchema = z.strictObject({
  /** Milliseconds between two steps. */
  everyMs: z.int().min(10).max(86_400_000),
  seed: z.int().min(0).max(4_294_967_295),
  /** One act a step unless given, or unless the next is. */
  actsPerHour: z.number().min(0).max(1_000_000).optional(),
  /** For each open project. */
  actsPerHourPerProject: z.number().min(0).max(10_000).optional(),
});
export type LifeSettings = z.output<typeof lifeSettingsSchema>;

const HOUR_MS = 3_600_000;
const DEFAULT_SETTINGS: LifeSettings = { everyMs: 10_000, seed: 7 };

function paceOf({ everyMs, actsPerHour, actsPerHourPerProject }: LifeSettings): Pace {
  if (actsPerHour === undefined && actsPerHourPerProject === undefined) {
    return { actsPerHour: HOUR_MS / everyMs };
  }
  return { actsPerHour: actsPerHour ?? 0, actsPerHourPerProject: actsPerHourPerProject ?? 0 };
}

/** Waits so many milliseconds; ends early, without an error, when the signal says so. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

async function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

export type RunningLife = {
  /** No act happens after this. */
  stop(): void;
  /** Resolves once it has stopped; rejects when an act failed in a way that no person can cause. */
  readonly ended: Promise<void>;
};

type LifeOptions = LifeSettings & {
  readonly world: World;
  readonly sleep?: Sleep;
  /** Told of every act that was done. */
  readonly onAct?: () => void;
};

/** People begin to work in the tenant, step after step. */
export function startLife(options: LifeOptions): RunningLife {
  const { world, everyMs, seed, sleep = realSleep, onAct } = options;
  const pace = paceOf(options);
  const random = new Random(seed);
  const stopper = new AbortController();
  const live = async () => {
    while (!stopper.signal.aborted) {
      await sleep(everyMs, stopper.signal);
      if (stopper.signal.aborted) return;
      for (const act of nextActs(random, world, everyMs, pace)) if (tryAct(world, act)) onAct?.();
    }
  };
  return { stop: () => stopper.abort(), ended: live() };
}

/** Life that can be turned on and off while the simulator runs. */
export class LifeSwitch {
  readonly #world: World;
  readonly #onError: (error: unknown) => void;
  #settings = DEFAULT_SETTINGS;
  #running: RunningLife | null = null;
  #acts = 0;

  constructor(world: World, onError: (error: unknown) => void) {
    this.#world = world;
    this.#onError = onError;
  }

  /** Starts, or starts again, with the settings given; the others are those of before. */
  turnOn(settings: { readonly [K in keyof LifeSettings]?: LifeSettings[K] | undefined } = {}): void {
    this.turnOff();
    const given = Object.entries(settings).filter(([, value]) => value !== undefined);
    this.#settings = { ...this.#settings, ...Object.fromEntries(given) };
    const running = startLife({
      ...this.#settings,
      world: this.#world,
      onAct: () => {
        this.#acts += 1;
      },
    });
    running.ended.catch((error: unknown) => {
      this.turnOff();
      this.#onError(error);
    });
    this.#running = running;
  }

  turnOff(): void {
    this.#running?.stop();
    this.#running = null;
  }

  /** Whether people work now, how, and how many acts there were so far. */
  state() {
    return { on: this.#running !== null, ...this.#settings, acts: this.#acts };
  }
}
