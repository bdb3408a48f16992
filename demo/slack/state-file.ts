import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FilesState } from './file-store.ts';
import { isObject, parseJsonObject } from './json-object.ts';
import type { RosterState } from './roster.ts';
import type { HomesState } from './view-store.ts';
import type { MessagesState } from './workspace.ts';

const DEBOUNCE_MS = 200;

/** Everything that outlives a restart. */
export type WorkspaceState = MessagesState & {
  readonly roster?: RosterState;
  readonly homes?: HomesState;
  readonly files?: FilesState;
};

/**
 * The saved workspace, or undefined when there is no file yet.
 * @throws when the file is there but is not a saved workspace of this version.
 */
export async function loadState(file: string): Promise<WorkspaceState | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const state = parseJsonObject(text);
  if (!isState(state)) {
    throw new Error('The saved state of the local Slack cannot be read. Delete its file to start over.');
  }
  return state;
}

function isState(value: unknown): value is WorkspaceState {
  return (
    isObject(value) &&
    value.version === 1 &&
    Array.isArray(value.messages) &&
    Array.isArray(value.responseUrls) &&
    typeof value.lastTsMicros === 'number' &&
    typeof value.sequence === 'number'
  );
}

type StateWriter = {
  /** Asks for a write; several asks within 200 ms become one. */
  schedule(): void;
  /** Writes at once what is not written yet. */
  flush(): Promise<void>;
};

/** Writes by temporary file and rename, so that a kill at any moment leaves the old or the new state, never half. */
export function stateWriter(file: string, current: () => WorkspaceState): StateWriter {
  let timer: NodeJS.Timeout | undefined;
  let dirty = false;
  let writing: Promise<void> = Promise.resolve();

  function write(): Promise<void> {
    timer = undefined;
    if (!dirty) return writing;
    dirty = false;
    const text = JSON.stringify(current());
    // One after the other: two writers of one temporary file would mix their bytes.
    writing = writing.then(() => replaceFile(file, text)).catch(reportUnsaved);
    return writing;
  }

  return {
    schedule() {
      dirty = true;
      timer ??= setTimeout(() => void write(), DEBOUNCE_MS);
    },
    flush() {
      clearTimeout(timer);
      return write();
    },
  };
}

async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

function reportUnsaved(error: NodeJS.ErrnoException): void {
  process.emitWarning(`The local Slack could not save its state (${error.code ?? error.message}).`);
}
