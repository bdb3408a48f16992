/**
 * What set-up and checks ask of ConnectWise before anything syncs: whether it is reached, what its API member may
 * read, and how much a first import would be. A person waits for every answer. Every call rejects with a
 * `FailureError` of the failure table, or with the signal's reason.
 */
import type { ReadKind } from '../domain/psa-rights.ts';

export type AccessInfo = {
  readonly version: string | null;
  /** How far ConnectWise's clock is ahead of ours, in milliseconds, to the second; null where it did not tell. */
  readonly clockSkewMs: number | null;
};

export type ReadRight = {
  readonly kind: ReadKind;
  /** As ConnectWise's page of a security role names it. */
  readonly right: string;
  /** `untested`: there is no record yet of what the kind belongs to, so nothing could be asked. */
  readonly state: 'allowed' | 'missing' | 'untested';
};

/** A project board, with how many of its projects are open. */
export type BoardSeen = { readonly id: number; readonly name: string; readonly openProjects: number };

/** What a first import of some boards would read; `tickets` is null where they may not be read. */
export type ImportSize = { readonly projects: number; readonly tickets: number | null };

export type PsaAccess = {
  info(signal: AbortSignal): Promise<AccessInfo>;
  /** One cheap read of each kind that the sync reads, in the order of the sync. */
  rights(signal: AbortSignal): Promise<readonly ReadRight[]>;
  /** All project boards that are in use, by name; a page of a thousand open projects is one request. */
  boards(signal: AbortSignal): Promise<readonly BoardSeen[]>;
  /** By ConnectWise's own count: open projects on these boards, and all tickets on them. */
  openProjects(boards: readonly number[], signal: AbortSignal): Promise<ImportSize>;
};
