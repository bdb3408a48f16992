import type { ParseArgsOptionsConfig } from 'node:util';
import type { Person } from '../../domain/person.ts';
import { personKey } from '../../domain/person.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { Role } from '../../domain/roles.ts';
import type { Actor } from '../../domain/sync-task.ts';
import type { ApiTokenStore } from '../../ports/api-tokens.ts';
import type { ChatDelivery, ChatDirectory, MessageHandle, Place } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FirstImportStore } from '../../ports/first-import.ts';
import type { Form } from '../../ports/form.ts';
import type { Gate } from '../../ports/gate.ts';
import type { HomeStore } from '../../ports/homes.ts';
import type { Ids } from '../../ports/ids.ts';
import type { IncidentStore } from '../../ports/incidents.ts';
import type { InteractionStore } from '../../ports/interactions.ts';
import type { LinkedBoards } from '../../ports/linked-boards.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { AuditStore, ClaimStore, FollowStore, IdentityStore, RoleStore } from '../../ports/people.ts';
import type { Pictures } from '../../ports/pictures.ts';
import type { Planner } from '../../ports/planner.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { ReferenceStore } from '../../ports/reference-data.ts';
import type { Reply, Text } from '../../ports/reply.ts';
import type { ReportStore } from '../../ports/report.ts';
import type { AlertChannel, SettingsStore } from '../../ports/settings.ts';
import type { SyncTaskStore, TaskName } from '../../ports/sync-task-store.ts';
import type { NewUndo, UndoStore } from '../../ports/undo.ts';
import type { Doctor } from '../doctor/run-checks.ts';
import type { SetupFacts } from '../setup-facts.ts';
import type { ProjectPushed } from '../sync/push-project.ts';

/** What `import` needs of ConnectWise. */
export type ProjectImport = {
  /** Links one project because somebody asks. Throws `cw.project-missing` where ConnectWise shows none with this id. */
  link(externalId: number, by: Actor): Promise<Imported>;
  /** All that are open, so that one can be named. */
  openProjects(): Promise<readonly Pick<PsaProject, 'id' | 'name' | 'company' | 'board'>[]>;
};

export type Imported =
  | {
      readonly result: 'linked';
      readonly projectId: string;
      readonly projectName: string;
      /** It was disconnected before: this is a new plan project, and the old one stays as it is. */
      readonly again: boolean;
    }
  | { readonly result: 'linked-already'; readonly task: TaskName }
  /** The disconnected task is still syncing: in a minute it has let go. */
  | { readonly result: 'still-syncing' };

/** What `push` needs of ConnectWise. */
export type ProjectPush = {
  /**
   * Makes a ConnectWise project of a plan project that is linked to nothing, and links the two.
   * @param record with its board, company and dates, as it was stored last
   */
  push(record: PlanRecord, by: Actor): Promise<ProjectPushed>;
};

export type CommandDeps = {
  readonly tenantId: string;
  readonly gate: Pick<Gate, 'read' | 'setEnabled' | 'probeNow'>;
  /** Absent while ConnectWise is not configured. */
  readonly imports?: ProjectImport;
  readonly pushes?: ProjectPush;
  /** What set-up asks of ConnectWise; absent while it is not configured. */
  readonly setupFacts?: SetupFacts;
  readonly firstImport: Pick<FirstImportStore, 'begin'>;
  readonly linkedBoards: Pick<LinkedBoards, 'store'>;
  readonly tasks: SyncTaskStore;
  readonly planner: Planner;
  readonly log: LogStore;
  readonly report: ReportStore;
  readonly pictures: Pictures;
  readonly interactions: Pick<InteractionStore, 'follow'>;
  readonly links: PsaLinks;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
  readonly roles: RoleStore;
  readonly audit: AuditStore;
  readonly apiTokens: Pick<ApiTokenStore, 'create' | 'all' | 'revoke'>;
  readonly directory: ChatDirectory;
  readonly identities: IdentityStore;
  readonly homes: HomeStore;
  readonly settings: SettingsStore;
  readonly reference: ReferenceStore;
  readonly doctor: Doctor;
  readonly undo: UndoStore;
  readonly claims: Pick<ClaimStore, 'take'>;
  readonly follows: FollowStore;
  readonly incidents: Pick<IncidentStore, 'open' | 'save' | 'blockedDestinations' | 'unblock'>;
  readonly delivery: Pick<ChatDelivery, 'post'>;
  /** What whoever installed it decided. */
  readonly installation: {
    readonly defaultRole: Role;
    /** What is missing before anything can sync, in plain words; empty when set up. */
    readonly missing: readonly string[];
    /** The budget of requests to ConnectWise; absent where there is none. */
    readonly requestsPerSecond?: number;
  };
};

