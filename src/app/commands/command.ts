import type { ParseArgsOptionsConfig } from 'node:util';
import type { Person } from '../../domain/person.ts';
import { personKey } from '../../domain/person.ts';
import type { PsaProject } from '../../domain/psa-records.ts';
import type { Role } from '../../domain/roles.ts';
import type { Actor } from '../../domain/sync-task.ts';
import type { MessageHandle } from '../../ports/chat.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Gate } from '../../ports/gate.ts';
import type { InteractionStore } from '../../ports/interactions.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { AuditStore, RoleStore } from '../../ports/people.ts';
import type { Planner } from '../../ports/planner.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Reply } from '../../ports/reply.ts';
import type { SyncTaskStore, TaskName } from '../../ports/sync-task-store.ts';

/** What `import` needs of ConnectWise. */
export type ProjectImport = {
  /** Links one project because somebody asks. Throws `cw.project-missing` where ConnectWise shows none with this id. */
  link(externalId: number, by: Actor): Promise<Imported>;
  /** All that are open, so that one can be named. */
  openProjects(): Promise<readonly Pick<PsaProject, 'id' | 'name' | 'company'>[]>;
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

export type CommandDeps = {
  readonly tenantId: string;
  readonly gate: Pick<Gate, 'read' | 'setEnabled' | 'probeNow'>;
  /** Absent while ConnectWise is not configured. */
  readonly imports?: ProjectImport;
  readonly tasks: SyncTaskStore;
  readonly planner: Planner;
  readonly log: LogStore;
  readonly interactions: Pick<InteractionStore, 'follow'>;
  readonly links: PsaLinks;
  readonly clock: Clock;
  readonly roles: RoleStore;
  readonly audit: AuditStore;
  readonly settings: {
    readonly defaultRole: Role;
    /** Whether open projects are linked without anybody asking. */
    readonly linksByItself: boolean;
    /** What is missing before anything can sync, in plain words; empty when set up. */
    readonly missing: readonly string[];
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
};

/** What goes into the audit log of a command that changes something. */
export type Audited = {
  readonly target?: string;
  readonly before?: string;
  readonly after?: string;
  readonly outcome: string;
  /** Also an entry of the project's Integration Log. */
  readonly logged?: Pick<LogEntry, 'action' | 'message' | 'projectId' | 'entity' | 'planId'>;
};

export type CommandResult = {
  /** Absent where the answer comes from following the run: it is told from its first stage on. */
  readonly reply?: Reply;
  readonly audited?: Audited;
};

export type CommandName =
  | 'help'
  | 'status'
  | 'sync'
  | 'tasks'
  | 'logs'
  | 'enable'
  | 'disable'
  | 'deletions'
  | 'restore'
  | 'integration'
  | 'import'
  | 'archive'
  | 'unarchive'
  | 'disconnect';

export type Command = {
  readonly name: CommandName;
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
  run(invocation: Invocation, asker: Asker, deps: CommandDeps): Promise<CommandResult>;
};

/** What this very invocation needs. */
export function roleNeeded(command: Command, invocation: Invocation): Role {
  return command.roleFor?.(invocation) ?? command.role;
}

export function actorOf(person: Person): Actor {
  return { id: personKey(person), name: person.name };
}
