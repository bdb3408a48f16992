import type { Failure } from '../domain/failure.ts';
import type { Person } from '../domain/person.ts';
import type { MessageHandle } from './chat.ts';

/** Somebody who started a first import and is told how it goes, by whatever process is there. */
export type ImportWatch = {
  readonly id: string;
  readonly person: Person;
  /** By the database server's clock. */
  readonly startedAt: Date;
  /** Projects that were synced already when it began: they say nothing of the pace. */
  readonly importedBefore: number;
  /** Of the miscellaneous data sync that links the projects: how many there are is known once it is answered. */
  readonly ticket: number;
  /** The message that is edited; absent until it is posted. */
  readonly handle?: MessageHandle;
  /** What it says at present. */
  readonly shown?: string;
};

/** How far the first import of all active projects is. */
export type ImportState = {
  readonly now: Date;
  readonly of: number;
  /** Synced at least once. */
  readonly imported: number;
  /** Where a person must act, whether they were ever synced or not. */
  readonly needAttention: number;
  /** Never synced, and nothing happens until a person acts. */
  readonly stuck: number;
  /** The first five of those. */
  readonly examples: readonly {
    readonly externalId: number;
    readonly name: string;
    readonly failure: Failure;
  }[];
};

export type FirstImportStore = {
  state(): Promise<ImportState>;
  /** Takes the place of an older one of the same person. */
  begin(person: Person, ticket: number): Promise<void>;
  /** Takes one that is due and that nobody else is telling, the longest untouched first. */
  take(owner: string, leaseMs: number): Promise<(ImportWatch & { readonly now: Date }) | undefined>;
  /** Records what was shown, and gives it back, to be looked at again after so long. */
  told(
    id: string,
    owner: string,
    told: { readonly handle: MessageHandle; readonly shown: string },
    againAfterMs: number,
  ): Promise<void>;
  release(id: string, owner: string, afterMs: number): Promise<void>;
  close(id: string, owner: string): Promise<void>;
};