/** What someone typed, taken apart by the command's own switches. */
export type Invocation = {
  readonly words: readonly string[];
  readonly switches: { readonly [name: string]: string | boolean | undefined };
};

export type Asker = {
  readonly person: Person;
  readonly role: Role;
  readonly handle: MessageHandle;
  readonly place: Place;
};

/** What goes into the audit log of a command that changes something. */
export type Audited = {
  readonly target?: string;
  readonly projectId?: string;
  readonly before?: string;
  readonly after?: string;
  /** What was refused begins so: `refused: archived`. */
  readonly outcome: string;
  /** Also an entry of the project's Integration Log. */
  readonly logged?: Pick<LogEntry, 'action' | 'message' | 'projectId' | 'entity' | 'planId'>;
};

/** It is written down as refused: nothing was changed. */
export function isRefusal({ outcome }: Pick<Audited, 'outcome'>): boolean {
  return outcome.startsWith('refused');
}

export type CommandResult = {
  /** Absent where the answer comes from following the run: it is told from its first stage on. */
  readonly reply?: Reply;
  /** Asks for more before anything changes; in the place of a reply. */
  readonly form?: Form;
  /** The asker’s role from now on, where the command changed it: by it buttons are shown. */
  readonly roleNow?: Role;
} & Aftermath;

/** What follows once something was done. */
export type Aftermath = {
  readonly audited?: Audited;
  /** How it can be taken back: the reply gets the button. */
  readonly undo?: NewUndo;
  /** One line for the alert channels. */
  readonly announce?: Text;
  /** Those that were alert channels until then: who is told nothing more should hear that. */
  readonly announceAlso?: readonly AlertChannel[];
};

export type CommandName =
  | 'help'
  | 'status'
  | 'sync'
  | 'tasks'
  | 'logs'
  | 'report'
  | 'enable'
  | 'disable'
  | 'deletions'
  | 'restore'
  | 'integration'
  | 'import'
  | 'push'
  | 'archive'
  | 'unarchive'
  | 'disconnect'
  | 'settings'
  | 'setup'
  | 'claim'
  | 'worktype'
  | 'roles'
  | 'audit'
  | 'incidents'
  | 'alerts'
  | 'follow'
  | 'unfollow'
  | 'doctor'
  | 'undo'
  | 'token'
  | 'tokens'
  | 'home';

/** `psa`: keys that ConnectWise takes. `projects`: at least one linked project. */
export type Need = 'psa' | 'projects';

export type Command = {
  readonly name: CommandName;
  /** What must be there before it can do anything; else the answer says what is missing. */
  needs?(invocation: Invocation): readonly Need[];
  /** The least that anything of it needs. */
  readonly role: Role;
  /** Where what is asked for needs more than that. */
  roleFor?(invocation: Invocation): Role;
  /** The same in words, for help. */
  readonly roleNote?: string;
  /** The grammar, without `/cwsync`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  readonly examples: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  /** Its answer may be shown to everybody in a conversation, with `--here`. */
  readonly mayBeShared?: boolean;
  /** Not told in help: buttons of ours mean it. */
  readonly hidden?: boolean;
  /** The title of the form that this invocation leads to, opened before anything is read: time is short. */
  opensForm?(invocation: Invocation): string | undefined;
  run(invocation: Invocation, asker: Asker, deps: CommandDeps): Promise<CommandResult>;
};

/** What this very invocation needs. */
export function roleNeeded(command: Command, invocation: Invocation): Role {
  return command.roleFor?.(invocation) ?? command.role;
}

export function actorOf(person: Person): Actor {
  return { id: personKey(person), name: person.name };
}
