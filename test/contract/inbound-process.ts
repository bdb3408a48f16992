/**
 * One process of the engine, of which each call to the outside can be the last. A process that is gone has no
 * clean-up: none of its calls is made any more, and none of those that are under way comes back.
 */
import type { Ports } from '../support/engine-rig.ts';

/** Told before each call to the outside. */
export type BeforeCall = (process: ProcessLife, call: string) => Promise<void>;

const never = new Promise<never>(() => {});

export class ProcessLife {
  readonly name: string;
  readonly #before: BeforeCall;
  readonly #died = Promise.withResolvers<'died'>();
  #dead = false;
  #diesAfterCall = false;

  constructor(name: string, before: BeforeCall) {
    this.name = name;
    this.#before = before;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Settles when the process is gone. */
  get died(): Promise<'died'> {
    return this.#died.promise;
  }

  kill(): void {
    this.#dead = true;
    this.#died.resolve('died');
  }

  /** The call in hand is still done, and nobody here learns of it. */
  killAfterThisCall(): void {
    this.#diesAfterCall = true;
  }

  async through<T>(name: string, call: () => T | Promise<T>): Promise<T> {
    if (this.#dead) return await never;
    await this.#before(this, name);
    if (this.#dead) return await never;
    const last = this.#diesAfterCall;
    try {
      const result = await call();
      if (!this.#dead && !last) return result;
    } catch (error) {
      if (!this.#dead && !last) throw error;
    }
    if (last) this.kill();
    return await never;
  }
}

/** Calls that reach nothing outside. */
const inner: ReadonlySet<PropertyKey> = new Set(['ticketsPerRequest']);
/** Calls that answer page by page. */
const paged: ReadonlySet<PropertyKey> = new Set(['list', 'changes', 'table', 'openProjects']);

/** All ports of a process. */
export function portsOf(life: ProcessLife, ports: Ports): Ports {
  const guarded = Object.entries(ports).map(([name, port]) => [name, guardedPort(life, name, port)]);
  return Object.fromEntries(guarded) as Ports;
}

function guardedPort(life: ProcessLife, portName: string, port: object): object {
  return new Proxy(port, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || inner.has(key)) return member;
      const name = `${portName}.${String(key)}`;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      if (!paged.has(key)) return (...args: unknown[]) => life.through(name, () => call(...args));
      return (...args: unknown[]) => guardedPages(life, name, call(...args) as AsyncIterable<unknown>);
    },
  });
}

async function* guardedPages(life: ProcessLife, name: string, pages: AsyncIterable<unknown>) {
  const iterator = pages[Symbol.asyncIterator]();
  for (;;) {
    const next = await life.through(name, () => iterator.next());
    if (next.done) return;
    yield next.value;
  }
}
