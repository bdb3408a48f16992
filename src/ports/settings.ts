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
};

export const defaultSettings: Settings = {
  boards: [],
  linkNewProjects: true,
  importUndatedScheduleEntries: false,
  syncUserStatus: false,
  autoDisableDays: 90,
  retentionDays: 30,
};

export type SettingsStore = {
  /** Revision 0 while nothing was ever saved: then the defaults, and what the installation says beside them. */
  read(): Promise<Settings & { readonly revision: number }>;
  /**
   * Stores all of them under the next revision; `revision` is the one they were read with. False where that has
   * moved since.
   */
  save(settings: Settings, revision: number): Promise<boolean>;
};
