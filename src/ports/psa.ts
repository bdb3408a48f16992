import type { PsaPhase, PsaProject, PsaTicket } from '../domain/psa-records.ts';

export type { PsaPhase, PsaProject, PsaRef, PsaTicket } from '../domain/psa-records.ts';

/**
 * The PSA (ConnectWise) as the engine sees it: neutral records, read page by page in order of id.
 * Every call throws `FailureError` with a code of the failure table and nothing else but the signal's reason.
 */

export type PsaPage<T> = {
  readonly items: readonly T[];
  /** Records that could not be read, with the reason in plain words; they count as shown. */
  readonly skipped: readonly { readonly id: number | null; readonly reason: string }[];
};

/** On whose behalf a request is made: for the request log, and for who goes first. */
export type PsaCall = {
  readonly signal: AbortSignal;
  /** 2 a person waits, 1 a change, 0 the clock. */
  readonly priority: 0 | 1 | 2;
  readonly runId?: string;
  readonly projectId?: string;
};

export type Psa = {
  /** The cheap check of address and keys. */
  systemInfo(call: PsaCall): Promise<{ readonly version: string | null }>;
  /** Throws `cw.project-missing` where ConnectWise knows no such project. */
  project(id: number, call: PsaCall): Promise<PsaProject>;
  /** Projects that are not closed, in order of id. */
  openProjects(call: PsaCall): AsyncIterable<PsaPage<PsaProject>>;
  /** Phases of one project, in order of id. */
  phases(projectId: number, call: PsaCall): AsyncIterable<PsaPage<PsaPhase>>;
  phaseCount(projectId: number, call: PsaCall): Promise<number>;
  /** Project tickets of one project, in order of id. */
  tickets(projectId: number, call: PsaCall): AsyncIterable<PsaPage<PsaTicket>>;
  ticketCount(projectId: number, call: PsaCall): Promise<number>;
};

export type PsaRecordKind = 'project' | 'ticket';

/** Links into ConnectWise's own pages, for people. */
export type PsaLinks = {
  record(kind: PsaRecordKind, id: number): string;
  /** The instance itself, and the name shown for it. */
  home(): { readonly url: string; readonly label: string };
};
