import type { LinkState, TaskKind } from '../domain/sync-task.ts';

export const queueStates = ['requested', 'in_queue', 'syncing'] as const;
export type QueueState = (typeof queueStates)[number];
export const linkStates = [
  'active',
  'disabled',
  'archived',
  'disconnected',
] as const satisfies readonly LinkState[];

/** How the integration stands as a whole: numbers only. Spans in milliseconds, by the database server's clock. */
export type WatchFacts = {
  /** Tasks that are asked for or running. */
  readonly queue: {
    readonly [kind in TaskKind]: { readonly [state in QueueState]: number } & {
      /** For how long the oldest of those in the queue has been due; 0 where none is. */
      readonly lagMs: number;
    };
  };
  readonly projects: { readonly [state in LinkState]: number };
  /** Active projects. */
  readonly needAttention: number;
  /** Projects and own runs that are behind their time. */
  readonly late: number;
  readonly slotsUsed: number;
  /** Absent where no request was ever made, or where there is no limit. */
  readonly budget?: {
    readonly inFlight: number;
    /** Processes and threads in which somebody waits for a turn. */
    readonly waiting: number;
    /** The part that is allowed now, from 1/8 to 1. */
    readonly share: number;
    readonly pausedMs: number;
  };
  readonly enabled: boolean;
  /** 0 while it is closed. */
  readonly circuitOpenMs: number;
  readonly incidents: {
    readonly open: number;
    /** Messages that have something to tell. */
    readonly messages: number;
    /** Of the oldest that is due; 0 where none is. */
    readonly lagMs: number;
    /** The age of the oldest incident that some place was told nothing of; 0 where there is none. */
    readonly untoldMs: number;
    readonly blockedPlaces: number;
  };
  /** How long ago any of them showed that it is alive; absent where none ever did. */
  readonly silentMs: { readonly bot?: number; readonly worker?: number };
};

export type Watch = {
  /** Cheap, however many projects there are. Rejects where the database does not answer. */
  facts(): Promise<WatchFacts>;
};
