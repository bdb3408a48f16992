import type { AlertScope } from '../domain/alert-scope.ts';
import type { Platform } from '../domain/person.ts';
import type { Actor } from '../domain/sync-task.ts';

/** What an admin chooses (product.md, item q). Every field has a default; nothing here is a secret. */
export type Settings = {
  /** Boards whose open projects are linked by themselves; `all` where the installation says so. */
  readonly boards: readonly number[] | 'all';
  /** Whether projects on these boards that are opened later are linked by themselves. */
  readonly linkNewProjects: boolean;
  readonly importUndatedScheduleEntries: boolean;
  readonly syncUserStatus: boolean;
  /** Days after “completed” or “cancelled”; null: off. */
  readonly autoDisableDays: number | null;
  readonly retentionDays: number;
  /** Conversations that are told when a sync fails and when that is over. */
  readonly alertChannels: readonly AlertChannel[];
  /** Id of the work type that counts where nothing nearer says otherwise; null: none chosen. */
  readonly defaultWorkType: number | null;
  /** By id of the board, as a text. */
  readonly boardWorkTypes: { readonly [board: string]: number };
  /** While it is off, no request that could change anything leaves for ConnectWise. */
  readonly writeToConnectWise: boolean;
  /** Whose value is taken where both sides changed the same field. */
  readonly conflictWinner: ConflictWinner;
  /** What becomes of the ticket of a task that is deleted in the plan. */
  readonly planDeletionRule: PlanDeletionRule;
};

export const conflictWinners = ['connectwise', 'plan'] as const;
export type ConflictWinner = (typeof conflictWinners)[number];
export const planDeletionRules = ['cancel', 'delete', 'ignore'] as const;
export type PlanDeletionRule = (typeof planDeletionRules)[number];

/** Of an older build they have no scope: then they are told everything. */
export type AlertChannel = {
  readonly platform: Platform;
  readonly tenant: string;
  readonly conversation: string;
} & AlertScope;

export const defaultSettings: Settings = {
  boards: [],
  linkNewProjects: true,
  importUndatedScheduleEntries: false,
  syncUserStatus: false,
  autoDisableDays: 90,
  retentionDays: 30,
  alertChannels: [],
  defaultWorkType: null,
  boardWorkTypes: {},
  writeToConnectWise: false,
  conflictWinner: 'connectwise',
  planDeletionRule: 'cancel',
};

/** As they are kept: with the revision that a change of them is compared by, and who changed them last. */
export type SettingsRead = Settings & {
  /** 0 while nothing was ever saved: then the defaults, and what the installation says beside them. */
  readonly revision: number;
  /** By the database server's clock; absent while nothing was saved. */
  readonly changed?: { readonly by: Actor; readonly at: Date };
};

export type SettingsStore = {
  read(): Promise<SettingsRead>;
  /**
   * Stores all of them under the next revision; `revision` is the one they were read with. False where that has
   * moved since.
   */
  save(settings: Settings, revision: number, by: Actor): Promise<boolean>;
};
