import { readFile, rename, writeFile } from 'node:fs/promises';
import { fromSnapshot, toSnapshot } from './snapshot.ts';
import type { World } from './world.ts';

/** How long a change may wait before it is written, in milliseconds. */
const WRITE_DELAY_MS = 300;

/** The world in the file, or null when there is no file. Throws one clear line when it cannot be used. */
export async function loadWorld(path: string, clock: () => Date): Promise<World | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return fromSnapshot(text, clock);
  } catch (error) {
    throw new Error(`the state file ${path} cannot be read: delete it, or name another one`, {
      cause: error,
    });
  }
}

/**
 * Keeps `path` in step with the world: a change is on disk about 300 ms later, also while changes go on, and
 * the file is always whole (written beside, then renamed).
 */
export class StateFile {
  readonly #path: string;
  readonly #world: World;
  readonly #onError: (error: unknown) => void;
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, world: World, onError: (error: unknown) => void) {
    this.#path = path;
    this.#world = world;
    this.#onError = onError;
    this.#stopListening = world.onChange(() => this.#schedule());
  }

  /** Writes now, after whatever write is under way. */
  save(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    this.#stopListening();
    await this.save();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.save().catch(this.#onError);
    }, WRITE_DELAY_MS);
  }

  async #write(): Promise<void> {
    const beside = `${this.#path}.${process.pid}.tmp`;
    await writeFile(beside, toSnapshot(this.#world));
    await rename(beside, this.#path);
  }
}
