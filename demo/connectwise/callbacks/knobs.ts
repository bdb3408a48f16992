import { z } from 'zod';
import { Random } from '../world/random.ts';

const oddity = z.strictObject({
  /** Of each message, by the seed. */
  chance: z.number().min(0).max(1).default(0),
  /** The next so many messages, whatever the chance. */
  next: z.int().min(0).default(0),
});

/** What goes wrong on the way. */
export const knobsSchema = z.strictObject({
  seed: z.int().default(1),
  /** Before the first attempt, in milliseconds. */
  delayMs: z.int().min(0).max(600_000).default(0),
  /** Sent twice. */
  duplicate: oddity.prefault({}),
  /** Never sent. */
  drop: oddity.prefault({}),
  /** Sent after the one that comes next. */
  reorder: oddity.prefault({}),
});
export type KnobSettings = z.output<typeof knobsSchema>;
type OddityName = 'duplicate' | 'drop' | 'reorder';

export class Knobs {
  #settings: KnobSettings = knobsSchema.parse({});
  #random = new Random(1);
  #next: Record<OddityName, number> = { duplicate: 0, drop: 0, reorder: 0 };

  set(settings: KnobSettings): void {
    const { duplicate, drop, reorder } = settings;
    this.#settings = settings;
    this.#random = new Random(settings.seed);
    this.#next = { duplicate: duplicate.next, drop: drop.next, reorder: reorder.next };
  }

  get delayMs(): number {
    return this.#settings.delayMs;
  }

  shown(): KnobSettings {
    const { duplicate, drop, reorder } = this.#settings;
    return {
      ...this.#settings,
      duplicate: { ...duplicate, next: this.#next.duplicate },
      drop: { ...drop, next: this.#next.drop },
      reorder: { ...reorder, next: this.#next.reorder },
    };
  }

  /** Whether it happens to this message. */
  strikes(name: OddityName): boolean {
    if (this.#next[name] > 0) {
      this.#next[name] -= 1;
      return true;
    }
    const { chance } = this.#settings[name];
    return chance > 0 && this.#random.chance(chance);
  }
}
