import type { VirtualClock } from '../control/virtual-clock.ts';

type Timer = { readonly dueMs: number; readonly run: () => void };

/** What is to happen later, by the simulator's clock: in real time, or when a virtual clock is moved past it. */
export class Timers {
  readonly #virtual: VirtualClock | null;
  readonly #real = new Set<NodeJS.Timeout>();
  #due: Timer[] = [];
  #stopped = false;

  constructor(virtual: VirtualClock | null) {
    this.#virtual = virtual;
    virtual?.onMove(() => this.#runDue());
  }

  /** The function returned forgets it. */
  after(ms: number, run: () => void): () => void {
    if (this.#stopped) return () => {};
    if (this.#virtual) {
      const timer = { dueMs: this.#virtual.now().getTime() + ms, run };
      this.#due.push(timer);
      return () => {
        this.#due = this.#due.filter((one) => one !== timer);
      };
    }
    const handle = setTimeout(() => {
      this.#real.delete(handle);
      run();
    }, ms);
    this.#real.add(handle.unref());
    return () => {
      clearTimeout(handle);
      this.#real.delete(handle);
    };
  }

  /** Nothing is run any more. */
  stop(): void {
    this.#stopped = true;
    this.#due = [];
    for (const handle of this.#real) clearTimeout(handle);
    this.#real.clear();
  }

  #runDue(): void {
    const now = this.#virtual?.now().getTime() ?? 0;
    const due = this.#due.filter(({ dueMs }) => dueMs <= now).sort((a, b) => a.dueMs - b.dueMs);
    this.#due = this.#due.filter(({ dueMs }) => dueMs > now);
    for (const { run } of due) run();
  }
}
