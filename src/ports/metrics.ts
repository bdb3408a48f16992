import type { SyncKind, SyncTask } from '../domain/sync-task.ts';

/** A project's run by what it reads; of the integration's own runs what they are. */
export const runModes = ['delta', 'comprehensive', 'misc', 'scout', 'notes'] as const;
export type RunMode = (typeof runModes)[number];

/**
 * `retry`: it failed and heals by itself. `handed_back`: it stopped, and whoever is next takes it up. `lost`: its
 * lease had run out, and what it came to was not recorded.
 */
export const runResults = ['completed', 'retry', 'needs_attention', 'handed_back', 'lost'] as const;
export type RunResult = (typeof runResults)[number];

/** How an attempt of one request ended: the class of its status, 429 by itself, or why no answer was read. */
export const requestOutcomes = [
  '2xx',
  '3xx',
  '4xx',
  '429',
  '5xx',
  'time_out',
  'network',
  'unreadable',
  'cancelled',
] as const;
export type RequestOutcome = (typeof requestOutcomes)[number];

/** A terminal is none: nobody is reached there later. */
export const chats = ['slack', 'teams'] as const;
export type Chat = (typeof chats)[number];

/** In an alert's message or a follower's; or in what somebody asked for. */
export const messagePurposes = ['alert', 'answer'] as const;
export type MessagePurpose = (typeof messagePurposes)[number];

/** `forgotten`: by the timer that catches a handler which did not. */
export const acknowledgements = ['done', 'forgotten', 'failed'] as const;
export type Acknowledgement = (typeof acknowledgements)[number];

/**
 * What one process counts of itself, for whoever watches it. Kinds and results only: no name and no id of anybody's
 * data, and no more values than stand above. Never throws. Durations in milliseconds.
 */
export type Metrics = {
  runEnded(run: { readonly mode: RunMode; readonly result: RunResult; readonly durationMs: number }): void;
  /** One attempt of one request to ConnectWise. */
  requestEnded(request: {
    readonly writes: boolean;
    readonly outcome: RequestOutcome;
    readonly durationMs: number;
  }): void;
  /** A request had its turn from the budget, or was told to come back. */
  turnWaitedFor(durationMs: number): void;
  messageSent(message: {
    readonly platform: Chat;
    readonly purpose: MessagePurpose;
    readonly result: 'sent' | 'gone' | 'failed';
    readonly durationMs: number;
  }): void;
  /** The chat platform was told that its event has come. */
  acknowledged(event: {
    readonly platform: Chat;
    readonly how: Acknowledgement;
    readonly durationMs: number;
  }): void;
};

export function runModeOf(task: Pick<SyncTask, 'kind'>, mode: SyncKind): RunMode {
  return task.kind === 'project' ? mode : task.kind;
}
