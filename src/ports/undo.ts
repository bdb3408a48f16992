import type { Role } from '../domain/roles.ts';
import type { Actor, LinkState } from '../domain/sync-task.ts';
import type { Settings } from './settings.ts';

/** What takes a change back, with what must still be as the change left it. */
export type UndoStep =
  /** A project that was stopped goes back from `to` to `from`. */
  | {
      readonly undo: 'project';
      readonly taskId: string;
      readonly from: Extract<LinkState, 'active' | 'disabled'>;
      readonly to: Extract<LinkState, 'disabled' | 'archived'>;
      /** `link.changed.at` of the task after the change. */
      readonly changedAt: Date;
    }
  /** The integration is switched on again; `changed.at` of the gate after the change. */
  | { readonly undo: 'integration'; readonly changedAt: Date }
  /** Settings are as they were before; the revision that the change made. */
  | { readonly undo: 'settings'; readonly revision: number; readonly before: Settings };

export type NewUndo = {
  readonly step: UndoStep;
  /** The role that the change needed. */
  readonly role: Role;
  /** What was done, as a sentence without its end: `Office move was disabled`. */
  readonly what: string;
};

export type KeptUndo = NewUndo & {
  /** By the database server's clock. */
  readonly expired: boolean;
  readonly takenBy?: Actor;
};

/** What can be taken back for some minutes; kept in the database, so that any process can do it. */
export type UndoStore = {
  /** Keeps it for so long; returns its id, which says nothing and cannot be guessed. */
  keep(undo: NewUndo, validForMs: number): Promise<string>;
  find(id: string): Promise<KeptUndo | undefined>;
  /** Before it is carried out. False where somebody took it already, or it is too late. */
  take(id: string, by: Actor): Promise<boolean>;
};
